// Certificates of a test's own, made by the program openssl.
#pragma once

#include "support/temporary_folder.hpp"

#include <string>

namespace sipkeep::test {

/// PEM files.
struct Certificate {
    std::string file, key;
};

class Certificates {
public:
    /// An authority.
    [[nodiscard]] Certificate authority(const std::string& name);
    /// One that it signed, for "DNS:localhost,IP:127.0.0.1" or the like.
    [[nodiscard]] Certificate made_for(const std::string& name, const std::string& hosts,
                                       const Certificate& by);

private:
    void openssl(const std::string& arguments);

    TemporaryFolder folder_;
};

} // namespace sipkeep::test
