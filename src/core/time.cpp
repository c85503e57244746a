#include "sipkeep/core/time.hpp"

#include "sipkeep/core/error.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace sipkeep {

namespace {

void put_two(std::string& text, unsigned number) {
    text += static_cast<char>('0' + number / 10);
    text += static_cast<char>('0' + number % 10);
}

/// Without printf, which took a quarter of a report of 100,000 rows.
std::string format(UtcSeconds time, char separator, std::string_view suffix) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const auto second = static_cast<unsigned>((time - day).count());
    const int year = int(date.year());
    std::string text;
    if (year >= 0 && year <= 9999) {
        put_two(text, static_cast<unsigned>(year) / 100);
        put_two(text, static_cast<unsigned>(year) % 100);
    } else {
        text = std::to_string(year);
    }
    text += '-';
    put_two(text, unsigned(date.month()));
    text += '-';
    put_two(text, unsigned(date.day()));
    text += separator;
    put_two(text, second / 3600);
    text += ':';
    put_two(text, second / 60 % 60);
    text += ':';
    put_two(text, second % 60);
    text += suffix;
    return text;
}

int digits(std::string_view text, std::size_t at, std::size_t count) {
    int value = 0;
    for (const char c : text.substr(at, count)) {
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

} // namespace

UtcMilliseconds SystemClock::now() const {
    return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
}

Stopwatch::Stopwatch() : start_(std::chrono::steady_clock::now()) {}

std::chrono::microseconds Stopwatch::elapsed_us() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start_);
}

Milliseconds Stopwatch::elapsed() const {
    return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - start_);
}

Deadline::Deadline(Milliseconds from_now) : at_(std::chrono::steady_clock::now() + from_now) {}

Milliseconds Deadline::left() const {
    const auto rest = std::chrono::ceil<Milliseconds>(at_ - std::chrono::steady_clock::now());
    return std::max(rest, Milliseconds{0});
}

Deadline Deadline::within(Milliseconds from_now) const {
    Deadline other(from_now);
    return other.at_ < at_ ? other : *this;
}

UtcSeconds interval_start(UtcMilliseconds now, Seconds interval) {
    const auto seconds = std::chrono::floor<Seconds>(now).time_since_epoch().count();
    const auto width = std::max<Seconds::rep>(interval.count(), 1);
    // Floor division also before 1970, so that a badly set clock does not land in two intervals at once.
    const auto rest = ((seconds % width) + width) % width;
    return UtcSeconds{Seconds{seconds - rest}};
}

UtcSeconds midnight(UtcSeconds time) {
    return std::chrono::floor<std::chrono::days>(time);
}

std::string to_datetime(UtcSeconds time) {
    return format(time, ' ', "");
}

std::string to_date(UtcSeconds time) {
    return to_datetime(time).substr(0, 10);
}

std::string to_datetime(UtcMilliseconds time) {
    const auto seconds = std::chrono::floor<Seconds>(time);
    std::array<char, 8> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%03d", int((time - seconds).count()));
    return format(seconds, ' ', fraction.data());
}

std::string to_rfc3339(UtcSeconds time) {
    return format(time, 'T', "Z");
}

UtcSeconds from_datetime(std::string_view text) {
    using namespace std::chrono;
    const bool whole =
        text.size() == 19 || (text.size() > 20 && text[19] == '.' &&
                              text.find_first_not_of("0123456789", 20) == std::string_view::npos);
    if (whole && text[4] == '-' && text[7] == '-' && text[10] == ' ' && text[13] == ':' && text[16] == ':') {
        const year_month_day date{year{digits(text, 0, 4)}, month{static_cast<unsigned>(digits(text, 5, 2))},
                                  day{static_cast<unsigned>(digits(text, 8, 2))}};
        const int hour = digits(text, 11, 2);
        const int minute = digits(text, 14, 2);
        const int second = digits(text, 17, 2);
        if (date.ok() && int(date.year()) >= 0 && hour >= 0 && hour < 24 && minute >= 0 && minute < 60 &&
            second >= 0 && second < 60)
            return sys_days{date} + hours{hour} + minutes{minute} + seconds{second};
    }
    throw Error("not a date and time: '" + std::string(text) + "'");
}

} // namespace sipkeep
