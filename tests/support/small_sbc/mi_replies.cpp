#include "mi_replies.hpp"

#include "sbc.hpp"
#include "support/canned_mi.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <map>
#include <vector>

namespace sipkeep::small_sbc {

namespace {

using Json = nlohmann::ordered_json; // OpenSIPS's order of names

constexpr std::int64_t uptime_at_minute_0 = 6 * 86400 + 4 * 3600 + 367;

Json error(int code, const std::string& message, const std::string& data = "") {
    Json object{{"code", code}, {"message", message}};
    if (!data.empty()) object["data"] = data;
    return {{"error", object}};
}

Json invalid_params(const std::string& data) {
    return error(-32602, "Invalid params", data);
}

Json captured(const std::string& file) {
    return Json::parse(test::result_of(test::fixture("http/" + file)));
}

const Json& captured_kinds() {
    static const Json kinds = captured("list_statistics.reply");
    return kinds;
}

std::int64_t wobble(const std::string& name, int minute, std::int64_t below) {
    std::uint64_t seed = static_cast<std::uint64_t>(minute) * 131;
    for (const char c : name) seed = seed * 31 + static_cast<unsigned char>(c);
    return below <= 0 ? 0 : static_cast<std::int64_t>(spread(seed) % static_cast<std::uint64_t>(below));
}

/// A counter grows by about a hundredth of its captured value a minute, never shrinking.
std::int64_t counter_at(const std::string& name, std::int64_t captured_value, int minute) {
    return captured_value + captured_value * minute / 100 + wobble(name, minute, captured_value / 200);
}

/// What must agree with the tables, and a few gauges that move.
std::map<std::string, std::int64_t> told_by_the_tables(int minute) {
    const auto contacts = static_cast<std::int64_t>(registrations(minute).size());
    const std::int64_t answered = calls_answered_by(minute);
    const std::int64_t fragments = 11275 + wobble("fragments", minute, 300);
    const std::int64_t used = 6309152 + wobble("used", minute, 200'000);
    constexpr std::int64_t total = 536870912;
    return {{"core:timestamp", uptime_at_minute_0 + 60 * std::int64_t{minute}},
            {"usrloc:registered_users", contacts},
            {"usrloc:location-users", contacts},
            {"usrloc:location-contacts", contacts},
            {"registrar:accepted_regs", 4474 + registers_accepted_by(minute)},
            {"dialog:active_dialogs", static_cast<std::int64_t>(calls(minute).size())},
            {"dialog:early_dialogs", wobble("early", minute, 4)},
            {"dialog:processed_dialogs", 1408 + answered + answered / 3},
            {"dialog:failed_dialogs", 750 + answered / 3},
            {"sbc:invites", 1408 + answered + answered / 3},
            {"tm:inuse_transactions", 12 + wobble("inuse", minute, 20)},
            {"load:load", wobble("load", minute, 4)},
            {"load:load1m", 1 + wobble("load1m", minute, 2)},
            {"shmem:used_size", used},
            {"shmem:real_used_size", used + 677872},
            {"shmem:free_size", total - used - 677872},
            {"shmem:fragments", fragments}};
}

Json statistics_at(int minute) {
    static const Json at_minute_0 = captured("get_statistics-all.reply");
    const auto told = told_by_the_tables(minute);
    Json values = Json::object();
    for (const auto& [name, value] : at_minute_0.items()) {
        const auto known = told.find(name);
        const bool counter = captured_kinds().at(name) == "incremental";
        if (known != told.end())
            values[name] = known->second;
        else
            values[name] =
                counter ? counter_at(name, value.get<std::int64_t>(), minute) : value.get<std::int64_t>();
    }
    return values;
}

/// Those of `all` that are asked for: "all", "group:", or a name without its group. `keep_group` as OpenSIPS
/// does it: list_statistics prints a single name bare.
Json chosen(const Json& all, const std::vector<std::string>& asked, bool keep_group) {
    Json result = Json::object();
    for (const std::string& name : asked)
        for (const auto& [full_name, value] : all.items()) {
            const bool whole_group = name == "all" || (name.ends_with(':') && full_name.starts_with(name));
            if (whole_group || full_name.substr(full_name.find(':') + 1) == name)
                result[whole_group || keep_group ? full_name : name] = value;
        }
    return result;
}

/// The names in [["a","b"]] or {"statistics":["a","b"]}; nullptr when there are no params.
Json names_of(const Json& request) {
    const Json params = request.value("params", Json());
    if (params.is_object()) return params.value("statistics", Json());
    return params.is_array() && !params.empty() ? params.front() : Json();
}

Json statistics_reply(const Json& request, const Json& all, bool keep_group) {
    const Json names = names_of(request);
    if (!names.is_array()) return invalid_params("Bad type for parameter 'statistics'");
    return {{"result", chosen(all, names.get<std::vector<std::string>>(), keep_group)}};
}

std::string local_text(UtcSeconds time) {
    const std::time_t seconds = time.time_since_epoch().count();
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::string text(32, '\0');
    text.resize(std::strftime(text.data(), text.size(), "%a %b %e %H:%M:%S %Y", &parts));
    return text;
}

Json uptime_at(int minute) {
    const UtcSeconds now = time_of(minute);
    const Seconds up{uptime_at_minute_0 + 60 * std::int64_t{minute}};
    return {{"Now", local_text(now)},
            {"Up since", local_text(now - up)},
            {"Up time", std::to_string(up.count()) + " [sec]"}};
}

Json destination(const Gateway& gateway, bool full) {
    static const std::map<GatewayState, const char*> states{{GatewayState::active, "Active"},
                                                            {GatewayState::inactive, "Inactive"},
                                                            {GatewayState::probing, "Probing"}};
    Json object{
        {"URI", "sip:" + gateway.address}, {"state", states.at(gateway.state)}, {"first_hit_counter", 0}};
    if (gateway.attr) object["attr"] = *gateway.attr;
    if (full) {
        object["weight"] = gateway.weight;
        object["priority"] = gateway.priority;
        if (gateway.description) object["description"] = *gateway.description;
    }
    object["resolved_addresses"] = Json::array({gateway.address});
    return object;
}

Json ds_list_at(int minute, bool full) {
    Json sets = Json::array();
    for (const Gateway& gateway : gateways(minute)) {
        if (sets.empty() || sets.back()["id"] != gateway.set_id)
            sets.push_back({{"id", gateway.set_id}, {"Destinations", Json::array()}});
        sets.back()["Destinations"].push_back(destination(gateway, full));
    }
    Json partitions = Json::array();
    partitions.push_back({{"name", "default"}, {"SETS", sets}});
    return {{"PARTITIONS", partitions}};
}

Json answer(const Json& request, int minute) {
    const auto method = request.at("method").get<std::string>();
    const Json params = request.value("params", Json());
    if (method == "get_statistics") {
        if (params.is_null()) return invalid_params("Too few or too many parameters");
        return statistics_reply(request, statistics_at(minute), true);
    }
    if (method == "list_statistics") {
        if (params.is_null()) return {{"result", captured_kinds()}};
        return statistics_reply(request, captured_kinds(), false);
    }
    if (method == "uptime") return {{"result", uptime_at(minute)}};
    if (method == "ds_list")
        return {{"result", ds_list_at(minute, params.is_object() && params.contains("full"))}};
    if (method == "version") return {{"result", {{"Server", "OpenSIPS (3.6.8 (x86_64/linux))"}}}};
    return error(-32601, "Method not found");
}

} // namespace

std::string mi_reply(const std::string& request, int minute) {
    const Json parsed = Json::parse(request, nullptr, false);
    Json reply{{"jsonrpc", "2.0"}};
    if (!parsed.is_object() || !parsed.contains("method")) {
        reply.update(parsed.is_discarded() ? error(-32700, "Parse error") : error(-32600, "Invalid Request"));
        reply["id"] = nullptr;
        return reply.dump();
    }
    reply.update(answer(parsed, minute));
    reply["id"] = parsed.value("id", Json());
    return reply.dump();
}

} // namespace sipkeep::small_sbc
