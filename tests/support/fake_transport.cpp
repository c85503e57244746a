#include "support/fake_transport.hpp"

#include "sipkeep/core/error.hpp"

namespace sipkeep::test {

std::string FakeTransport::exchange(std::string_view json_request, Deadline deadline) {
    const auto fail = [this](const std::string& what) {
        throw SourceError("MI at " + settings_.url + ": " + what);
    };
    if (stopped_) fail("not running");
    if (deadline.within(settings_.timeout).passed()) fail("no time left for the request");
    if (json_request.size() > max_mi_request_bytes) fail("request too long");
    const auto reply = asked_->answer(std::string(json_request));
    if (!reply) {
        fail("no reply");
        return {};
    }
    if (reply->empty()) fail("empty reply");
    if (reply->size() > settings_.max_reply_bytes) fail("reply over the limit");
    return *reply;
}

} // namespace sipkeep::test
