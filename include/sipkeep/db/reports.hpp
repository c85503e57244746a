// Reports, asked of the history database.
#pragma once

#include "sipkeep/core/report.hpp"
#include "sipkeep/core/retention.hpp"
#include "sipkeep/core/rows.hpp"
#include "sipkeep/db/database_settings.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

/// A file under schema/reports, as built into the program.
struct ReportFile {
    std::string name; ///< without ".sql"
    std::string text;
};
[[nodiscard]] const std::vector<ReportFile>& embedded_report_files();
[[nodiscard]] const std::vector<ReportFile>& embedded_report_parts();

/// A text with the parts of schema/reports/parts that it names, as ":aor_number(h)", put in.
[[nodiscard]] std::string with_report_parts(const std::string& text);

/// All reports, by group (calls, registrations, server, archive) and name.
[[nodiscard]] const std::vector<Report>& embedded_reports();

/// Up to when a report is answered from roll-ups.
struct RollUpUse {
    UtcSeconds to{};
    bool by_day = false; ///< false: by hour
};

/// What a report is asked.
struct ReportQuestion {
    Steps steps{};   ///< of a report over a range
    UtcSeconds at{}; ///< of a report at one moment: a capture
    UtcSeconds now{};
    std::vector<std::string> nodes;          ///< as ArchiveExtent names them
    std::optional<std::string> domain, user; ///< both: an address of record; user alone: one without a domain
    std::uint64_t top = 10;
    Seconds interval{60}; ///< between two captures
};

/// How far back the history goes that a report is asked of.
struct ReportExtent {
    UtcSeconds kept_from{}; ///< what is older was dropped, and is left out of the answer
    RetentionClass of = RetentionClass::ledger;
    UtcSeconds minutes_from{}; ///< what is older is known by hour or day only
};

/// A question as the archive can answer it: ReportReader finds out.
struct SettledQuestion {
    ReportQuestion asked;              ///< from where the history is still kept, of nodes that there are
    std::vector<std::string> node_ids; ///< numbers of these
    std::optional<RollUpUse> rolled;   ///< absent: minutes alone
    std::optional<RollUpUse> captures_rolled; ///< likewise, of captures
    UtcSeconds held_from{};                   ///< midnight from which versions are read
    ReportExtent extent;
};

/// The statement with everything in its place.
[[nodiscard]] std::string report_statement(const Report& report, const SettledQuestion& settled);

/// What the ledger knows, before a report is asked.
struct ArchiveExtent {
    std::vector<std::string> nodes;           ///< by name
    std::optional<UtcSeconds> oldest, newest; ///< captures of the nodes asked for; absent: there are none
};

/// A session that only reads. A statement may take ten minutes, and ends then.
class ReportReader {
public:
    /// Throws HistoryUnavailable, SchemaError.
    explicit ReportReader(DatabaseSettings settings);
    ReportReader(const ReportReader&) = delete;
    ReportReader& operator=(const ReportReader&) = delete;
    ~ReportReader();

    /// Of the nodes named, all without any. Throws UsageError for a node that the archive does not know.
    [[nodiscard]] ArchiveExtent extent(const std::vector<std::string>& nodes);
    /// The newest capture of one of the nodes in (at - interval, at].
    [[nodiscard]] std::optional<UtcSeconds> capture_at(const ReportQuestion& question);

    /// Throws HistoryUnavailable.
    [[nodiscard]] SettledQuestion settled(const Report& report, const ReportQuestion& question);
    /// Sends report_statement(). Calls `show` for each row while the server sends them. Throws
    /// HistoryUnavailable, and Error when the columns are not those of the report's head.
    void ask(const Report& report, const SettledQuestion& question,
             const std::function<void(const std::vector<std::optional<std::string>>&)>& show);

private:
    struct Session;
    std::unique_ptr<Session> session_;
};

} // namespace sipkeep
