// Replies of MI: the input is cut at each byte 1E into the replies to get_statistics, list_statistics, uptime
// and ds_list; $ID stands for the request's id. The last one
// answers dlg_list, ul_dump and each command that mi.more knows as well.
#include "sipkeep/core/error.hpp"
#include "sipkeep/core/table.hpp"
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

void check(const Rows& rows, const TableSpec& table) {
    promise(rows.width() == table.columns.size(), "rows are of their table");
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t column = 0; column < rows.width(); ++column)
            promise(is_utf8(rows[i][column].value_or("")), "a row is UTF-8");
}

std::uint64_t number_of(RowView row) {
    return std::stoull(std::string(row[0].value_or("")));
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
    const auto ask_last = [&](const auto& ask) {
        asked([&] {
            Replies last(text.substr(text.rfind('\x1e') + 1));
            MiClient one(last, "fuzz:");
            ask(one);
        });
    };
    ask_last([&](MiClient& one) { check(one.dialogs(deadline), dialog_table()); });
    ask_last([&](MiClient& one) {
        const ListedContacts listed =
            one.contacts("location", UtcMilliseconds{Seconds{1'795'000'000}}, deadline);
        check(listed.contacts, location_table());
        for (std::size_t i = 1; i < listed.contacts.size(); ++i)
            promise(number_of(listed.contacts[i - 1]) < number_of(listed.contacts[i]),
                    "registrations ascend");
    });
    for (const std::string_view name : known_mi_questions())
        ask_last([&](MiClient& one) {
            check(one.answer(known_mi_question(name), deadline).rows, mi_row_table());
        });
    return 0;
}
