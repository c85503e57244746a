// Days out of a real history and into one: exact, in pieces, with broken connections.
#include "sipkeep/db/archive_check.hpp"
#include "sipkeep/db/day_importer.hpp"
#include "sipkeep/db/day_reader.hpp"
#include "sipkeep/db/sample_packer.hpp"

#include "archive_life.hpp"
#include "day_tables.hpp"
#include "support/catch.hpp"
#include "support/mysql_proxy.hpp"
#include "support/table_rows.hpp"

#include <algorithm>
#include <map>
#include <thread>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

const UtcSeconds the_day = midnight(evening);
const UtcSeconds later = the_day + days{9};

/// A day in memory.
class KeptDay final : public ExportedDay {
public:
    explicit KeptDay(HistoryRig& rig, UtcSeconds day = the_day, UtcSeconds now = later) {
        DayReader reader(rig.database.settings(), {.node = "sbc1", .day = day, .now = now});
        head_ = reader.head();
        for (const ExportedTable& table : head_.tables) {
            Rows& rows = rows_.emplace(table.name, Rows(table.columns.size())).first->second;
            reader.each_row(table, [&](RowView row) { rows.add(row); });
            CHECK(rows.size() == table.rows);
        }
    }
    [[nodiscard]] const ExportedHead& head() const override { return head_; }
    [[nodiscard]] const std::string& name() const override { return name_; }
    [[nodiscard]] std::unique_ptr<ExportedRows> rows() override { return std::make_unique<Reading>(rows_); }

    ExportedHead head_;
    std::map<std::string, Rows> rows_;

private:
    class Reading final : public ExportedRows {
    public:
        explicit Reading(const std::map<std::string, Rows>& rows) : rows_(rows) {}
        void begin(const ExportedTable& table) override {
            table_ = &rows_.at(table.name);
            at_ = 0;
        }
        bool next(Rows& rows) override {
            if (at_ == table_->size()) return false;
            rows.add((*table_)[at_++]);
            return true;
        }

    private:
        const std::map<std::string, Rows>& rows_;
        const Rows* table_ = nullptr;
        std::size_t at_ = 0;
    };
    std::string name_ = "FILE";
};

const DayImporter::Keep keep{later, days{30}};

/// Captures about a midnight, and calls of the day before it.
void live(HistoryRig& rig) {
    live_through_midnight(rig);
    static_cast<void>(look(rig, midnight_after + days{1}));
    const std::string minute = "'" + to_datetime(evening) + "'";
    for (const std::string domain : {"*", "", "a.org"})
        for (const std::string direction : {"all", "out", "in"})
            rig.database.sql().execute("INSERT INTO cdr_minute VALUES (1, " + minute + ", '" + domain +
                                       "', '" + direction + "', 1, 1, 0, 3, 0, 3, 0, 1, 5.5, 1, 1, " +
                                       minute + ", '6-1')");
    rig.database.sql().execute(
        "INSERT INTO cdr_hour SELECT node_id, '2026-11-22 23:00:00', domain, direction, "
        "attempts, answered, failed_4xx + failed_6xx, cancelled, seconds_talked, peak, "
        "peak_at FROM cdr_minute");
    for (const std::string number : {"7", "18446744073709551615", "10"}) {
        const std::string sums = "'" + number + "@a.org', 1, 0, 1, 0, 5.5, 5.5, NULL)";
        rig.database.sql().execute("INSERT INTO cdr_endpoint_hour VALUES (1, '2026-11-22 23:00:00', " + sums);
        rig.database.sql().execute("INSERT INTO cdr_endpoint_day VALUES (1, '2026-11-22', " + number + ", " +
                                   sums);
        rig.database.sql().execute("INSERT INTO cdr_endpoint_week VALUES (1, '2026-11-16', " + number + ", " +
                                   sums);
    }
    for (const std::string code : {"603", "404"})
        rig.database.sql().execute("INSERT INTO cdr_failure_minute VALUES (1, " + minute + ", " + code +
                                   ", 'Not Found', 2), (1, " + minute + ", " + code + ", '', 1)");
    rig.database.sql().execute(
        "INSERT INTO acc_history (node_id, ended_at, life, id, callid, extra) VALUES (1, " + minute +
        ", 1, 7, 'x', '{\"a\": 1}')");
    rig.database.sql().execute("INSERT INTO missed_calls_history (node_id, ended_at, life, id) VALUES (1, " +
                               minute + ", 2, 4097)");
    rig.database.sql().execute(
        "INSERT INTO acc_taken VALUES (1, 'acc', 1, 0, x'8001', x'80', 7, 77), (1, 'missed_calls', 2, 1, "
        "x'03', x'03', 4096, 5)");
}

void pack_all(HistoryRig& rig, UtcSeconds before) {
    RetentionSession session(rig.database.settings());
    SamplePacker packer(session);
    for (const auto& node : session.nodes()) {
        packer.close(node, before);
        for (const UtcSeconds day : packer.days_to_pack(node, before))
            static_cast<void>(packer.pack(node, day));
        packer.finish(node, before);
    }
    // The partition would go when no node needs it.
    rig.database.sql().execute("DELETE s FROM sample s JOIN node n ON n.node_id = s.node_id WHERE "
                               "s.captured_at < n.samples_packed_to");
}

const std::vector<std::pair<std::string, std::string>> time_columns{
    {"sample", "captured_at"},
    {"sample_late", "captured_at"},
    {"sample_day", "day"},
    {"dialog_version", "valid_from"},
    {"location_version", "valid_from"},
    {"location_refresh_closed", "valid_to - INTERVAL 1 SECOND"},
    {"dispatcher_version", "valid_from"},
    {"cdr_minute", "minute"},
    {"cdr_endpoint_hour", "hour"},
    {"cdr_hour", "hour"},
    {"cdr_endpoint_day", "day"},
    {"cdr_failure_minute", "minute"},
    {"acc_history", "ended_at"},
    {"missed_calls_history", "ended_at"}};

void drop_the_day(HistoryRig& rig) {
    for (const auto& [table, column] : time_columns)
        if (table == "cdr_hour" || table == "cdr_endpoint_day" || table == "cdr_failure_minute")
            rig.database.sql().execute("DELETE FROM " + table + " WHERE DATE(" + column + ") = '2026-11-22'");
        else if (table != "sample_late")
            rig.database.sql().execute("ALTER TABLE " + table + " DROP PARTITION p20261122");
}

std::string tables_of(HistoryRig& rig) {
    std::string text;
    for (const auto& [table, column] : time_columns)
        text += table + "\n" + rig.rows("SELECT * FROM " + table + " ORDER BY 1, 2, 3, 4, 5");
    return text + rig.rows("SELECT * FROM capture ORDER BY 1, 2") + rig.rows("SELECT * FROM acc_taken") +
           rig.rows("SELECT * FROM node");
}

/// What the views say of the day, in captures of its own.
std::string views_of_day(HistoryRig& rig) {
    std::string text;
    for (const std::string view :
         {"dialog_snapshot", "location_snapshot", "statistic_sample", "statistic_rate"})
        text +=
            rig.rows("SELECT * FROM " + view + " WHERE captured_at < '2026-11-23' ORDER BY 1, 2, 3, 4, 5");
    for (const std::string view : {"dialog_history", "location_history", "dispatcher_history"})
        text += rig.rows("SELECT * FROM " + view + " WHERE valid_from < '2026-11-23' ORDER BY 1, 2, 3, 4, 5");
    return text;
}

std::string violations(HistoryRig& rig) {
    std::string text;
    for (const Violation& violation : check_archive(rig.database.settings(), {}).violations)
        text += std::string(to_string(violation.invariant)) + ": " + violation.what + "\n";
    return text;
}

/// As if the day had never been imported, nor anything packed that was not before.
void take_away(HistoryRig& rig, const std::string& packed_to) {
    for (const auto& [table, column] : time_columns)
        rig.database.sql().execute("DELETE FROM " + table + " WHERE " + column + " < '2026-11-23'");
    rig.database.sql().execute("DELETE FROM kept_day");
    rig.database.sql().execute("UPDATE node SET importing = NULL, samples_closed_to = '" + packed_to +
                               "', samples_packed_to = '" + packed_to + "'");
}

/// The server takes a moment to notice that a client is gone, and the lock with it.
template <class Action>
void once_free(Action action) {
    for (const Deadline deadline(20s);;) {
        try {
            return action();
        } catch (const RetentionBusy&) {
            if (deadline.passed()) throw;
            std::this_thread::sleep_for(5ms);
        }
    }
}

std::string complaint(HistoryRig& rig, KeptDay& day) {
    const std::string before = tables_of(rig);
    try {
        static_cast<void>(DayImporter(rig.database.settings()).import(day, keep));
    } catch (const Error& error) {
        CHECK(tables_of(rig) == before);
        CHECK(std::string(error.what()).starts_with("FILE: "));
        return error.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("an import whose connection breaks anywhere shows nothing or all, and the next completes it") {
    const bool packed = GENERATE(false, true);
    HistoryRig rig(the_day, packed ? "import_packed" : "import_plain");
    live(rig);
    if (packed) pack_all(rig, the_day + days{1});
    const std::string packed_to = packed ? "2026-11-23 00:00:00" : "1970-01-01 00:00:00";
    const std::string tables = tables_of(rig);
    const std::string views = views_of_day(rig);
    KeptDay day(rig);
    drop_the_day(rig);
    REQUIRE(violations(rig) == "");
    const std::string nothing = views_of_day(rig);
    REQUIRE(nothing == "");

    MySqlProxy proxy(shared_server().settings("").socket, shared_server().folder() + "/proxy");
    const auto import = [&] { return DayImporter(proxy.through(rig.database.settings())).import(day, keep); };
    proxy.follow_nothing();
    CHECK(import().missing > 20);
    const std::vector<ClientCommand> commands = proxy.commands();
    CHECK(tables_of(rig) == tables);
    std::size_t strikes = 0;
    for (const auto kind : {WireFault::Kind::cut_before, WireFault::Kind::cut_after})
        for (const std::size_t strike : worth_striking(commands, kind)) {
            ++strikes;
            take_away(rig, packed_to);
            proxy.follow([&](std::size_t number, const ClientCommand&) {
                return number == strike ? std::optional(WireFault{.kind = kind}) : std::nullopt;
            });
            try {
                static_cast<void>(import());
            } catch (const Error&) { // as it should be; of a last farewell nobody knows
            }
            INFO("command " << strike << ", " << commands.at(strike).text << ", " << int(kind));
            const std::string seen = views_of_day(rig);
            REQUIRE((seen == nothing || seen == views));
            REQUIRE(violations(rig) == "");
            const bool retention_comes_first = strike % 5 == 0;
            if (retention_comes_first) once_free([&] { pack_all(rig, the_day + days{1}); });
            proxy.follow_nothing();
            once_free([&] { static_cast<void>(import()); });
            if (!retention_comes_first) REQUIRE(difference(tables_of(rig), tables) == "");
            REQUIRE(difference(views_of_day(rig), views) == "");
        }
    CHECK(strikes > 50);
    CHECK(violations(rig) == "");
}

TEST_CASE("a day that was cut off is not packed before it is whole") {
    HistoryRig rig(the_day, "import_pack");
    live(rig);
    KeptDay day(rig);
    const std::string views = views_of_day(rig);
    drop_the_day(rig);
    static_cast<void>(DayImporter(rig.database.settings()).import(day, keep));
    rig.database.sql().execute("DELETE FROM sample WHERE captured_at < '2026-11-22 23:58:00'");
    rig.database.sql().execute("UPDATE node SET importing = '2026-11-22'");
    CHECK(views_of_day(rig) == "");
    pack_all(rig, the_day + days{2});
    CHECK(rig.rows("SELECT COUNT(*) FROM sample_day") == "0\n");
    static_cast<void>(DayImporter(rig.database.settings()).import(day, keep));
    CHECK(views_of_day(rig) == views);
    pack_all(rig, the_day + days{2});
    CHECK(rig.rows("SELECT COUNT(DISTINCT day) FROM sample_day") == "2\n");
    CHECK(violations(rig) == "");
}

TEST_CASE("late samples of a packed day are exported with it, and one that lacks some gets them") {
    HistoryRig rig(the_day, "import_late");
    live(rig);
    pack_all(rig, the_day + days{1});
    rig.database.sql().execute("INSERT INTO sample_late SELECT node_id, statistic_id, '2026-11-22 23:50:00', "
                               "latest, 0 FROM sample_day");
    KeptDay day(rig);
    const std::string tables = tables_of(rig);
    drop_the_day(rig);
    static_cast<void>(DayImporter(rig.database.settings()).import(day, keep));
    CHECK(difference(tables_of(rig), tables) == "");
    rig.database.sql().execute("DELETE FROM sample_late");
    CHECK(DayImporter(rig.database.settings()).import(day, keep).missing == 3);
    CHECK(difference(tables_of(rig), tables) == "");
    // Packed with the others meanwhile: the same samples.
    {
        RetentionSession session(rig.database.settings());
        SamplePacker packer(session);
        CHECK(packer.add_late(session.nodes().front()).samples == 3);
    }
    CHECK(DayImporter(rig.database.settings()).import(day, keep).missing == 0);
}

TEST_CASE("what no history can take is refused, and why is said") {
    HistoryRig rig(the_day, "import_refused");
    live(rig);
    KeptDay day(rig);
    drop_the_day(rig);
    const ExportedHead head = day.head_;
    day.head_.tables[3].version = 9;
    CHECK_THAT(complaint(rig, day),
               ContainsSubstring("dialog_version in version 9; the schema here has version 1"));
    day.head_ = head;
    day.head_.tables[3].columns.front() = "valid_from`; DROP";
    CHECK_THAT(complaint(rig, day), ContainsSubstring("dialog_version with other columns"));
    day.head_ = head;
    day.head_.tables[3].name = "node";
    CHECK_THAT(complaint(rig, day), ContainsSubstring("a table node, which this sipkeep does not export"));
    day.head_ = head;
    day.head_.tables.pop_back();
    CHECK_THAT(complaint(rig, day), ContainsSubstring("lacks tables"));
    day.head_ = head;
    day.head_.node = "it's";
    CHECK_THAT(complaint(rig, day), ContainsSubstring("not a plain name"));
    day.head_ = head;

    rig.database.sql().execute("UPDATE node SET importing = '2026-01-01'");
    CHECK_THAT(complaint(rig, day), ContainsSubstring("import of 2026-01-01 of node sbc1 was cut off"));
    rig.database.sql().execute("UPDATE node SET importing = NULL, pending_at = '2026-11-22 23:59:00'");
    CHECK_THAT(complaint(rig, day), ContainsSubstring("is being written here"));
    rig.database.sql().execute("UPDATE node SET pending_at = NULL");
    rig.database.sql().execute("INSERT INTO dialog_open VALUES (1, 99, '2026-11-22 23:00:00', NULL)");
    CHECK_THAT(complaint(rig, day), ContainsSubstring("dialog_open has versions that are open since"));
    rig.database.sql().execute("DELETE FROM dialog_open WHERE dlg_id = 99");
    rig.database.sql().execute("UPDATE acc_taken SET witness = witness + 1");
    CHECK_THAT(complaint(rig, day), ContainsSubstring("acc_taken has taken another row of acc under id 7"));
    rig.database.sql().execute("UPDATE acc_taken SET witness = witness - 1");
    // A history that looked before and after, and not then.
    rig.database.sql().execute(
        "UPDATE capture SET captured_at = captured_at - INTERVAL 1 DAY WHERE captured_at "
        "< '2026-11-23'");
    CHECK_THAT(complaint(rig, day), ContainsSubstring("it can't be put between them"));
    rig.database.sql().execute(
        "UPDATE capture SET captured_at = captured_at + INTERVAL 1 DAY WHERE captured_at "
        "< '2026-11-22'");
    CHECK(complaint(rig, day) == "no error");
    CHECK(violations(rig) == "");
}

TEST_CASE("one import or retention at a time") {
    HistoryRig rig(the_day, "import_busy");
    const DayImporter importer(rig.database.settings());
    CHECK_THROWS_AS(DayImporter(rig.database.settings()), RetentionBusy);
    CHECK_THROWS_AS(RetentionSession(rig.database.settings()), RetentionBusy);
}

TEST_CASE("a history without partitions for a day gets them") {
    HistoryRig rig(the_day, "import_from");
    live(rig);
    KeptDay day(rig);
    HistoryRig old(the_day - days{400}, "import_into_old");
    static_cast<void>(DayImporter(old.database.settings()).import(day, keep));
    CHECK(views_of_day(old).size() > 100);
    CHECK(violations(old) == "");
    CHECK(old.rows("SELECT DISTINCT until FROM partition_horizon") ==
          to_datetime(midnight(later) + days{14}) + "\n");
}

TEST_CASE("keys are ordered as the server orders them") {
    TestDatabase database("key_order");
    database.sql().execute(
        "CREATE TABLE t (minute VARCHAR(20), domain VARCHAR(20) CHARACTER SET utf8mb4 COLLATE "
        "utf8mb4_bin, direction ENUM('all','out','in'))");
    Rows rows(3);
    for (const char* domain : {"", " ", "a", "a ", "a\t", "a\x01", "a!", "ab", "A", "B", "\xC3\xA9", "z",
                               "\xF0\x9F\x98\x80", "\xEF\xBF\xBD", "a  b", "a b"})
        for (const char* direction : {"all", "out", "in"})
            for (const char* minute : {"2026-01-01", "2026-01-02"}) {
                rows.add(minute);
                rows.add(domain);
                rows.add(direction);
            }
    database.sql().insert("INSERT INTO t VALUES", rows);
    const auto table = std::ranges::find(day_tables(), "cdr_minute", &DayTable::name);
    const KeyOrder order(*table, {"minute", "domain", "direction"});
    Rows sorted(3);
    auto result = database.sql().few("SELECT minute, domain, direction FROM t" + table->in_order());
    while (result.next())
        for (std::size_t i = 0; i < 3; ++i) sorted.add(result.text(i));
    std::size_t equal = 0;
    for (std::size_t i = 1; i < sorted.size(); ++i) {
        INFO(order.shown(sorted[i - 1]) << " / " << order.shown(sorted[i]));
        CHECK(std::is_lteq(order.compare(sorted[i - 1], sorted[i])));
        if (std::is_eq(order.compare(sorted[i - 1], sorted[i]))) ++equal;
    }
    CHECK(equal == 12); // blanks at the end
    const KeyOrder numbers(*std::ranges::find(day_tables(), "dispatcher_version", &DayTable::name),
                           {"valid_from", "partition_name", "set_id", "uri", "occurrence"});
    const auto set = [&](const char* one, const char* other) {
        Rows pair(5);
        for (const char* id : {one, other})
            for (const char* field : {"t", "p", id, "u", "0"}) pair.add(field);
        return numbers.compare(pair[0], pair[1]);
    };
    CHECK(std::is_lt(set("9", "10")));
    CHECK(std::is_gt(set("-9", "-10")));
    CHECK(std::is_lt(set("-1", "0")));
    CHECK(std::is_eq(set("18446744073709551615", "18446744073709551615")));
}
