// Dumps in every form that mysqldump and mariadb-dump write, and what is none.
#include "sipkeep/core/error.hpp"
#include "sipkeep/dump/dump_file.hpp"
#include "sipkeep/sys/compression.hpp"

#include "support/catch.hpp"
#include "support/table_rows.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>
#include <zlib.h>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

const std::string header = "-- MySQL dump 10.13  Distrib 8.0.40, for Linux (x86_64)\n"
                           "--\n-- Host: localhost    Database: opensips\n"
                           "/*!40101 SET NAMES utf8mb4 */;\n"
                           "/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;\n";
const std::string footer =
    "/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;\n\n-- Dump completed on 2026-11-20  9:15:02\n";

const std::string create_location = "DROP TABLE IF EXISTS `location`;\n"
                                    "CREATE TABLE `location` (\n"
                                    "  `contact_id` bigint unsigned NOT NULL AUTO_INCREMENT,\n"
                                    "  `username` char(64) NOT NULL DEFAULT '',\n"
                                    "  `contact` text NOT NULL COMMENT 'it''s (here), `so`',\n"
                                    "  `expires` int unsigned NOT NULL,\n"
                                    "  `q` float(10,2) NOT NULL DEFAULT '1.00',\n"
                                    "  `cseq` int NOT NULL DEFAULT '13',\n"
                                    "  `last_modified` datetime NOT NULL DEFAULT '1900-01-01 00:00:01',\n"
                                    "  `attr` char(255) DEFAULT NULL,\n"
                                    "  `token` varbinary(16) DEFAULT NULL,\n"
                                    "  PRIMARY KEY (`contact_id`), KEY `u` (`username`)\n"
                                    ") ENGINE=InnoDB DEFAULT CHARSET=latin1;\n";

std::string filled(const std::string& table, const std::string& inserts) {
    return "--\n-- Dumping data for table `" + table + "`\n--\n\nLOCK TABLES `" + table +
           "` WRITE;\n/*!40000 ALTER TABLE `" + table + "` DISABLE KEYS */;\n" + inserts +
           "/*!40000 ALTER TABLE `" + table + "` ENABLE KEYS */;\nUNLOCK TABLES;\n";
}

const std::string two_phones = "INSERT INTO `location` VALUES (3,'1001','sip:a',1700000000,1.00,7,"
                               "'2026-11-20 09:00:00',NULL,NULL),(7,'1002','sip:b',1700000060,0.50,8,"
                               "'2026-11-20 09:01:00','',_binary 'x\\0y');\n";
const std::string shown_phones =
    "3|1001|sip:a|1700000000|1.00|7|2026-11-20 09:00:00|<null>|{\"token\":null}\n"
    "7|1002|sip:b|1700000060|0.50|8|2026-11-20 09:01:00||{\"token\":{\"hex\":\"780079\"}}\n";

struct Written {
    TemporaryFolder folder;
    RealFileSystem files;

    std::string write(const std::string& content, const std::string& name = "dump.sql") {
        std::ofstream(folder.path(name), std::ios::binary) << content;
        return folder.path(name);
    }
    DumpFile open(const std::string& content) { return {files, write(content), {.database = "opensips"}}; }
};

std::string phones_of(DumpFile& dump) {
    Rows rows(location_table().columns.size());
    dump.each_contact([&](RowView row) { rows.add(row); }, Deadline(Milliseconds{0}));
    return text_of(
        rows, location_table(),
        {"contact_id", "username", "contact", "expires", "q", "cseq", "last_modified", "attr", "extra"});
}

std::string phones_in(const std::string& content) {
    Written written;
    DumpFile dump = written.open(content);
    return phones_of(dump);
}

std::string complaint_about(const std::string& content) {
    try {
        static_cast<void>(phones_in(content));
        return "";
    } catch (const Error& error) {
        return error.what();
    }
}

std::string gzipped(const std::string& text) {
    std::string out(text.size() + 1000, '\0');
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string in = text;
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

} // namespace

TEST_CASE("mysqldump: extended inserts, columns from CREATE TABLE, blobs, NULL, the time of the last line") {
    Written written;
    DumpFile dump = written.open(header + create_location + filled("location", two_phones) + footer);
    CHECK(dump.location() == SourceStatus::ok);
    CHECK(dump.dialog() == SourceStatus::off); // not in the dump: not empty
    CHECK(dump.complete());
    CHECK(dump.completed_on() == "2026-11-20 09:15:02");
    CHECK(phones_of(dump) == shown_phones);
}

TEST_CASE(
    "single inserts, REPLACE, INSERT IGNORE, lists of columns, schema names, CRLF, comments in between") {
    const std::string columns =
        "(`contact_id`, `username`,`contact`,`expires`,`q`,`cseq`,`last_modified`,`attr`,token)";
    CHECK(phones_in(
              header + create_location +
              filled("location", "REPLACE INTO `opensips`.`location` " + columns +
                                     " VALUES (3,'1001','sip:a',1700000000,1.00,7,'2026-11-20 09:00:00',NULL,"
                                     "NULL);\r\n# a remark; with (brackets\r\n"
                                     "INSERT  IGNORE INTO location" +
                                     columns +
                                     " VALUES\r\n ( 7 , '1002' , 'sip:b' , 1700000060 , 0.50 , 8 , "
                                     "'2026-11-20 09:01:00' , '' , 0x780079 ) ;\r\n") +
              footer) == shown_phones);
    // The order of the columns in the statement counts.
    CHECK(phones_in(header + create_location +
                    filled("location",
                           "INSERT INTO `location` (`cseq`,`contact_id`,`expires`,`last_modified`) VALUES "
                           "(7,3,1700000000,'2026-11-20 09:00:00');\n") +
                    footer) == "3|<null>|<null>|1700000000|<null>|7|2026-11-20 09:00:00|<null>|<null>\n");
}

TEST_CASE(
    "values: escapes, doubled quotes, hex, introducers, and with NO_BACKSLASH_ESCAPES none of the first") {
    const auto contact = [](const std::string& before, const std::string& value) {
        Written written;
        DumpFile dump = written.open(header + before + create_location +
                                     filled("location", "INSERT INTO `location` VALUES (1,'u'," + value +
                                                            ",1,1.00,1,'2026-11-20 09:00:00',NULL,NULL);\n") +
                                     footer);
        std::string text;
        dump.each_contact([&](RowView row) { text = row[location_table().at("contact")].value_or("<null>"); },
                          Deadline(Milliseconds{0}));
        return text;
    };
    CHECK(contact("", R"('a\'b\\c\nd\te\Zf\%g\qh;)(''')") == "a'b\\c\nd\te\x1a"
                                                            "f\\%gqh;)('");
    CHECK(contact("", R"("double ' ""quotes""")") == "double ' \"quotes\"");
    CHECK(contact("", "x'7369703A61'") == "sip:a");
    CHECK(contact("", "0x7369703A61") == "sip:a");
    CHECK(contact("", "_utf8mb4 0x7369703A61") == "sip:a");
    CHECK(contact("", "_binary 'sip:a'") == "sip:a");
    CHECK(contact("SET sql_mode='ANSI_QUOTES,NO_BACKSLASH_ESCAPES';\n", R"('a\''b\')") == "a\\'b\\");
}

TEST_CASE("other tables, other databases, triggers and a second dump behind do not disturb") {
    const std::string noise =
        "CREATE TABLE `acc` (`id` int, `text` char(64) DEFAULT 'a;b(');\n" +
        filled("acc", "INSERT INTO `acc` VALUES (1,'INSERT INTO `location` VALUES (9);'),(2,'\\';--');\n") +
        "DELIMITER ;;\n/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b`*/ /*!50003 TRIGGER t BEFORE INSERT ON acc "
        "FOR EACH "
        "ROW BEGIN INSERT INTO location VALUES (99); END */;;\nDELIMITER ;\n";
    CHECK(phones_in(header + noise + create_location + filled("location", two_phones) + noise + footer) ==
          shown_phones);
    const std::string other = "CREATE DATABASE `test`;\nUSE `test`;\n" + create_location +
                              filled("location", "INSERT INTO `location` VALUES (1);\n");
    CHECK(phones_in(header + other + "USE `opensips`;\n" + create_location + filled("location", two_phones) +
                    footer) == shown_phones);
    CHECK_THAT(complaint_about(header + other + footer), ContainsSubstring("of the databases test"));
}

TEST_CASE("gzip, in several members, and Zstandard are read as what they hold") {
    const std::string text = header + create_location + filled("location", two_phones) + footer;
    CHECK(phones_in(gzipped(text)) == shown_phones);
    CHECK(phones_in(gzipped(text.substr(0, 500)) + gzipped(text.substr(500))) == shown_phones);
    std::string zstandard;
    Compressor compressor([&](std::string_view bytes) { zstandard += bytes; });
    compressor.add(text);
    compressor.end_frame();
    CHECK(phones_in(zstandard) == shown_phones);
    CHECK_THAT(complaint_about(gzipped(text).substr(0, 300)), ContainsSubstring("cut off"));
}

TEST_CASE("rows in no order are sorted; a key that comes twice is refused") {
    const std::string head = header + create_location;
    const auto phone = [](const std::string& id) {
        return "INSERT INTO `location` VALUES (" + id +
               ",'u','sip:a',1,1.00,1,'2026-11-20 09:00:00',NULL,NULL);\n";
    };
    Written written;
    DumpFile dump = written.open(head + filled("location", phone("7") + phone("3")) + footer);
    CHECK_THROWS_AS(phones_of(dump), Error);
    CHECK(!dump.in_order());
    CHECK(phones_of(dump).starts_with("3|u"));
    DumpFile twice = written.open(head + filled("location", phone("7") + phone("7")) + footer);
    CHECK_THROWS_AS(phones_of(twice), Error);
    CHECK_THROWS_AS(phones_of(twice), Error);
}

TEST_CASE("a table without rows is empty, one whose data is not in the dump is not looked at") {
    Written written;
    CHECK(written.open(header + create_location + filled("location", "") + footer).location() ==
          SourceStatus::ok);
    CHECK_THAT(complaint_about(header + create_location + footer),
               ContainsSubstring("holds rows neither of dialog"));
    CHECK_THAT(complaint_about("hello\n"), ContainsSubstring("holds rows neither of dialog"));
}

TEST_CASE("a dump that was cut off is refused; behind its tables it only lacks its time") {
    const std::string text = header + create_location + filled("location", two_phones) + footer;
    for (const std::string& end :
         {std::string("(7,'1002'"), std::string("/*!40000 ALTER TABLE `location` ENABLE")}) {
        INFO(end);
        const std::string complaint = complaint_about(text.substr(0, text.find(end)));
        CHECK_THAT(complaint, ContainsSubstring("dump.sql: "));
        CHECK_THAT(complaint, ContainsSubstring("cut off") || ContainsSubstring("byte "));
    }
    Written written;
    DumpFile dump = written.open(text.substr(0, text.find("/*!40101 SET SQL_MODE=@OLD")));
    CHECK(!dump.complete());
    CHECK(dump.location() == SourceStatus::ok);
    CHECK(phones_of(dump) == shown_phones);
}

TEST_CASE("what is no row is told with its place, and nothing of the dump is taken") {
    const auto complaint = [](const std::string& rows) {
        return complaint_about(header + create_location +
                               filled("location", "INSERT INTO `location` " + rows) + footer);
    };
    CHECK_THAT(complaint("VALUES (1,'u');\n"), ContainsSubstring("does not have 9 values"));
    CHECK_THAT(complaint("VALUES (1,NOW(),'c',1,1,1,'2026-11-20 09:00:00',NULL,NULL);\n"),
               ContainsSubstring("'NOW' is no value"));
    CHECK_THAT(complaint("SELECT 1;\n"), ContainsSubstring("no list of values"));
    CHECK_THAT(complaint("(`username`) VALUES ('u');\n"), ContainsSubstring("no column contact_id"));
    CHECK_THAT(complaint("VALUES ('x','u','c',1,1,1,'2026-11-20 09:00:00',NULL,NULL);\n"),
               ContainsSubstring("contact_id that is no number"));
    CHECK_THAT(complaint_about(header + filled("location", two_phones) + footer),
               ContainsSubstring("without the names of their columns"));
}
