// The commands, and what the command line gives them.
#pragma once

#include "sipkeep/core/error.hpp"
#include "sipkeep/core/time.hpp"
#include "sipkeep/sys/file_system.hpp"
#include "sipkeep/sys/screen.hpp"

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace sipkeep {

/// What a command may see of the process it runs in; made once, in main.
struct Environment {
    std::ostream& out; ///< results
    std::ostream& err; ///< messages
    Clock& clock;
    FileSystem& files;
    bool journald = false;             ///< err is the systemd journal
    bool terminal = false;             ///< err is a terminal
    std::string credentials_directory; ///< systemd's $CREDENTIALS_DIRECTORY, or empty
    std::optional<Screen> screen = {}; ///< what `out` shows on
};

struct GlobalOptions {
    std::string config_file = "/etc/sipkeep/sipkeep.yaml";
    std::optional<std::string> node; ///< overrides the file's node
    bool dry_run = false;
    bool quiet = false;
    bool verbose = false;
    bool json = false;
};

struct SnapshotOptions {
    std::optional<UtcMilliseconds> at; ///< taken for the clock
};

struct SchemaOptions {
    enum class Action : std::uint8_t { init, upgrade, show, check };
    Action action = Action::check;
    bool grants = false;    ///< with init: print the GRANT statements the users need, and do nothing else
    bool passwords = false; ///< with grants: those of the option files, not to be chosen
    std::optional<std::string> option_file; ///< of the schema's owner; absent: as history's user
};

struct VerifyOptions {
    std::optional<UtcMilliseconds> from, to; ///< only the UTC days that these times and those between lie in
};

struct CheckOptions {
    std::optional<UtcMilliseconds> at; ///< taken for the clock
};

struct RetainOptions {
    std::optional<UtcMilliseconds> at; ///< taken for the clock
    std::optional<UtcMilliseconds> rebuild_from = {},
                                   rebuild_to = {}; ///< both or none: UTC days to roll up again
    bool forecast = false;                          ///< change nothing, say how large the archive will become
};

struct ForgetOptions {
    std::string subject; ///< user@domain, or a domain
};

struct ExportOptions {
    UtcSeconds day;                    ///< its midnight
    std::optional<std::string> file;   ///< absent: NODE-DAY.sipkeep in the current folder
    std::optional<UtcMilliseconds> at; ///< taken for the clock
};

/// The samples of [from, to) as OpenMetrics.
struct OpenMetricsOptions {
    UtcSeconds from, to;
    std::optional<std::string> file; ///< absent: standard output
};

struct ImportOptions {
    std::vector<std::string> files;
    std::chrono::days keep{30};        ///< how long retention leaves the days alone
    std::optional<UtcMilliseconds> at; ///< taken for the clock
};

enum class ReportFormat : std::uint8_t { table, csv, json, markdown };

struct ReportOptions {
    std::string name; ///< empty: list the reports; "page": many of them, as HTML
    std::optional<UtcMilliseconds> from, to, at;
    std::string tz = "UTC";
    std::optional<std::string> by, domain, aor;
    std::optional<std::uint64_t> top;
    ReportFormat format = ReportFormat::table;
    bool sql = false;               ///< print the statement, ask nothing
    std::optional<std::string> out; ///< file, of "page"
};

enum class ConfigAction : std::uint8_t { check, show };

struct SpoolOptions {
    enum class Action : std::uint8_t { list, verify, replay, drop };
    Action action = Action::list;
    std::vector<std::string> names; ///< verify, drop: of files; verify without any: all that wait
    bool all = false;               ///< drop: all that wait
};

// Each runs one command to its end and answers with the exit code, or throws Error (see core/error.hpp).
[[nodiscard]] ExitCode snapshot_command(const GlobalOptions&, const SnapshotOptions&, const Environment&);
[[nodiscard]] ExitCode spool_command(const GlobalOptions&, const SpoolOptions&, const Environment&);
[[nodiscard]] ExitCode schema_command(const GlobalOptions&, const SchemaOptions&, const Environment&);

/// Checks the history of all nodes, or of --node. Prints a line for each violation; ExitCode::violations when
/// there is one.
[[nodiscard]] ExitCode verify_command(const GlobalOptions&, const VerifyOptions&, const Environment&);

/// Judges how the node's archive is doing, for monitoring: prints what is wrong, the worst first. Its exit
/// codes are 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN, so it throws nothing.
[[nodiscard]] ExitCode check_command(const GlobalOptions&, const CheckOptions&, const Environment&);
/// The answer when nobody could look.
[[nodiscard]] ExitCode check_unknown(const std::string& why, const Environment& env);

/// Packs and rolls up days that are over for long enough, of all nodes, and drops what is older than it is
/// kept for. Throws RetentionBusy when another one is at work in the database. With `forecast` it changes
/// nothing and waits for nobody.
[[nodiscard]] ExitCode retain_command(const GlobalOptions&, const RetainOptions&, const Environment&);

/// Writes one UTC day of one node into a file. Throws Error for a day that can't be exported.
[[nodiscard]] ExitCode export_command(const GlobalOptions&, const ExportOptions&, const Environment&);

/// Writes the samples of one node, as promtool loads them. Throws Error for a node without history.
[[nodiscard]] ExitCode openmetrics_command(const GlobalOptions&, const OpenMetricsOptions&,
                                           const Environment&);

/// Puts exported days back. Throws Error for a file that is damaged, or that differs from what the history
/// holds, and RetentionBusy.
[[nodiscard]] ExitCode import_command(const GlobalOptions&, const ImportOptions&, const Environment&);

/// Takes what names an address of record, or a domain, out of the history of all nodes, or of --node; counts
/// stay. ExitCode::partial: done, but the newest capture still showed it. Throws Error while captures wait in
/// the spool.
[[nodiscard]] ExitCode forget_command(const GlobalOptions&, const ForgetOptions&, const Environment&);

/// Asks the history one of the questions under schema/reports and prints the answer; without a name it lists
/// them. All nodes, or those of --node (NAME,NAME). Throws UsageError for what the report does not take.
[[nodiscard]] ExitCode report_command(const GlobalOptions&, const ReportOptions&, const Environment&);

/// check: reads configuration and credentials, prints "FILE: ok". show: prints the configuration in effect as
/// YAML (JSON with --json), secrets as "***". Throws UsageError for what is wrong.
[[nodiscard]] ExitCode config_command(const GlobalOptions&, ConfigAction, const Environment&);

} // namespace sipkeep
