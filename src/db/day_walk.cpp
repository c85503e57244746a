#include "day_walk.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/db/connection.hpp"

#include "day_taken.hpp"
#include "sample_days.hpp"

#include <algorithm>
#include <array>

namespace sipkeep {

namespace {

constexpr std::size_t walked_a_transaction = 5000;
constexpr std::size_t bytes_a_transaction = 8U << 20U;

StatisticKind kind_of(std::string_view name) {
    constexpr std::array<std::string_view, 3> kinds{"unknown", "counter", "gauge"}; // as StatisticKind
    const auto found = std::ranges::find(kinds, name);
    if (found == kinds.end()) throw Error("is damaged: a statistic of an unknown kind");
    return static_cast<StatisticKind>(found - kinds.begin());
}

Statistic named(RowView row) {
    return {.group = std::string(row[0].value_or("")), .name = std::string(row[1].value_or(""))};
}

/// Those that are not stored. Throws Error when something else is.
std::vector<DaySample> missing_of(const std::vector<DaySample>& all, const std::vector<DaySample>& stored,
                                  const Statistic& statistic) {
    std::vector<DaySample> missing;
    auto at = stored.begin();
    for (const DaySample& sample : all) {
        if (at == stored.end() || at->second != sample.second)
            missing.push_back(sample);
        else if (!(*at == sample))
            break;
        else
            ++at;
    }
    if (at != stored.end())
        throw Error("the history has another sample of " + statistic.group + ":" + statistic.name + ", " +
                    std::to_string(at->second) + " s after midnight");
    return missing;
}

/// Rows of a result, one at a time.
class StoredRows {
public:
    StoredRows(Result result, std::size_t width) : result_(std::move(result)), row_(width) { advance(); }
    [[nodiscard]] bool there() const { return there_; }
    [[nodiscard]] RowView row() const { return row_[0]; }
    void advance() {
        row_.clear();
        there_ = result_.next();
        for (std::size_t i = 0; there_ && i < row_.width(); ++i) row_.add(result_.text(i));
    }

private:
    Result result_;
    Rows row_;
    bool there_ = false;
};

void add_with_node(Rows& rows, unsigned node_id, RowView row) {
    rows.add(std::to_string(node_id));
    rows.add(row);
}

} // namespace

DayImporter::Found DayWalk::run(ExportedDay& day) {
    const auto rows = day.rows();
    for (const ExportedTable& table : day.head().tables) {
        rows->begin(table);
        const auto of = std::ranges::find(day_tables(), table.name, &DayTable::name);
        if (table.name == "statistic")
            walk_names(*rows, table);
        else if (table.name == "sample_day")
            walk_samples(*rows, table);
        else if (table.name == "acc_taken")
            walk_taken(*rows, table);
        else
            walk_stored(*rows, table, *of);
    }
    return found_;
}

void DayWalk::flush(Batch& batch) {
    if (!write_ || batch.rows.empty()) return;
    write_([&](Connection& connection) { connection.insert(batch.head, batch.rows); });
    batch.rows.clear();
}

void DayWalk::flush_when_full(Batch& batch) {
    if (batch.rows.size() >= walked_a_transaction || batch.rows.bytes() >= bytes_a_transaction) flush(batch);
}

void DayWalk::walk_names(ExportedRows& rows, const ExportedTable& table) {
    std::vector<Statistic> statistics;
    Rows row(table.columns.size());
    for (; rows.next(row); row.clear()) {
        statistics.push_back(named(row[0]));
        statistics.back().kind = kind_of(row[0][2].value_or(""));
    }
    // What the history has been told of a kind stays: other days share it.
    names_.tell_kinds(statistics);
    if (write_) names_.learn(statistics);
}

void DayWalk::walk_samples(ExportedRows& rows, const ExportedTable& table) {
    Batch packed{insert_packed(), Rows(packed_width)};
    Batch plain{std::string("INSERT INTO ") + (place_.packed ? "sample_late" : "sample") +
                    " (node_id, statistic_id, captured_at, value, flag) VALUES",
                Rows(5)};
    Rows row(table.columns.size());
    for (; rows.next(row); row.clear()) {
        ++found_.rows;
        take_samples(row[0], packed, plain);
    }
    for (const std::uint64_t id : samples_.statistic_ids())
        if (!known_.contains(id))
            throw Error("the history has samples of statistic_id " + std::to_string(id) +
                        ", of which the file has none");
    flush(packed);
    flush(plain);
}

void DayWalk::take_samples(RowView row, Batch& packed, Batch& plain) {
    const Statistic statistic = named(row);
    const std::vector<DaySample> all = exported_samples(row);
    const auto id = names_.id_of(statistic);
    if (!id && write_)
        throw Error("the history can't tell statistic " + statistic.group + ":" + statistic.name +
                    " from another one (blanks at the end?)");
    if (id) known_.insert(*id);
    const auto missing = missing_of(all, id ? samples_.of(*id) : std::vector<DaySample>(), statistic);
    if (missing.empty()) return;
    ++found_.missing;
    if (!write_) return;
    if (place_.packed && !samples_.has_packed(*id)) {
        add_packed(packed.rows, place_.node_id, *id, place_.day, pack_day(missing));
        flush_when_full(packed);
        return;
    }
    for (const DaySample& sample : missing) {
        plain.rows.add(std::to_string(place_.node_id));
        plain.rows.add(std::to_string(*id));
        plain.rows.add(to_datetime(place_.day + Seconds{sample.second}));
        plain.rows.add(std::to_string(sample.value));
        plain.rows.add(std::to_string(sample.flag));
        flush_when_full(plain);
    }
}

void DayWalk::walk_taken(ExportedRows& rows, const ExportedTable& table) {
    Rows row(table.columns.size());
    for (; rows.next(row); row.clear()) {
        ++found_.rows;
        if (!missing_taken(reader_, place_.node_id, row[0]).any()) continue;
        ++found_.missing;
        if (write_)
            write_([&](Connection& connection) {
                add_taken(connection, place_.node_id, row[0],
                          missing_taken(connection, place_.node_id, row[0]));
            });
    }
}

void DayWalk::walk_stored(ExportedRows& rows, const ExportedTable& table, const DayTable& of) {
    const KeyOrder order(of, table.columns);
    const std::string columns = column_list(table.columns);
    Batch batch{"INSERT INTO " + table.name + " (node_id, " + columns + ") VALUES",
                Rows(1 + table.columns.size())};
    StoredRows stored(reader_.query("SELECT " + columns + " FROM " + table.name +
                                    of.of_day(place_.node_id, place_.day) + of.in_order()),
                      table.columns.size());
    const auto foreign = [&](RowView row) {
        return Error("the history has a row of " + table.name +
                     " that the file has not: " + order.shown(row));
    };
    Rows row(table.columns.size());
    for (; rows.next(row); row.clear()) {
        ++found_.rows;
        const auto place = stored.there() ? order.compare(row[0], stored.row()) : std::strong_ordering::less;
        if (std::is_gt(place)) throw foreign(stored.row());
        if (std::is_eq(place)) {
            if (const auto column = difference(table.columns, row[0], stored.row()))
                throw Error("the history has another row of " + table.name + ": " + order.shown(row[0]) +
                            " differs in " + table.columns[*column]);
            stored.advance();
            continue;
        }
        ++found_.missing;
        add_with_node(batch.rows, place_.node_id, row[0]);
        if (!write_) batch.rows.clear();
        flush_when_full(batch);
    }
    if (stored.there()) throw foreign(stored.row());
    flush(batch);
}

} // namespace sipkeep
