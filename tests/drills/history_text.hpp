// A history as text, the same from the fake and from MariaDB: what was captured, and how it is divided into
// versions.
#pragma once

#include "support/fake_history_store.hpp"
#include "support/mariadb_server.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sipkeep::test {

/// One line a capture, version, refresh and sample, sorted. Left out: what depends on the machine (elapsed
/// time), the wording of errors, and where the store keeps what is open.
[[nodiscard]] std::string history_text(const FakeNode& node);
[[nodiscard]] std::string history_text(TestDatabase& history);

/// FNV-1a, 64 bits; goes on from `sum`.
[[nodiscard]] std::uint64_t checksum(std::string_view text, std::uint64_t sum = 14695981039346656037U);

} // namespace sipkeep::test
