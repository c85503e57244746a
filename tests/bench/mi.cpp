// mi: an OpenSIPS that knows nothing but 400 statistics over HTTP, 60 % constant, 15 % gauges, 25 % counters,
// a quarter of these slow; each poll finds them a minute older. Prints its URL and serves until its stdin
// ends.
#include "support/fake_http_server.hpp"

#include <nlohmann/json.hpp>

#include <iostream>

namespace {

constexpr std::uint64_t statistics = 400;

/// "group:name" as OpenSIPS writes it.
std::string name_of(std::uint64_t index) {
    return index == 0 ? "core:timestamp"
                      : "group" + std::to_string(index % 20) + ":statistic_" + std::to_string(index);
}

bool is_counter(std::uint64_t index) {
    return index % 20 >= 15;
}

std::uint64_t value_of(std::uint64_t index, std::uint64_t minute) {
    if (index == 0) return 1000 + 60 * minute;
    if (index % 20 < 12) return index * 1000;
    if (!is_counter(index)) return 500 + (index * 37 + minute * 101) % 97;
    const bool slow = index % 20 == 19;
    return slow ? minute / 10 : minute * (index * 13 % 9000 + 1);
}

nlohmann::json result_of(const std::string& method, std::uint64_t& minute) {
    nlohmann::json result = nlohmann::json::object();
    if (method == "get_statistics") {
        ++minute;
        for (std::uint64_t i = 0; i < statistics; ++i) result[name_of(i)] = value_of(i, minute);
    } else if (method == "list_statistics") {
        for (std::uint64_t i = 0; i < statistics; ++i)
            result[name_of(i)] = is_counter(i) ? "incremental" : "non-incremental";
    }
    return result;
}

} // namespace

int main() {
    std::uint64_t minute = 0;
    const sipkeep::test::FakeHttpServer server([&](const sipkeep::test::FakeHttpServer::Request& request) {
        const auto asked = nlohmann::json::parse(request.body);
        nlohmann::json reply{{"jsonrpc", "2.0"}, {"id", asked.at("id")}};
        const std::string method = asked.at("method");
        if (method == "ds_list")
            reply["error"] = {{"code", -32601}, {"message", "Method not found"}};
        else
            reply["result"] = result_of(method, minute);
        return sipkeep::test::HttpAnswer{sipkeep::test::http_ok(reply.dump())};
    });
    std::cout << server.url() << std::endl;
    while (std::cin.get() != EOF) {
    }
}
