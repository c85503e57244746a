#include "history_text.hpp"

#include "sipkeep/core/table.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace sipkeep::test {

namespace {

const UtcSeconds open_end = from_datetime("9999-12-31 00:00:00");

std::string shown(const std::optional<std::string>& field) {
    return field.value_or("<null>");
}

template <class Number>
std::string shown(const std::optional<Number>& number) {
    return number ? std::to_string(*number) : "<null>";
}

/// Versions are compared without their refreshes, which have lines of their own.
std::vector<std::string> columns_of(const TableSpec& table) {
    std::vector<std::string> names;
    for (const Column& column : table.columns)
        if (column.role != ColumnRole::refresh && column.role != ColumnRole::extra && !column.own)
            names.emplace_back(column.name);
    return names;
}

class Lines {
public:
    void add(std::string line) { lines_.push_back(std::move(line)); }
    std::string text() {
        std::sort(lines_.begin(), lines_.end());
        std::string all;
        for (const std::string& line : lines_) all += line + "\n";
        return all;
    }

private:
    std::vector<std::string> lines_;
};

std::string line_of(const TableSpec& table, const FakeNode::Version& version, UtcSeconds valid_to) {
    std::string line = std::string(table.name) + "|" + to_datetime(version.valid_from) + "|" +
                       to_datetime(valid_to) + "|" + to_datetime(version.began);
    if (table.name == location_table().name) line += "|" + version.first_seen;
    for (const std::string& column : columns_of(table)) line += "|" + shown(version.row.at(table.at(column)));
    return line;
}

std::string line_of(std::uint64_t id, const FakeNode::Refresh& refresh) {
    return "refresh|" + std::to_string(id) + "|" + to_datetime(refresh.captured_at) + "|" +
           shown(refresh.expires) + "|" + shown(refresh.cseq) + "|" + shown(refresh.last_modified);
}

std::string line_of(const LedgerRow& row) {
    std::string line = "capture|" + to_datetime(row.captured_at) + "|" + to_datetime(row.started_at);
    for (const SourceStatus status : {row.mi, row.dispatcher, row.dialog, row.location})
        line += std::string("|") + to_string(status);
    line += row.error.empty() ? "|0" : "|1";
    for (const auto& count : {row.samples, row.destinations, row.dialogs, row.contacts})
        line += "|" + shown(count);
    for (const auto count : {row.opened, row.closed, row.refreshed, row.compared, row.found_by_compare})
        line += "|" + std::to_string(count);
    line += "|" + shown(row.uptime_s) + "|" +
            (row.epoch_started_at ? to_datetime(*row.epoch_started_at) : std::string("<null>")) + "|";
    for (std::size_t i = 0; i < row.flags.size(); ++i) line += (i == 0 ? "" : ",") + row.flags[i];
    return line;
}

std::uint64_t id_of(const std::string& key) {
    std::uint64_t id = 0;
    const char* const digits = key.data() + key.find(':') + 1;
    std::from_chars(digits, key.data() + key.size(), id);
    return id;
}

void add_rows(Lines& lines, TestDatabase& history, const std::string& kind, const std::string& query) {
    std::istringstream rows(history.rows(query));
    for (std::string row; std::getline(rows, row);) lines.add(kind + "|" + row);
}

} // namespace

std::string history_text(const FakeNode& node) {
    Lines lines;
    for (const auto& [at, row] : node.ledger) lines.add(line_of(row));
    for (const TableSpec* table : {&dialog_table(), &location_table(), &dispatcher_table()}) {
        const auto found = node.tables.find(table->name);
        if (found == node.tables.end()) continue;
        for (const auto& ended : found->second.closed) lines.add(line_of(*table, ended.what, ended.valid_to));
        for (const auto& [key, version] : found->second.open) lines.add(line_of(*table, version, open_end));
    }
    for (const auto& ended : node.refresh_closed) lines.add(line_of(id_of(ended.key), ended.what));
    for (const auto& [id, refresh] : node.refresh_open) lines.add(line_of(id, refresh));
    for (const auto& [at, samples] : node.samples)
        for (const auto& sample : samples)
            lines.add("sample|" + to_datetime(at) + "|" + sample.group + "|" + sample.name + "|" +
                      std::to_string(sample.value));
    return lines.text();
}

std::string history_text(TestDatabase& history) {
    Lines lines;
    add_rows(
        lines, history, "capture",
        "SELECT captured_at, started_at, mi_status, dispatcher_status, dialog_status, location_status, "
        "error IS NOT NULL, samples, "
        "destinations, dialogs, contacts, opened, closed, refreshed, compared, found_by_compare, uptime_s, "
        "epoch_started_at, flags FROM capture");
    for (const TableSpec* table : {&dialog_table(), &location_table(), &dispatcher_table()}) {
        const std::string name(table->name);
        std::string columns = "valid_from, valid_to, began";
        if (name == location_table().name) columns += ", first_seen";
        for (const std::string& column : columns_of(*table)) columns += ", " + column;
        add_rows(lines, history, name, "SELECT " + columns + " FROM " + name + "_version");
    }
    add_rows(lines, history, "refresh",
             "SELECT contact_id, captured_at, expires, cseq, last_modified FROM location_refresh");
    add_rows(lines, history, "sample", "SELECT captured_at, `group`, name, value FROM statistic_sample");
    return lines.text();
}

std::uint64_t checksum(std::string_view text, std::uint64_t sum) {
    constexpr std::uint64_t prime = 1099511628211U;
    for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * prime;
    return sum;
}

} // namespace sipkeep::test
