// stream_acc SOCKET LIVE_DATABASE: reads the columns of acc that call statistics need, and does nothing with
// them.
#include "bare_connection.hpp"

#include <iostream>
#include <stdexcept>
#include <vector>

using namespace sipkeep::bench;

int main(int argc, char** argv) {
    try {
        const std::vector<std::string> words(argv + 1, argv + argc);
        if (words.size() != 2) throw std::invalid_argument("usage: stream_acc SOCKET LIVE_DATABASE");
        BareConnection database(words[0], words[1]);
        constexpr unsigned columns = 11;
        std::size_t bytes = 0;
        std::size_t rows = 0;
        database.each("SELECT id, method, callid, sip_code, time, setuptime, created, duration, ms_duration, "
                      "from_uri, to_uri FROM acc ORDER BY id",
                      [&](sql::ResultSet& row) {
                          for (unsigned i = 1; i <= columns; ++i) bytes += row.getString(i).length();
                          ++rows;
                      });
        std::cout << rows << " rows, " << bytes << " bytes\n";
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "stream_acc: " << error.what() << '\n';
        return 1;
    }
}
