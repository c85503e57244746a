#include "sipkeep/db/day_reader.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/db/connection.hpp"
#include "sipkeep/db/schema.hpp"

#include "day_samples.hpp"
#include "day_tables.hpp"
#include "day_taken.hpp"
#include "node_check.hpp"
#include "time_literal.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace sipkeep {

namespace {

using std::chrono::days;

struct StatisticName {
    std::string group, name, kind;
};

} // namespace

struct DayReader::Session {
    Session(const DatabaseSettings& settings, const Wanted& wanted)
        : connection(settings, "history database"), node(wanted.node), day(wanted.day), end(day + days{1}) {
        connection.execute("SET SESSION time_zone='+00:00', sql_mode='ALLOW_INVALID_DATES'");
        require_schema(connection, embedded_schema());
        connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        connection.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
        mark_snapshot(connection);
        find_node();
        require_over(wanted.now);
        require_settled();
        samples.emplace(connection, node_id, day, day < packed_to);
        make_head();
    }

    [[noreturn]] void refuse(const std::string& why) const {
        throw Error("export: " + to_date(day) + " of node " + node + " " + why);
    }

    [[nodiscard]] std::string of_node() const { return " WHERE node_id = " + std::to_string(node_id); }

    void find_node() {
        auto row = connection.few("SELECT node_id, samples_packed_to, pending_at, importing FROM node WHERE "
                                  "node = " +
                                  literal(node));
        if (!row.next())
            throw Error("export: node " + node +
                        " has no history here; is it the name in `node:` of its configuration?");
        node_id = static_cast<unsigned>(row.number(0));
        packed_to = from_datetime(row.string(1));
        if (!row.null(2) && from_datetime(row.string(2)) <= end)
            refuse("is not whole: a capture of " + row.string(2) +
                   " is being written, or was cut off; the next `sipkeep snapshot` sees to it");
        if (!row.null(3) && row.string(3) == to_date(day))
            refuse("is not whole: its import is under way, or was cut off; run that again");
    }

    void require_over(UtcSeconds now) const {
        if (now < end) refuse("is not over before " + to_rfc3339(end) + "; export it then");
    }

    /// What is still open may be split at that midnight, or go on before it.
    void require_settled() {
        for (const std::string table : {"dialog", "location", "dispatcher", "mi_row"}) {
            const auto open = connection.value("SELECT MIN(valid_from) FROM " + table + "_open" + of_node());
            if (!open || from_datetime(*open) >= end) continue;
            const auto newest = connection.value("SELECT MAX(captured_at) FROM capture" + of_node());
            if (newest && from_datetime(*newest) >= end)
                refuse("has open versions (" + table +
                       "): midnight is still being split; the next captures end that, try again later");
            refuse("has open versions (" + table + ", since " + *open +
                   "): nobody has looked at the node since " + newest.value_or("then") +
                   ", so how they ended is not known; they end with its next capture");
        }
    }

    void make_head() {
        head.node = node;
        head.day = day;
        const std::vector<std::uint64_t> ids = samples->statistic_ids();
        read_names(ids);
        add_table("statistic", {"group", "name", "kind"}, ids.size());
        add_table("sample_day", exported_sample_columns(), ids.size());
        require_rows("sample or sample_day", "samples", ids.size());
        taken.emplace(taken_of_day(connection, node_id, day));
        add_table("acc_taken", taken_columns(), taken->size());
        bool any = !ids.empty();
        for (const DayTable& table : day_tables()) {
            let_go_of_tables(connection);
            const auto rows = connection.value("SELECT COUNT(*) FROM " + std::string(table.name) +
                                               table.of_day(node_id, day));
            const std::uint64_t count = std::stoull(rows.value_or("0"));
            require_rows(std::string(table.name), std::string(table.ledger_count), count);
            add_table(std::string(table.name), day_columns(connection, table), count);
            any = any || count > 0;
        }
        let_go_of_tables(connection);
        if (!any) refuse("has nothing in this history");
    }

    void add_table(const std::string& name, std::vector<std::string> columns, std::uint64_t rows) {
        head.tables.push_back({.name = name,
                               .version = embedded_schema().table_versions().at(name),
                               .columns = std::move(columns),
                               .rows = rows});
    }

    /// A day of which some was dropped would not come back as it was.
    void require_rows(const std::string& table, const std::string& count, std::uint64_t rows) {
        if (count.empty() || rows > 0) return;
        const auto saw =
            connection.value("SELECT 1 FROM capture" + of_node() + " AND captured_at >= " + at(day) +
                             " AND captured_at < " + at(end) + " AND " + count + " > 0 LIMIT 1");
        if (saw)
            refuse("is not whole any more: its captures saw " + count + ", but " + table +
                   " holds none of it; export a day before retention drops it");
    }

    void read_names(const std::vector<std::uint64_t>& ids) {
        {
            auto row = connection.query("SELECT statistic_id, `group`, name, kind FROM statistic");
            while (row.next()) {
                const std::uint64_t id = row.number(0);
                if (std::ranges::binary_search(ids, id))
                    names[id] = {row.string(1), row.string(2), row.string(3)};
            }
        }
        if (names.size() < ids.size())
            refuse("has samples of statistics without a name; see `sipkeep verify`");
    }

    void each_name(const std::function<void(RowView)>& show) const {
        Rows row(3);
        for (const auto& [id, name] : names) {
            row.clear();
            row.add(name.group);
            row.add(name.name);
            row.add(name.kind);
            show(row[0]);
        }
    }

    void each_sample_day(const std::function<void(RowView)>& show) {
        Rows row(exported_sample_columns().size());
        for (const auto& [id, name] : names) {
            row.clear();
            add_exported(row, name.group, name.name, samples->of(id));
            let_go_of_tables(connection);
            show(row[0]);
        }
    }

    void each_stored(const ExportedTable& table, const std::function<void(RowView)>& show) {
        const auto of = std::ranges::find(day_tables(), table.name, &DayTable::name);
        {
            auto result = connection.query("SELECT " + column_list(table.columns) + " FROM " + table.name +
                                           of->of_day(node_id, day) + of->in_order());
            Rows row(table.columns.size());
            while (result.next()) {
                row.clear();
                for (std::size_t i = 0; i < table.columns.size(); ++i) row.add(result.text(i));
                show(row[0]);
            }
        }
        let_go_of_tables(connection);
    }

    Connection connection;
    std::string node;
    UtcSeconds day, end;
    unsigned node_id = 0;
    UtcSeconds packed_to{};
    std::optional<DaySamples> samples;
    std::map<std::uint64_t, StatisticName> names; ///< of the statistics that have samples
    std::optional<Rows> taken;
    ExportedHead head;
};

DayReader::DayReader(const DatabaseSettings& settings, const Wanted& wanted) {
    try {
        session_ = std::make_unique<Session>(settings.patient(), wanted);
    } catch (const DatabaseError& error) {
        throw HistoryUnavailable(error.what());
    }
}

DayReader::~DayReader() = default;

const ExportedHead& DayReader::head() const {
    return session_->head;
}

void DayReader::each_row(const ExportedTable& table, const std::function<void(RowView)>& show) {
    try {
        if (table.name == "statistic")
            session_->each_name(show);
        else if (table.name == "sample_day")
            session_->each_sample_day(show);
        else if (table.name == "acc_taken")
            for (std::size_t i = 0; i < session_->taken->size(); ++i) show((*session_->taken)[i]);
        else
            session_->each_stored(table, show);
    } catch (const DatabaseError& error) {
        throw HistoryUnavailable(error.what());
    }
}

} // namespace sipkeep
