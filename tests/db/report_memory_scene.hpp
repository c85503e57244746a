// Six minutes of an OpenSIPS whose memory holds what its tables never show.
#pragma once

#include "report_scene.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace sipkeep::test {

inline const UtcSeconds memory_start = from_datetime("2026-11-22 23:57:00");

inline UtcSeconds memory_minute(int n) {
    return memory_start + std::chrono::minutes{n};
}

inline void put_call(ReportScene& scene, std::uint64_t id, const std::string& state, bool in_table,
                     const std::optional<std::string>& start_time = std::nullopt) {
    scene.rig.tables.put_dialog(id, {{"callid", "c" + std::to_string(id)},
                                     {"from_uri", "sip:" + std::to_string(id) + "@a.org"},
                                     {"to_uri", "sip:9@b.org"},
                                     {"caller_contact", "sip:x@192.0.2.1"},
                                     {"state", state},
                                     {"start_time", start_time},
                                     {"source", in_table ? std::nullopt : std::optional<std::string>("mi")}});
}

inline void put_phone(ReportScene& scene, std::uint64_t id, bool in_table) {
    scene.rig.tables.put_contact(
        id, {{"contact", "sip:" + std::to_string(id) + "@192.0.2.9"},
             {"username", "u" + std::to_string(id)},
             {"domain", "a.org"},
             {"expires", "100"},
             {"cseq", "1"},
             {"user_agent", "phone"},
             {"last_modified", in_table ? std::optional<std::string>("2026-11-22 11:00:00") : std::nullopt},
             {"source", in_table ? std::nullopt : std::optional<std::string>("mi")}});
}

/// 23:57 to 00:02; a gauge stands below zero twice; MI's lists do not answer at 00:01.
inline void play_memory(ReportScene& scene) {
    std::vector<std::string> ghosts;
    bool answers = true;
    std::int64_t counted = 0;
    scene.adjust = [&](Capture& seen) {
        if (seen.captured_at < memory_minute(2))
            seen.statistics.statistics.push_back(
                {"tm", "inuse_transactions", StatisticKind::gauge, -2, SampleFlag::negative});
        seen.mi_busy = Milliseconds{answers ? 20 : 5};
        seen.thinned = !answers;
        seen.dialog_look.counted = counted;
        seen.location_look.counted = 2;
        if (!answers) {
            seen.dialog_look.memory = seen.location_look.memory = MemoryLook::missed;
            seen.dialog_look.from = seen.location_look.from = ReadFrom::table;
            seen.not_listed = {"dialog_ghost"};
            return;
        }
        seen.dialog_look.from = seen.location_look.from = ReadFrom::both;
        seen.dialog_look.in_memory = static_cast<std::uint64_t>(counted);
        seen.location_look.in_memory = 2;
        seen.mi_rows = SourceStatus::ok;
        for (const std::string& id : ghosts)
            for (const std::string& field : {std::string("dialog_ghost"), id, std::string("{}")})
                seen.listed.add(field);
    };
    put_phone(scene, 1, true);
    put_phone(scene, 2, false);
    put_call(scene, 1, "4", true);
    put_call(scene, 2, "2", false); // rings for two minutes, then is up
    put_call(scene, 3, "4", false); // answered, not yet in the table
    put_call(scene, 6, "2", false); // and gone a minute later
    counted = 2;
    scene.capture(memory_minute(0));
    put_call(scene, 3, "4", true);
    scene.rig.tables.dialog.erase(6);
    put_call(scene, 4, "1", false);
    scene.capture(memory_minute(1));
    put_call(scene, 2, "4", false);
    put_call(scene, 4, "5", false);
    put_call(scene, 5, "5", false, "1795391930"); // answered, and over since
    counted = 2;
    ghosts = {"1"}; // memory has lost call 1
    scene.capture(memory_minute(2));
    scene.rig.tables.dialog.erase(4);
    scene.rig.tables.dialog.erase(5);
    scene.capture(memory_minute(3)); // midnight
    answers = false;
    scene.rig.tables.dialog.erase(2);
    scene.rig.tables.location.erase(2);
    scene.capture(memory_minute(4));
    answers = true;
    ghosts.clear();
    scene.rig.tables.dialog.erase(1);
    counted = 1;
    scene.capture(memory_minute(5));
}

} // namespace sipkeep::test
