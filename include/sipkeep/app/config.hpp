// The configuration file: what sipkeep reads, where it keeps it, and how long it may take.
#pragma once

#include "sipkeep/core/capture.hpp"
#include "sipkeep/core/redaction.hpp"
#include "sipkeep/core/retention.hpp"
#include "sipkeep/core/time.hpp"
#include "sipkeep/db/database_settings.hpp"
#include "sipkeep/mi/mi_question.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

/// Which statistics to ask MI for: all, none, or those of some groups.
struct StatisticsChoice {
    bool all = true;
    std::vector<std::string> groups; ///< in the order of the file; empty with all false: none
    [[nodiscard]] bool none() const { return !all && groups.empty(); }
};

/// How to reach OpenSIPS's management interface, and what to ask it.
struct MiSettings {
    std::string url;
    Milliseconds timeout{0};
    std::string reply_dir; ///< where the reply fifo is made; only for the fifo transport
    StatisticsChoice statistics;
    bool dispatcher = true;
    std::string ssl_ca; ///< PEM files, for https; empty: the authorities that the system trusts
    std::string ssl_cert;
    std::string ssl_key;
    bool ssl_verify = true;       ///< the certificate's authority and host
    Milliseconds list_timeout{0}; ///< for the lists of calls and registrations
    std::uint64_t max_reply_bytes = 0;
    std::optional<Milliseconds> budget; ///< of MI's time for a capture; absent: as long as it takes
    std::vector<std::string> more;      ///< names of known_mi_questions()
    std::vector<MiQuestion> extra;
};

/// Where the credentials of a database were taken from; at most one is set.
struct CredentialFiles {
    std::string option_file;   ///< path or "credential:NAME", or empty
    std::string password_file; ///< likewise
};

/// OpenSIPS's own database, which is only read.
struct LiveSettings {
    DatabaseSettings database; ///< complete, credentials included
    CredentialFiles files;
    std::string timezone; ///< IANA name: the zone of the DATETIME columns
    bool dialog = true;
    bool location = true;
    std::string dialog_table;
    std::string location_table;
    bool acc = false; ///< the minute run takes calls from the accounting tables
    bool acc_records = true;
    bool missed_calls = true;
    std::string acc_table;
    std::string missed_calls_table;
    std::string caller_column; ///< of both; empty: the first usual one that is there
    std::string callee_column;
    int full_compare_every =
        60; ///< captures within which each row is compared in full at least once; 1: always
};

/// The database that keeps the history.
struct HistorySettings {
    DatabaseSettings database; ///< complete, credentials included
    CredentialFiles files;
};

/// What becomes of history that is old.
struct RetentionSettings {
    std::chrono::days pack_after{0}; ///< samples of days that are over for so long are packed
    RetentionPolicy policy;
    std::optional<std::uint64_t> disk_budget; ///< of all history tables together; absent: nobody asks
    std::string option_file;                  ///< path or "credential:NAME", or empty
    DatabaseSettings database;                ///< the history, with the credentials of that file laid over
};

/// Where captures wait while the history database is away.
struct SpoolSettings {
    std::string dir;
    std::uint64_t max_bytes = 0;
    int max_files = 0;
};

/// What is kept of people, and how.
struct RedactSettings {
    std::string key_file; ///< path or "credential:NAME", or empty
    std::string key;      ///< secret; what it holds, at least 32 bytes where a rule makes pseudonyms
    RedactRules dialog, location;
    RedactRules acc; ///< of missed_calls as well
};

/// A checked configuration. `mi` or `live` is absent when the file leaves it out, never both.
struct Config {
    std::string file;               ///< path it was read from, for messages
    std::string node;               ///< empty: none of `nodes` was chosen, and `mi` and `live` are absent
    std::vector<std::string> nodes; ///< in the order of the file; empty: there is one node
    Seconds interval{60};
    std::string lock_file;
    std::string metrics_file;            ///< empty: none is written
    StatisticsChoice metrics_statistics; ///< those of OpenSIPS that go there as well
    TableSource dialog_source = TableSource::automatic;
    TableSource location_source = TableSource::automatic;
    std::optional<MiSettings> mi;
    std::optional<LiveSettings> live;
    HistorySettings history;
    RetentionSettings retention;
    std::optional<SpoolSettings> spool;
    std::optional<RedactSettings> redact;
};

/// What a command is about: it reads no more credentials than these, and so needs no right to.
enum class ConfigPurpose : std::uint8_t {
    node,       ///< one node: live and history. Of a file with `nodes`, it must be chosen
    history,    ///< the history as a whole
    retention,  ///< likewise, with rights to delete: history and retention
    everything, ///< the file, or its users
};

/// What the command line puts over the file, and where credentials are.
struct ConfigContext {
    std::optional<std::string> node;   ///< --node; the default lock file follows it
    std::string credentials_directory; ///< systemd's $CREDENTIALS_DIRECTORY, empty when there is none
    ConfigPurpose purpose = ConfigPurpose::node;
};

/// Reads and checks a YAML file of at most 1 MiB and the credentials files it names.
/// Throws UsageError "FILE:LINE: KEY: ..." for anything wrong in either; secrets are never part of it.
[[nodiscard]] Config load_config(const std::string& file, const ConfigContext& context);

/// One for each of its `nodes`; empty when the file has none. Throws UsageError as above, and when two of
/// them read the same live tables, which would be kept twice.
[[nodiscard]] std::vector<Config> load_nodes(const std::string& file, const ConfigContext& context);

/// load_config from text; `file` is only named in messages.
[[nodiscard]] Config parse_config(const std::string& text, const std::string& file,
                                  const ConfigContext& context);

/// One key that the file may hold.
struct ConfigKeyInfo {
    std::string path;         ///< "mi.timeout"
    std::string default_text; ///< as one would write it; empty when there is none
};

/// Every accepted key, in the order in which they are documented.
[[nodiscard]] std::vector<ConfigKeyInfo> config_keys();

/// The configuration in effect as an object of the file's shape, defaults filled in, secrets as "***".
[[nodiscard]] nlohmann::ordered_json show_config(const Config& config);

} // namespace sipkeep
