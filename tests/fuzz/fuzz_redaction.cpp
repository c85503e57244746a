// URIs, names and addresses that are to be redacted.
#include "sipkeep/core/redaction.hpp"
#include "sipkeep/core/sip_uri.hpp"

#include "fuzz.hpp"

#include <algorithm>
#include <string>

using namespace sipkeep;
using namespace sipkeep::fuzz;

namespace {

/// No secret, and quick.
std::string weak_hash(std::string_view text) {
    std::string hash;
    std::uint64_t state = 0xCBF29CE484222325U;
    for (const char byte : text) state = (state ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
    for (int i = 0; i < 32; ++i) {
        state = (state ^ state >> 29U) * 0xBF58476D1CE4E5B9U + 1;
        hash += static_cast<char>(state >> 56U);
    }
    return hash;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = text_of(data, size);
    const Pseudonyms names(weak_hash);
    const std::string shorter = truncate_addresses(text);
    promise(truncate_addresses(shorter) == shorter, "an address is truncated once");
    promise(is_utf8(shorter) || !is_utf8(text), "UTF-8 in, UTF-8 out");

    const std::string made = names.of_uri(text);
    promise(names.of_uri(made) == made, "a redacted URI stays as it is");
    promise(made.empty() == text.empty(), "nothing comes of nothing only");
    promise(made.size() <= std::max<std::size_t>(255, text.size()), "it fits where the text did");
    const SipUri before = parse_sip_uri(text);
    const SipUri after = parse_sip_uri(made);
    if (after.domain) promise(after.domain == before.domain, "a domain stays");
    if (after.user && before.user)
        promise(after.user == names.of(*before.user), "a user becomes its pseudonym");

    const std::string party = names.of_party(text);
    promise(names.of_party(party) == party, "a redacted party stays as it is");
    const std::string both = names.of_party(shorter);
    promise(names.of_party(truncate_addresses(both)) == both, "both, twice, is both");
    return 0;
}
