#include "sipkeep/app/backfill.hpp"
#include "sipkeep/core/error.hpp"
#include "sipkeep/core/ocp_samples.hpp"
#include "sipkeep/db/ocp_reader.hpp"

#include "backfill_captures.hpp"

#include <algorithm>
#include <map>

namespace sipkeep {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

/// OCP's cron job runs once a minute at most.
constexpr Seconds a_poll = minutes{1};
/// So far before and behind a poll is looked for what tells of its zeros.
constexpr Seconds around = hours{6};

/// The live tables of a capture that did not look at them.
class NoTables final : public LiveReader {
public:
    [[nodiscard]] Rows dialogs() override { throw never(); }
    [[nodiscard]] std::unique_ptr<ContactStates> contact_states() override { throw never(); }
    [[nodiscard]] Rows contacts(std::span<const std::uint64_t> /*ids*/) override { throw never(); }
    void each_contact(const std::function<void(RowView)>& /*show*/, const Deadline& /*until*/) override {
        throw never();
    }
    void finish() noexcept override {}

private:
    static SourceError never() { return SourceError("OCP keeps neither dialogs nor registrations"); }
};

class OcpBackfill {
public:
    OcpBackfill(const GlobalOptions& options, const BackfillOptions& backfill, const Environment& env)
        : backfill_(backfill), now_(std::chrono::floor<Seconds>(env.clock.now())),
          captures_(options, backfill, env, "ocp"), reader_(live_database(), backfill.table) {}

    ExitCode run() {
        const auto stored = reader_.range();
        if (!stored) throw Error(backfill_.table + ": holds no samples");
        box_ = backfill_.box ? *backfill_.box : the_only_box();
        UtcSeconds from{Seconds{std::max<std::int64_t>(stored->first, 1)}};
        UtcSeconds to{Seconds{stored->last + 1}};
        if (stored->first < 1) captures_.bad(backfill_.table + ": there are samples of before 1970");
        if (to > now_ + a_poll) {
            captures_.bad(backfill_.table + ": there are samples that are still to come, up to " +
                          to_rfc3339(to - Seconds{1}) + "; is this machine's clock right?");
            to = now_;
        }
        if (backfill_.from) from = std::max(from, std::chrono::ceil<Seconds>(*backfill_.from));
        if (backfill_.to) to = std::min(to, std::chrono::ceil<Seconds>(*backfill_.to));
        from_ = from;
        if (from < to) captures_.progress().expect(minutes_until(to));
        for (UtcSeconds day = from; day < to; day = midnight(day) + days{1})
            take(day, std::min(to, midnight(day) + days{1}));
        if (missing_ > 0)
            captures_.warn(backfill_.table + ": " + std::to_string(missing_) +
                           " zeros stood for values that OCP did not get, and were left out; " +
                           std::to_string(empty_) + " times it got none");
        return captures_.finish();
    }

private:
    [[nodiscard]] DatabaseSettings live_database() const {
        if (!captures_.config().live)
            throw UsageError(captures_.config().file +
                             ": live: missing; backfill ocp reads OpenSIPS's database");
        return captures_.config().live->database;
    }

    [[nodiscard]] std::uint64_t the_only_box() {
        const auto boxes = reader_.boxes();
        if (boxes.size() == 1) return boxes.front();
        std::string list;
        for (const std::uint64_t box : boxes) list += (list.empty() ? "" : ", ") + std::to_string(box);
        throw UsageError(backfill_.table + ": has samples of boxes " + list +
                         "; which is this node? give --box");
    }

    [[nodiscard]] std::uint64_t minutes_until(UtcSeconds at) const {
        return static_cast<std::uint64_t>(
            std::max<std::int64_t>(std::chrono::duration_cast<minutes>(at - from_).count(), 0));
    }

    /// All polls with from <= time < to, at most a day.
    void take(UtcSeconds from, UtcSeconds to) {
        std::vector<OcpPoll> polls = read(from, to);
        know_statistics();
        const auto removed = remove_missing(polls, statistics_);
        for (std::size_t i = 0; i < polls.size(); ++i) {
            if (polls[i].at < from || polls[i].at >= to) continue;
            missing_ += removed[i];
            if (polls[i].values.empty())
                ++empty_;
            else
                captures_.each([&] { store(polls[i]); });
            captures_.progress().at(minutes_until(polls[i].at));
        }
    }

    void know_statistics() {
        if (statistics_.size() == reader_.names().size()) return;
        for (std::size_t i = statistics_.size(); i < reader_.names().size(); ++i)
            statistics_.push_back(statistic_of(reader_.names()[i]));
        captures_.past().tell_kinds(statistics_);
    }

    /// And those around.
    [[nodiscard]] std::vector<OcpPoll> read(UtcSeconds from, UtcSeconds to) {
        std::map<UtcSeconds, OcpPoll> polls;
        std::vector<std::string> bad;
        const OcpReader::Range range{(from - around).time_since_epoch().count(),
                                     (to + around).time_since_epoch().count()};
        reader_.each(box_, range, [&](std::size_t name, std::int64_t time, std::string_view text) {
            const UtcSeconds at{Seconds{time}};
            if (const auto value = ocp_value(text)) {
                OcpPoll& poll = polls.try_emplace(at, OcpPoll{at, {}}).first->second;
                poll.values.push_back({name, *value});
            } else if (at >= from && at < to) {
                bad.push_back(backfill_.table + ": " + reader_.names()[name] + " at " + to_rfc3339(at) +
                              ": '" + std::string(text) + "' is no whole number");
            }
        });
        for (const std::string& line : bad) captures_.bad(line);
        std::vector<OcpPoll> sorted;
        for (auto& [at, poll] : polls) {
            // A table without its primary key may have one twice.
            std::ranges::stable_sort(poll.values, {}, &OcpPoll::Value::statistic);
            const auto same = [](const OcpPoll::Value& one, const OcpPoll::Value& other) {
                return one.statistic == other.statistic;
            };
            poll.values.erase(std::unique(poll.values.begin(), poll.values.end(), same), poll.values.end());
            sorted.push_back(std::move(poll));
        }
        return sorted;
    }

    void store(const OcpPoll& poll) {
        Capture capture;
        capture.node = captures_.config().node;
        capture.started_at = poll.at;
        capture.captured_at = interval_start(poll.at, a_poll);
        capture.mi = SourceStatus::ok;
        for (const auto& [statistic, value] : poll.values) {
            capture.statistics.statistics.push_back(statistics_[statistic]);
            capture.statistics.statistics.back().value = value;
            if (reader_.names()[statistic] == uptime_statistic) capture.statistics.uptime_s = value;
        }
        captures_.store(capture, no_tables_, 0, backfill_.table + " at " + to_rfc3339(poll.at));
    }

    const BackfillOptions& backfill_;
    UtcSeconds now_;
    CaptureBackfill captures_;
    OcpReader reader_;
    NoTables no_tables_;
    std::uint64_t box_ = 0;
    UtcSeconds from_;
    std::vector<Statistic> statistics_; ///< as the reader's names
    std::uint64_t missing_ = 0, empty_ = 0;
};

} // namespace

ExitCode backfill_ocp_command(const GlobalOptions& global, const BackfillOptions& options,
                              const Environment& env) {
    return OcpBackfill(global, options, env).run();
}

} // namespace sipkeep
