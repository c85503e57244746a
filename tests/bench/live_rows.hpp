// Registrations and calls as OpenSIPS writes them. Everything but the volatile columns follows from the id,
// so that a row can be made again without remembering it.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace sipkeep::bench {

/// aorhash (16 bit) << 46 | record label (32 bit) << 14 | contact label (14 bit).
[[nodiscard]] std::uint64_t new_contact_id(std::mt19937_64& random);
/// hash entry (of 4,096) << 32 | h_id.
[[nodiscard]] std::uint64_t new_dlg_id(std::mt19937_64& random);

extern const char* const insert_location;
extern const char* const insert_dialog;

/// The username of a phone.
[[nodiscard]] std::string username_of(std::uint64_t phone);
/// Appends "(contact_id, ..)" for insert_location; about 322 bytes of text a row. Where a phone comes back,
/// its id is new, and the address that it came from.
void append_location(std::string& statement, std::uint64_t contact_id, std::uint64_t phone,
                     std::int64_t registered_at);
/// Appends "(dlg_id, ..)" for insert_dialog.
void append_dialog(std::string& statement, std::uint64_t dlg_id, std::int64_t started_at);

constexpr std::int64_t registered_for_s = 3600;

} // namespace sipkeep::bench
