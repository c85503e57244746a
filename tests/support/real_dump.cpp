#include "support/real_dump.hpp"

#include "support/program.hpp"

#include <stdexcept>

namespace sipkeep::test {

std::string real_dump(const TestDatabase& database, const std::vector<std::string>& options) {
    const DatabaseSettings settings = database.settings();
    std::vector<std::string> command{"/usr/bin/env",
                                     "mariadb-dump",
                                     "--no-defaults",
                                     "--socket=" + settings.socket,
                                     "--user=" + settings.user,
                                     "--single-transaction"};
    command.insert(command.end(), options.begin(), options.end());
    command.push_back(database.name());
    ProgramResult result = run_program(command);
    if (result.exit_code != 0) throw std::runtime_error("mariadb-dump: " + result.err);
    return std::move(result.out);
}

} // namespace sipkeep::test
