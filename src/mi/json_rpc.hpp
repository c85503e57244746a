// JSON-RPC 2.0 as OpenSIPS speaks it.
#pragma once

#include "sipkeep/mi/transport.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

/// A reply's error object: a negative code is JSON-RPC's (-32601: no such method), a positive one the
/// module's.
struct RpcError {
    std::int64_t code = 0;
    std::string message;
    std::string data;
};

struct RpcReply {
    nlohmann::json result;            ///< null when there is an error
    std::vector<std::string> members; ///< names in `result`, in the order of the reply, each once
    std::optional<RpcError> error;
};

/// One method of one OpenSIPS.
struct RpcMethod {
    std::string name;
    std::string where; ///< the URL, for messages

    /// Throws SourceError with `what`, naming method and URL.
    [[noreturn]] void fail(const std::string& what) const;
    /// Throws SourceError with the error's code, message and data.
    [[noreturn]] void fail(const RpcError& error) const;
};

/// The request's text; `params` null: none.
[[nodiscard]] std::string request_text(int id, const std::string& method, const nlohmann::json& params);

/// Reads a reply of any bytes: what is not UTF-8 is escaped by to_storable(). Throws SourceError when it is
/// no JSON, is nested deeper than 32, holds more than 500,000 values, belongs to another request or has
/// neither result nor error.
[[nodiscard]] RpcReply parse_reply(const RpcMethod& method, int id, std::string_view bytes);

} // namespace sipkeep
