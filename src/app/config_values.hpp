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
/// Columns of the table and what becomes of them. Throws InnerKeyError for what is wrong with one of them.
void read_value(const ConfigNode& node, const TableSpec& table, RedactRules& rules);

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
[[nodiscard]] nlohmann::ordered_json shown(const RedactRules& rules);

} // namespace sipkeep
