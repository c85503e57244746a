// Ten years of history in simulated time, with `sipkeep retain` every day: it levels off, every report still
// answers at its level, and what is open since before the first kept day is right.
#include "sipkeep/core/time_text.hpp"
#include "sipkeep/db/archive_check.hpp"
#include "sipkeep/db/reports.hpp"

#include "db/history_rig.hpp"
#include "support/catch.hpp"
#include "support/mysql_proxy.hpp"
#include "support/program.hpp"
#include "support/temporary_folder.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <random>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;
using std::chrono::days;

namespace {

const UtcSeconds begin = from_datetime("2026-01-01 00:00:00");
const std::array<std::string, 3> domains{"a.org", "b.org", "c.org"};
constexpr std::uint64_t stays = 1; ///< a phone that is registered from the first capture to the last

/// What one capture saw.
struct Seen {
    UtcSeconds at;
    std::array<std::int64_t, 3> online{};
    std::array<std::int64_t, 3> came{}, went{};
    std::int64_t requests = 0, in_use = 0;
};

class Decade {
public:
    /// Captures that far apart, and the lines of `retention:`. `proxy`: what `sipkeep retain` reaches the
    /// server through.
    Decade(Seconds every, const std::string& retention, std::uint32_t seed,
           const std::string& name = "decade", const MySqlProxy* proxy = nullptr)
        : rig(begin, name), every_(every), random_(seed) {
        const DatabaseSettings direct = rig.database.settings();
        const DatabaseSettings settings = proxy != nullptr ? proxy->through(direct) : direct;
        const std::string options =
            folder_.write("root.cnf", "[client]\nsocket=" + settings.socket + "\nuser=" + settings.user +
                                          "\npassword=" + settings.password + "\n");
        config_ = folder_.write(
            "sipkeep.yaml",
            "node: sbc1\nmi: { url: 'http://127.0.0.1:1/mi' }\nhistory: { option_file: " + options +
                ", database: " + settings.database + " }\nretention: {" + retention + "}\n");
        put(stays);
        rig.put_call(1);
    }

    void live_until(UtcSeconds end) {
        for (; now_ < end; now_ += every_) {
            capture();
            if (now_ - midnight(now_) < every_) retain();
        }
    }
    /// Up to a retain that is due, and has not run.
    void live_a_day() {
        for (const UtcSeconds day = midnight(now_); midnight(now_) == day; now_ += every_) capture();
        capture();
    }

    /// `sipkeep retain` of now.
    [[nodiscard]] ProgramResult try_retain() const {
        return run_program({SIPKEEP_PROGRAM, "retain", "-c", config_, "--at", to_rfc3339(now_)});
    }
    void retain() const {
        const ProgramResult done = try_retain();
        INFO(done.err);
        REQUIRE(done.exit_code == 0);
    }
    void go_on() { now_ += every_; }

    /// What `sipkeep retain --forecast` tells of each class, in bytes: "bytes" now, or the "level" it will
    /// have.
    [[nodiscard]] std::map<std::string, double> forecast(const char* what) const {
        const ProgramResult told = run_program(
            {SIPKEEP_PROGRAM, "retain", "--forecast", "--json", "-c", config_, "--at", to_rfc3339(now_)});
        REQUIRE(told.exit_code == 0);
        const auto forecast = nlohmann::json::parse(told.out);
        std::map<std::string, double> sizes;
        for (const auto& one : forecast.at("classes"))
            if (one.at(what).is_number()) sizes[one.at("class")] = one.at(what);
        return sizes;
    }

    [[nodiscard]] std::vector<std::vector<std::optional<std::string>>> report(const std::string& name,
                                                                              StepUnit by) {
        const auto found = std::ranges::find(embedded_reports(), name, &Report::name);
        REQUIRE(found != embedded_reports().end());
        ReportReader reader(rig.database.settings());
        ReportQuestion question;
        question.nodes = {"sbc1"};
        question.interval = every_;
        question.steps = divide(begin, midnight(now_), by, "UTC");
        std::vector<std::vector<std::optional<std::string>>> rows;
        reader.ask(*found, reader.settled(*found, question), [&](const auto& row) { rows.push_back(row); });
        return rows;
    }

    /// What everybody may see of the days from `from` on.
    [[nodiscard]] std::string views(UtcSeconds from) {
        const std::string since = " WHERE captured_at >= '" + to_datetime(from) + "' ORDER BY 1, 2, 3";
        return rig.rows("SELECT * FROM location_snapshot" + since) +
               rig.rows("SELECT * FROM dialog_snapshot" + since) +
               rig.rows("SELECT node, captured_at, name, value, flag FROM statistic_sample" + since);
    }

    /// The midnight up to which all is seen.
    [[nodiscard]] UtcSeconds end() const { return midnight(now_); }

    HistoryRig rig;
    std::vector<Seen> seen;

private:
    std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
    static std::size_t domain_of(std::uint64_t id) { return id % domains.size(); }

    void put(std::uint64_t id) {
        rig.put_phone(id);
        rig.tables.location[id]["domain"] = domains.at(domain_of(id));
    }

    void capture() {
        Seen now{.at = now_};
        for (std::uint64_t id = 2; id <= 20; ++id) {
            if (below(20) != 0) continue;
            const bool there = rig.tables.location.contains(id);
            if (there)
                rig.tables.location.erase(id);
            else
                put(id);
            ++(there ? now.went : now.came).at(domain_of(id));
        }
        for (const auto& [id, row] : rig.tables.location) ++now.online.at(domain_of(id));
        if (below(10) == 0) rig.put_call(2 + below(5));
        if (below(10) == 0) rig.tables.dialog.erase(2 + below(5));
        now.requests = (seen.empty() ? 0 : seen.back().requests) + below(1000);
        now.in_use = below(50);
        if (seen.empty()) now.came = {}; // nobody knows since when
        const std::string statistics =
            "{\"core:timestamp\":" + std::to_string((now_ - begin).count() + 1000) +
            ",\"core:rcv_requests\":" + std::to_string(now.requests) +
            ",\"tm:inuse\":" + std::to_string(now.in_use) + "}";
        REQUIRE(rig.run(now_, statistics).stored);
        seen.push_back(now);
    }

    Seconds every_;
    std::mt19937 random_;
    TemporaryFolder folder_;
    std::string config_;
    UtcSeconds now_ = begin;
};

std::string month_of(UtcSeconds time) {
    return to_datetime(time).substr(0, 7);
}

/// Growth by month: of pairs next to each other that a month holds whole, or that it ends.
std::map<std::string, std::int64_t> growth_by_month(const Decade& decade) {
    std::map<std::string, std::int64_t> growth;
    for (std::size_t i = 1; i < decade.seen.size(); ++i)
        growth[month_of(decade.seen[i].at - 1s)] += decade.seen[i].requests - decade.seen[i - 1].requests;
    return growth;
}

void check_months(Decade& decade) {
    const UtcSeconds end = decade.end();
    const auto growth = growth_by_month(decade);
    std::size_t months = 0;
    for (const auto& row : decade.report("requests", StepUnit::month)) {
        INFO(*row[1]);
        const UtcSeconds from = from_datetime(*row[1]);
        // A rate is of the time between looks: nobody looked at the end of the last month yet.
        const UtcSeconds to =
            std::min({end, decade.seen.back().at, step_start(from + days{32}, StepUnit::month, "UTC")});
        const double rate = double(growth.at(row[1]->substr(0, 7))) / double((to - from).count());
        CHECK(std::stod(row[5].value_or("-1")) == Approx(rate).margin(0.00051));
        ++months;
    }
    CHECK(months == growth.size());

    std::map<std::string, std::array<std::int64_t, 4>>
        expected; ///< by "month domain": least, most, came, went
    for (const Seen& seen : decade.seen)
        for (std::size_t i = 0; i < domains.size(); ++i) {
            if (seen.at < end) {
                const auto [at, fresh] = expected.try_emplace(
                    month_of(seen.at) + " " + domains.at(i),
                    std::array<std::int64_t, 4>{seen.online.at(i), seen.online.at(i), 0, 0});
                at->second[0] = std::min(at->second[0], seen.online.at(i));
                at->second[1] = std::max(at->second[1], seen.online.at(i));
            }
            if (seen.at > begin) {
                auto& of = expected[month_of(seen.at - 1s) + " " + domains.at(i)];
                of[2] += seen.came.at(i);
                of[3] += seen.went.at(i);
            }
        }
    std::map<std::string, std::array<std::int64_t, 4>> found;
    for (const auto& row : decade.report("registrations-by-domain", StepUnit::month))
        found[row[1]->substr(0, 7) + " " + row[5].value_or("-")] = {
            std::stoll(row[7].value_or("-1")), std::stoll(row[8].value_or("-1")),
            std::stoll(row[9].value_or("-1")), std::stoll(row[10].value_or("-1"))};
    for (const auto& [key, of] : expected) {
        INFO(key);
        CHECK(found[key] == of);
    }
    CHECK(found.size() == expected.size());
}

/// That what was said to level off has, where it was said to. The server's estimates of small tables are
/// rough.
void check_levels(const Decade& decade, const std::map<std::string, double>& said) {
    const auto now = decade.forecast("bytes");
    for (const std::string one : {"samples", "dialog", "location", "refresh", "rollup_hour"}) {
        INFO(one);
        REQUIRE(said.contains(one));
        CHECK(now.at(one) == Approx(said.at(one)).epsilon(0.2));
    }
}

/// `months`: so many at least are kept, in part.
void check_whole(Decade& decade, std::size_t months) {
    for (const Violation& violation : check_archive(decade.rig.database.settings(), {}).violations)
        FAIL_CHECK(to_string(violation.invariant) << ": " << violation.what);
    CHECK(decade.rig.rows("SELECT COUNT(*), MIN(first_seen), MIN(began) FROM location_history WHERE valid_to "
                          "= '9999-12-31 00:00:00' "
                          "AND contact_id = 1") ==
          "1|" + to_datetime(begin) + "|" + to_datetime(begin) + "\n");
    for (const char* name : {"concurrent-calls", "registrations", "coverage"})
        CHECK(decade.report(name, StepUnit::month).size() >= months);
    for (const Report& report : embedded_reports())
        if (report.span == ReportSpan::range && !report.needs_aor) {
            INFO(report.name);
            CHECK_NOTHROW(decade.report(report.name, StepUnit::month));
        }
}

int strikes_wanted() {
    const char* const text = std::getenv("SIPKEEP_DRILL_STRIKES");
    return text == nullptr ? 12 : std::atoi(text);
}

/// Rows of what retention drops; the rest grows by design.
std::int64_t rows_that_go(Decade& decade) {
    return std::stoll(decade.rig.rows(
        "SELECT (SELECT COUNT(*) FROM location_version) + (SELECT COUNT(*) FROM dialog_version) + (SELECT "
        "COUNT(*) FROM location_refresh_closed) + (SELECT COUNT(*) FROM sample_day) + (SELECT COUNT(*) FROM "
        "sample)"));
}

/// All that retention makes, and all that it leaves.
std::string everything(Decade& decade) {
    std::string text = decade.views(begin);
    for (const char* view : {"statistic_hour", "statistic_day", "registration_hour", "registration_day",
                             "capture_hour", "capture_day", "dispatcher_hour", "dispatcher_day"})
        text += decade.rig.rows("SELECT * FROM " + std::string(view) + " ORDER BY 1, 2, 3, 4, 5");
    for (const char* table : {"registration_event", "counter_reset", "location_version", "dialog_version",
                              "location_refresh_closed", "dispatcher_event"})
        text += decade.rig.rows("SELECT * FROM " + std::string(table) + " ORDER BY 1, 2, 3, 4, 5");
    for (const char* table : {"kept_from", "roll_up_due", "epoch"})
        text += decade.rig.rows("SELECT * FROM " + std::string(table) + " ORDER BY 1, 2");
    return text + decade.rig.rows("SELECT captured_at, opened, closed, mi_before FROM capture ORDER BY 1");
}

} // namespace

TEST_CASE("a retain that is cut off at any command loses nothing, and the next one goes on") {
    const std::string retention =
        "pack_after: 1d, samples: 5d, dialog: 4d, location: 4d, refresh: 2d, dispatcher: 5d, "
        "rollup_hour: 6d, rollup_day: 8d, ledger: 8d";
    MySqlProxy proxy(shared_server().settings("").socket, shared_server().folder() + "/cut");
    Decade struck(6h, retention, 3, "decade_struck", &proxy);
    Decade whole(6h, retention, 3, "decade_whole");
    const int strikes = strikes_wanted();
    int amid = 0;
    std::size_t commands = 1;
    for (int day = 0; day < 12 + strikes; ++day) {
        struck.live_a_day();
        whole.live_a_day();
        whole.retain();
        if (day >= 12) { // everything has its age, and goes every day
            const std::size_t strike = static_cast<std::size_t>(day) * 37 % commands;
            const auto kind = day % 2 == 0 ? WireFault::Kind::cut_before : WireFault::Kind::cut_after;
            INFO("command " << strike << " of " << commands << ", " << int(kind));
            const std::string before = struck.views(struck.end() - days{2});
            proxy.follow([&](std::size_t number, const ClientCommand&) {
                return number == strike ? std::optional(WireFault{.kind = kind}) : std::nullopt;
            });
            if (struck.try_retain().exit_code != 0) ++amid;
            REQUIRE(difference(struck.views(struck.end() - days{2}), before) == "");
        }
        proxy.follow_nothing();
        struck.retain();
        commands = std::max(commands, proxy.commands().size());
        struck.go_on();
        whole.go_on();
    }
    CHECK(amid > strikes * 3 / 4);
    CHECK(difference(everything(struck), everything(whole)) == "");
    for (Decade* decade : {&struck, &whole}) {
        check_whole(*decade, 1);
        CHECK(decade->report("coverage", StepUnit::day).size() >= 8);
    }
    std::cout << strikes << " strikes at " << commands << " commands, " << amid << " of them amid a retain\n";
}

TEST_CASE("a history levels off, answers by month from its beginning on, and keeps what is open") {
    Decade decade(
        6h, "pack_after: 2d, samples: 30d, dialog: 20d, location: 20d, refresh: 5d, rollup_hour: 40d", 1);
    decade.live_until(begin + days{15});
    const auto levels = decade.forecast("level");
    decade.live_until(begin + days{50});
    check_months(decade);
    const std::int64_t level = rows_that_go(decade);
    decade.live_until(begin + days{100});
    check_months(decade);
    check_whole(decade, 4);
    check_levels(decade, levels);
    CHECK(std::abs(rows_that_go(decade) - level) < level / 3);
    CHECK(decade.rig.rows(
              "SELECT COUNT(*) FROM statistic_roll_up WHERE hours IS NOT NULL AND day < '2026-02-25'") ==
          "0\n");
}

// build/release/tests/decade_test "[long]"
TEST_CASE("ten years with the default retention", "[.][long]") {
    Decade decade(6h, "pack_after: 2d", 2);
    std::int64_t level = 0;
    std::map<std::string, double> levels;
    for (int year = 1; year <= 10; ++year) {
        decade.live_until(begin + days{365 * year});
        const std::int64_t now = rows_that_go(decade);
        std::cout << "year " << year << ": " << now << " rows of what goes, "
                  << decade.rig.rows("SELECT ROUND(SUM(data_length + index_length) / 1048576) FROM "
                                     "information_schema.tables WHERE "
                                     "table_schema = DATABASE()")
                  << " MB\n"
                  << std::flush;
        if (year == 1) levels = decade.forecast("level");
        if (year == 3) level = now;
        if (year > 3) CHECK(std::abs(now - level) < level / 20);
        check_months(decade);
    }
    check_whole(decade, 120);
    check_levels(decade, levels);
}
