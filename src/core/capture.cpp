#include "sipkeep/core/capture.hpp"

namespace sipkeep {

const char* to_string(SourceStatus status) {
    switch (status) {
    case SourceStatus::ok:
        return "ok";
    case SourceStatus::failed:
        return "failed";
    case SourceStatus::off:
        break;
    }
    return "off";
}

} // namespace sipkeep
