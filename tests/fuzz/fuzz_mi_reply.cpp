// Replies of MI: the input is cut at each byte 1E into the replies to get_statistics, list_statistics, uptime
// and ds_list; $ID stands for the request's id.
#include "sipkeep/core/error.hpp"
#include "sipkeep/mi/mi_client.hpp"

#include "fuzz.hpp"

#include <algorithm>
#include <set>

using namespace sipkeep;
using namespace sipkeep::fuzz;

namespace {

class Replies final : public Transport {
public:
    explicit Replies(std::string_view replies) : rest_(replies) {}

    std::string exchange(std::string_view request, Deadline /*deadline*/) override {
        promise(request.size() <= max_mi_request_bytes, "a request is short");
        std::string reply(next());
        for (auto at = reply.find("$ID"); at != std::string::npos; at = reply.find("$ID", at))
            reply.replace(at, 3, id_in(request));
        return reply;
    }

private:
    std::string_view next() {
        const auto reply = rest_.substr(0, rest_.find('\x1e'));
        rest_.remove_prefix(std::min(reply.size() + 1, rest_.size()));
        return reply;
    }
    static std::string id_in(std::string_view request) {
        const auto at = request.find("\"id\":") + 5;
        return std::string(request.substr(at, request.find_first_not_of("0123456789", at) - at));
    }

    std::string_view rest_;
};

template <typename Ask>
void asked(const Ask& ask) {
    try {
        ask();
    } catch (const SourceError& error) {
        const std::string_view complaint = error.what();
        promise(complaint.starts_with("MI ") && complaint.size() < 1000,
                "a complaint names MI and has an end");
        for (const char c : complaint) promise(c >= ' ' && c <= '~', "a complaint is one line of ASCII");
    }
}

void check(const StatisticsCapture& capture) {
    std::set<std::string> names;
    for (const Statistic& statistic : capture.statistics) {
        promise(is_utf8(statistic.group) && is_utf8(statistic.name), "a name is UTF-8");
        promise(names.insert(statistic.group + ":" + statistic.name).second, "a name comes once");
    }
    promise(capture.uptime_s.has_value(), "uptime is always known");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = text_of(data, size);
    const Deadline deadline(Seconds{60});
    Replies replies(text);
    MiClient client(replies, "fuzz:");
    asked([&] { check(client.statistics({}, deadline)); });
    asked([&] {
        Replies last(text.substr(text.rfind('\x1e') + 1));
        for (const Destination& d :
             MiClient(last, "fuzz:").dispatcher(deadline).value_or(std::vector<Destination>()))
            promise(is_utf8(d.uri) && is_utf8(d.state) && is_utf8(d.partition_name) &&
                        is_utf8(d.attr.value_or("")),
                    "a destination is UTF-8");
    });
    return 0;
}
