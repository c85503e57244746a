// from_uri and to_uri of a dialog.
#include "sipkeep/core/sip_uri.hpp"

#include "fuzz.hpp"

using namespace sipkeep;
using namespace sipkeep::fuzz;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = text_of(data, size);
    const SipUri uri = parse_sip_uri(text);
    for (const auto& part : {uri.user, uri.domain}) {
        if (!part) continue;
        promise(!part->empty() && part->size() <= 255, "a part has 1 to 255 bytes");
        promise(!has_control(*part), "a part has no control characters");
        promise(is_utf8(*part) || !is_utf8(text), "UTF-8 in, UTF-8 out");
    }
    if (uri.domain)
        for (const char c : *uri.domain)
            promise(!(c >= 'A' && c <= 'Z') &&
                        std::string_view(" @;<>\"/%").find(c) == std::string_view::npos,
                    "a domain is a lower-case name or address");
    promise(parse_sip_uri(" " + std::string(text) + "\t").user == uri.user, "blanks around it do not matter");
    return 0;
}
