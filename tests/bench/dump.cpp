// dump REGISTRATIONS FOLDER
//
// Writes a dump of so many registrations, as mariadb-dump would, and reads it as `sipkeep backfill dump`
// does: once for its dialogs, its time and whether it is whole, and once for the registrations. Prints both
// as JSON: MB (1,000,000 bytes) a second of CPU time.
#include "sipkeep/dump/dump_file.hpp"

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <sys/resource.h>
#include <unistd.h>

using namespace sipkeep;

namespace {

std::string row_of(std::uint64_t i) {
    const std::string n = std::to_string(i);
    return "(" + std::to_string(i * 4096 + i % 97) + ",'user" + n + "','example.net','sip:user" + n +
           "@192.0.2." + std::to_string(i % 250) + ":5060;transport=udp;line=" + n +
           "','sip:198.51.100.7:40000',NULL,1795364225,1.00,'3c26700c1adb-" + n + "@192.0.2.1'," +
           std::to_string(i % 900) +
           ",'2026-11-20 09:00:00',0,'NAT','Yealink SIP-T46S 66.85.0.5','udp:203.0.113.1:5060',5951,"
           "'<urn:uuid:00000000-0000-1000-8000-805ec0" +
           n + ">',NULL,'it\\'s \\\"odd\\\"')";
}

std::uint64_t write_dump(const std::string& path, std::uint64_t registrations) {
    std::ofstream out(path, std::ios::binary);
    out << "-- MariaDB dump 10.19\n/*!40101 SET NAMES utf8mb4 */;\nCREATE TABLE `location` (\n";
    for (const char* column :
         {"contact_id", "username", "domain", "contact", "received", "path", "expires", "q", "callid", "cseq",
          "last_modified", "flags", "cflags", "user_agent", "socket", "methods", "sip_instance", "kv_store"})
        out << "  `" << column << "` char(64),\n";
    out << "  `attr` char(255),\n  PRIMARY KEY (`contact_id`)\n);\nLOCK TABLES `location` WRITE;\n";
    constexpr std::size_t statement_bytes = 1'000'000;
    std::string statement;
    for (std::uint64_t i = 1; i <= registrations; ++i) {
        statement += statement.empty() ? "INSERT INTO `location` VALUES " : ",\n";
        statement += row_of(i);
        if (statement.size() < statement_bytes && i < registrations) continue;
        out << statement << ";\n";
        statement.clear();
    }
    out << "UNLOCK TABLES;\n-- Dump completed on 2026-11-20  9:15:02\n";
    return static_cast<std::uint64_t>(out.tellp());
}

double cpu_seconds() {
    return double(std::clock()) / CLOCKS_PER_SEC;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: dump REGISTRATIONS FOLDER\n";
        return 2;
    }
    const std::uint64_t registrations = std::strtoull(argv[1], nullptr, 10);
    const std::string path = std::string(argv[2]) + "/bench-" + std::to_string(::getpid()) + ".sql";
    const std::uint64_t bytes = write_dump(path, registrations);
    RealFileSystem files;
    const double begin = cpu_seconds();
    DumpFile dump(files, path, {.database = "opensips"});
    const double read_once = cpu_seconds();
    std::uint64_t rows = 0;
    dump.each_contact([&](RowView) { ++rows; }, Deadline(std::chrono::hours{1}));
    const double read_twice = cpu_seconds();
    ::unlink(path.c_str());
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const double megabytes = double(bytes) / 1e6;
    std::cout << "{\"registrations\": " << rows << ", \"megabytes\": " << megabytes
              << ", \"first_pass_mb_s\": " << megabytes / (read_once - begin)
              << ", \"rows_mb_s\": " << megabytes / (read_twice - read_once)
              << ", \"peak_mb\": " << double(usage.ru_maxrss) / 1000 << "}\n";
    return rows == registrations && dump.complete() ? 0 : 1;
}
