// The oracle: whatever life does to the live tables, history gives back what full copies would have kept.
#include "sipkeep/app/archive_run.hpp"
#include "sipkeep/core/table.hpp"
#include "sipkeep/db/live_reader.hpp"
#include "sipkeep/db/schema.hpp"

#include "support/catch.hpp"
#include "support/live_tables.hpp"

#include <random>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

/// Thrown where a process would have been killed: nothing of sipkeep catches it.
struct Killed {};

/// Reads the real tables, and dies or breaks at a chosen read of full rows.
class MortalReader final : public LiveReader {
public:
    enum class Fate : std::uint8_t { lives, killed, connection_lost };

    MortalReader(std::unique_ptr<LiveReader> reader, Fate fate, int after)
        : reader_(std::move(reader)), fate_(fate), left_(after) {}

    Rows dialogs() override { return reader_->dialogs(); }
    std::unique_ptr<ContactStates> contact_states() override { return reader_->contact_states(); }
    Rows contacts(std::span<const std::uint64_t> ids) override {
        if (fate_ != Fate::lives && left_-- == 0) {
            if (fate_ == Fate::killed) throw Killed{};
            throw SourceError("location: Server has gone away");
        }
        return reader_->contacts(ids);
    }
    void each_contact(const std::function<void(RowView)>& show) override { reader_->each_contact(show); }
    void finish() noexcept override {
        // The reads of location are over: the last moment at which this process can still die.
        reader_->finish();
    }

private:
    std::unique_ptr<LiveReader> reader_;
    Fate fate_;
    int left_;
};

std::string columns_of(const TableSpec& table, const std::string& prefix) {
    std::string list;
    for (const Column& column : table.columns)
        if (column.role != ColumnRole::extra)
            list += (list.empty() ? "" : ", ") + prefix + std::string(column.name);
    return list;
}

/// Every row of both sides, byte for byte; NULL differs from ''.
std::size_t differences(TestDatabase& live, TestDatabase& history, const TableSpec& table,
                        bool operator_columns) {
    const std::string key(table.columns.front().name);
    const std::string order = " ORDER BY captured_at, " + key;
    const std::string name(table.name);
    const std::string own = operator_columns ? ", note, token" : "";
    const std::string kept = operator_columns
                                 ? ", JSON_UNQUOTE(JSON_EXTRACT(IF(JSON_TYPE(JSON_EXTRACT(extra, '$.note')) "
                                   "= 'NULL', NULL, extra), '$.note')), "
                                   "UNHEX(JSON_UNQUOTE(JSON_EXTRACT(extra, '$.token.hex')))"
                                 : "";
    auto expected =
        live.sql().query("SELECT captured_at, " + columns_of(table, "") + own + " FROM copy_" + name + order);
    auto found = history.sql().query("SELECT captured_at, " + columns_of(table, "") + kept + " FROM " + name +
                                     "_snapshot" + order);
    std::size_t different = 0;
    std::size_t rows = 0;
    for (;;) {
        const bool more = expected.next();
        if (found.next() != more) return different + 1;
        if (!more) break;
        ++rows;
        for (std::size_t i = 0; i < expected.width(); ++i) {
            const std::optional<std::string> left =
                expected.null(i) ? std::nullopt : std::optional(expected.string(i));
            const std::optional<std::string> right =
                found.null(i) ? std::nullopt : std::optional(found.string(i));
            if (left == right) continue;
            if (different++ < 5)
                UNSCOPED_INFO(name << " at " << expected.string(0) << " " << expected.string(1) << " column "
                                   << expected.column_name(i) << ": " << left.value_or("<null>") << " became "
                                   << right.value_or("<null>"));
        }
    }
    CHECK(rows > 1000);
    return different;
}

struct Life {
    LiveSchema schema;
    std::uint32_t seed;
    int captures;
    std::size_t rows_a_transaction;
    unsigned full_compare_every;
    int changes_a_capture = 1; ///< times that LiveTables::live() is called
};

/// Captures of a life with pauses, deaths and failures; the same number always gives the same life.
void live_and_compare(const Life& life, int contacts, int dialogs) {
    TestDatabase live("live", life.schema.charset);
    TestDatabase history("history");
    init_schema(history.sql(), embedded_schema(), from_datetime("2026-10-24 00:00:00"));
    LiveTables tables(live, life.schema, life.seed);
    UtcSeconds now = from_datetime("2026-10-24 22:30:00");
    tables.fill(contacts, dialogs, now);

    std::mt19937 random(life.seed + 1);
    const auto one_in = [&](unsigned n) { return random() % n == 0; };
    ArchivePlan plan;
    plan.node = "sbc1";
    plan.full_compare_every = life.full_compare_every;
    const auto run = [&](MortalReader::Fate fate, int after) {
        const auto store =
            make_history_store(history.settings(), {.rows_a_transaction = life.rows_a_transaction});
        MortalReader reader(make_live_reader({.database = live.settings()}), fate, after);
        return archive_capture(plan, {.mi = nullptr, .live = &reader}, *store, now);
    };

    int captures = 0;
    int deaths = 0;
    for (int minute = 0; captures < life.captures; ++minute) {
        now += one_in(50) ? 60s * int(random() % 2000) : 60s;              // a pause of up to 33 hours
        if (minute % 90 == 89) now = midnight(now) + std::chrono::days{1}; // a capture at midnight itself
        for (int i = 0; i < life.changes_a_capture; ++i) tables.live(now);
        if (one_in(6)) {
            ++deaths;
            try {
                static_cast<void>(run(MortalReader::Fate::killed, int(random() % 3)));
                // It died too late to hurt: this minute is stored.
            } catch (const Killed&) {
                tables.live(now + 20s);
                if (one_in(2)) continue; // and nobody looked again in this minute
            }
        }
        const bool breaks = one_in(12);
        const ArchiveResult result =
            run(breaks ? MortalReader::Fate::connection_lost : MortalReader::Fate::lives, 0);
        if (!result.stored) { // stored by the run that died too late: it saw the same tables
            tables.copy(interval_start(now, 60s), true, true);
            ++captures;
            continue;
        }
        tables.copy(result.row.captured_at, result.row.dialog == SourceStatus::ok,
                    result.row.location == SourceStatus::ok);
        CHECK((result.partial() == (result.row.location == SourceStatus::failed)));
        ++captures;
    }
    CHECK(deaths > life.captures / 20);
    CHECK(differences(live, history, dialog_table(), life.schema.operator_columns) == 0);
    CHECK(differences(live, history, location_table(), life.schema.operator_columns) == 0);

    // What the views rest on.
    CHECK(history.rows("SELECT node FROM node WHERE pending_at IS NOT NULL").empty());
    CHECK(history.rows("SELECT COUNT(*) FROM location_version WHERE valid_to > DATE(valid_from) + INTERVAL 1 "
                       "DAY AND valid_to < '9999-12-31'") == "0\n");
    CHECK(history.rows("SELECT COUNT(*) FROM dialog_version WHERE valid_to > DATE(valid_from) + INTERVAL 1 "
                       "DAY AND valid_to < '9999-12-31'") == "0\n");
    CHECK(history.rows("SELECT COUNT(*) FROM location_history h LEFT JOIN capture c ON c.node_id = h.node_id "
                       "AND c.captured_at = h.began "
                       "WHERE c.node_id IS NULL") == "0\n");
    CHECK(history.rows(
              "SELECT COUNT(*) FROM location_refresh r LEFT JOIN capture c ON c.node_id = r.node_id AND "
              "c.captured_at = r.captured_at WHERE c.node_id IS NULL") == "0\n");
    for (const std::string name : {"location", "dialog"}) {
        const std::string key = name == "location" ? "contact_id" : "dlg_id";
        const std::string pairs =
            name + "_open o JOIN " + name + "_version v USING (node_id, valid_from, " + key + ")";
        const std::string endless = name + "_version WHERE valid_to = '9999-12-31 00:00:00'";
        CHECK(history.rows("SELECT (SELECT COUNT(*) FROM " + name + "_open) = (SELECT COUNT(*) FROM " +
                           pairs + " WHERE v.valid_to = '9999-12-31 00:00:00'), (SELECT COUNT(*) FROM " +
                           name + "_open) = (SELECT COUNT(*) FROM " + endless + ")") == "1|1\n");
    }
    CHECK(history.rows("SELECT COUNT(*) FROM dialog_ended") == "0\n");
    CHECK(history.rows(
              "SELECT COUNT(*) FROM location_refresh_closed r LEFT JOIN location_version v ON v.node_id = "
              "r.node_id AND v.valid_from = r.version_from AND v.contact_id = r.contact_id AND "
              "v.valid_to >= r.valid_to WHERE v.node_id IS NULL") == "0\n");
}

} // namespace

TEST_CASE("history equals full copies: OpenSIPS 3.6, latin1, in one transaction a capture") {
    live_and_compare({{"3.6", "latin1", false}, 1, 300, 5000, 60}, 60, 30);
}

TEST_CASE(
    "history equals full copies: OpenSIPS 3.6, utf8mb4, operator's columns, many transactions a capture") {
    live_and_compare({{"3.6", "utf8mb4", true}, 2, 300, 4, 60}, 60, 30);
}

TEST_CASE("history equals full copies: OpenSIPS 3.2, every run compares in full") {
    live_and_compare({{"3.2", "latin1", false}, 3, 300, 20, 1}, 60, 30);
}

// Minutes, so not with the others: build/release/tests/oracle_test "[large]"
TEST_CASE("history equals full copies: 10,000 registrations, 100 captures", "[.][large]") {
    live_and_compare({{"3.6", "utf8mb4", false}, 4, 100, 5000, 60, 100}, 10'000, 500);
}
