// Reports of an SBC whose usrloc has no use_domain: a registration's address of record is its user alone.
#include "report_scene.hpp"

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

constexpr const char* noon = "2026-11-23 12:00:00|";

/// u1 has two phones, of which one goes at 12:02 and is back at 12:04 and 12:08; 1@a.org has a domain.
class NoDomain : public ReportScene {
public:
    NoDomain() : ReportScene(from_datetime("2026-11-23 00:00:00")) {
        put(1, "u1", "soft/2");
        put(2, "u1", "soft/2");
        put(3, "u2", "phone/1");
        rig.tables.put_contact(4, {{"contact", "sip:4"},
                                   {"username", "u1"},
                                   {"domain", "a.org"},
                                   {"expires", "2000000000"},
                                   {"cseq", "1"},
                                   {"user_agent", "phone/1"}});
        rig.tables.put_dialog(7, {{"callid", "c7"},
                                  {"from_uri", "sip:u1@sbc.org"},
                                  {"to_uri", "sip:u2@sbc.org"},
                                  {"state", "4"},
                                  {"start_time", "1795435200"}});
        rig.tables.put_dialog(8, {{"callid", "c8"},
                                  {"from_uri", "tel:+4930"},
                                  {"to_uri", "sip:u2@sbc.org"},
                                  {"state", "4"},
                                  {"start_time", "1795435200"}});
        for (int minute = 0; minute < 12; ++minute) {
            if (minute == 2 || minute == 6) rig.tables.location.erase(2);
            if (minute == 4 || minute == 8) put(2, "u1", "soft/2");
            if (minute == 10) put(1, "u1", "soft/3");
            capture(from_datetime("2026-11-23 12:00:00") + std::chrono::minutes{minute});
        }
    }

    void put(std::uint64_t id, const std::string& user, const std::string& agent) {
        rig.tables.put_contact(id, {{"contact", "sip:" + std::to_string(id)},
                                    {"username", user},
                                    {"expires", std::to_string(1795435300 + id)},
                                    {"cseq", "1"},
                                    {"user_agent", agent}});
    }

    /// Of u1, or u1@domain.
    std::string of_u1(const std::string& report, std::optional<std::string> domain = {}) {
        Asked asked{.from = "2026-11-23 12:00:00", .to = "2026-11-23 12:12:00", .at = "2026-11-23 12:00:00"};
        asked.user = "u1";
        asked.domain = std::move(domain);
        return answer(report, asked);
    }
};

} // namespace

TEST_CASE("reports count the users of registrations without a domain") {
    NoDomain scene;
    const Asked then{.at = "2026-11-23 12:00:00"};
    CHECK(scene.answer("online-by-domain", then) ==
          std::string(noon) + "-|3|2|75.00\n" + noon + "a.org|1|1|25.00\n");
    CHECK(scene.answer("online-by-agent", then) ==
          std::string(noon) + "phone/1|2|2|50.00\n" + noon + "soft/2|2|1|50.00\n");
    CHECK(scene.answer("online-by-source", then) == std::string(noon) + "1|contact|1|1\n" + noon +
                                                        "2|contact|1|1\n" + noon + "3|contact|1|1\n" + noon +
                                                        "4|contact|1|1\n");
}

TEST_CASE("reports answer of an address of record without a domain") {
    NoDomain scene;
    const std::string seen = "12|12|0|";
    CHECK(scene.of_u1("online") == std::string(noon) + "u1|2026-11-23 12:00:00|sip:1|-|soft/2|-\n" + noon +
                                       "u1|2026-11-23 12:00:00|sip:2|-|soft/2|-\n");
    CHECK(scene.of_u1("online", "a.org") ==
          std::string(noon) + "u1@a.org|2026-11-23 12:00:00|sip:4|-|phone/1|-\n");
    CHECK(scene.of_u1("sessions") == seen + "2026-11-23 12:00:00|-|720|2|0|-\n");
    CHECK(scene.of_u1("sessions", "a.org") == seen + "2026-11-23 12:00:00|-|720|1|0|-\n");
    CHECK(scene.of_u1("moves") ==
          seen + "u1|2026-11-23 12:10:00|user agent|sip:1|sip:1|-|-|soft/2|soft/3|-|-\n");
    CHECK(scene.of_u1("expiring-soon") ==
          std::string(noon) + "u1|2026-11-23 12:01:41|101|2026-11-23 12:00:00|sip:1|soft/2\n" + noon +
              "u1|2026-11-23 12:01:42|102|2026-11-23 12:00:00|sip:2|soft/2\n");
    CHECK(scene.of_u1("flapping") == seen + "u1|2|2|soft/2|2026-11-23 12:08:00\n");
    CHECK(scene.of_u1("flapping", "a.org") == "");
    // The From of a call has a host all the same.
    CHECK_THAT(scene.of_u1("calls-up"), ContainsSubstring("|u1@sbc.org|u2@sbc.org|"));
    CHECK(scene.of_u1("calls-up", "a.org") == "");
    Asked number{.at = "2026-11-23 12:00:00"};
    number.user = "+4930";
    CHECK_THAT(scene.answer("calls-up", number), ContainsSubstring("|+4930@|u2@sbc.org|"));
}

TEST_CASE("reports answer of an address of record without a domain from days that are added up") {
    NoDomain scene;
    scene.capture(from_datetime("2026-11-24 00:00:00"));
    scene.roll_up(from_datetime("2026-11-24 00:00:00"));
    Asked day{.from = "2026-11-23 00:00:00", .to = "2026-11-24 00:00:00"};
    day.user = "u1";
    CHECK(scene.answer("flapping", day) == "12|1440|0|u1|2|2|soft/2|2026-11-23 12:08:00\n");
    CHECK(scene.answer("moves", day) ==
          "12|1440|0|u1|2026-11-23 12:10:00|user agent|sip:1|sip:1|-|-|soft/2|soft/3|-|-\n");
}
