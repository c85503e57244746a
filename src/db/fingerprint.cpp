#include "fingerprint.hpp"

#include "sipkeep/core/error.hpp"

#include <array>
#include <openssl/evp.h>

namespace sipkeep {

Fingerprinter::Fingerprinter(const TableSpec& table)
    : table_(table), sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
    if (sha256_ != nullptr && context_ != nullptr) return;
    EVP_MD_free(sha256_);
    EVP_MD_CTX_free(context_);
    throw Error("OpenSSL gives no SHA-256; is it installed whole?");
}

Fingerprinter::~Fingerprinter() {
    EVP_MD_free(sha256_);
    EVP_MD_CTX_free(context_);
}

std::string Fingerprinter::of(RowView row) {
    constexpr std::size_t bytes_kept = 16;
    text_.clear();
    for (std::size_t i = 0; i < table_.columns.size(); ++i) {
        const ColumnRole role = table_.columns[i].role;
        if (role != ColumnRole::identity && role != ColumnRole::extra) continue;
        const Field field = row[i];
        if (table_.columns[i].own && !field) continue; // as it was before there were such columns
        text_ += field ? std::to_string(field->size()) : "N";
        text_ += ':';
        text_ += field.value_or("");
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (EVP_DigestInit_ex2(context_, sha256_, nullptr) != 1 ||
        EVP_DigestUpdate(context_, text_.data(), text_.size()) != 1 ||
        EVP_DigestFinal_ex(context_, digest.data(), &length) != 1 || length < bytes_kept)
        throw Error("OpenSSL could not compute a SHA-256");
    return {digest.begin(), digest.begin() + bytes_kept};
}

} // namespace sipkeep
