#include "day_samples.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/db/connection.hpp"

#include "sample_days.hpp"
#include "time_literal.hpp"

#include <charconv>

namespace sipkeep {

namespace {

using std::chrono::days;

template <class Number>
Number number_of(Field text) {
    Number number{};
    if (text && std::from_chars(text->data(), text->data() + text->size(), number).ec == std::errc{})
        return number;
    throw Error("sample_day: a number is none");
}

} // namespace

std::string DaySamples::of_day() const {
    return " WHERE node_id = " + std::to_string(node_id_) +
           " AND captured_at >= " + literal(to_datetime(day_)) + " AND captured_at < " +
           literal(to_datetime(day_ + days{1}));
}

std::string DaySamples::packed_row(std::uint64_t statistic_id) const {
    return " AND statistic_id = " + std::to_string(statistic_id) + " AND day = " + on(day_);
}

std::vector<std::uint64_t> DaySamples::statistic_ids() {
    std::vector<std::uint64_t> ids;
    const std::string packed =
        "SELECT statistic_id FROM sample_day WHERE node_id = " + std::to_string(node_id_) +
        " AND day = " + on(day_);
    auto row = connection_.query((packed_ ? packed : "SELECT statistic_id FROM sample" + of_day()) +
                                 " UNION SELECT statistic_id FROM sample_late" + of_day() + " ORDER BY 1");
    while (row.next()) ids.push_back(row.number(0));
    return ids;
}

std::vector<DaySample> DaySamples::plain(const std::string& table, std::uint64_t statistic_id) {
    std::vector<DaySample> samples;
    auto row = connection_.query(
        "SELECT TIMESTAMPDIFF(SECOND, " + literal(to_datetime(day_)) + ", captured_at), value, flag FROM " +
        table + of_day() + " AND statistic_id = " + std::to_string(statistic_id) + " ORDER BY captured_at");
    while (row.next()) samples.push_back(sample_of(row, 0));
    return samples;
}

bool DaySamples::has_packed(std::uint64_t statistic_id) {
    return connection_
        .value("SELECT 1 FROM sample_day WHERE node_id = " + std::to_string(node_id_) +
               packed_row(statistic_id))
        .has_value();
}

std::vector<DaySample> DaySamples::of(std::uint64_t statistic_id) {
    std::vector<DaySample> samples;
    if (!packed_) {
        samples = plain("sample", statistic_id);
    } else {
        auto row = connection_.few(select_packed(node_id_) + packed_row(statistic_id));
        if (row.next()) samples = unpack_day(packed_of(row));
    }
    return merged(samples, plain("sample_late", statistic_id));
}

const std::vector<std::string>& exported_sample_columns() {
    static const std::vector<std::string> columns{"group",    "name",    "first_second", "last_second",
                                                  "step",     "samples", "lowest",       "highest",
                                                  "earliest", "latest",  "deltas",       "flags"};
    return columns;
}

void add_exported(Rows& rows, const std::string& group, const std::string& name,
                  const std::vector<DaySample>& samples) {
    const PackedDay packed = pack_day(samples);
    rows.add(group);
    rows.add(name);
    add_bounds(rows, packed);
    rows.add(packed.deltas);
    rows.add(packed.flags.empty() ? Field{} : Field{packed.flags});
}

std::vector<DaySample> exported_samples(RowView row) {
    PackedDay packed;
    packed.first_second = number_of<std::uint32_t>(row[2]);
    packed.last_second = number_of<std::uint32_t>(row[3]);
    packed.step = number_of<std::uint32_t>(row[4]);
    packed.samples = number_of<std::uint32_t>(row[5]);
    packed.lowest = number_of<std::int64_t>(row[6]);
    packed.highest = number_of<std::int64_t>(row[7]);
    packed.first_value = number_of<std::int64_t>(row[8]);
    packed.last_value = number_of<std::int64_t>(row[9]);
    packed.deltas = row[10].value_or("");
    packed.flags = row[11].value_or("");
    std::vector<DaySample> samples = unpack_day(packed);
    if (samples.empty() || !tells_the_same(packed, pack_day(samples)))
        throw Error("sample_day: bounds and counts of " + std::string(row[1].value_or("")) +
                    " are not those of its values");
    return samples;
}

} // namespace sipkeep
