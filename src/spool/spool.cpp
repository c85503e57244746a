#include "sipkeep/spool/spool.hpp"

#include "sipkeep/core/error.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace sipkeep {

namespace {

constexpr std::string_view ending = ".capture";
constexpr std::string_view put_aside = "set aside";

/// "20261122T140300Z".
std::string stamp_of(UtcSeconds at) {
    const std::string text = to_rfc3339(at); // 2026-11-22T14:03:00Z
    std::string stamp;
    for (const char c : text)
        if (c != '-' && c != ':') stamp += c;
    return stamp;
}

std::optional<UtcSeconds> from_stamp(std::string_view stamp) {
    constexpr std::string_view shape = "00000000T000000Z";
    if (stamp.size() != shape.size()) return std::nullopt;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool digit = stamp[i] >= '0' && stamp[i] <= '9';
        if (shape[i] == '0' ? !digit : stamp[i] != shape[i]) return std::nullopt;
    }
    const std::string s(stamp);
    try {
        return from_datetime(s.substr(0, 4) + "-" + s.substr(4, 2) + "-" + s.substr(6, 2) + " " +
                             s.substr(9, 2) + ":" + s.substr(11, 2) + ":" + s.substr(13, 2));
    } catch (const Error&) {
        return std::nullopt; // the 31st of February is nobody's capture
    }
}

} // namespace

Spool::Spool(FileSystem& files, std::string folder, std::string node, SpoolLimits limits, Seconds interval,
             SpoolAccess access)
    : files_(files), folder_(std::move(folder)), node_(std::move(node)), limits_(limits),
      interval_(interval) {
    if (access == SpoolAccess::write) require_own_folder(files_, folder_);
    read_lost(access);
    find_waiting();
    if (access == SpoolAccess::read) return;
    // One that is lost was about to go when its process was killed.
    for (const WaitingCapture& capture : std::vector<WaitingCapture>(waiting_)) {
        const LostSpan* const span = lost_span_of(capture.captured_at);
        if (span == nullptr) continue;
        if (span->why == put_aside)
            move_aside(capture.name, "the process that set it aside was killed before it could say why");
        else
            remove_durably(files_, folder_, capture.name);
        forget(capture.name);
    }
}

void Spool::find_waiting() {
    std::vector<std::string> names;
    if (const int error = files_.names(folder_, names); error < 0)
        throw Error(folder_ + ": can't be listed: " + std::strerror(-error));
    const std::string beginning = node_ + "-";
    for (const std::string& name : names) {
        if (!name.starts_with(beginning) || !name.ends_with(ending)) continue;
        if (name.size() < beginning.size() + ending.size()) continue;
        const auto at = from_stamp(
            std::string_view(name).substr(beginning.size(), name.size() - beginning.size() - ending.size()));
        if (!at) continue;
        FileStatus status;
        const int error = files_.lstat(folder_ + "/" + name, status);
        if (error == -ENOENT) continue; // stored meanwhile, by the run that we are only looking at
        if (error < 0) throw Error(folder_ + "/" + name + ": can't be inspected: " + std::strerror(-error));
        waiting_.push_back({name, *at, status.bytes});
    }
    std::ranges::sort(waiting_, {}, &WaitingCapture::captured_at);
}

bool Spool::over_limits() const {
    std::uint64_t bytes = 0;
    for (const WaitingCapture& capture : waiting_) bytes += capture.bytes;
    return waiting_.size() > 1 && (bytes > limits_.max_bytes || waiting_.size() > limits_.max_files);
}

void Spool::add(Capture& capture, LiveReader* live, const Deadline& until) {
    if (!waiting_.empty() && waiting_.back().captured_at >= capture.captured_at)
        throw ClockSteppedBack(
            folder_ + ": a capture of " + to_rfc3339(waiting_.back().captured_at) +
            " already waits there, and the clock says " + to_rfc3339(capture.captured_at) +
            ": it has stepped back; set it right (captures go on once it has passed that time)");
    const std::string name = node_ + "-" + stamp_of(capture.captured_at) + std::string(ending);
    NewFile file(files_, folder_, name);
    write_capture(file, capture, live, {.max_bytes = limits_.max_bytes, .until = until});
    file.keep();
    waiting_.push_back({name, capture.captured_at, file.bytes()});
}

std::size_t Spool::keep_limits() {
    std::size_t went = 0;
    for (; over_limits(); ++went) {
        const WaitingCapture oldest = waiting_.front();
        lose(oldest.captured_at, "spool full");
        remove(oldest);
    }
    return went;
}

void Spool::remove(const WaitingCapture& capture) {
    const std::string name = capture.name;
    remove_durably(files_, folder_, name);
    forget(name);
}

void Spool::set_aside(const WaitingCapture& capture, const std::string& reason) {
    const std::string name = capture.name;
    lose(capture.captured_at, std::string(put_aside));
    move_aside(name, reason);
    forget(name);
}

void Spool::drop(const WaitingCapture& capture) {
    lose(capture.captured_at, "dropped by hand");
    remove(capture);
}

void Spool::move_aside(const std::string& name, const std::string& reason) {
    require_own_folder(files_, folder_ + "/aside");
    NewFile why(files_, folder_ + "/aside", name + ".reason");
    why.write(reason + "\n");
    why.keep();
    rename_durably(files_, folder_, name, "aside/" + name);
}

void Spool::forget(const std::string& name) {
    std::erase_if(waiting_, [&](const WaitingCapture& capture) { return capture.name == name; });
}

// ---- what is lost

const LostSpan* Spool::lost_span_of(UtcSeconds captured_at) const {
    const auto span = std::ranges::find_if(
        lost_, [&](const LostSpan& lost) { return lost.first <= captured_at && captured_at <= lost.last; });
    return span == lost_.end() ? nullptr : &*span;
}

void Spool::lose(UtcSeconds captured_at, const std::string& why) {
    if (lost_span_of(captured_at) != nullptr) return;
    const auto before = std::ranges::find_if(
        lost_, [&](const LostSpan& lost) { return lost.why == why && lost.last + interval_ == captured_at; });
    if (before != lost_.end()) {
        before->last = captured_at;
        ++before->captures;
    } else {
        lost_.push_back({captured_at, captured_at, 1, why});
        std::ranges::sort(lost_, {}, &LostSpan::first);
    }
    write_lost();
}

void Spool::forget_lost() {
    if (lost_.empty()) return;
    remove_durably(files_, folder_, node_ + ".lost");
    lost_.clear();
}

void Spool::write_lost() {
    auto spans = nlohmann::json::array();
    for (const LostSpan& lost : lost_)
        spans.push_back({{"first", to_datetime(lost.first)},
                         {"last", to_datetime(lost.last)},
                         {"captures", lost.captures},
                         {"why", lost.why}});
    NewFile file(files_, folder_, node_ + ".lost");
    file.write(spans.dump());
    file.keep();
}

void Spool::read_lost(SpoolAccess access) {
    constexpr std::size_t largest = 1U << 20U;
    const std::string path = folder_ + "/" + node_ + ".lost";
    FileStatus status;
    const int error = files_.lstat(path, status);
    if (error == -ENOENT) return;
    InputFile file(files_, path);
    std::string text(largest, '\0');
    std::size_t length = 0;
    while (const std::size_t some = file.read(text.data() + length, text.size() - length)) length += some;
    text.resize(length);
    try {
        for (const auto& span : nlohmann::json::parse(text))
            lost_.push_back({from_datetime(span.at("first").get<std::string>()),
                             from_datetime(span.at("last").get<std::string>()),
                             span.at("captures").get<std::uint64_t>(), span.at("why").get<std::string>()});
    } catch (const std::exception&) {
        // What is being captured now matters more than what was lost then.
        lost_ = {{UtcSeconds{}, UtcSeconds{}, 0, "the list of lost captures was damaged, see aside"}};
        if (access == SpoolAccess::write) move_aside(node_ + ".lost", "is damaged");
    }
}

std::optional<std::pair<std::string, UtcSeconds>> parse_capture_name(const std::string& name) {
    if (!name.ends_with(ending)) return std::nullopt;
    const std::size_t end = name.size() - ending.size();
    const std::size_t dash = name.rfind('-', end);
    if (dash == std::string::npos || dash == 0) return std::nullopt;
    const auto at = from_stamp(std::string_view(name).substr(dash + 1, end - dash - 1));
    if (!at) return std::nullopt;
    return std::pair(name.substr(0, dash), *at);
}

std::string to_text(const std::vector<LostSpan>& lost) {
    std::string text;
    for (const LostSpan& span : lost) {
        if (!text.empty()) text += "; ";
        text += std::to_string(span.captures) + (span.captures == 1 ? " capture" : " captures");
        text += span.first == span.last ? " of " + to_rfc3339(span.first)
                                        : " from " + to_rfc3339(span.first) + " to " + to_rfc3339(span.last);
        text += " (" + span.why + ")";
    }
    return text;
}

} // namespace sipkeep
