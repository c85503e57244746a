#include "sipkeep/mi/mi_client.hpp"

#include "sipkeep/core/error.hpp"

#include "dlg_list.hpp"
#include "ds_list.hpp"
#include "foreign_text.hpp"
#include "json_rpc.hpp"
#include "mi_rows.hpp"
#include "sample_value.hpp"
#include "ul_dump.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <random>
#include <unordered_map>
#include <unordered_set>

namespace sipkeep {

namespace {

using nlohmann::json;

constexpr std::int64_t method_not_found = -32601;
constexpr std::int64_t not_found = 404;
/// Each is a row a minute; a large OpenSIPS has some thousands.
constexpr std::size_t most_statistics = 50'000;
/// Calls in one reply to dlg_list: about 350 KB, with bodies (SDP) some MB; of the small one, 64 KiB hold it.
constexpr std::size_t largest_page = 500;
constexpr std::size_t smallest_page = 20;
/// How many of its calls the page before has in common with the next.
constexpr std::size_t overlap = 10;

std::string as_asked(const std::string& group) {
    return group.ends_with(':') ? group : group + ':';
}

/// get_statistics takes its names as an array in an array; each element of what is returned fits in one
/// request.
std::vector<json> statistics_params(const std::vector<std::string>& groups) {
    constexpr int widest_id = std::numeric_limits<int>::max();
    if (groups.empty()) return {json::array({json::array({"all"})})};
    std::vector<json> requests;
    json names = json::array();
    for (const auto& group : groups) {
        check_statistics_group(group);
        json longer = names;
        longer.push_back(as_asked(group));
        const bool fits =
            request_text(widest_id, "get_statistics", json::array({longer})).size() <= max_mi_request_bytes;
        if (fits) {
            names = std::move(longer);
            continue;
        }
        requests.push_back(json::array({names}));
        names = json::array({as_asked(group)});
    }
    requests.push_back(json::array({names}));
    return requests;
}

/// The result's members. Whether "nothing found" comes as {} or as error 404 is chance (an uninitialised
/// variable of OpenSIPS); both have none.
RpcReply members_of(const RpcMethod& method, RpcReply reply) {
    if (reply.error && reply.error->code == not_found) return {json::object(), {}, {}};
    if (reply.error) method.fail(*reply.error);
    if (!reply.result.is_object()) method.fail("the result is no object");
    if (reply.members.size() > most_statistics)
        method.fail(std::to_string(reply.members.size()) + " statistics, more than " +
                    std::to_string(most_statistics) + "; ask for fewer groups");
    return reply;
}

StatisticKind parse_kind(const json& text) {
    if (text == "incremental") return StatisticKind::counter;
    if (text == "non-incremental") return StatisticKind::gauge;
    return StatisticKind::unknown;
}

/// "368 [sec]".
std::int64_t parse_uptime(const RpcMethod& method, const json& result) {
    const auto text = result.is_object() ? result.value("Up time", json()) : json();
    if (!text.is_string()) method.fail("the result has no \"Up time\"");
    const auto& digits = text.get_ref<const std::string&>();
    std::int64_t seconds = -1;
    const char* const begin = digits.data();
    const auto [end, error] = std::from_chars(begin, begin + digits.size(), seconds);
    const bool whole_number = end == begin + digits.size() || *end == ' ';
    if (error != std::errc{} || seconds < 0 || !whole_number)
        method.fail("\"Up time\" is no time: " + escaped(digits));
    return seconds;
}

/// "Sun Nov 22 16:15:37 2026", as ctime() writes it.
std::string parse_now(const RpcMethod& method, const json& result) {
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const auto now = result.is_object() ? result.value("Now", json()) : json();
    if (!now.is_string()) method.fail("the result has no \"Now\"");
    const auto& text = now.get_ref<const std::string&>();
    const auto month = text.size() == 24 ? months.find(text.substr(4, 3)) : std::string::npos;
    if (month == std::string::npos || month % 3 != 0) method.fail("\"Now\" is no time: " + escaped(text));
    const std::string number = std::to_string(month / 3 + 101).substr(1);
    const std::string day = text[8] == ' ' ? "0" + text.substr(9, 1) : text.substr(8, 2);
    return text.substr(20) + "-" + number + "-" + day + " " + text.substr(11, 8);
}

/// Gathers the replies to get_statistics.
class Gathering {
public:
    void add(const RpcReply& reply) {
        for (const auto& full_name : reply.members) {
            if (!seen_.insert(full_name).second) continue;
            const auto sample = parse_sample_value(reply.result.at(full_name));
            if (!sample) {
                capture_.unreadable.push_back(full_name);
                continue;
            }
            if (full_name == uptime_statistic) capture_.uptime_s = sample->value;
            Statistic statistic = statistic_of(full_name);
            statistic.value = sample->value;
            statistic.flag = sample->flag;
            places_.emplace(full_name, capture_.statistics.size());
            capture_.statistics.push_back(std::move(statistic));
        }
    }
    void add_kinds(const RpcReply& reply) {
        for (const auto& full_name : reply.members)
            if (const auto place = places_.find(full_name); place != places_.end())
                capture_.statistics[place->second].kind = parse_kind(reply.result.at(full_name));
    }
    [[nodiscard]] StatisticsCapture& capture() { return capture_; }

private:
    StatisticsCapture capture_;
    std::unordered_set<std::string> seen_;
    std::unordered_map<std::string, std::size_t> places_;
};

/// Ids are echoed as a C int. A random start keeps a late reply to an earlier run from fitting this one.
int random_id() {
    std::random_device device;
    return std::uniform_int_distribution<int>(1, 1'000'000'000)(device);
}

} // namespace

void check_statistics_group(const std::string& group) {
    const auto colon = group.find(':');
    const bool one_word = colon == std::string::npos || (colon == group.size() - 1 && colon > 0);
    const bool printable =
        std::all_of(group.begin(), group.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
    constexpr std::size_t longest = 200;
    if (group.empty() || !one_word || !printable || group.size() > longest)
        throw UsageError(escaped(group) +
                         " is no group of statistics; write the part before the first colon, as core");
}

MiClient::MiClient(Transport& transport, std::string where)
    : transport_(transport), where_(std::move(where)), next_id_(random_id()) {}

std::string MiClient::exchange(int id, const RpcMethod& method, const json& params, Deadline deadline) {
    class Timed {
    public:
        explicit Timed(std::chrono::microseconds& total) : total_(total) {}
        ~Timed() { total_ += stopwatch_.elapsed_us(); }
        Timed(const Timed&) = delete;
        Timed& operator=(const Timed&) = delete;

    private:
        std::chrono::microseconds& total_;
        Stopwatch stopwatch_;
    };
    const Timed timed(busy_);
    return transport_.exchange(request_text(id, method.name, params), deadline);
}

RpcReply MiClient::ask(const RpcMethod& method, const json& params, Deadline deadline) {
    const int id = next_id_++;
    return parse_reply(method, id, exchange(id, method, params, deadline));
}

StatisticsCapture MiClient::statistics(const std::vector<std::string>& groups, Deadline deadline) {
    const RpcMethod get{"get_statistics", where_};
    const RpcMethod list{"list_statistics", where_};
    const RpcMethod uptime{"uptime", where_};
    Gathering gathering;
    for (const auto& params : statistics_params(groups))
        gathering.add(members_of(get, ask(get, params, deadline)));
    gathering.add_kinds(members_of(list, ask(list, nullptr, deadline)));
    StatisticsCapture capture = std::move(gathering.capture());
    if (!capture.uptime_s) {
        const RpcReply reply = ask(uptime, nullptr, deadline);
        if (reply.error) uptime.fail(*reply.error);
        capture.uptime_s = parse_uptime(uptime, reply.result);
    }
    return capture;
}

Rows MiClient::dialogs(Deadline deadline) {
    const RpcMethod method{"dlg_list", where_};
    std::size_t page_size = largest_page;
    const auto page_at = [&](std::size_t index) {
        const RpcReply reply = ask(method, json{{"index", index}, {"counter", page_size}}, deadline);
        if (reply.error) method.fail(*reply.error);
        return reply.result;
    };
    DialogList list;
    std::size_t end = 0; // what is listed from here on may be new
    for (std::size_t step_back = 0;;) {
        json result;
        try {
            result = page_at(end - step_back);
        } catch (const SourceError&) {
            // Datagrams hold 64 KiB, httpd's buffer as much as it was given; a call takes from 0.5 to some
            // KiB.
            if (page_size == smallest_page || deadline.passed()) throw;
            page_size = smallest_page;
            step_back = std::min(end, overlap);
            continue;
        }
        const DialogPage page = list.add(method, result);
        // Calls that ended since have moved the rest forward. Where a page begins with one that was seen,
        // none between has slipped through.
        if (step_back > 0 && step_back < end && !page.joins) {
            step_back = std::min(end, step_back * 2);
            continue;
        }
        end = end - step_back + page.dialogs;
        if (page.dialogs < page_size) return std::move(list.rows());
        step_back = std::min(end, overlap);
    }
}

ListedContacts MiClient::contacts(const std::string& domain, UtcMilliseconds now, Deadline deadline) {
    const RpcMethod method{"ul_dump", where_};
    const int id = next_id_++;
    return parse_ul_dump(method, id, exchange(id, method, nullptr, deadline), domain,
                         std::chrono::floor<Seconds>(now));
}

MiAnswer MiClient::profiles(Deadline deadline) {
    MiAnswer list;
    const MiQuestion names{.name = std::string(profiles_question),
                           .method = "list_all_profiles",
                           .params = "",
                           .rows = "/Profiles",
                           .key = {"name"},
                           .values = {},
                           .keep = {}};
    const RpcMethod all{names.method, where_};
    const RpcReply reply = ask(all, nullptr, deadline);
    if (reply.error) all.fail(*reply.error);
    add_answer(all, names, reply.result, list);
    MiAnswer answer;
    const MiQuestion values{.name = names.name,
                            .method = "profile_get_values",
                            .params = "",
                            .rows = "",
                            .key = {"profile", "value"},
                            .values = {},
                            .keep = {"count"}};
    const RpcMethod method{values.method, where_};
    for (std::size_t i = 0; i < list.rows.size(); ++i) {
        const std::string profile(list.rows[i][1].value_or(""));
        const RpcReply found = ask(method, json{{"profile", profile}}, deadline);
        if (found.error && found.error->code == not_found) continue; // it went meanwhile
        if (found.error) method.fail(*found.error);
        json counts = found.result;
        if (!counts.is_array()) method.fail("the result is no list");
        std::int64_t calls = 0;
        for (json& count : counts) {
            if (!count.is_object() || !count.value("count", json()).is_number_integer())
                method.fail("the result has a value without a \"count\"");
            calls += count["count"].get<std::int64_t>();
            count["profile"] = profile;
            if (!count.contains("value") || count["value"].is_null()) count["value"] = "";
        }
        add_answer(method, values, counts, answer);
        // Values come and go with calls and callers: as names of statistics they would be endless.
        answer.statistics.push_back(
            {.group = names.name, .name = profile, .kind = StatisticKind::gauge, .value = calls});
    }
    return answer;
}

MiAnswer MiClient::answer(const MiQuestion& question, Deadline deadline) {
    if (question.name == profiles_question) return profiles(deadline);
    const RpcMethod method{question.method, where_};
    const RpcReply reply =
        ask(method, question.params.empty() ? json(nullptr) : json::parse(question.params), deadline);
    if (reply.error) method.fail(*reply.error);
    MiAnswer answer;
    add_answer(method, question, reply.result, answer);
    return answer;
}

std::string MiClient::local_time(Deadline deadline) {
    const RpcMethod method{"uptime", where_};
    const RpcReply reply = ask(method, nullptr, deadline);
    if (reply.error) method.fail(*reply.error);
    return parse_now(method, reply.result);
}

std::optional<std::vector<Destination>> MiClient::dispatcher(Deadline deadline) {
    const RpcMethod method{"ds_list", where_};
    const RpcReply reply = ask(method, json{{"full", 1}}, deadline);
    if (reply.error && reply.error->code == method_not_found) return std::nullopt;
    if (reply.error) method.fail(*reply.error);
    return parse_ds_list(method, reply.result);
}

} // namespace sipkeep
