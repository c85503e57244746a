// Captures made in memory, and compared.
#pragma once

#include "sipkeep/core/capture.hpp"

#include "support/fake_live_reader.hpp"
#include "support/table_rows.hpp"

#include <string>

namespace sipkeep::test {

inline const UtcSeconds noon = from_datetime("2026-11-22 12:00:00");

/// A capture of node sbc1 in which every source is ok, with awkward values in it.
inline Capture capture_of(UtcSeconds at) {
    Capture capture;
    capture.node = "sbc1";
    capture.captured_at = at;
    capture.started_at = at + Milliseconds{1250};
    capture.mi = capture.dispatcher = capture.dialog = capture.location = SourceStatus::ok;
    capture.statistics.uptime_s = 3600;
    capture.statistics.statistics = {
        {"core", "rcv_requests", StatisticKind::counter, 5, SampleFlag::exact},
        {"", "of: two words", StatisticKind::gauge, -1, SampleFlag::negative_rounded}};
    capture.statistics.unreadable = {"tm:\xff"};
    add_row(capture.destinations, dispatcher_table(), {{"uri", "sip:192.0.2.1"}, {"state", "Active"}});
    add_row(capture.dialogs, dialog_table(),
            {{"dlg_id", "18446744073709551615"}, {"callid", ""}, {"vars", std::string("a\0b\xff\n", 5)}});
    return capture;
}

/// Registrations 1 to `count` of a table.
inline FakeLiveTables phones(int count) {
    FakeLiveTables tables;
    for (int id = 1; id <= count; ++id)
        tables.put_contact(static_cast<std::uint64_t>(id) * 3,
                           {{"contact", "sip:" + std::to_string(id)},
                            {"expires", std::to_string(1000 + id)},
                            {"cseq", "7"},
                            {"last_modified", "2026-11-22 11:00:00"},
                            {"attr", id % 2 == 0 ? std::optional<std::string>("") : std::nullopt}});
    return tables;
}

/// Everything of a capture but its registrations, as text.
inline std::string text_of(const Capture& capture) {
    std::string text =
        capture.node + " " + to_datetime(capture.captured_at) + " " + to_datetime(capture.started_at) + "\n";
    for (const auto status : {capture.mi, capture.dispatcher, capture.dialog, capture.location})
        text += std::string(to_string(status)) + " ";
    for (const std::string& error : capture.errors) text += "\nerror: " + error;
    text += "\nuptime " + (capture.statistics.uptime_s ? std::to_string(*capture.statistics.uptime_s) : "?");
    for (const Statistic& s : capture.statistics.statistics)
        text += "\n" + s.group + "|" + s.name + "|" + std::to_string(int(s.kind)) + "|" +
                std::to_string(s.value) + "|" + std::to_string(int(s.flag));
    text += "\nunreadable " + std::to_string(capture.statistics.unreadable.size()) + "\n";
    return text + text_of(capture.destinations) + text_of(capture.dialogs);
}

} // namespace sipkeep::test
