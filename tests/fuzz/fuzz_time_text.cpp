// Times of the command line and of the live tables. The first byte chooses the time zone.
#include "sipkeep/core/error.hpp"
#include "sipkeep/core/time_text.hpp"

#include "fuzz.hpp"

#include <array>
#include <string>

using namespace sipkeep;
using namespace sipkeep::fuzz;

namespace {

constexpr UtcSeconds noon{Seconds{1795348800}};
constexpr UtcSeconds last{Seconds{253402300799}};

void check_complaint(const std::string& complaint) {
    promise(!complaint.empty() && complaint.size() < 400, "a complaint has an end");
    promise(is_utf8(complaint) && !has_control(complaint), "a complaint is one line");
}

void read_time(std::string_view text, const std::string& tz) {
    try {
        const UtcMilliseconds time = parse_time(text, noon, tz);
        promise(time >= UtcMilliseconds{} && time < UtcMilliseconds{last} + Seconds{1}, "from 1970 to 9999");
        const auto second = std::chrono::floor<Seconds>(time);
        const std::string local = format_local(second, tz);
        promise(local.size() != 26 || parse_time(local, noon, tz) == second, "what is printed reads back");
    } catch (const UsageError& error) {
        check_complaint(error.what());
    }
}

void read_datetime(std::string_view text, const std::string& tz) {
    try {
        const UtcSeconds time = local_to_utc(text, tz);
        promise(time > UtcSeconds{} - Seconds{63'000'000'000} && time <= last + Seconds{86400},
                "a date of four digits");
    } catch (const Error& error) {
        promise(!has_control(error.what()) || has_control(text), "a complaint is one line");
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::array<std::string, 5> zones{"UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia",
                                                  "Australia/Lord_Howe"};
    if (size == 0) return 0;
    const std::string& tz = zones[data[0] % zones.size()];
    const auto text = text_of(data + 1, size - 1);
    read_time(text, tz);
    read_datetime(text, tz);
    promise(!is_time_zone(std::string(text)) || !has_control(text), "a time zone has a plain name");
    return 0;
}
