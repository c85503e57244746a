// The samples of a day, packed or not, one statistic at a time.
#pragma once

#include "sipkeep/core/exported_day.hpp"
#include "sipkeep/core/packed_day.hpp"

#include <functional>
#include <string>
#include <vector>

namespace sipkeep {

class Connection;

/// Samples of a day as the views show them: of sample_day or sample, by what is packed, and of sample_late.
class DaySamples {
public:
    /// `packed`: the day lies before node.samples_packed_to.
    DaySamples(Connection& connection, unsigned node_id, UtcSeconds day, bool packed)
        : connection_(connection), node_id_(node_id), day_(day), packed_(packed) {}

    /// Ascending.
    [[nodiscard]] std::vector<std::uint64_t> statistic_ids();
    /// Ascending by second. Throws Error for packed ones that can't be read.
    [[nodiscard]] std::vector<DaySample> of(std::uint64_t statistic_id);
    /// Whether sample_day has a row of it.
    [[nodiscard]] bool has_packed(std::uint64_t statistic_id);

    [[nodiscard]] bool packed() const { return packed_; }
    /// " WHERE node_id = .. AND ..", of sample and sample_late.
    [[nodiscard]] std::string of_day() const;

private:
    [[nodiscard]] std::vector<DaySample> plain(const std::string& table, std::uint64_t statistic_id);
    [[nodiscard]] std::string packed_row(std::uint64_t statistic_id) const;

    Connection& connection_;
    unsigned node_id_;
    UtcSeconds day_;
    bool packed_;
};

/// Columns of `sample_day` as they are exported: `group` and name for the number, values not compressed.
[[nodiscard]] const std::vector<std::string>& exported_sample_columns();
/// Appends a row of these.
void add_exported(Rows& rows, const std::string& group, const std::string& name,
                  const std::vector<DaySample>& samples);
/// Throws Error for what add_exported() never makes.
[[nodiscard]] std::vector<DaySample> exported_samples(RowView row);

} // namespace sipkeep
