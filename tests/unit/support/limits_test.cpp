// The figures of docs/limits.md, against calls that are played through.
#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr double remembered = 5; ///< seconds for which dlg_list shows a call that is over
constexpr double period = 10;    ///< db_update_period

/// A moment of a regular beat at or after `time`.
double next_beat(double time, double every, double phase) {
    return std::ceil((time - phase) / every) * every + phase;
}

/// Whether a look every `interval` meets [from, to).
bool met(double from, double to, double interval, double phase) {
    return next_beat(from, interval, phase) < to;
}

struct Shares {
    double memory, table; ///< of calls that no look met
};

Shares played(double length, double interval) {
    constexpr int calls = 200'000;
    std::mt19937 random(static_cast<std::uint32_t>(length * 1000 + interval));
    std::uniform_real_distribution<double> moment(0, 600);
    int unseen_in_memory = 0;
    int unseen_in_table = 0;
    for (int i = 0; i < calls; ++i) {
        const double begin = moment(random);
        const double look = moment(random);
        const double flush = moment(random);
        if (!met(begin, begin + length + remembered, interval, look)) ++unseen_in_memory;
        // The first flush within the call writes its row, the first after its end takes it away.
        const double written = next_beat(begin, period, flush);
        const bool has_row = written < begin + length;
        if (!has_row || !met(written, next_beat(begin + length, period, flush), interval, look))
            ++unseen_in_table;
    }
    return {100.0 * unseen_in_memory / calls, 100.0 * unseen_in_table / calls};
}

/// "86.7 %", "90.0 % unseen", "0".
double percent(const std::string& cell) {
    return std::stod(cell);
}

} // namespace

TEST_CASE("the share of calls that captures miss is what docs/limits.md says") {
    std::ifstream file(SIPKEEP_SOURCE_DIR "/docs/limits.md");
    REQUIRE(file);
    int rows = 0;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("| ") || line.find(" s") == std::string::npos ||
            line.find("lasts") != std::string::npos)
            continue;
        std::vector<std::string> cells;
        std::istringstream parts(line.substr(1));
        for (std::string cell; std::getline(parts, cell, '|');) cells.push_back(cell);
        REQUIRE(cells.size() == 5);
        const double length = std::stod(cells[0]);
        const Shares minute = played(length, 60);
        const Shares ten = played(length, 10);
        INFO(line);
        CHECK(std::abs(percent(cells[1]) - minute.memory) < 0.5);
        CHECK(std::abs(percent(cells[2]) - minute.table) < 0.5);
        CHECK(std::abs(percent(cells[3]) - ten.memory) < 0.5);
        CHECK(std::abs(percent(cells[4]) - ten.table) < 0.5);
        ++rows;
    }
    CHECK(rows == 6);
}
