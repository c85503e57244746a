#include "support/mi_copies.hpp"

#include <map>

namespace sipkeep::test {

MiCopies::MiCopies(TestDatabase& database) : database_(database) {
    const std::string end = ") DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin";
    database_.sql().execute(
        "CREATE TABLE copy_statistic (captured_at DATETIME, full_name VARCHAR(255), value BIGINT" + end);
    database_.sql().execute(
        "CREATE TABLE copy_destination (captured_at DATETIME, set_id INT, uri VARCHAR(255), "
        "occurrence INT, state VARCHAR(32), weight INT" +
        end);
}

void MiCopies::copy(UtcSeconds captured_at, const LivingMi& mi, bool statistics, bool destinations) {
    Rows samples(3);
    for (const auto& [name, value] : mi.statistics()) {
        samples.add(to_datetime(captured_at));
        samples.add(name);
        samples.add(std::to_string(value));
    }
    if (statistics) database_.sql().insert("INSERT INTO copy_statistic VALUES", samples);
    Rows rows(6);
    std::map<std::pair<int, std::string>, int> seen;
    for (const LivingMi::Destination& d : mi.destinations()) {
        rows.add(to_datetime(captured_at));
        rows.add(std::to_string(d.set));
        rows.add(d.uri);
        rows.add(std::to_string(seen[{d.set, d.uri}]++));
        rows.add(d.state);
        rows.add(std::to_string(d.weight));
    }
    if (destinations && !rows.empty()) database_.sql().insert("INSERT INTO copy_destination VALUES", rows);
}

Comparison MiCopies::compare(TestDatabase& history, std::optional<UtcSeconds> captured_at) {
    const std::string at = captured_at ? " = " + literal(to_datetime(*captured_at)) : " > 0";
    Comparison all = compare_rows(
        database_.sql(),
        "SELECT captured_at, full_name, value FROM copy_statistic WHERE captured_at" + at + " ORDER BY 1, 2",
        history.sql(),
        "SELECT captured_at, CONCAT(`group`, ':', name) AS full_name, value FROM "
        "statistic_sample WHERE captured_at" +
            at + " ORDER BY 1, 2",
        2);
    const Comparison destinations = compare_rows(
        database_.sql(), "SELECT * FROM copy_destination WHERE captured_at" + at + " ORDER BY 1, 2, 3, 4",
        history.sql(),
        "SELECT c.captured_at, h.set_id, h.uri, h.occurrence, h.state, h.weight FROM capture c JOIN "
        "dispatcher_history h ON h.node_id = c.node_id AND h.valid_from <= c.captured_at AND h.valid_to > "
        "c.captured_at WHERE c.dispatcher_status = 'ok' AND c.captured_at" +
            at + " ORDER BY 1, 2, 3, 4",
        4);
    all.rows += destinations.rows;
    all.different += destinations.different;
    all.first += destinations.first;
    return all;
}

} // namespace sipkeep::test
