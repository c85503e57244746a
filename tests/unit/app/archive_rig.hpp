// A run with nothing real around it: tables, history and OpenSIPS are in memory.
#pragma once

#include "sipkeep/app/archive_run.hpp"

#include "support/fake_history_store.hpp"
#include "support/fake_live_reader.hpp"
#include "support/fake_transport.hpp"

#include <string>

namespace sipkeep::test {

inline const UtcSeconds first = from_datetime("2026-11-22 12:00:00");

inline Cells call(int id, const std::string& state = "4") {
    return {{"callid", "c" + std::to_string(id)}, {"state", state}};
}

inline Cells phone(int id, const std::string& expires = "100") {
    return {{"contact", "sip:" + std::to_string(id)}, {"expires", expires}, {"cseq", "1"}};
}

/// OpenSIPS answers with one counter and one destination until told otherwise.
struct ArchiveRig {
    FakeLiveTables tables;
    FakeHistory history;
    FakeTransport transport;
    MiClient mi{transport, "fake:"};
    ArchivePlan plan;

    ArchiveRig() {
        plan.node = "sbc1";
        plan.full_compare_every = 1;
        tables.put_dialog(1, call(1));
        tables.put_contact(1, phone(1));
        tables.put_contact(2, phone(2));
    }

    void say(const std::string& statistics, const std::string& ds_list) {
        transport.mi().result("get_statistics", statistics);
        transport.mi().result("list_statistics", R"({"core:rcv_requests":"incremental"})");
        transport.mi().result("ds_list", ds_list);
    }
    void say_all_is_well() {
        say(R"({"core:timestamp":3600,"core:rcv_requests":5})",
            R"({"PARTITIONS":[{"name":"default","SETS":[{"id":1,"Destinations":[)"
            R"({"URI":"sip:192.0.2.1","state":"Active"},{"URI":"sip:192.0.2.1","state":"Probing","weight":5}]}]}]})");
    }

    ArchiveResult run(LiveReader* live, UtcMilliseconds now) {
        FakeHistoryStore store(history);
        return archive_capture(plan, {.mi = &mi, .live = live}, store, now);
    }
    ArchiveResult run(UtcMilliseconds now) {
        FakeLiveReader live(tables);
        return run(&live, now);
    }

    [[nodiscard]] FakeNode& node() { return history.nodes.at("sbc1"); }
    [[nodiscard]] const LedgerRow& ledger(UtcSeconds at) { return node().ledger.at(at); }
    [[nodiscard]] std::string snapshot(const TableSpec& table, UtcSeconds at,
                                       std::initializer_list<std::string_view> columns) const {
        return text_of(history.snapshot("sbc1", table, at), table, columns);
    }
};

using Flags = std::vector<std::string>;

} // namespace sipkeep::test
