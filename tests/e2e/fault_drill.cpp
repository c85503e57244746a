#include "fault_drill.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/db/live_reader.hpp"
#include "sipkeep/db/schema.hpp"

#include "support/catch.hpp"
#include "support/fake_transport.hpp"

#include <algorithm>

namespace sipkeep::test {

namespace {

using namespace std::chrono_literals;

std::string socket_in(const std::string& name) {
    return shared_server().folder() + "/" + name;
}

/// Enough to tell statements apart, and too little to tell lists of different lengths apart.
std::string ends_of(const std::string& text) {
    constexpr std::size_t most = 70;
    return text.size() <= 2 * most ? text : text.substr(0, most) + " .. " + text.substr(text.size() - most);
}

} // namespace

FaultDrill::FaultDrill(std::uint32_t seed)
    : tables_(live_, {}, seed), mi_(seed), mi_copies_(live_),
      history_proxy_(shared_server().settings("").socket, socket_in("history")),
      live_proxy_(shared_server().settings("").socket, socket_in("live")), random_(seed) {
    init_schema(history_.sql(), embedded_schema(), now_);
    plan_.node = "sbc1";
    tables_.fill(20, 8, now_);
}

void FaultDrill::pass(std::chrono::minutes time) {
    now_ += time;
    copied_ = false;
    tables_.live(now_);
    mi_.live(time);
}

void FaultDrill::pass_midnight() {
    pass(std::chrono::duration_cast<std::chrono::minutes>(midnight(now_) + std::chrono::days{1} - now_));
}

void FaultDrill::begin_another_node() {
    plan_.node = "sbc" + std::to_string(++nodes_);
}

FaultDrill::Outcome FaultDrill::run(Seconds back) {
    FakeTransport transport;
    mi_.answer(transport.mi());
    MiClient mi(transport, "fake:");
    const UtcSeconds at = now_ - back;
    Outcome outcome;
    try {
        auto history = history_proxy_.through(history_.settings());
        auto live = live_proxy_.through(live_.settings());
        history.read_timeout = live.read_timeout = read_timeout;
        history.idle_limit = live.idle_limit = idle_limit;
        const auto store = make_history_store(history, {.rows_a_transaction = rows_a_transaction});
        const auto reader = make_live_reader({.database = live});
        const ArchiveResult result = archive_capture(plan_, {.mi = &mi, .live = reader.get()}, *store, at);
        outcome.stored = true; // by this run, or by the one before that was not told
        outcome.partial = result.partial();
    } catch (const HistoryUnavailable& error) {
        outcome.error = error.what();
    } catch (const Error& error) {
        outcome.error = error.what();
        if (back == 0s) FAIL("an error of the wrong kind: " << error.what());
    }
    CHECK(std::count(outcome.error.begin(), outcome.error.end(), '\n') == 0);
    if (back == 0s) look_into_ledger(at, outcome);
    return outcome;
}

void FaultDrill::look_into_ledger(UtcSeconds captured_at, const Outcome& outcome) {
    const std::string row = history_.rows(
        "SELECT mi_status, dispatcher_status, dialog_status, location_status FROM capture JOIN node USING "
        "(node_id) WHERE node = '" +
        plan_.node + "' AND captured_at = " + literal(to_datetime(captured_at)));
    if (outcome.stored && row.empty()) FAIL("said to be stored, and is not");
    if (row.empty() || copied_) return;
    copied_ = true;
    uncompared_.push_back(captured_at);
    const auto ok = [&](std::size_t source) {
        std::size_t at = 0;
        for (; source > 0; --source) at = row.find('|', at) + 1;
        return row.compare(at, 2, "ok") == 0;
    };
    tables_.copy(captured_at, ok(2), ok(3));
    mi_copies_.copy(captured_at, mi_, ok(0), ok(1));
}

void FaultDrill::recover() {
    history_proxy_.follow_nothing();
    live_proxy_.follow_nothing();
    // The run may be started again within the minute, by hand; or the minute is over.
    if (copied_ || random_() % 2 == 0) pass();
    const Outcome outcome = run();
    INFO(outcome.error);
    CHECK(outcome.stored);
    CHECK_FALSE(outcome.partial);
    for (const UtcSeconds captured_at : uncompared_) compare(captured_at);
    uncompared_.clear();
}

void FaultDrill::compare(std::optional<UtcSeconds> captured_at) {
    for (const TableSpec* table : {&dialog_table(), &location_table()}) {
        const Comparison compared = compare_with_copies(live_, history_, *table, false, captured_at);
        INFO(compared.first);
        CHECK(compared.different == 0);
    }
    const Comparison compared = mi_copies_.compare(history_, captured_at);
    INFO(compared.first);
    CHECK(compared.different == 0);
}

void FaultDrill::compare_everything() {
    compare({});
    CHECK(broken_foundations(history_) == "");
}

bool Striking::makes_a_difference(WireFault::Kind kind, const std::string& shape) const {
    if (which_ == Which::each_occurrence) return true;
    const bool reads = shape.find("query SE") == 0 || shape.find("query SHOW") == 0; // SELECT, SET
    // Before a read is after what came before it; after a read is before what comes next.
    return reads == (kind == WireFault::Kind::cut_amid_reply);
}

std::optional<WireFault> Striking::fault_for(const Scene& scene, const std::vector<WireFault>& faults,
                                             const std::string& what, std::size_t like) {
    const auto wanted = [&](const std::string& text) { return what.find(text) != std::string::npos; };
    if (!scene.only.empty() && std::none_of(scene.only.begin(), scene.only.end(), wanted))
        return std::nullopt;
    for (std::size_t i = 0; i < faults.size(); ++i)
        if (makes_a_difference(faults[i].kind, what) &&
            struck_.insert({what + " #" + std::to_string(i), like}).second)
            return faults[i];
    return std::nullopt;
}

bool Striking::strike(const Scene& scene, const std::vector<WireFault>& faults, int most) {
    constexpr int runs_without = 2; // no two runs are quite the same
    int clean = 0;
    for (int runs = 0; runs < most && clean < runs_without; ++runs) {
        scene.before();
        std::map<std::string, std::size_t> likes;
        std::string what;
        proxy_.follow([&](std::size_t, const ClientCommand& command) {
            what = ends_of(command.shape());
            return fault_for(scene, faults, what, which_ == Which::each_shape ? 0 : likes[what]++);
        });
        scene.run();
        clean = proxy_.broke_at() ? 0 : clean + 1;
        INFO(scene.name << ", struck at: " << what);
        drill_.recover();
    }
    return clean == runs_without;
}

bool Striking::struck_one_of(const std::string& text) const {
    return std::any_of(struck_.begin(), struck_.end(),
                       [&](const Target& target) { return target.first.find(text) != std::string::npos; });
}

} // namespace sipkeep::test
