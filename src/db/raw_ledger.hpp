// A UTC day of one node, as its captures and the versions of its destinations tell it: what roll-ups are
// derived from.
#pragma once

#include "sipkeep/core/roll_up.hpp"
#include "sipkeep/core/time.hpp"

#include "day_edges.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipkeep {

class Connection;

/// As `dispatcher_version` tells them apart.
struct DestinationKey {
    std::string partition_name, set_id, uri, occurrence;
    bool operator==(const DestinationKey&) const = default;
};

/// Every method throws DatabaseError.
class RawLedger {
public:
    RawLedger(Connection& connection, unsigned node_id, UtcSeconds day);

    /// Each source that some capture read, and "any", in the order of `capture_roll_up`.
    void captures(const std::function<void(std::string_view source, const LookDay&)>& show);
    /// Lives of OpenSIPS that a capture of the day was the first to tell, by that capture.
    void epochs(const std::function<void(UtcSeconds first_seen, UtcSeconds started_at)>& show);
    /// Each destination listed that day, and its state at midnight. None of a day without captures.
    void destinations(const std::function<void(const DestinationKey&, const std::optional<std::string>& state,
                                               const DestinationDay&)>& show);

    /// SELECT of columns as those of `dispatcher_event`: destinations that came or changed, and those that
    /// went.
    [[nodiscard]] std::string select_begun() const;
    [[nodiscard]] std::string select_gone() const;

private:
    struct Version {
        DestinationKey key;
        DestinationStretch stretch;
        std::optional<std::string> state;
    };
    [[nodiscard]] std::vector<SourceLook> looks(std::string_view source) const;
    [[nodiscard]] std::vector<Version> versions() const;

    Connection& connection_;
    std::string of_node_;
    UtcSeconds day_, end_;
    DayEdges edges_;
};

} // namespace sipkeep
