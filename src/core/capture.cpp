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

const char* to_string(ReadFrom from) {
    switch (from) {
    case ReadFrom::table:
        return "table";
    case ReadFrom::memory:
        return "mi";
    case ReadFrom::both:
        break;
    }
    return "both";
}

bool emptied(const std::optional<std::uint64_t>& before, std::uint64_t now) {
    constexpr std::uint64_t many = 20;
    return before && *before >= many && now * many <= *before;
}

} // namespace sipkeep
