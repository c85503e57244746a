// MySQL option files and password files. The first byte chooses which.
#include "sipkeep/app/credentials.hpp"
#include "sipkeep/core/error.hpp"

#include "fuzz.hpp"

using namespace sipkeep;
using namespace sipkeep::fuzz;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto text = text_of(data + 1, size - 1);
    try {
        const bool options = data[0] % 2 == 0;
        const Credentials found = options ? parse_option_file(text, "f") : parse_password_file(text, "f");
        DatabaseSettings settings;
        apply(found, settings);
        promise(found.port.value_or(1) != 0, "port 0 is none");
        promise(options || found.password, "a password file has a password");
        promise(!found.password || settings.password == *found.password, "the password is taken");
    } catch (const UsageError& error) {
        const std::string_view complaint = error.what();
        promise(complaint.starts_with("f:") && complaint.size() < 200,
                "a complaint names its place and has an end");
        promise(is_utf8(complaint) && !has_control(complaint), "a complaint is one line");
        promise(complaint.find("s3cret") == std::string_view::npos,
                "a complaint never holds what the file holds");
    }
    return 0;
}
