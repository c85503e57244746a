// An OpenSIPS that answers MI from a list; the fake transport and the fake servers all ask it.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipkeep::test {

/// The bytes of tests/fixtures/mi/`name`.
std::string fixture(const std::string& name);
/// What is between "result": and ,"id":1} of a captured reply, byte by byte; HTTP headers are skipped.
std::string result_of(std::string_view captured_reply);

/// Safe to use from a server's thread. An unknown method gets error -32601, as from OpenSIPS.
class CannedMi {
public:
    /// `json` becomes the result of the method, in an envelope with the id of the request. Called again: the
    /// next replies; the last one repeats.
    void result(const std::string& method, const std::string& json);
    void error(const std::string& method, int code, const std::string& message, const std::string& data = "");
    /// These bytes are the whole reply; $ID in them is the id of the request.
    void raw(const std::string& method, const std::string& bytes);
    /// The method is never answered.
    void silent(const std::string& method);

    /// The reply to a request; nothing: silence.
    std::optional<std::string> answer(const std::string& request);
    [[nodiscard]] std::vector<std::string> requests() const;

private:
    using Reply = std::optional<std::string>;
    mutable std::mutex mutex_;
    std::map<std::string, std::vector<Reply>> replies_;
    std::map<std::string, std::size_t> asked_;
    std::vector<std::string> requests_;
};

} // namespace sipkeep::test
