// SHA-256, of what is longer than memory.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace sipkeep {

class Sha256 {
public:
    /// Throws Error when OpenSSL has none.
    Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    ~Sha256();

    void add(std::string_view bytes);
    /// 64 hexadecimal digits. Nothing can be added afterwards.
    [[nodiscard]] std::string finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace sipkeep
