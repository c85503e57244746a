#include "sipkeep/app/backfill.hpp"

#include "support/catch.hpp"

#include <sstream>

using namespace sipkeep;

namespace {

/// Calls at() often enough for the clock to be asked.
void show(Progress& progress, std::uint64_t done) {
    for (int i = 0; i < 64; ++i) progress.at(done);
}

struct Told {
    std::ostringstream stream;
    Milliseconds now{0};
    Progress progress;
    explicit Told(Progress::Style style)
        : progress(stream, style, "backfill acc", "rows", [this] { return now; }) {}
};

} // namespace

TEST_CASE("a terminal gets one line that is drawn over and taken away") {
    std::ostringstream stream;
    std::size_t drawn = 0;
    {
        Milliseconds now{0};
        Progress progress(stream, Progress::Style::bar, "backfill acc", "rows", [&] { return now; });
        progress.expect(10'000'000);
        show(progress, 1);
        CHECK(stream.str() == "");
        now = Milliseconds{4000};
        show(progress, 2'500'000);
        CHECK(stream.str() ==
              "\rbackfill acc: [#######.......................] 25 %, 2,500,000 of 10,000,000 "
              "rows, 625,000/s, 0:00:12 left");
        drawn = stream.str().size() - 1;
        stream.str("");
        now += Milliseconds{199};
        show(progress, 2'600'000);
        CHECK(stream.str() == "");
    }
    CHECK(stream.str() == "\r" + std::string(drawn, ' ') + "\r");
}

TEST_CASE("elsewhere a plain line comes every 30 seconds, with -q nothing") {
    Told plain(Progress::Style::lines);
    plain.now = Milliseconds{29'999};
    show(plain.progress, 5);
    CHECK(plain.stream.str() == "");
    plain.now = Milliseconds{30'000};
    show(plain.progress, 60'000);
    CHECK(plain.stream.str() == "sipkeep: backfill acc: 60,000 rows, 2,000/s, 0:00:30\n");

    Told quiet(Progress::Style::none);
    quiet.now = Milliseconds{3'600'000};
    show(quiet.progress, 5);
    CHECK(quiet.stream.str() == "");
}

TEST_CASE("more than was expected is no more than all, and no time is left") {
    Told plain(Progress::Style::lines);
    plain.progress.expect(10);
    plain.now = Milliseconds{30'000};
    show(plain.progress, 600);
    CHECK(plain.stream.str() == "sipkeep: backfill acc: 100 %, 600 of 10 rows, 20/s, 0:00:00 left\n");
}

TEST_CASE("bad records are said with their position, the first ones, and counted") {
    Told told(Progress::Style::none);
    Log log(told.stream, Level::warning, false);
    RecordErrors errors(log, told.progress, OnError::skip);
    CHECK(errors.code() == ExitCode::done);
    for (int i = 1; i <= 22; ++i) errors.add("acc id " + std::to_string(i) + ": time is no time");
    errors.finish();
    CHECK(errors.count() == 22);
    CHECK(errors.code() == ExitCode::partial);
    CHECK_THAT(told.stream.str(), ContainsSubstring("acc id 20: time is no time; skipped\n"));
    CHECK_THAT(told.stream.str(), ContainsSubstring("and 2 more bad records, all skipped\n"));
    CHECK(told.stream.str().find("id 21") == std::string::npos);
}

TEST_CASE("with --on-error stop the first bad record ends the work") {
    Told told(Progress::Style::none);
    Log log(told.stream, Level::warning, false);
    RecordErrors errors(log, told.progress, OnError::stop);
    CHECK_THROWS_WITH(errors.add("a.sql:7: no end of the string"),
                      ContainsSubstring("a.sql:7: no end of the string; stopped there"));
}
