// Copies of what an OpenSIPS said over MI, beside the copies of its tables.
#pragma once

#include "support/full_copies.hpp"
#include "support/living_mi.hpp"
#include "support/mariadb_server.hpp"

namespace sipkeep::test {

class MiCopies {
public:
    /// Makes the tables copy_statistic and copy_destination there.
    explicit MiCopies(TestDatabase& database);
    void copy(UtcSeconds captured_at, const LivingMi& mi, bool statistics, bool destinations);
    /// Of one capture, or of all.
    Comparison compare(TestDatabase& history, std::optional<UtcSeconds> captured_at = {});

private:
    TestDatabase& database_;
};

} // namespace sipkeep::test
