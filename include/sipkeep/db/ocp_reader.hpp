// Reads the table in which OpenSIPS Control Panel (OCP) keeps samples of statistics.
#pragma once

#include "sipkeep/core/ocp_samples.hpp"
#include "sipkeep/db/database_settings.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipkeep {

/// Source: `ocp_monitoring_stats` (name varchar(64), time int: seconds of Unix time, value varchar(64),
/// box_id mediumint; primary key (name, time, box_id)), filled by OCP's cron job. Plain SELECTs in
/// autocommit. Throws SourceError.
class OcpReader {
public:
    /// `table`: TABLE or DATABASE.TABLE. Connects, and looks whether the table is there. Throws UsageError
    /// for what is no name of a table.
    OcpReader(const DatabaseSettings& settings, const std::string& table);
    OcpReader(const OcpReader&) = delete;
    OcpReader& operator=(const OcpReader&) = delete;
    ~OcpReader();

    /// The numbers of the boxes that there are samples of. Reads the whole index.
    [[nodiscard]] std::vector<std::uint64_t> boxes();
    /// All names, whatever box has them; each() may find more, and adds them.
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    struct Range {
        std::int64_t first, last; ///< Unix time
    };
    /// From the first to the last sample of any box; nullopt: there is none.
    [[nodiscard]] std::optional<Range> range();
    /// Shows the samples of a box with first <= time < last, in no order: index in names(), Unix time, value.
    void each(std::uint64_t box, Range half_open,
              const std::function<void(std::size_t name, std::int64_t time, std::string_view value)>& show);

private:
    struct Session;
    std::unique_ptr<Session> session_;
    std::vector<std::string> names_;
    std::string names_list_;
};

} // namespace sipkeep
