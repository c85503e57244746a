// Fingerprints of rows: a version that has the fingerprint of the row seen need not be read to be compared.
#pragma once

#include "sipkeep/core/table.hpp"

#include <string>

struct evp_md_st;
struct evp_md_ctx_st;

namespace sipkeep {

/// The first 16 bytes of SHA-256 over what makes a version: the columns with the roles identity and extra,
/// each with its length, or its being NULL, in front. Unlike a faster hash it can't be met on purpose, by a
/// phone that chooses its names. Rows that are equal but were fingerprinted by programs that know other
/// columns differ: only equality tells.
class Fingerprinter {
public:
    explicit Fingerprinter(const TableSpec& table);
    ~Fingerprinter();
    Fingerprinter(const Fingerprinter&) = delete;
    Fingerprinter& operator=(const Fingerprinter&) = delete;

    [[nodiscard]] std::string of(RowView row);

private:
    const TableSpec& table_;
    evp_md_st* sha256_;
    evp_md_ctx_st* context_;
    std::string text_;
};

} // namespace sipkeep
