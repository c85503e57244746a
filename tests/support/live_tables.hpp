// Live tables that live: random but reproducible calls and registrations, as OpenSIPS would write them.
#pragma once

#include "sipkeep/db/schema.hpp"

#include "support/mariadb_server.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace sipkeep::test {

/// Which schema and character set the live tables have.
struct LiveSchema {
    std::string release = "3.6"; ///< folder below tests/fixtures/opensips
    std::string charset = "latin1";
    bool operator_columns = false; ///< an operator added `note` (text) and `token` (binary) to both tables
};

/// Drives `dialog` and `location` of one database. Every change moves at least one of expires, cseq,
/// last_modified of its contact, as all writers in OpenSIPS do.
class LiveTables {
public:
    LiveTables(TestDatabase& database, LiveSchema schema, std::uint32_t seed);

    /// Some seconds of life: rows come, go, refresh, move; ids are reused at once and later; now and then a
    /// table is emptied. `now` is the clock of the phones.
    void live(UtcSeconds now);
    void fill(int contacts, int dialogs, UtcSeconds now);
    /// Changes a column behind the narrow columns' back, as an operator's UPDATE would.
    void change_behind_the_back(std::uint64_t contact_id, const std::string& user_agent);

    /// Keeps full copies of both tables under `captured_at`, as INSERT INTO copy SELECT captured_at, t.*
    /// would.
    void copy(UtcSeconds captured_at, bool dialog, bool location);
    /// Takes copies back: of a look that nobody kept.
    void forget_copy(UtcSeconds captured_at);
    void forget_copy_of(const std::string& table, UtcSeconds captured_at);

    [[nodiscard]] const std::vector<std::uint64_t>& contact_ids() const { return contacts_; }

private:
    int random(int below);
    bool one_in(int n) { return random(n) == 0; }
    std::string text(std::size_t longest, bool trailing_space);
    std::optional<std::string> maybe(std::size_t longest);
    std::string bytes();
    void add_contact(UtcSeconds now);
    void change_contact(UtcSeconds now);
    void remove_contact();
    void add_dialog(UtcSeconds now);
    void change_dialog();
    void remove_dialog();
    [[nodiscard]] std::uint64_t free_id(std::vector<std::uint64_t>& free);

    TestDatabase& database_;
    LiveSchema schema_;
    std::mt19937 random_;
    std::vector<std::uint64_t> contacts_, dialogs_, free_contacts_, free_dialogs_;
    std::uint64_t next_id_ = 1;
};

} // namespace sipkeep::test
