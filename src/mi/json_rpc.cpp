#include "json_rpc.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/core/text.hpp"

#include "foreign_text.hpp"

#include <algorithm>
#include <set>

namespace sipkeep {

namespace {

using nlohmann::json;

constexpr int max_depth = 32;
/// Depth at which the parser reports the names inside "result".
constexpr int member_depth = 2;

/// What of a value fits in a message: strings as they are, the rest as JSON.
std::string as_text(const json& value) {
    return value.is_string() ? value.get<std::string>()
                             : value.dump(-1, ' ', true, json::error_handler_t::replace);
}

RpcError parse_error(const RpcMethod& method, const json& error) {
    const auto code = error.find("code");
    if (code == error.end() || !code->is_number_integer())
        method.fail("an error without a code: " + escaped(as_text(error)));
    RpcError parsed{code->get<std::int64_t>(), "", ""};
    if (const auto message = error.find("message"); message != error.end())
        parsed.message = as_text(*message);
    if (const auto data = error.find("data"); data != error.end()) parsed.data = as_text(*data);
    return parsed;
}

/// Parses without recursion; members get the names at member_depth.
json parse_json(const RpcMethod& method, std::string_view bytes, std::vector<std::string>& members) {
    bool too_deep = false;
    std::set<std::string, std::less<>> seen;
    const auto watch = [&](int depth, json::parse_event_t event, const json& value) {
        if (depth >= max_depth) too_deep = true;
        if (event == json::parse_event_t::key && depth == member_depth) {
            const auto& name = value.get_ref<const std::string&>();
            if (seen.insert(name).second) members.push_back(name);
        }
        return !too_deep;
    };
    json document = json::parse(to_storable(bytes), watch, false);
    if (too_deep)
        method.fail("the reply is nested deeper than " + std::to_string(max_depth) +
                    " levels; is this OpenSIPS?");
    if (document.is_discarded())
        method.fail("the reply is no JSON: " + escaped(bytes) + "; is this OpenSIPS 3.0 or newer?");
    return document;
}

} // namespace

void RpcMethod::fail(const std::string& what) const {
    throw SourceError("MI " + name + " at " + where + ": " + what);
}

void RpcMethod::fail(const RpcError& error) const {
    const std::string data = error.data.empty() ? "" : ", data " + escaped(error.data);
    const std::string hint = error.code == -32601 ? "; the module that brings this method is not loaded" : "";
    fail("OpenSIPS answers with error " + std::to_string(error.code) + " " + escaped(error.message) + data +
         hint);
}

std::string request_text(int id, const std::string& method, const json& params) {
    json request{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}};
    if (!params.is_null()) request["params"] = params;
    return request.dump(-1, ' ', true, json::error_handler_t::replace);
}

RpcReply parse_reply(const RpcMethod& method, int id, std::string_view bytes) {
    RpcReply reply;
    json document = parse_json(method, bytes, reply.members);
    if (!document.is_object()) method.fail("the reply is no JSON-RPC object: " + escaped(bytes));
    const auto error = document.find("error");
    const bool has_error = error != document.end() && error->is_object();
    const json reply_id = document.value("id", json());
    // OpenSIPS answers a request it can't read with a null id.
    if (reply_id != id && !(has_error && reply_id.is_null()))
        method.fail("the reply is for another request (id " + escaped(as_text(reply_id)) + ", not " +
                    std::to_string(id) + "); does another program use the same channel?");
    if (has_error) {
        reply.error = parse_error(method, *error);
        return reply;
    }
    const auto result = document.find("result");
    if (result == document.end()) method.fail("the reply has neither result nor error: " + escaped(bytes));
    reply.result = std::move(*result);
    return reply;
}

RpcReply call(Transport& transport, const RpcMethod& method, int id, const json& params, Deadline deadline) {
    return parse_reply(method, id, transport.exchange(request_text(id, method.name, params), deadline));
}

} // namespace sipkeep
