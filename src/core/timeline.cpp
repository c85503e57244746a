#include "sipkeep/core/timeline.hpp"

#include <algorithm>

namespace sipkeep {

namespace {

using std::chrono::days;

/// A version through the window. Without an end it goes on behind it, as what is stored there does.
struct Life {
    RowOf row;
    UtcSeconds from, began, first_seen;
    std::optional<UtcSeconds> end;
};

/// A refresh through the window, of one of the lives.
struct Refresh {
    RowOf row;
    UtcSeconds seen;
    std::size_t life;
    std::optional<UtcSeconds> end;
};

class KeySplice {
public:
    KeySplice(const SpliceWindow& window, const KeyMoment& moment, bool with_refreshes)
        : window_(window), moment_(moment), with_refreshes_(with_refreshes),
          end_(window.next.value_or(open_end)),
          keeps_(moment.before && moment.seen && moment.like_before.version),
          links_(moment.after && moment.seen && moment.like_after.version),
          refresh_keeps_(keeps_ && (!with_refreshes || moment.like_before.refresh)),
          refresh_links_(links_ && (!with_refreshes || moment.like_after.refresh)) {}

    std::optional<KeyRewrite> run() {
        const bool nowhere = !moment_.before && !moment_.seen;
        if (nowhere || refresh_keeps_) return std::nullopt;
        find_lives();
        find_old();
        for (const Life& life : lives_) cut(life);
        if (with_refreshes_) {
            find_refreshes();
            for (const Refresh& refresh : refreshes_) cut(refresh);
        }
        if (moment_.after) change_what_follows();
        count();
        return std::move(rewrite_);
    }

private:
    [[nodiscard]] bool goes_on() const { return moment_.after && moment_.after->began < *window_.next; }
    [[nodiscard]] UtcSeconds last_day() const { return window_.days.back(); }

    void find_lives() {
        const auto& [before, after, seen, like_before, like_after] = moment_;
        const std::optional<UtcSeconds> end = links_ ? std::nullopt : std::optional(end_);
        if (before)
            lives_.push_back({RowOf::before, before->from, before->began, before->first_seen,
                              keeps_ ? end : std::optional(window_.at)});
        if (seen && !keeps_)
            lives_.push_back({RowOf::seen, window_.at, window_.at,
                              before && like_before.contact ? before->first_seen : window_.at, end});
        if (after && !links_)
            lives_.push_back({RowOf::after, *window_.next, *window_.next,
                              seen && like_after.contact ? lives_.back().first_seen : *window_.next,
                              std::nullopt});
    }

    void find_refreshes() {
        const auto& [before, after, seen, like_before, like_after] = moment_;
        const std::optional<UtcSeconds> end = refresh_links_ ? std::nullopt : std::optional(end_);
        const std::size_t at_capture = before && !keeps_ ? 1 : 0;
        if (before) refreshes_.push_back({RowOf::before, before->seen, 0, window_.at});
        if (seen) refreshes_.push_back({RowOf::seen, window_.at, at_capture, end});
        if (after && !refresh_links_)
            refreshes_.push_back({RowOf::after, *window_.next, lives_.size() - 1, std::nullopt});
    }

    /// Keys of the pieces that are stored now, from the one at the capture to the one at the next.
    void find_old() {
        const auto& [before, after, seen, like_before, like_after] = moment_;
        std::vector<UtcSeconds>& versions = rewrite_.old_versions;
        std::vector<UtcSeconds>& refreshes = rewrite_.old_refreshes;
        if (before) {
            versions.push_back(before->from);
            refreshes.push_back(before->seen_to);
            for (std::size_t i = 1; i < window_.days.size() && window_.days[i] < end_; ++i) {
                const UtcSeconds day = window_.days[i];
                versions.push_back(day);
                if (window_.next || day != last_day())
                    refreshes.push_back(std::min(end_, day + days{1}));
                else
                    refreshes.push_back(open_end);
            }
        }
        if (after) {
            versions.push_back(after->from);
            // A refresh that goes on through the next capture is one piece of that day.
            const bool through = before && goes_on() && after->seen < *window_.next;
            if (through && last_day() < *window_.next) refreshes.pop_back();
            refreshes.push_back(after->seen_to);
        }
        for (auto* keys : {&versions, &refreshes}) {
            std::ranges::sort(*keys);
            keys->erase(std::unique(keys->begin(), keys->end()), keys->end());
        }
        rewrite_.was_open = after ? after->seen_to == open_end : before && !window_.next;
        if (!with_refreshes_) refreshes.clear();
    }

    /// Where a piece of a day ends, of what ends at `end`, or else as `stored` at the next capture does.
    [[nodiscard]] UtcSeconds end_of_piece(UtcSeconds day, const std::optional<UtcSeconds>& end,
                                          UtcSeconds StoredState::*stored) const {
        if (!end && day == last_day()) return *moment_.after.*stored;
        if (end == open_end && day == last_day()) return open_end;
        return std::min(end.value_or(open_end), day + days{1});
    }

    void cut(const Life& life) {
        for (const UtcSeconds day : window_.days) {
            const UtcSeconds from = std::max(life.from, day);
            const UtcSeconds to = end_of_piece(day, life.end, &StoredState::to);
            if (from < to) rewrite_.versions.push_back({from, to, life.began, life.first_seen, life.row});
        }
    }

    void cut(const Refresh& refresh) {
        for (const UtcSeconds day : window_.days) {
            const UtcSeconds version_from = std::max(lives_[refresh.life].from, day);
            const UtcSeconds to = end_of_piece(day, refresh.end, &StoredState::seen_to);
            if (std::max(refresh.seen, version_from) < to)
                rewrite_.refreshes.push_back({to, version_from, refresh.seen, refresh.row});
        }
    }

    void change_what_follows() {
        const StoredState& after = *moment_.after;
        const VersionPiece& version = rewrite_.versions.back();
        if (version.began != after.began) rewrite_.began = version.began;
        if (version.first_seen != after.first_seen) rewrite_.first_seen = version.first_seen;
        if (!with_refreshes_) return;
        if (version.from != after.from) rewrite_.version_from = version.from;
        if (rewrite_.refreshes.back().seen != after.seen) rewrite_.seen = rewrite_.refreshes.back().seen;
    }

    void count() {
        const auto& [before, after, seen, like_before, like_after] = moment_;
        rewrite_.opened = int(seen && !keeps_);
        rewrite_.closed = int(before && !keeps_);
        rewrite_.refreshed = int(keeps_); // a key of which nothing changes is none to rewrite
        if (!window_.next) return;
        rewrite_.next_opened = int(after && !links_) - int(after && !goes_on());
        rewrite_.next_closed = int(seen && !links_) - int(before && !goes_on());
        if (!with_refreshes_) return;
        rewrite_.next_refreshed =
            int(links_ && !refresh_links_) - int(goes_on() && after->seen == *window_.next);
    }

    const SpliceWindow& window_;
    const KeyMoment& moment_;
    bool with_refreshes_;
    UtcSeconds end_;
    bool keeps_, links_, refresh_keeps_, refresh_links_;
    std::vector<Life> lives_;
    std::vector<Refresh> refreshes_;
    KeyRewrite rewrite_;
};

} // namespace

std::optional<KeyRewrite> splice_key(const SpliceWindow& window, const KeyMoment& moment,
                                     bool with_refreshes) {
    return KeySplice(window, moment, with_refreshes).run();
}

} // namespace sipkeep
