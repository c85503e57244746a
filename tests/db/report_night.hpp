// Eleven minutes that hold all that can go wrong; small enough to be worked out by hand.
#pragma once

#include "report_scene.hpp"

namespace sipkeep::test {

inline UtcSeconds utc(const std::string& clock) {
    return from_datetime((clock >= "12" ? "2026-11-22 " : "2026-11-23 ") + clock);
}

inline std::string unix_time(const std::string& clock) {
    return std::to_string(utc(clock).time_since_epoch().count());
}

/// 23:56 to 00:06, without 00:00 and 00:01; OpenSIPS restarts at 00:02:30; `location` can't be read at 00:04,
/// the dispatcher not at 00:06; a counter is reset before 00:06.
class Night : public ReportScene {
public:
    Night() : ReportScene(utc("23:50:00")) {
        started_at = utc("23:39:20");
        destinations = {{gateway, "Active"}, {other_gateway, "Active"}};
        counters = {
            {"core:rcv_requests", 1000},    {"core:err_requests", 0},    {"registrar:accepted_regs", 100},
            {"registrar:rejected_regs", 5}, {"tm:2xx_transactions", 10}, {"tm:3xx_transactions", 0},
            {"tm:4xx_transactions", 0},     {"tm:5xx_transactions", 0},  {"tm:6xx_transactions", 0},
            {"tm:UAS_transactions", 300},   {"sbc:invites", 7},          {"sql:sql_slow_queries", 0}};
        gauges = {
            {"usrloc:location-contacts", 4}, {"tm:inuse_transactions", 7},    {"load:load1m", 2},
            {"shmem:total_size", 1000},      {"shmem:real_used_size", 500},   {"shmem:max_used_size", 530},
            {"pkmem:1-total_size", 200},     {"pkmem:1-real_used_size", 40},  {"pkmem:1-max_used_size", 50},
            {"pkmem:2-total_size", 200},     {"pkmem:2-real_used_size", 150}, {"pkmem:2-max_used_size", 150}};
        phones();
        captures();
        records();
    }

    static constexpr const char* gateway = "sip:203.0.113.10:5060";
    static constexpr const char* other_gateway = "sip:203.0.113.20:5060";

private:
    void phone(std::uint64_t id, const std::string& user, const std::string& domain, const std::string& agent,
               std::optional<std::string> received = {}, std::optional<std::string> instance = {}) {
        rig.tables.put_contact(id, {{"username", user},
                                    {"domain", domain},
                                    {"contact", "sip:" + user + "@192.168.1." + std::to_string(id) + ":5060"},
                                    {"received", received},
                                    {"user_agent", agent},
                                    {"sip_instance", instance},
                                    {"expires", unix_time(id == 1 ? "00:02:30" : "01:00:00")},
                                    {"cseq", "1"},
                                    {"last_modified", "2026-11-22 23:00:00"},
                                    {"socket", "udp:10.0.0.1:5060"}});
    }
    void call(std::uint64_t id, const std::string& start, const std::string& from, const std::string& to,
              const std::string& caller, const std::string& callee, const std::string& timeout) {
        rig.tables.put_dialog(id, {{"callid", "c" + std::to_string(id)},
                                   {"from_tag", "fc" + std::to_string(id)},
                                   {"from_uri", "sip:" + from},
                                   {"to_uri", "sip:" + to},
                                   {"caller_contact", caller},
                                   {"callee_contact", callee},
                                   {"start_time", unix_time(start)},
                                   {"timeout", unix_time(timeout)},
                                   {"state", "4"}});
    }
    void phones() {
        phone(1, "1001", "a.org", "phone/1");
        phone(3, "2001", "b.org", "soft/2", "sip:198.51.100.3:40000");
        phone(4, "2002", "b.org", "soft/2");
        phone(5, "2003", "b.org", "soft/2", {}, "<i5>");
    }
    void minute(const std::string& clock, std::int64_t requests, const std::set<std::string>& failed = {}) {
        counters["core:rcv_requests"] += requests;
        counters["registrar:accepted_regs"] += 10;
        counters["tm:2xx_transactions"] += 9;
        counters["tm:4xx_transactions"] += 1;
        counters["tm:UAS_transactions"] += 30;
        counters["sbc:invites"] += 5;
        capture(utc(clock), failed);
    }
    void captures() {
        call(1, "23:55:30", "1001@a.org", "4930@a.org", "sip:1001@192.168.1.1:5060",
             "sip:4930@203.0.113.10:5060", "23:59:30");
        rig.tables.dialog[1]["timeout"] = unix_time("01:55:30");
        call(4, "20:00:00", "9@c.org", "conf@c.org", "sip:9@198.51.100.9:5060",
             "<sip:conf@203.0.113.10:5060;ob>", "00:01:00");
        call(5, "23:50:00", "1001@a.org", "4930@a.org", "sip:1001@192.168.1.1:5060",
             "sip:4930@203.0.113.10:5060", "01:00:00");
        capture(utc("23:56:00"));
        phone(2, "1002", "a.org", "phone/1");
        gauges["usrloc:location-contacts"] = 5;
        gauges["shmem:real_used_size"] = 520;
        minute("23:57:00", 60);
        call(2, "23:57:10", "2001@b.org", "1001@a.org", "sip:2001@198.51.100.2:5060",
             "sip:1001@192.168.1.1:5060", "01:57:10");
        rig.tables.dialog.erase(5);
        destinations[gateway] = "Probing";
        counters["core:err_requests"] = 3;
        counters["registrar:rejected_regs"] = 6;
        gauges["load:load1m"] = 12;
        minute("23:58:00", 60);
        rig.tables.dialog.erase(2);
        rig.tables.location.erase(4);
        phone(3, "2001", "b.org", "soft/2", "sip:198.51.100.33:40000");
        gauges["usrloc:location-contacts"] = 4;
        gauges["load:load1m"] = 4;
        minute("23:59:00", 120);
        rig.tables.location.erase(5);
        phone(6, "2003", "b.org", "soft/2", {}, "<i5>");
        destinations[gateway] = "Active";
        minute("00:02:00", 360);
        for (auto& [name, value] : counters) value = 0;
        started_at = utc("00:02:30");
        gauges["shmem:real_used_size"] = 100;
        gauges["shmem:max_used_size"] = 110;
        rig.tables.dialog.erase(1);
        rig.tables.location.erase(2);
        minute("00:03:00", 10);
        call(3, "00:03:10", "1002@a.org", "4931@a.org", "sip:1002@192.168.1.2:5060",
             "sips:4931@203.0.113.20:5060", "01:03:10");
        minute("00:04:00", 60, {"location"});
        phone(12, "1002", "a.org", "phone/1");
        destinations[other_gateway] = "Inactive";
        minute("00:05:00", 60);
        counters["registrar:accepted_regs"] = -5;
        minute("00:06:00", 120, {"dispatcher"});
    }
    void records() {
        call_record("c1", utc("23:55:30"), 300'000, "1001@a.org", "4930@a.org");
        call_record("c2", utc("23:57:10"), 80'000, "2001@b.org", "1001@a.org");
        call_record("e", utc("23:57:20"), 0, "2001@b.org", "1001@a.org", "486");
        call_record("f", utc("00:03:40"), 0, "1001@a.org", "2001@b.org", "487");
        call_record("g", utc("00:04:05"), 10'000, "1002@a.org", "4930@a.org");
        call_record("h", utc("00:05:05"), 0, "1002@a.org", "999@a.org", "404");
        take_records(utc("00:06:00"));
    }
};

inline const Asked night{.from = "2026-11-22 23:56:00", .to = "2026-11-23 00:07:00"};

} // namespace sipkeep::test
