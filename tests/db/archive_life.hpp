// A small history about a midnight, to be checked and to be broken.
#pragma once

#include "history_rig.hpp"
#include "support/archive_findings.hpp"

namespace sipkeep::test {

using std::chrono::days;
using std::chrono::minutes;

inline const UtcSeconds evening = from_datetime("2026-11-22 23:57:00");

/// One run with everything: statistics, two destinations, calls, registrations.
inline ArchiveResult look(const HistoryRig& rig, UtcSeconds at, const std::string& gateway_state = "Active") {
    FakeTransport transport;
    transport.mi().result("get_statistics", R"({"core:timestamp":60,"core:rcv_requests":5,"tm:inuse":7})");
    transport.mi().result("list_statistics",
                          R"({"core:rcv_requests":"incremental","tm:inuse":"non-incremental"})");
    transport.mi().result(
        "ds_list",
        R"({"PARTITIONS":[{"name":"p","SETS":[{"id":1,"Destinations":[{"URI":"sip:a","state":"Active"},{"URI":"sip:b","state":")" +
            gateway_state + R"("}]}]}]})");
    MiClient mi(transport, "fake:");
    const auto store =
        make_history_store(rig.database.settings(), {.rows_a_transaction = rig.rows_a_transaction});
    FakeLiveReader live(rig.tables);
    return archive_capture(rig.plan, {.mi = &mi, .live = &live}, *store, at);
}

inline ArchiveFindings check(const HistoryRig& rig, const ArchiveScope& scope = {}) {
    return check_archive(rig.database.settings(), scope);
}

/// Seven captures about a midnight, one of them at it: all that can happen to calls, phones and gateways.
inline void live_through_midnight(HistoryRig& rig) {
    for (std::uint64_t id = 1; id <= 6; ++id) {
        rig.put_call(id);
        rig.put_phone(id);
    }
    static_cast<void>(look(rig, evening)); // 23:57
    rig.put_phone(1, "160");               // refreshed
    rig.put_phone(2, "160", "other");      // changed
    rig.put_call(2, "5");
    rig.tables.dialog.erase(6);
    static_cast<void>(look(rig, evening + minutes{1}, "Probing")); // 23:58
    rig.tables.location.erase(6);
    rig.put_phone(7);
    static_cast<void>(rig.run(evening + minutes{2})); // 23:59, MI was not asked
    rig.put_phone(3, "300");
    rig.tables.dialog.erase(5);
    static_cast<void>(look(rig, midnight_after)); // 00:00
    rig.put_phone(1, "360");
    rig.put_call(3, "5");
    static_cast<void>(look(rig, midnight_after + minutes{1})); // 00:01
    rig.tables.location.erase(7);
    static_cast<void>(look(rig, midnight_after + minutes{2})); // 00:02
    rig.put_phone(7);                                          // back again
    static_cast<void>(look(rig, midnight_after + minutes{3})); // 00:03
}

} // namespace sipkeep::test
