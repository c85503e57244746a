#include "sipkeep/sys/sha256.hpp"

#include "sipkeep/core/error.hpp"

#include <array>
#include <openssl/evp.h>

namespace sipkeep {

namespace {

void require(bool worked) {
    if (!worked) throw Error("OpenSSL could not compute a SHA-256; is it installed whole?");
}

} // namespace

struct Sha256::State {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    require(state_->context != nullptr &&
            EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
    require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish() {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    require(EVP_DigestFinal_ex(state_->context.get(), digest.data(), &length) == 1);
    std::string text;
    for (unsigned i = 0; i < length; ++i) {
        text += digits[digest.at(i) >> 4U];
        text += digits[digest.at(i) & 0xFU];
    }
    return text;
}

} // namespace sipkeep
