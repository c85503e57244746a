// An archive to ask reports of: captures of an OpenSIPS that the test makes up, and its call records.
#pragma once

#include "sipkeep/app/acc_intake.hpp"
#include "sipkeep/db/reports.hpp"
#include "sipkeep/db/roll_ups.hpp"
#include "sipkeep/db/sample_packer.hpp"

#include "history_rig.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sipkeep::test {

/// How a question differs from the usual one.
struct Asked {
    std::string from = {}, to = {}, at = {};
    std::optional<StepUnit> by = {}; ///< default: the report's
    std::string tz = "UTC";
    std::optional<std::string> domain = {}, user = {};
    std::uint64_t top = 10;
};

class ReportScene {
public:
    explicit ReportScene(UtcSeconds today, Seconds every = Seconds{60}, const std::string& name = "report")
        : interval(every), rig(today, name), acc(name + "_acc") {
        acc.load(SIPKEEP_FIXTURES "/opensips/3.6/acc.sql");
    }

    /// What OpenSIPS shows now; `failed` names sources that can't be read.
    void capture(UtcSeconds at, const std::set<std::string>& failed = {}) {
        using namespace std::chrono_literals;
        const auto status = [&](const std::string& source) {
            return failed.contains(source) ? SourceStatus::failed : SourceStatus::ok;
        };
        Capture seen;
        seen.node = rig.plan.node;
        seen.captured_at = at;
        seen.started_at = at + 250ms;
        seen.mi = status("mi");
        seen.dispatcher = status("dispatcher");
        seen.dialog = status("dialog");
        seen.location = status("location");
        for (const std::string& source : failed) seen.errors.push_back(source + ": gone");
        FakeLiveReader live(rig.tables);
        if (seen.dialog == SourceStatus::ok) seen.dialogs = live.dialogs();
        if (seen.mi == SourceStatus::ok) {
            seen.statistics.uptime_s = (at - started_at).count();
            for (const auto& [name, value] : counters) add(seen, name, StatisticKind::counter, value);
            for (const auto& [name, value] : gauges) add(seen, name, StatisticKind::gauge, value);
        }
        if (seen.dispatcher == SourceStatus::ok)
            for (const auto& [uri, state] : destinations)
                add_row(seen.destinations, dispatcher_table(),
                        {{"partition_name", "default"},
                         {"set_id", "1"},
                         {"uri", uri},
                         {"occurrence", "0"},
                         {"state", state}});
        if (adjust) adjust(seen);
        const auto store = rig.store();
        const NodeState before = store->open_node(seen.node, OpenNode::find_or_make);
        Look look{.capture = std::move(seen), .live = &live, .contacts = nullptr, .stopwatch = {}};
        REQUIRE(store_look(rig.plan, look, before, *store, {}).stored);
    }

    /// A row of acc, from the answer (or failure) on; without `ms` it failed with `code`.
    void call_record(const std::string& callid, UtcSeconds settled, int ms, const std::string& from,
                     const std::string& to, const std::string& code = "200", Seconds setup = Seconds{5}) {
        const std::string id = std::to_string(++records_);
        acc.sql().execute("INSERT INTO acc VALUES (" + id + ", 'INVITE', 'f" + callid + "', 't', '" + callid +
                          "', '" + code + "', 'reason " + code + "', '" + to_datetime(settled) + "', " +
                          std::to_string((ms + 999) / 1000) + ", " + std::to_string(ms) + ", " +
                          std::to_string(setup.count()) + ", '" + to_datetime(settled - setup) +
                          "', 'sip:" + from + "', 'sip:" + to + "')");
    }
    /// Takes the records that came since; captures up to `looked` say that they had read them.
    void take_records(UtcSeconds looked) {
        AccReader reader({.database = acc.settings(), .spec = &acc_table(), .table = "acc"});
        CdrStore store(rig.database.settings(), rig.plan.node, OpenNode::find_or_make);
        AccPlan plan;
        plan.now = looked + std::chrono::hours{100};
        AccIntake intake(plan, reader, store);
        REQUIRE(intake.take(0, 1'000'000, {}).counted == records_ - std::exchange(taken_, records_));
        rig.database.sql().execute("UPDATE capture SET acc_status = 'ok' WHERE captured_at <= '" +
                                   to_datetime(looked) + "'");
    }

    /// Adds up the days before a midnight, as `sipkeep retain` does.
    void roll_up(UtcSeconds before) const {
        RetentionSession session(rig.database.settings());
        RollUps roll_ups(session);
        for (const RetainedNode& node : session.nodes()) {
            for (const UtcSeconds day : roll_ups.days_to_roll_up(node, before)) roll_ups.roll_up(node, day);
            REQUIRE(roll_ups.finish(node, before));
        }
    }

    /// Packs the samples of days before a midnight, likewise.
    void pack(UtcSeconds before) const {
        RetentionSession session(rig.database.settings());
        SamplePacker packer(session);
        for (const RetainedNode& node : session.nodes()) {
            const auto days = packer.days_to_pack(node, before);
            packer.close(node, before);
            for (const UtcSeconds day : days) packer.pack(node, day);
            packer.finish(node, before);
        }
    }

    /// The rows of the answer without their node, fields separated by '|', what is not known as '-'.
    std::string answer(const std::string& name, const Asked& asked = {}) {
        std::string text;
        for (const auto& row : rows(name, asked)) {
            std::string line;
            for (std::size_t i = 0; i < row.size(); ++i) {
                if (i == 0 && row[i] == rig.plan.node) continue;
                line += (line.empty() ? "" : "|") + row[i].value_or("-");
            }
            text += line + "\n";
        }
        return text;
    }

    std::vector<std::vector<std::optional<std::string>>> rows(const std::string& name, const Asked& asked) {
        ReportReader reader(rig.database.settings());
        const auto& [report, question] = question_of(reader, name, asked);
        std::vector<std::vector<std::optional<std::string>>> all;
        reader.ask(report, reader.settled(report, question), [&](const auto& row) { all.push_back(row); });
        return all;
    }

    /// The rows that the statement answers which `sipkeep report --sql` prints.
    std::string answer_of_statement(const std::string& name, const Asked& asked) {
        ReportReader reader(rig.database.settings());
        const auto& [report, question] = question_of(reader, name, asked);
        return rig.rows(report_statement(report, reader.settled(report, question)));
    }

    std::pair<const Report&, ReportQuestion> question_of(ReportReader& reader, const std::string& name,
                                                         const Asked& asked) const {
        const auto found = std::ranges::find(embedded_reports(), name, &Report::name);
        REQUIRE(found != embedded_reports().end());
        ReportQuestion question;
        question.nodes = reader.extent({}).nodes;
        question.interval = interval;
        question.domain = asked.domain;
        question.user = asked.user;
        question.top = asked.top;
        if (found->span == ReportSpan::range)
            question.steps = divide(from_datetime(asked.from), from_datetime(asked.to),
                                    asked.by.value_or(*found->by), asked.tz);
        if (found->span == ReportSpan::at) {
            question.at = from_datetime(asked.at);
            question.at = reader.capture_at(question).value_or(question.at);
        }
        question.now = from_datetime(asked.to.empty() ? "2030-01-01 00:00:00" : asked.to);
        return {*found, question};
    }

    Seconds interval;
    HistoryRig rig;
    TestDatabase acc;
    UtcSeconds started_at{};                              ///< of OpenSIPS
    std::map<std::string, std::int64_t> counters, gauges; ///< by "group:name"
    std::map<std::string, std::string> destinations;      ///< state by URI, all in set 1
    std::function<void(Capture&)> adjust;                 ///< what else each look brings

private:
    static void add(Capture& seen, const std::string& name, StatisticKind kind, std::int64_t value) {
        const auto colon = name.find(':');
        seen.statistics.statistics.push_back(
            {name.substr(0, colon), name.substr(colon + 1), kind, value, SampleFlag::exact});
    }

    std::uint64_t records_ = 0, taken_ = 0;
};

} // namespace sipkeep::test
