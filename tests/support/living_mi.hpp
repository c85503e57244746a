// The statistics and destinations of an OpenSIPS that lives: random but reproducible.
#pragma once

#include "sipkeep/core/time.hpp"

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace sipkeep::test {

class LivingMi {
public:
    struct Destination {
        std::string uri, state;
        int set = 1;
        int weight = 0;
    };

    explicit LivingMi(std::uint32_t seed);

    /// Counters grow; gateways come, go, fail and recover, statistics appear and disappear, unless it is
    /// quiet.
    void live(Seconds passed, bool quiet = false);
    /// A new life of the process: the uptime is small again, counters begin at 0.
    void restart(Seconds ago);

    /// Makes these its answers.
    template <class Mi>
    void answer(Mi& mi) const {
        for (const auto& [method, json] : replies()) mi.result(method, json);
    }

    [[nodiscard]] std::int64_t uptime_s() const { return uptime_s_; }
    /// "group:name" and value, core:timestamp among them.
    [[nodiscard]] std::map<std::string, std::int64_t> statistics() const;
    [[nodiscard]] const std::vector<Destination>& destinations() const { return destinations_; }

private:
    /// By method.
    [[nodiscard]] std::map<std::string, std::string> replies() const;
    int random(int below);
    bool one_in(int n) { return random(n) == 0; }

    std::mt19937 random_;
    std::int64_t uptime_s_ = 1000;
    std::map<std::string, std::int64_t> counters_;
    std::vector<Destination> destinations_;
    int next_name_ = 1;
    bool kinds_known_ = false;
};

} // namespace sipkeep::test
