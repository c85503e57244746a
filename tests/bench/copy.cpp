// copy SOCKET LIVE_DATABASE BENCH_DATABASE CAPTURED_AT: the cron'd INSERT .. SELECT of both tables.
// copy SOCKET DATABASE connect: connects, SELECT 1, nothing else.
#include "bare_connection.hpp"

#include <iostream>
#include <stdexcept>
#include <vector>

using namespace sipkeep::bench;

int main(int argc, char** argv) {
    try {
        const std::vector<std::string> words(argv + 1, argv + argc);
        if (words.size() == 3 && words[2] == "connect") {
            BareConnection database(words[0], words[1]);
            database.each("SELECT 1", [](sql::ResultSet&) {});
            return 0;
        }
        if (words.size() != 4)
            throw std::invalid_argument(
                "usage: copy SOCKET LIVE_DATABASE BENCH_DATABASE CAPTURED_AT | SOCKET DATABASE connect");
        BareConnection history(words[0], words[2]);
        // Under REPEATABLE READ it would lock all it has read, and stop OpenSIPS's writers until it ends.
        history.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
        for (const std::string table : {"location", "dialog"})
            history.execute("INSERT INTO " + table + "_copy SELECT '" + words[3] + "', t.* FROM `" +
                            words[1] + "`." + table + " t");
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "copy: " << error.what() << '\n';
        return 1;
    }
}
