#include "sample_days.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/sys/sql_compress.hpp"

#include <algorithm>
#include <tuple>

namespace sipkeep {

std::string select_packed(unsigned node_id) {
    return "SELECT statistic_id, day, first_second, last_second, step, samples, lowest, highest, "
           "earliest, latest, CONVERT(UNCOMPRESS(deltas) USING utf8mb4), "
           "CONVERT(UNCOMPRESS(flags) USING utf8mb4), flags IS NOT NULL FROM sample_day WHERE node_id = " +
           std::to_string(node_id);
}

PackedDay packed_of(Result& row) {
    if (row.null(10) || (row.number(12) != 0 && row.null(11)))
        throw Error("sample_day: the values of statistic_id " + row.string(0) + " on " + row.string(1) +
                    " can't be uncompressed");
    PackedDay packed;
    packed.first_second = static_cast<std::uint32_t>(row.number(2));
    packed.last_second = static_cast<std::uint32_t>(row.number(3));
    packed.step = static_cast<std::uint32_t>(row.number(4));
    packed.samples = static_cast<std::uint32_t>(row.number(5));
    packed.lowest = std::stoll(row.string(6));
    packed.highest = std::stoll(row.string(7));
    packed.first_value = std::stoll(row.string(8));
    packed.last_value = std::stoll(row.string(9));
    packed.deltas = row.string(10);
    packed.flags = row.string(11);
    return packed;
}

std::string insert_packed() {
    return "INSERT INTO sample_day (node_id, statistic_id, day, first_second, last_second, step, samples, "
           "lowest, highest, earliest, latest, deltas, flags) VALUES";
}

void add_bounds(Rows& rows, const PackedDay& packed) {
    for (const std::uint32_t number : {packed.first_second, packed.last_second, packed.step, packed.samples})
        rows.add(std::to_string(number));
    for (const std::int64_t value : {packed.lowest, packed.highest, packed.first_value, packed.last_value})
        rows.add(std::to_string(value));
}

void add_packed(Rows& rows, unsigned node_id, std::uint64_t statistic_id, UtcSeconds day,
                const PackedDay& packed) {
    rows.add(std::to_string(node_id));
    rows.add(std::to_string(statistic_id));
    rows.add(to_date(day));
    add_bounds(rows, packed);
    rows.add(sql_compress(packed.deltas));
    if (packed.flags.empty())
        rows.add(std::nullopt);
    else
        rows.add(sql_compress(packed.flags));
}

UtcSeconds whole_before(Connection& connection, unsigned node_id, UtcSeconds before) {
    const auto importing = connection.value(
        "SELECT CAST(importing AS DATETIME) FROM node WHERE node_id = " + std::to_string(node_id) +
        " AND importing >= DATE(samples_packed_to)");
    return importing ? std::min(before, from_datetime(*importing)) : before;
}

bool tells_the_same(const PackedDay& one, const PackedDay& other) {
    const auto told = [](const PackedDay& day) {
        return std::tuple(day.first_second, day.last_second, day.samples, day.lowest, day.highest,
                          day.first_value, day.last_value);
    };
    return told(one) == told(other);
}

std::string insert_samples(UtcSeconds captured_at, UtcSeconds closed_to) {
    return std::string("INSERT INTO ") + (captured_at < closed_to ? "sample_late" : "sample") +
           " (node_id, statistic_id, captured_at, value, flag) VALUES";
}

DaySample sample_of(Result& row, std::size_t column) {
    return {static_cast<std::uint32_t>(row.number(column)), std::stoll(row.string(column + 1)),
            static_cast<std::uint8_t>(row.number(column + 2))};
}

std::vector<DaySample> merged(const std::vector<DaySample>& one, const std::vector<DaySample>& other) {
    std::vector<DaySample> all;
    all.reserve(one.size() + other.size());
    std::ranges::merge(one, other, std::back_inserter(all), {}, &DaySample::second, &DaySample::second);
    const auto twice = std::ranges::adjacent_find(all, {}, &DaySample::second);
    if (twice != all.end())
        throw Error("sample_day: a sample of second " + std::to_string(twice->second) +
                    " of a day is there already");
    return all;
}

} // namespace sipkeep
