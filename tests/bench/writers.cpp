// writers SOCKET DATABASE SECONDS SEED
//
// OpenSIPS's writers: 500 single-row statements a second over 8 connections, each due at its own instant
// whether or not the one before has ended (an open loop: a stall is seen by all who had to wait). 80 %
// refresh a registration (15 columns, as ucontact.c), 4 % add and 4 % delete one, 6 % add and 6 % delete a
// call. Prints one JSON object with all latencies from the due instants in milliseconds.
#include "bare_connection.hpp"
#include "live_rows.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <deque>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace sipkeep::bench;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int statements_a_second = 500;
constexpr std::size_t connections = 8;

/// The statements of one connection; its ids belong to it alone, as those of an AoR to its hash slot.
class Writer {
public:
    Writer(const std::string& socket, const std::string& database, std::vector<std::uint64_t> ids,
           std::uint64_t seed)
        : connection_(socket, database), random_(seed), ids_(std::move(ids)),
          refresh_(connection_.prepare(
              "UPDATE location SET "
              "expires=?,q=?,cseq=?,flags=?,cflags=?,user_agent=?,received=?,path=?,socket=?,"
              "methods=?,last_modified=?,kv_store=?,attr=?,callid=?,contact_id=contact_id WHERE "
              "contact_id=?")) {}

    void write() {
        const std::uint64_t dice = random_() % 100;
        if (dice < 80)
            refresh();
        else if (dice < 84)
            add_contact();
        else if (dice < 88)
            remove("location", "contact_id", ids_);
        else if (dice < 94)
            add_call();
        else
            remove("dialog", "dlg_id", calls_);
    }

private:
    void refresh() {
        const std::int64_t now = std::time(nullptr);
        const std::uint64_t id = ids_.at(random_() % ids_.size());
        refresh_->setInt64(1, now + registered_for_s);
        refresh_->setDouble(2, -1);
        refresh_->setInt(3, int(random_() % 100'000));
        refresh_->setInt(4, 0);
        refresh_->setString(5, "NAT");
        refresh_->setString(6, "Yealink SIP-T46S 66.86.0.15");
        refresh_->setString(7, "sip:203.0.113.77:5060");
        refresh_->setNull(8, 0);
        refresh_->setString(9, "udp:198.51.100.10:5060");
        refresh_->setInt(10, 5951);
        refresh_->setString(11, datetime_of(now));
        refresh_->setNull(12, 0);
        refresh_->setNull(13, 0);
        refresh_->setString(14, "7f2c1d0e9a8b4c3d-1@192.168.7.7");
        refresh_->setUInt64(15, id);
        refresh_->execute();
    }

    void add_contact() {
        std::string statement = insert_location;
        ids_.push_back(new_contact_id(random_));
        append_location(statement, ids_.back(), ids_.back(), std::time(nullptr));
        connection_.execute(statement + " ON DUPLICATE KEY UPDATE expires=VALUES(expires)");
    }

    void add_call() {
        std::string statement = insert_dialog;
        calls_.push_back(new_dlg_id(random_));
        append_dialog(statement, calls_.back(), std::time(nullptr));
        connection_.execute(statement);
    }

    void remove(const std::string& table, const std::string& key, std::vector<std::uint64_t>& ids) {
        if (ids.size() < 2) return;
        connection_.execute("DELETE FROM " + table + " WHERE " + key + "=" + std::to_string(ids.back()));
        ids.pop_back();
    }

    BareConnection connection_;
    std::mt19937_64 random_;
    std::vector<std::uint64_t> ids_;
    std::vector<std::uint64_t> calls_;
    std::unique_ptr<sql::PreparedStatement> refresh_;
};

struct Outcome {
    std::mutex mutex;
    std::vector<double> latencies_ms;
    std::uint64_t errors = 0;
    std::string last_error;
};

void write_on_time(Writer& writer, std::atomic<int>& next, int last, Clock::time_point start,
                   Outcome& outcome) {
    std::vector<double> latencies;
    for (int i = next++; i < last; i = next++) {
        const auto due = start + std::chrono::microseconds(1'000'000LL / statements_a_second * i);
        std::this_thread::sleep_until(due);
        try {
            writer.write();
        } catch (const std::exception& error) {
            const std::lock_guard lock(outcome.mutex);
            ++outcome.errors;
            outcome.last_error = error.what();
        }
        latencies.push_back(std::chrono::duration<double, std::milli>(Clock::now() - due).count());
    }
    const std::lock_guard lock(outcome.mutex);
    outcome.latencies_ms.insert(outcome.latencies_ms.end(), latencies.begin(), latencies.end());
}

std::vector<std::vector<std::uint64_t>> ids_by_connection(const std::string& socket,
                                                          const std::string& database, std::uint64_t seed) {
    std::vector<std::uint64_t> ids;
    BareConnection(socket, database).each("SELECT contact_id FROM location", [&](sql::ResultSet& row) {
        ids.push_back(row.getUInt64(1));
    });
    if (ids.size() < connections * 100) throw std::runtime_error("too few registrations to write to");
    std::mt19937_64 random(seed);
    std::shuffle(ids.begin(), ids.end(), random);
    std::vector<std::vector<std::uint64_t>> shares(connections);
    for (std::size_t i = 0; i < ids.size(); ++i) shares[i % connections].push_back(ids[i]);
    return shares;
}

nlohmann::json write_for(const std::string& socket, const std::string& database, std::int64_t seconds,
                         std::uint64_t seed) {
    auto shares = ids_by_connection(socket, database, seed);
    std::deque<Writer> writers;
    for (std::size_t i = 0; i < connections; ++i)
        writers.emplace_back(socket, database, std::move(shares[i]), seed * connections + i);
    Outcome outcome;
    std::atomic<int> next{0};
    const int last = int(seconds) * statements_a_second;
    const auto start = Clock::now();
    {
        std::vector<std::jthread> threads;
        for (Writer& writer : writers)
            threads.emplace_back([&] { write_on_time(writer, next, last, start, outcome); });
    }
    for (double& latency : outcome.latencies_ms) latency = std::round(latency * 1000) / 1000;
    return {{"errors", outcome.errors},
            {"last_error", outcome.last_error},
            {"latencies_ms", outcome.latencies_ms}};
}

} // namespace

int main(int argc, char** argv) {
    try {
        const std::vector<std::string> words(argv + 1, argv + argc);
        if (words.size() != 4) throw std::invalid_argument("usage: writers SOCKET DATABASE SECONDS SEED");
        std::cout << write_for(words[0], words[1], number(words[2]), std::uint64_t(number(words[3]))).dump()
                  << '\n';
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "writers: " << error.what() << '\n';
        return 1;
    }
}
