// Foreign bytes on their way into a column and into a message.
#include "sipkeep/core/text.hpp"
#include "sipkeep/sys/log.hpp"

#include "fuzz.hpp"

using namespace sipkeep;
using namespace sipkeep::fuzz;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = text_of(data, size);
    const std::string stored = to_storable(bytes);
    promise(is_utf8(stored), "what is stored is UTF-8");
    promise(from_storable(stored) == bytes, "every byte comes back");
    promise(stored.size() <= 4 * bytes.size(), "a byte takes four at most");

    const std::string shown = printable(bytes);
    promise(is_utf8(shown) && !has_control(shown), "a message is one line of characters");
    promise(shown.size() <= 4020, "a message has an end");
    promise(printable(shown).substr(0, 4000) == shown.substr(0, 4000), "what was made visible stays so");
    return 0;
}
