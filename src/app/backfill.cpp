#include "sipkeep/app/backfill.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace sipkeep {

namespace {

constexpr Milliseconds bar_every{200};
constexpr Milliseconds line_every{30'000};
constexpr std::uint64_t calls_a_look = 64; // the clock is not asked for each record
constexpr std::size_t bar_width = 30;

/// 1234567 -> "1,234,567".
std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
    return text;
}

std::string clock_text(std::uint64_t seconds) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%llu:%02u:%02u", static_cast<unsigned long long>(seconds / 3600),
                  static_cast<unsigned>(seconds / 60 % 60), static_cast<unsigned>(seconds % 60));
    return text.data();
}

std::string bar_of(std::uint64_t percent) {
    const std::size_t full = std::min<std::size_t>(bar_width, percent * bar_width / 100);
    return "[" + std::string(full, '#') + std::string(bar_width - full, '.') + "] ";
}

} // namespace

ExitCode backfill_command(const GlobalOptions& global, const BackfillOptions& options,
                          const Environment& env) {
    using Kind = BackfillOptions::Kind;
    switch (options.kind) {
    case Kind::acc:
        return backfill_acc_command(global, options, env);
    case Kind::dump:
        return backfill_dump_command(global, options, env);
    case Kind::ocp:
        return backfill_ocp_command(global, options, env);
    case Kind::spool:
        break;
    }
    return backfill_spool_command(global, options, env);
}

Progress::Elapsed Progress::since_now() {
    return [watch = Stopwatch()] { return watch.elapsed(); };
}

Progress::Progress(std::ostream& stream, Style style, std::string what, std::string unit, Elapsed elapsed)
    : stream_(stream), style_(style), what_(std::move(what)), unit_(std::move(unit)),
      elapsed_(std::move(elapsed)), next_(style == Style::bar ? bar_every : line_every) {}

Progress::~Progress() {
    clear();
}

void Progress::at(std::uint64_t done) {
    done_ = done;
    if (style_ == Style::none || ++calls_ % calls_a_look != 0) return;
    const Milliseconds now = elapsed_();
    if (now < next_) return;
    next_ = now + (style_ == Style::bar ? bar_every : line_every);
    show(now);
}

void Progress::show(Milliseconds now) {
    const std::string line = text(now);
    if (style_ == Style::lines) {
        stream_ << ("sipkeep: " + line + '\n') << std::flush;
        return;
    }
    const std::size_t before = drawn_;
    drawn_ = line.size();
    stream_ << ('\r' + line + std::string(before > line.size() ? before - line.size() : 0, ' '))
            << std::flush;
}

std::string Progress::text(Milliseconds now) const {
    const std::uint64_t ms = std::max<std::uint64_t>(static_cast<std::uint64_t>(now.count()), 1);
    const std::uint64_t rate = done_ * 1000 / ms;
    std::string line = what_ + ": ";
    if (total_ && *total_ > 0) {
        const std::uint64_t done = std::min(done_, *total_);
        const std::uint64_t percent = done * 100 / *total_;
        if (style_ == Style::bar) line += bar_of(percent);
        line += std::to_string(percent) + " %, " + grouped(done_) + " of " + grouped(*total_) + " " + unit_ +
                ", " + grouped(rate) + "/s";
        if (rate > 0) line += ", " + clock_text((*total_ - done) / rate) + " left";
        return line;
    }
    return line + grouped(done_) + " " + unit_ + ", " + grouped(rate) + "/s, " + clock_text(ms / 1000);
}

void Progress::clear() {
    if (drawn_ == 0) return;
    stream_ << ('\r' + std::string(drawn_, ' ') + '\r') << std::flush;
    drawn_ = 0;
}

Progress::Style progress_style(const GlobalOptions& options, const Environment& env) {
    if (options.quiet) return Progress::Style::none;
    return env.terminal ? Progress::Style::bar : Progress::Style::lines;
}

void RecordErrors::add(const std::string& line) {
    ++count_;
    progress_.clear();
    if (how_ == OnError::stop)
        throw Error(line + "; stopped there, as --on-error stop says (what was stored before stays)");
    if (count_ <= most_lines) log_.warning(line + "; skipped");
}

void RecordErrors::finish() {
    progress_.clear();
    if (count_ > most_lines)
        log_.warning("and " + grouped(count_ - most_lines) + " more bad records, all skipped");
}

} // namespace sipkeep
