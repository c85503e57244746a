#include "support/canned_mi.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace sipkeep::test {

namespace {

using nlohmann::json;

std::string with_id(std::string bytes, const std::string& id) {
    for (auto at = bytes.find("$ID"); at != std::string::npos; at = bytes.find("$ID", at))
        bytes.replace(at, 3, id);
    return bytes;
}

} // namespace

std::string fixture(const std::string& name) {
    std::ifstream file(std::string(SIPKEEP_FIXTURES "/mi/") + name, std::ios::binary);
    if (!file) throw std::runtime_error("no fixture " + name);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string result_of(std::string_view captured_reply) {
    constexpr std::string_view before = R"("result":)";
    constexpr std::string_view after = R"(,"id":1})";
    const auto begin = captured_reply.find(before);
    const auto end = captured_reply.rfind(after);
    if (begin == std::string_view::npos || end == std::string_view::npos)
        throw std::runtime_error("not a captured reply with a result");
    return std::string(captured_reply.substr(begin + before.size(), end - begin - before.size()));
}

void CannedMi::result(const std::string& method, const std::string& json_text) {
    raw(method, R"({"jsonrpc":"2.0","result":)" + json_text + R"(,"id":$ID})");
}

void CannedMi::error(const std::string& method, int code, const std::string& message,
                     const std::string& data) {
    json error{{"code", code}, {"message", message}};
    if (!data.empty()) error["data"] = data;
    raw(method, R"({"jsonrpc":"2.0","error":)" + error.dump() + R"(,"id":$ID})");
}

void CannedMi::raw(const std::string& method, const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    replies_[method].emplace_back(bytes);
}

void CannedMi::silent(const std::string& method) {
    const std::lock_guard lock(mutex_);
    replies_[method].emplace_back(std::nullopt);
}

std::optional<std::string> CannedMi::answer(const std::string& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    const json parsed = json::parse(request);
    const auto method = parsed.at("method").get<std::string>();
    const auto found = replies_.find(method);
    if (found == replies_.end())
        return with_id(R"({"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":$ID})",
                       parsed.at("id").dump());
    const auto next = std::min(asked_[method]++, found->second.size() - 1);
    const Reply& reply = found->second[next];
    return reply ? Reply(with_id(*reply, parsed.at("id").dump())) : reply;
}

std::vector<std::string> CannedMi::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

} // namespace sipkeep::test
