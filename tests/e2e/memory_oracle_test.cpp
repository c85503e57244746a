// The oracle's sibling: whatever OpenSIPS's memory holds at a capture, history gives back what MI told of it.
#include "sipkeep/app/archive_run.hpp"
#include "sipkeep/core/error.hpp"
#include "sipkeep/db/live_reader.hpp"
#include "sipkeep/db/schema.hpp"

#include "support/archive_findings.hpp"
#include "support/catch.hpp"
#include "support/mariadb_server.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <random>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

struct Call {
    std::uint64_t id;
    int number;
    int state;
    std::int64_t start;
    bool in_table = false;
};

struct LivingPhone {
    std::uint64_t id;
    int number;
    int cseq;
    std::int64_t expires;
    std::string user_agent;
    bool in_table = false;
};

/// An OpenSIPS whose memory and tables live, each a step behind the other as in life.
class Memory final : public Transport {
public:
    explicit Memory(std::uint32_t seed) : random_(seed) {}

    std::vector<Call> calls;
    std::vector<LivingPhone> phones;
    std::int64_t now = 0;
    bool answers = true;

    bool one_in(unsigned n) { return random_() % n == 0; }

    /// What happens until the next capture; `sql` gets what OpenSIPS would write.
    void live(const std::function<void(const std::string&)>& sql) {
        for (Call& call : calls) {
            if (call.state < 3 && one_in(2)) call.state = one_in(3) ? 5 : 4;
            if (call.state == 4 && call.start == 0) call.start = now - 20;
            if (call.state == 4 && !call.in_table && one_in(2)) {
                call.in_table = true;
                sql("INSERT INTO dialog (dlg_id, callid, from_uri, from_tag, to_uri, to_tag, caller_cseq, "
                    "callee_cseq, "
                    "caller_ping_cseq, callee_ping_cseq, caller_sock, callee_sock, state, start_time, "
                    "timeout) VALUES (" +
                    std::to_string(call.id) + ", 'call" + std::to_string(call.number) +
                    "', 'sip:a@x.test', 'f', 'sip:b@y.test', 't', '1', '0', 0, 0, 'udp:1', 'udp:1', 4, " +
                    std::to_string(call.start) + ", " + std::to_string(call.start + 3600) + ")");
            }
            if (call.state == 4 && one_in(4)) call.state = 5;
        }
        for (std::size_t i = calls.size(); i-- > 0;) {
            if (calls[i].state != 5 || one_in(3)) continue;
            // The row goes with the next flush, or the one after.
            if (calls[i].in_table) gone_calls_.push_back(calls[i].id);
            calls.erase(calls.begin() + static_cast<std::ptrdiff_t>(i));
        }
        while (!gone_calls_.empty() && !one_in(3)) {
            sql("DELETE FROM dialog WHERE dlg_id = " + std::to_string(gone_calls_.back()));
            gone_calls_.pop_back();
        }
        for (int n = static_cast<int>(random_() % 6); n > 0; --n)
            // A reused id is another call.
            calls.push_back({unused_id(), ++number_, 1 + static_cast<int>(random_() % 2), 0});
        live_phones(sql);
    }

    std::string exchange(std::string_view text, Deadline) override {
        const auto request = nlohmann::json::parse(text);
        if (!answers) throw SourceError("fake MI: no complete reply");
        nlohmann::json reply{{"jsonrpc", "2.0"}, {"id", request.at("id")}};
        reply["result"] = request.at("method") == "dlg_list" ? dialogs(request.at("params")) : domains();
        return reply.dump();
    }

private:
    std::uint64_t unused_id() {
        for (;;) {
            const std::uint64_t id = 1 + random_() % 400;
            const auto is = [&](const Call& call) { return call.id == id; };
            if (std::ranges::none_of(calls, is) && std::ranges::find(gone_calls_, id) == gone_calls_.end())
                return id;
        }
    }

    void live_phones(const std::function<void(const std::string&)>& sql) {
        for (LivingPhone& phone : phones) {
            if (one_in(4)) {
                phone.expires = now + 600 + static_cast<std::int64_t>(random_() % 600);
                ++phone.cseq;
                if (one_in(3)) phone.user_agent = "agent" + std::to_string(random_() % 3);
            }
        }
        for (int n = static_cast<int>(random_() % 4); n > 0; --n)
            phones.push_back(
                {1000 + (random_() % 200) * 1'000'003, ++number_, 1, now + 900, "T\xC3\xA9l\xE9"});
        std::ranges::sort(phones, {}, &LivingPhone::id);
        const auto [first, last] = std::ranges::unique(phones, {}, &LivingPhone::id);
        phones.erase(first, last);
        if (phones.size() > 20) phones.erase(phones.begin() + static_cast<std::ptrdiff_t>(random_() % 20));
        sql("DELETE FROM location");
        for (LivingPhone& phone : phones) {
            phone.in_table = phone.in_table || one_in(3);
            if (!phone.in_table) continue;
            sql("INSERT INTO location (contact_id, username, domain, contact, expires, q, callid, cseq, "
                "last_modified) "
                "VALUES (" +
                std::to_string(phone.id) + ", 'u" + std::to_string(phone.number) + "', 'x.test', 'sip:u', " +
                std::to_string(phone.expires) + ", -1, 'reg', " + std::to_string(phone.cseq) +
                ", '2026-10-24 10:00:00')");
        }
    }

    nlohmann::json dialogs(const nlohmann::json& page) {
        nlohmann::json list = nlohmann::json::array();
        const auto begin = page.at("index").get<std::size_t>();
        for (std::size_t i = begin; i < std::min(calls.size(), begin + page.at("counter").get<std::size_t>());
             ++i) {
            const Call& call = calls[i];
            list.push_back({{"db_id", std::to_string(call.id)},
                            {"state", call.state},
                            {"timestart", call.start},
                            {"timeout", call.start == 0 ? 0 : call.start + 3600 - (one_in(2) ? 1 : 0)},
                            {"callid", "call" + std::to_string(call.number)},
                            {"from_uri", "sip:a@x.test"},
                            {"to_uri", "sip:b@y.test"},
                            {"caller_tag", "f"},
                            {"caller_contact", "sip:a@10.0.0.1"},
                            {"CALLEES", nlohmann::json::array()}});
        }
        return {{"count", calls.size()}, {"Dialogs", list}};
    }

    nlohmann::json domains() {
        nlohmann::json aors = nlohmann::json::array();
        for (const LivingPhone& phone : phones)
            aors.push_back({{"AOR", "u" + std::to_string(phone.number) + "@x.test"},
                            {"Contacts",
                             {{{"Contact", "sip:u"},
                               {"ContactID", std::to_string(phone.id)},
                               {"Expires", phone.expires - now + (one_in(2) ? 1 : 0)},
                               {"Callid", "reg"},
                               {"Cseq", phone.cseq},
                               {"User-agent", to_valid(phone.user_agent)}}}}});
        return {{"Domains", {{{"name", "location"}, {"AORs", aors}}}}};
    }

    /// nlohmann writes valid UTF-8 only; what is not comes in the unit test of ul_dump.
    static std::string to_valid(const std::string& text) { return text.substr(0, 4); }

    std::mt19937 random_;
    std::vector<std::uint64_t> gone_calls_;
    int number_ = 0;
};

std::string told(const Call& call) {
    return std::to_string(call.id) + "|call" + std::to_string(call.number) + "|" +
           std::to_string(call.state) + "|" + std::to_string(call.start) + "\n";
}

std::string told(const LivingPhone& phone) {
    return std::to_string(phone.id) + "|u" + std::to_string(phone.number) + "|" +
           phone.user_agent.substr(0, 4) + "\n";
}

struct Kept {
    std::string calls, phones, dialog_table, location_table;
    std::map<std::uint64_t, std::pair<int, std::int64_t>>
        refreshes; ///< of phones that only memory has: cseq, expires
};

void live_and_compare(TableSource source, std::uint32_t seed) {
    TestDatabase live("memory_live");
    TestDatabase history("memory_history");
    for (const char* table : {"dialog", "location"})
        live.load(std::string(SIPKEEP_FIXTURES "/opensips/3.6/") + table + ".sql");
    init_schema(history.sql(), embedded_schema(), from_datetime("2026-10-24 00:00:00"));
    Memory memory(seed);
    ArchivePlan plan;
    plan.node = "sbc1";
    plan.statistics = plan.dispatcher = false;
    plan.full_compare_every = 5;
    plan.dialog_source = plan.location_source = source;
    const bool both = source == TableSource::both;
    const std::string dialog_columns = "dlg_id, callid, state, start_time, timeout";
    const std::string location_columns = "contact_id, username, cseq, expires";

    std::map<UtcSeconds, Kept> kept;
    UtcSeconds now = from_datetime("2026-10-24 23:20:00");
    for (int i = 0; i < 80; ++i, now += 60s) {
        memory.now = now.time_since_epoch().count();
        memory.live([&](const std::string& statement) { live.sql().execute(statement); });
        memory.answers = !memory.one_in(8);
        MiClient mi(memory, "fake:");
        const auto reader = make_live_reader({.database = live.settings()});
        const auto store = make_history_store(history.settings(), {.rows_a_transaction = 12});
        const ArchiveResult result =
            archive_capture(plan, {.mi = &mi, .live = both ? reader.get() : nullptr}, *store, now);
        REQUIRE(result.stored);
        CHECK(result.partial() == !memory.answers);

        Kept& copy = kept[now];
        copy.dialog_table = live.rows("SELECT " + dialog_columns + " FROM dialog ORDER BY 1");
        copy.location_table = live.rows("SELECT " + location_columns + " FROM location ORDER BY 1");
        if (!memory.answers) continue;
        std::map<std::uint64_t, std::string> calls;
        for (const Call& call : memory.calls)
            if (!both || !live.sql().value("SELECT 1 FROM dialog WHERE dlg_id = " + std::to_string(call.id)))
                calls[call.id] = told(call);
        for (const auto& [id, text] : calls) copy.calls += text;
        for (const LivingPhone& phone : memory.phones) {
            if (both && phone.in_table) continue;
            copy.phones += told(phone);
            copy.refreshes[phone.id] = {phone.cseq, phone.expires};
        }
    }

    CHECK(violations_of(check_archive(history.settings(), {})) == "");
    std::size_t calls_compared = 0;
    for (const auto& [at, copy] : kept) {
        INFO("seed " << seed << ", " << to_datetime(at));
        const std::string of_capture =
            " WHERE node = 'sbc1' AND captured_at = '" + to_datetime(at) + "' ORDER BY 1";
        CHECK(history.rows("SELECT dlg_id, callid, state, start_time FROM dialog_memory" + of_capture) ==
              copy.calls);
        CHECK(history.rows("SELECT contact_id, username, user_agent FROM location_memory" + of_capture) ==
              copy.phones);
        calls_compared += copy.calls.size();
        if (both) {
            CHECK(history.rows("SELECT " + dialog_columns + " FROM dialog_snapshot" + of_capture) ==
                  copy.dialog_table);
            CHECK(history.rows("SELECT " + location_columns + " FROM location_snapshot" + of_capture) ==
                  copy.location_table);
        }
        for (const auto& [id, refresh] : copy.refreshes) {
            const std::string found = history.rows(
                "SELECT cseq, ABS(CAST(expires AS SIGNED) - " + std::to_string(refresh.second) +
                ") <= 3 FROM location_refresh WHERE contact_id = " + std::to_string(id) +
                " AND captured_at <= '" + to_datetime(at) + "' ORDER BY captured_at DESC LIMIT 1");
            CHECK(found == std::to_string(refresh.first) + "|1\n");
        }
    }
    CHECK(calls_compared > 1000);
    // A phone that nobody touches has no refresh, though what is left of its time wanders by a second.
    CHECK(history.rows(
              "SELECT COUNT(*) FROM (SELECT contact_id, cseq, MIN(captured_at) AS t FROM location_refresh "
              "WHERE last_modified IS NULL GROUP BY contact_id, cseq, expires DIV 600 HAVING COUNT(*) > 3) "
              "x") == "0\n");
}

} // namespace

TEST_CASE("memory oracle: of MI alone, history tells what MI told at each capture") {
    for (const std::uint32_t seed : {1U, 2U, 3U}) live_and_compare(TableSource::memory, seed);
}

TEST_CASE("memory oracle: of both, the snapshots are the tables' and the rest is what memory alone had") {
    for (const std::uint32_t seed : {4U, 5U, 6U}) live_and_compare(TableSource::both, seed);
}
