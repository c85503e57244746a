// Runs whose connections break at chosen commands, while the tables live on; full copies tell what history
// should hold.
#pragma once

#include "sipkeep/app/archive_run.hpp"

#include "support/live_tables.hpp"
#include "support/mi_copies.hpp"
#include "support/mysql_proxy.hpp"

#include <functional>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sipkeep::test {

/// An SBC with its history, both reached through proxies, and a clock that the drill moves.
class FaultDrill {
public:
    explicit FaultDrill(std::uint32_t seed);

    /// Minutes pass, and life goes on.
    void pass(std::chrono::minutes time = std::chrono::minutes{1});
    /// Up to the next midnight.
    void pass_midnight();
    /// The next capture is the first one of a node.
    void begin_another_node();

    struct Outcome {
        bool stored = false; ///< the ledger has the minute
        std::string error;   ///< empty: the run came to its end
        bool partial = false;
    };
    /// One run at the drill's clock, minus `back`. What the ledger says afterwards is copied; an error that
    /// is not one of the documented kinds, or an outcome that the ledger contradicts, fails the test.
    Outcome run(Seconds back = Seconds{0});
    /// Runs until a capture is whole, as the minutes after a fault do, and compares all captures since the
    /// last call.
    void recover();
    /// Compares everything, and looks at what the views rest on.
    void compare_everything();

    MySqlProxy& history_proxy() { return history_proxy_; }
    MySqlProxy& live_proxy() { return live_proxy_; }
    TestDatabase& history() { return history_; }

    std::size_t rows_a_transaction = 4;
    Milliseconds read_timeout{10000};
    Seconds idle_limit{60};

private:
    void look_into_ledger(UtcSeconds captured_at, const Outcome& outcome);
    void compare(std::optional<UtcSeconds> captured_at);

    TestDatabase live_{"live"};
    TestDatabase history_{"history"};
    LiveTables tables_;
    LivingMi mi_;
    MiCopies mi_copies_;
    MySqlProxy history_proxy_, live_proxy_;
    std::mt19937 random_;
    ArchivePlan plan_;
    UtcSeconds now_ = from_datetime("2026-10-24 22:30:00");
    int nodes_ = 1;
    bool copied_ = false; ///< this minute is
    std::vector<UtcSeconds> uncompared_;
};

/// Strikes every statement of the runs that `before` leads to: each run is struck at the first command whose
/// like was not struck before, until runs meet none.
class Striking {
public:
    enum class Which : std::uint8_t { each_shape, each_occurrence };

    /// Shape and number of the fault; number of the like within the run.
    using Target = std::pair<std::string, std::size_t>;

    /// `struck`: what was struck before, in another drill.
    Striking(FaultDrill& drill, MySqlProxy& proxy, Which which, std::set<Target> struck = {})
        : drill_(drill), proxy_(proxy), which_(which), struck_(std::move(struck)) {}

    struct Scene {
        std::string name;
        std::function<void()> before; ///< leads to the state in which the run starts
        std::function<void()> run;
        std::vector<std::string> only = {}; ///< what the statements hold that are struck; empty: all are
        std::vector<std::string> must_strike = {}; ///< each is in a statement that has to be struck
    };
    /// Each of the faults strikes each statement, but where it would be as another one: see
    /// makes_a_difference(). Ends after `most` runs, or when all was struck: then it returns true.
    bool strike(const Scene& scene, const std::vector<WireFault>& faults, int most = 100'000);

    [[nodiscard]] const std::set<Target>& struck() const { return struck_; }
    /// A statement that begins like this was struck.
    [[nodiscard]] bool struck_one_of(const std::string& text) const;

private:
    [[nodiscard]] bool makes_a_difference(WireFault::Kind kind, const std::string& shape) const;
    std::optional<WireFault> fault_for(const Scene& scene, const std::vector<WireFault>& faults,
                                       const std::string& what, std::size_t like);

    FaultDrill& drill_;
    MySqlProxy& proxy_;
    Which which_;
    std::set<Target> struck_;
};

} // namespace sipkeep::test
