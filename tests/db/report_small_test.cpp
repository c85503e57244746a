// Every report on eleven minutes that hold all that can go wrong, worked out by hand.
#include "report_night.hpp"

using namespace sipkeep;
using namespace sipkeep::test;

TEST_CASE("reports about calls, by hand") {
    Night scene;
    const std::string late = "2026-11-22 23:56:00|4|4|0|";
    const std::string early = "2026-11-23 00:00:00|5|7|1|";
    const std::string known = "2026-11-23 00:00:00|6|7|1|";
    const std::string all = "10|11|1|"; // of the records, from the first to the last look at them
    const std::string seen = "9|11|1|";

    CHECK(scene.answer("concurrent-calls", night) ==
          late + "2.75|3|2026-11-22 23:56:00\n" + early + "1.80|2|2026-11-23 00:02:00\n");
    CHECK(scene.answer("busy-hour", night) == late + "-|-|-|-\n" + early + "-|-|-|-\n");
    CHECK(scene.answer("call-traffic", night) == late + "2|1|1|320.000|1.33|2|2026-11-22 23:57:10\n" + known +
                                                     "3|1|2|40.000|0.11|1|2026-11-23 00:00:00\n");
    CHECK(scene.answer("call-success", night) ==
          late + "2|1|50.00|320.0|0|1|0|0|0\n" + known + "3|1|33.33|40.0|0|1|0|0|1\n");
    Asked of_b = night;
    of_b.domain = "b.org";
    CHECK(scene.answer("call-success", of_b) ==
          late + "2|1|50.00|80.0|0|1|0|0|0\n" + known + "-|-|-|-|-|-|-|-|-\n");
    CHECK(scene.answer("failures-by-code", night) == all + "404|reason 404|1|33.33\n" + all +
                                                         "486|reason 486|1|33.33\n" + all +
                                                         "487|reason 487|1|33.33\n");
    CHECK(scene.answer("calls-by-domain", night) ==
          all + "a.org|out|3|1|33.33|1|1|280.000|1|2026-11-22 23:56:00\n" + all +
              "a.org|in|4|2|50.00|2|0|360.000|2|2026-11-22 23:57:10\n" + all +
              "b.org|out|2|1|50.00|1|0|80.000|1|2026-11-22 23:57:10\n" + all +
              "b.org|in|1|0|0.00|0|1|0.000|0|-\n");
    CHECK(scene.answer("concurrent-by-domain", night) == late + "a.org|1.00|1|2026-11-22 23:56:00\n" + late +
                                                             "b.org|0.33|1|2026-11-22 23:58:00\n" + known +
                                                             "a.org|0.11|1|2026-11-23 00:00:00\n");
    CHECK(scene.answer("calls-by-endpoint", night) ==
          all + "1002@a.org|2|0|1|1|10.000|10.000|10.000\n" + all + "1001@a.org|1|0|0|1|0.000|-|-\n" + all +
              "2001@b.org|0|1|0|1|0.000|-|-\n" + all + "4930@a.org|0|1|1|0|10.000|10.000|10.000\n" + all +
              "999@a.org|0|1|0|1|0.000|-|-\n");
    Asked of_user = night;
    of_user.user = "999"; // without a domain, of any
    CHECK(scene.answer("calls-by-endpoint", of_user) == all + "999@a.org|0|1|0|1|0.000|-|-\n");
    of_user.domain = "b.org";
    CHECK(scene.answer("calls-by-endpoint", of_user) == "");
    CHECK(scene.answer("calls-by-gateway", night) ==
          seen + "called|203.0.113.10:5060|1|3|1200\n" + seen + "called|192.168.1.1:5060|-|1|60\n" + seen +
              "called|203.0.113.20:5060|1|1|180\n" + seen + "calling|192.168.1.1:5060|-|2|540\n" + seen +
              "calling|192.168.1.2:5060|-|1|180\n" + seen + "calling|198.51.100.2:5060|-|1|60\n" + seen +
              "calling|198.51.100.9:5060|-|1|660\n");
    CHECK(scene.answer("calls-without-record", night) ==
          all + "2026-11-22 23:50:00|2026-11-22 23:58:00|1001@a.org|4930@a.org|c5\n");
    CHECK(scene.answer("records-never-live", night) ==
          seen + "1|2026-11-23 00:04:05|2026-11-23 00:04:15|10.0|0|g\n");
    CHECK(scene.answer("calls-up", {.at = "2026-11-23 00:04:00"}) ==
          "2026-11-23 00:04:00|2026-11-22 "
          "20:00:00|14640|9@c.org|conf@c.org|198.51.100.9:5060|203.0.113.10:5060|c4\n"
          "2026-11-23 00:04:00|2026-11-23 "
          "00:03:10|50|1002@a.org|4931@a.org|192.168.1.2:5060|203.0.113.20:5060|c3\n");
    CHECK(scene.answer("calls-up", {.at = "2026-11-23 00:04:59", .domain = "a.org", .user = "4931"}) ==
          "2026-11-23 00:04:00|2026-11-23 "
          "00:03:10|50|1002@a.org|4931@a.org|192.168.1.2:5060|203.0.113.20:5060|c3\n");
    CHECK(scene.answer("calls-up", {.at = "2026-11-23 00:01:00"}) == ""); // a gap is a gap
    CHECK(scene.answer("long-calls", {.at = "2026-11-23 00:02:00"}) ==
          "2026-11-23 00:02:00|14520|2026-11-22 20:00:00|9@c.org|conf@c.org|2026-11-23 00:01:00|overdue|c4\n"
          "2026-11-23 00:02:00|390|2026-11-22 23:55:30|1001@a.org|4930@a.org|2026-11-23 01:55:30|ended|c1\n");
}

TEST_CASE("reports about registrations, by hand") {
    Night scene;
    const std::string late = "2026-11-22 23:56:00|4|4|0|";
    const std::string early = "2026-11-23 00:00:00|4|7|1|";
    const std::string seen = "8|11|1|";

    CHECK(scene.answer("registrations", night) ==
          late + "4.5|4|2026-11-22 23:56:00|5|2026-11-22 23:57:00|0\n" + early +
              "3.8|3|2026-11-23 00:03:00|4|2026-11-23 00:02:00|0\n");
    CHECK(scene.answer("registrations-by-domain", night) ==
          late + "a.org|1|1|2|1|0\n" + late + "b.org|3|2|3|0|1\n" + early + "a.org|2|1|2|1|1\n" + early +
              "b.org|2|2|2|1|1\n");
    Asked top = night;
    top.top = 1;
    CHECK(scene.answer("registrations-by-domain", top) ==
          late + "b.org|3|2|3|0|1\n" + late + "(the rest)|1|1|2|1|0\n" + early + "b.org|2|2|2|1|1\n" + early +
              "(the rest)|2|1|2|1|1\n");
    const std::string at = "2026-11-23 00:02:00|";
    const Asked then{.at = "2026-11-23 00:02:00"};
    CHECK(scene.answer("online-by-domain", then) == at + "a.org|2|2|50.00\n" + at + "b.org|2|2|50.00\n");
    CHECK(scene.answer("online-by-agent", then) == at + "phone/1|2|2|50.00\n" + at + "soft/2|2|2|50.00\n");
    CHECK(scene.answer("online-by-source", then) ==
          at + "192.168.1.1:5060|contact|1|1\n" + at + "192.168.1.2:5060|contact|1|1\n" + at +
              "192.168.1.6:5060|contact|1|1\n" + at + "198.51.100.33|received|1|1\n");
    CHECK(scene.answer("online", {.at = "2026-11-23 00:02:00", .domain = "b.org"}) ==
          at +
              "2001@b.org|2026-11-22 "
              "23:56:00|sip:2001@192.168.1.3:5060|sip:198.51.100.33:40000|soft/2|udp:10.0.0.1:5060\n" +
              at + "2003@b.org|2026-11-23 00:02:00|sip:2003@192.168.1.6:5060|-|soft/2|udp:10.0.0.1:5060\n");
    CHECK(scene.answer("online", {.at = "2026-11-23 00:04:00"}) == ""); // the table could not be read
    Asked one = night;
    one.user = "1002";
    one.domain = "a.org";
    CHECK(scene.answer("sessions", one) == seen + "2026-11-22 23:57:00|2026-11-23 00:03:00|360|1|2|-\n" +
                                               seen + "2026-11-23 00:05:00|-|120|1|0|120\n");
    const std::string socket = "|udp:10.0.0.1:5060|udp:10.0.0.1:5060\n";
    CHECK(scene.answer("moves", night) ==
          seen +
              "2003@b.org|2026-11-23 "
              "00:02:00|contact|sip:2003@192.168.1.5:5060|sip:2003@192.168.1.6:5060|-|-|soft/2|soft/2" +
              socket + seen +
              "2001@b.org|2026-11-22 23:59:00|received|sip:2001@192.168.1.3:5060|sip:2001@192.168.1.3:5060|"
              "sip:198.51.100.3:40000|sip:198.51.100.33:40000|soft/2|soft/2" +
              socket);
    CHECK(scene.answer("flapping", night) == seen + "1002@a.org|2|1|phone/1|2026-11-23 00:05:00\n" + seen +
                                                 "2003@b.org|1|1|soft/2|2026-11-23 00:02:00\n");
    CHECK(scene.answer("registration-durations", night) ==
          seen + "5 to 15 minutes|1|33.33\n" + seen + "since before the first capture|2|66.67\n");
    const std::string first_day = late + "2026-11-22 23:59:00|";
    const std::string second_day = early + "2026-11-23 00:06:00|";
    CHECK(scene.answer("user-agents", night) == first_day + "phone/1|2\n" + first_day + "soft/2|2\n" +
                                                    second_day + "phone/1|2\n" + second_day + "soft/2|2\n");
    CHECK(scene.answer("never-came-back", night) ==
          seen + "2002@b.org|2026-11-22 23:59:00|2026-11-22 23:56:00|sip:2002@192.168.1.4:5060|soft/2\n");
    CHECK(scene.answer("expiring-soon", {.at = "2026-11-23 00:02:00", .top = 1}) ==
          at + "1001@a.org|2026-11-23 00:02:30|30|-|sip:1001@192.168.1.1:5060|phone/1\n");
}

TEST_CASE("reports about the server, by hand") {
    Night scene;
    const std::string late = "2026-11-22 23:56:00|4|4|0|";
    const std::string early = "2026-11-23 00:00:00|5|7|1|";
    const std::string seen = "9|11|1|";

    // 60 + 60 + 120 requests in three minutes; the pair around the gap belongs to neither hour, the one
    // around the restart to none.
    CHECK(scene.answer("requests", night) ==
          late + "1.333|-|-|-|-|0.017|-|1.250\n" + early + "1.333|-|-|-|-|0.000|-|0.000\n");
    CHECK(scene.answer("overview", night) ==
          late + "3|1|50.0|0|4|5|1.333|10.0|1|12|52.0\n" + early + "2|1|33.3|0|3|4|1.333|10.0|1|4|52.0\n");
    CHECK(scene.answer("replies", night) ==
          late + "27|0|3|0|0|10.00|-|-|-\n" + early + "27|0|3|0|0|10.00|-|-|-\n");
    CHECK(scene.answer("transactions", night) ==
          late + "0.500|-|-|-|7.0|7\n" + early + "0.500|-|-|-|7.0|7\n");
    CHECK(scene.answer("registrar", night) == late + "30|1|3.23|-|5|-|-\n" + early + "20|0|0.00|-|4|-|-\n");
    CHECK(scene.answer("security", night) == late + "core:err_requests|3|0.017\n" + late +
                                                 "registrar:rejected_regs|1|0.006\n" + late +
                                                 "sbc:invites|15|0.083\n" + early + "sbc:invites|15|0.083\n");
    CHECK(scene.answer("memory", night) == late + "1000|515|520|2026-11-22 23:57:00|530|47.00|-\n" + early +
                                               "1000|184|520|2026-11-23 00:02:00|530|47.00|-\n");
    CHECK(scene.answer("private-memory", night) == seen + "2|200|150|2026-11-22 23:56:00|150|25.00\n" + seen +
                                                       "1|200|40|2026-11-22 23:56:00|50|75.00\n");
    CHECK(scene.answer("load", night) ==
          late + "5.0|12|2026-11-22 23:58:00|-|-|-|0|-\n" + early + "4.0|4|2026-11-23 00:02:00|-|-|-|0|-\n");
    CHECK(scene.answer("restarts", night) ==
          "9|11|2026-11-22 23:39:20|-|2026-11-22 23:56:00|2026-11-23 00:02:00|1360\n"
          "9|11|2026-11-23 00:02:30|2026-11-23 00:02:00|2026-11-23 00:03:00|2026-11-23 00:06:00|210\n");
    CHECK(scene.answer("counter-resets", night) ==
          seen + "2026-11-23 00:06:00|registrar:accepted_regs|30|5\n");
    const std::string read = "8|11|1|1|";
    CHECK(scene.answer("dispatcher-availability", night) ==
          read + "sip:203.0.113.10:5060|8|75.000|1|240|240|240|Active\n" + read +
              "sip:203.0.113.20:5060|8|87.500|1|120|-|120|Inactive\n");
    CHECK(scene.answer("dispatcher-outages", night) ==
          read + "sip:203.0.113.10:5060|2026-11-22 23:58:00|2026-11-23 00:02:00|240|Probing\n" + read +
              "sip:203.0.113.20:5060|2026-11-23 00:05:00|-|120|Inactive\n");
}

TEST_CASE("reports about the archive, by hand") {
    Night scene;
    CHECK(scene.answer("coverage", night) == "2026-11-22 23:56:00|4|4|0|100.00|0|0|0|0|0|0|0|0\n"
                                             "2026-11-23 00:00:00|5|7|1|71.43|0|1|0|1|0|0|0|0\n");
    const std::string seen = "9|11|1|";
    CHECK(scene.answer("gaps", night) ==
          seen + "everything|2026-11-23 00:00:00|2026-11-23 00:02:00|120|-\n" + seen +
              "location|2026-11-23 00:04:00|2026-11-23 00:05:00|60|location: gone\n" + seen +
              "dispatcher|2026-11-23 00:06:00|-|60|dispatcher: gone\n");
    Asked wider = night;
    wider.from = "2026-11-22 23:50:00";
    wider.to = "2026-11-23 00:10:00";
    CHECK(scene.answer("gaps", wider) ==
          "9|20|1|everything|2026-11-22 23:50:00|2026-11-22 23:56:00|360|-\n"
          "9|20|1|everything|2026-11-23 00:00:00|2026-11-23 00:02:00|120|-\n"
          "9|20|1|location|2026-11-23 00:04:00|2026-11-23 00:05:00|60|location: gone\n"
          "9|20|1|dispatcher|2026-11-23 00:06:00|-|240|dispatcher: gone\n"
          "9|20|1|everything|2026-11-23 00:07:00|-|180|-\n");
    for (const auto& row : scene.rows("capture-cost", night)) {
        const bool first = row[1] == "2026-11-22 23:56:00";
        CHECK(row[11] == std::to_string(24 * (first ? 4 : 5)));
        CHECK(row[14] == "0");
        CHECK(row[15] == std::nullopt);
        CHECK(std::stoul(row[6].value()) < 60'000);
    }
    const auto tables = scene.rows("growth", {.to = "2026-11-24 00:00:00"});
    const auto samples = std::ranges::find_if(tables, [](const auto& row) { return row[0] == "sample"; });
    REQUIRE(samples != tables.end());
    CHECK((*samples)[3] == "2026-11-22 00:00:00");
    const auto bytes = [&](std::size_t i) { return std::stoull((*samples)[i].value()); };
    CHECK(bytes(4) > 0);
    CHECK(bytes(5) == bytes(2) + 30 * bytes(4));
    CHECK(bytes(6) == bytes(2) + 365 * bytes(4));
}

TEST_CASE("every report answers an empty archive, and one of a node that never saw anything") {
    ReportScene scene(utc("23:50:00"));
    const auto ask_all = [&] {
        for (const Report& report : embedded_reports()) {
            INFO(report.name);
            Asked asked = report.span == ReportSpan::at ? Asked{.at = "2026-11-23 00:02:00"} : night;
            if (report.needs_aor) {
                asked.user = "1001";
                asked.domain = "a.org";
            }
            for (const auto& row : scene.rows(report.name, asked)) {
                // Nothing but what the steps themselves tell, and that there is a gap.
                if (report.name == "growth" || report.name == "gaps") continue;
                for (std::size_t i = 0; i < row.size(); ++i)
                    if (const auto& name = report.columns[i].name;
                        name != "node" && name != "time" && name != "minutes_asked")
                        CHECK(row[i].value_or("0") == (name == "seen" ? "0.00" : "0"));
            }
        }
    };
    ask_all();
    static_cast<void>(scene.rig.store()); // the node is there
    ask_all();
    CHECK(scene.answer("gaps", night) == "0|11|0|everything|2026-11-22 23:56:00|-|660|-\n");
}
