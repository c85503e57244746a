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
/// One takes up to 150 bytes once it is read. ds_list has about 8 a destination.
constexpr std::size_t max_values = 500'000;
/// Depth at which the names inside "result" stand.
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

/// Looks through a reply before anything is built from it, and ends at once where it is too much.
class Look final : public json::json_sax_t {
public:
    std::string too_much;             ///< why it was ended
    std::vector<std::string> members; ///< names at member_depth, each once

    bool null() override { return value(); }
    bool boolean(bool /*value*/) override { return value(); }
    bool number_integer(number_integer_t /*value*/) override { return value(); }
    bool number_unsigned(number_unsigned_t /*value*/) override { return value(); }
    bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return value(); }
    bool string(string_t& /*value*/) override { return value(); }
    bool binary(binary_t& /*value*/) override { return value(); }
    bool start_object(std::size_t /*elements*/) override { return deeper(); }
    bool start_array(std::size_t /*elements*/) override { return deeper(); }
    bool end_object() override { return higher(); }
    bool end_array() override { return higher(); }
    bool key(string_t& name) override {
        if (depth_ == member_depth && seen_.insert(name).second) members.push_back(name);
        return true;
    }
    bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                     const json::exception& /*error*/) override {
        return false;
    }

private:
    bool value() {
        if (++values_ > max_values)
            too_much = "holds more than " + std::to_string(max_values) + " values; ask for fewer groups";
        return too_much.empty();
    }
    bool deeper() {
        if (++depth_ > max_depth)
            too_much = "is nested deeper than " + std::to_string(max_depth) + " levels; is this OpenSIPS?";
        return value();
    }
    bool higher() {
        --depth_;
        return true;
    }

    std::set<std::string, std::less<>> seen_;
    std::size_t values_ = 0;
    int depth_ = 0;
};

json parse_json(const RpcMethod& method, std::string_view bytes, std::vector<std::string>& members) {
    const std::string text = to_storable(bytes);
    Look look;
    const bool whole = json::sax_parse(text, &look);
    if (!look.too_much.empty()) method.fail("the reply " + look.too_much);
    if (!whole) method.fail("the reply is no JSON: " + escaped(bytes) + "; is this OpenSIPS 3.0 or newer?");
    members = std::move(look.members);
    return json::parse(text);
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
    // "result" may come twice, and other members have members, too.
    std::erase_if(reply.members, [&](const std::string& name) {
        return !reply.result.is_object() || !reply.result.contains(name);
    });
    return reply;
}

} // namespace sipkeep
