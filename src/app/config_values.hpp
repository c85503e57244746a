// One value of the configuration file: read strictly, shown as it would be written.
#pragma once

#include "sipkeep/app/config.hpp"

#include "config_tree.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace sipkeep {

/// Which texts a key accepts.
enum class TextRule : std::uint8_t {
    line,       ///< anything printable, not empty
    node,       ///< 1 to 64 of A-Z a-z 0-9 . _ -
    path,       ///< absolute
    credential, ///< absolute path, or "credential:NAME"
    identifier, ///< a table or database: 1 to 64 of A-Z a-z 0-9 _ $ -
    timezone,   ///< an IANA name this machine knows
};

/// The text of a scalar. Throws UsageError saying that `what` was expected.
[[nodiscard]] const std::string& scalar(const ConfigNode& node, std::string_view what);
/// It says none.
[[nodiscard]] bool is_none(const ConfigNode& node);

// Each throws UsageError with the reason alone; the caller knows file, line and key.
void read_text(const ConfigNode& node, TextRule rule, std::string& value);
void read_value(const ConfigNode& node, bool& value);
void read_value(const ConfigNode& node, std::optional<bool>& value);
void read_value(const ConfigNode& node, std::uint16_t& port);
void read_value(const ConfigNode& node, Milliseconds& duration); ///< 1ms to 1h
void read_value(const ConfigNode& node, Seconds& interval);      ///< whole seconds that divide a day
void read_value(const ConfigNode& node, std::uint64_t& bytes);   ///< 1MiB to 1PiB
void read_value(const ConfigNode& node, int& captures);          ///< 1 to 10080
void read_value(const ConfigNode& node, std::chrono::days& age); ///< 1d to 3650d
void read_value(const ConfigNode& node, KeptFor& kept);          ///< 1d to 36500d, 1y to 100y, forever
void read_value(const ConfigNode& node, std::optional<std::uint64_t>& bytes); ///< 1MiB to 1PiB, or none
void read_value(const ConfigNode& node, StatisticsChoice& choice);
void read_value(const ConfigNode& node, std::optional<Milliseconds>& duration); ///< 1ms to 1h, or none
void read_value(const ConfigNode& node,
                std::vector<std::string>& names); ///< of known_mi_questions(), or none
/// A list of { name, method, params, rows, key, values, keep }, or none.
void read_value(const ConfigNode& node, std::vector<MiQuestion>& questions);
void read_value(const ConfigNode& node, TableSource& source); ///< auto, table, mi or both
/// Columns of the table and what becomes of them. Throws InnerKeyError for what is wrong with one of them.
void read_value(const ConfigNode& node, const TableSpec& table, RedactRules& rules);

/// Why calls or registrations (`section`) can't be read there; empty: they can.
[[nodiscard]] std::string source_refusal(const std::string& section, TableSource source, bool has_mi,
                                         bool has_table);

[[nodiscard]] nlohmann::ordered_json shown(const std::string& text);
[[nodiscard]] nlohmann::ordered_json shown(bool value);
[[nodiscard]] nlohmann::ordered_json shown(std::uint16_t port);
[[nodiscard]] nlohmann::ordered_json shown(Milliseconds duration);
[[nodiscard]] nlohmann::ordered_json shown(Seconds interval);
[[nodiscard]] nlohmann::ordered_json shown(std::uint64_t bytes);
[[nodiscard]] nlohmann::ordered_json shown(int captures);
[[nodiscard]] nlohmann::ordered_json shown(std::chrono::days age);
[[nodiscard]] nlohmann::ordered_json shown(const KeptFor& kept);
[[nodiscard]] nlohmann::ordered_json shown(const std::optional<std::uint64_t>& bytes);
[[nodiscard]] nlohmann::ordered_json shown(const StatisticsChoice& choice);
[[nodiscard]] nlohmann::ordered_json shown(const std::optional<Milliseconds>& duration);
[[nodiscard]] nlohmann::ordered_json shown(const std::vector<std::string>& names);
[[nodiscard]] nlohmann::ordered_json shown(const std::vector<MiQuestion>& questions);
[[nodiscard]] nlohmann::ordered_json shown(TableSource source);
[[nodiscard]] nlohmann::ordered_json shown(const RedactRules& rules);

} // namespace sipkeep
