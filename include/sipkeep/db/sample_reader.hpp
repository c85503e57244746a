// Reads samples of a range out of the history, to be exported.
#pragma once

#include "sipkeep/core/statistics.hpp"
#include "sipkeep/core/time.hpp"
#include "sipkeep/db/database_settings.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

/// The samples of one node in [from, to), packed or not, and what its captures saw, as the views
/// statistic_sample and capture show them. Read in one snapshot, which no run waits for; holds one statistic
/// and day at a time. Every method throws HistoryUnavailable.
class SampleReader {
public:
    struct Wanted {
        std::string node;
        UtcSeconds from, to;
    };
    struct Named {
        std::uint64_t id;
        Statistic statistic; ///< group, name and kind
    };
    /// Throws Error for a node without history, HistoryUnavailable and SchemaError.
    SampleReader(const DatabaseSettings& settings, const Wanted& wanted);
    SampleReader(const SampleReader&) = delete;
    SampleReader& operator=(const SampleReader&) = delete;
    ~SampleReader();

    /// All that history has names for; some may have no sample.
    [[nodiscard]] std::vector<Named> statistics();
    /// Ascending by time.
    void each_sample(std::uint64_t id, const std::function<void(UtcSeconds, std::int64_t value)>& show);
    /// Ascending by time; nullopt: the capture could not tell.
    void each_capture(const std::function<void(UtcSeconds, std::optional<std::int64_t> dialogs,
                                               std::optional<std::int64_t> contacts)>& show);

private:
    struct Session;
    std::unique_ptr<Session> session_;
};

} // namespace sipkeep
