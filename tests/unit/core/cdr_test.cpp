#include "sipkeep/core/cdr.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace sipkeep;

namespace {

const UtcSeconds long_after = from_datetime("2030-01-01 00:00:00");

struct Row {
    std::string time, created;
    std::string duration = "10", ms = "9500", setup = "2", code = "200", method = "INVITE";
};

std::optional<Cdr> read(CdrReader& reader, const Row& row) {
    return reader.read({.method = row.method,
                        .sip_code = row.code,
                        .time = row.time,
                        .duration = row.duration,
                        .ms_duration = row.ms,
                        .setuptime = row.setup,
                        .created = row.created.empty() ? Field{} : Field{row.created}});
}

std::string times(CdrReader& reader, const Row& row) {
    const auto cdr = read(reader, row);
    REQUIRE(cdr);
    return to_datetime(cdr->attempted_at).substr(11) + " " + to_datetime(cdr->settled_at).substr(11) + " " +
           to_datetime(cdr->ended_at()).substr(11) + (cdr->repeated_hour ? " repeated" : "");
}

std::string complaint(const Row& row, const UtcSeconds now = long_after) {
    CdrReader reader("Europe/Berlin", now);
    try {
        static_cast<void>(read(reader, row));
    } catch (const ImpossibleCdr& error) {
        return error.what();
    }
    return "read";
}

} // namespace

TEST_CASE("an answered call: created is the INVITE, time the answer, the end comes ms_duration later") {
    CdrReader reader("Europe/Berlin", long_after);
    CHECK(times(reader, {.time = "2026-11-22 16:17:36", .created = "2026-11-22 16:17:34"}) ==
          "15:17:34 15:17:36 15:17:45");
    CHECK(reader.newest_end() == from_datetime("2026-11-22 15:17:45"));
    // Without `created` the attempt is not known to be earlier than the answer.
    CHECK(times(reader, {.time = "2026-07-01 12:00:00", .created = ""}) == "10:00:00 10:00:00 10:00:09");
}

TEST_CASE("a failed call has no duration, and any other method is no call") {
    CdrReader reader("UTC", long_after);
    const auto failed = read(reader, {.time = "2026-11-22 16:17:38",
                                      .created = "2026-11-22 16:17:08",
                                      .duration = "0",
                                      .ms = "0",
                                      .setup = "30",
                                      .code = "487"});
    REQUIRE(failed);
    CHECK_FALSE(failed->answered());
    CHECK(failed->ended_at() == failed->settled_at);
    CHECK_FALSE(read(reader, {.time = "nonsense", .created = "", .method = "BYE"}));
}

TEST_CASE("rows that can't be are named by column and value") {
    CHECK(complaint({.time = "0000-00-00 00:00:00", .created = ""}) ==
          "time is '0000-00-00 00:00:00', no date and time");
    CHECK(complaint({.time = "2026-11-22 16:17:36", .created = "2026-11-22 16:17:40"}) ==
          "created is '2026-11-22 16:17:40', after time is '2026-11-22 16:17:36'");
    CHECK_THAT(complaint({.time = "2026-11-22 16:17:36", .created = "", .code = "180"}),
               ContainsSubstring("sip_code is '180', no final reply"));
    CHECK_THAT(complaint({.time = "2026-11-22 16:17:36", .created = "", .duration = "3", .ms = "9500"}),
               ContainsSubstring("duration is '3' s, but ms_duration is '9500'"));
    CHECK_THAT(complaint({.time = "2026-11-22 16:17:36", .created = "", .code = "486"}),
               ContainsSubstring("sip_code is '486', but duration is '10'"));
    CHECK_THAT(complaint({.time = "2026-11-22 16:17:36", .created = "", .ms = "-5"}),
               ContainsSubstring("ms_duration is '-5'"));
    CHECK_THAT(
        complaint({.time = "2026-11-22 16:17:36", .created = ""}, from_datetime("2026-11-22 14:20:00")),
        ContainsSubstring("still to come; is live.timezone right?"));
    CHECK_THAT(complaint({.time = "2026-03-29 02:30:00", .created = ""}),
               ContainsSubstring("which no clock of the zone showed"));
}

TEST_CASE("spring: a call over the hour that is skipped lasts what it lasted") {
    CdrReader reader("Europe/Berlin", long_after);
    CHECK(times(reader, {.time = "2026-03-29 01:59:50",
                         .created = "2026-03-29 01:59:48",
                         .duration = "20",
                         .ms = "20000"}) == "00:59:48 00:59:50 01:00:10");
}

TEST_CASE("autumn: setuptime tells which of the two hours, when only one end lies in them") {
    CdrReader reader("Europe/Berlin", long_after);
    CHECK(times(reader, {.time = "2026-10-25 02:00:05", .created = "2026-10-25 01:59:50", .setup = "15"}) ==
          "23:59:50 00:00:05 00:00:14 repeated");
    // Rang from the second 02:59 on; 03:00 comes once.
    CHECK(times(reader, {.time = "2026-10-25 03:00:05", .created = "2026-10-25 02:59:50", .setup = "15"}) ==
          "01:59:50 02:00:05 02:00:14 repeated");
}

TEST_CASE("autumn: calls end in order, so the hour that comes again is the second one") {
    CdrReader reader("Europe/Berlin", long_after);
    const auto at = [&](const std::string& clock) {
        return times(reader, {.time = "2026-10-25 " + clock, .created = "2026-10-25 " + clock, .setup = "0"})
            .substr(9, 8);
    };
    CHECK(at("01:59:00") == "23:59:00");
    CHECK(at("02:10:00") == "00:10:00");
    CHECK(at("02:08:00") == "00:08:00"); // a row that a worker wrote late
    CHECK(at("02:55:00") == "00:55:00");
    CHECK(at("02:10:00") == "01:10:00");
    CHECK(at("02:50:00") == "01:50:00");
    CHECK(at("03:01:00") == "02:01:00");
}

TEST_CASE("autumn: INVITE in the first of the hours, answer in the second") {
    CdrReader reader("Europe/Berlin", long_after);
    reader.set_newest_end(from_datetime("2026-10-25 01:00:00"));
    CHECK(times(reader, {.time = "2026-10-25 02:00:05", .created = "2026-10-25 02:59:50", .setup = "15"}) ==
          "00:59:50 01:00:05 01:00:14 repeated");
}

TEST_CASE("the nights on which clocks change: each of many calls is read as it was") {
    struct Night {
        const char* begin;
        bool repeats;
    };
    for (const Night night : {Night{"2026-10-24 22:30:00", true}, Night{"2026-03-28 22:30:00", false}}) {
        std::mt19937 random(11);
        std::vector<Cdr> calls;
        for (int i = 0; i < 3000; ++i) {
            const UtcSeconds settled = from_datetime(night.begin) + Seconds{int(random() % (5 * 3600))};
            const int longest = random() % 20 == 0 ? 9'000'000 : 300'000;
            calls.push_back({.attempted_at = settled - Seconds{int(random() % 40)},
                             .settled_at = settled,
                             .talked = Milliseconds{int(random() % unsigned(longest))},
                             .code = 200});
        }
        std::ranges::sort(calls, {}, &Cdr::ended_at);
        CdrReader reader("Europe/Berlin", long_after);
        const auto local = [](UtcSeconds time) {
            return to_datetime(UtcSeconds{utc_to_local(time, "Europe/Berlin").time_since_epoch()});
        };
        int repeated = 0;
        for (const Cdr& call : calls) {
            const auto ms = call.talked.count();
            const auto found =
                read(reader, {.time = local(call.settled_at),
                              .created = local(call.attempted_at),
                              .duration = std::to_string((ms + 999) / 1000),
                              .ms = std::to_string(ms),
                              .setup = std::to_string((call.settled_at - call.attempted_at).count())});
            REQUIRE(found);
            INFO(local(call.settled_at) << ", really " << to_datetime(call.settled_at));
            REQUIRE(found->settled_at == call.settled_at);
            REQUIRE(found->attempted_at == call.attempted_at);
            repeated += found->repeated_hour ? 1 : 0;
        }
        CHECK((repeated > 500) == night.repeats);
    }
}
