#include "sipkeep/app/credentials.hpp"
#include "sipkeep/core/error.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <unistd.h>

using namespace sipkeep;

namespace {

std::string complaint_of_password(const std::string& text) {
    try {
        static_cast<void>(parse_password_file(text, "pw"));
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

std::string shell_value(const std::string& written) {
    return parse_password_file("DB_PASS=" + written + "\n", "pw").password.value();
}

} // namespace

TEST_CASE("a bare password is taken byte for byte") {
    CHECK(parse_password_file("s3cret\n", "pw").password == "s3cret");
    CHECK(parse_password_file("s3cret", "pw").password == "s3cret");
    CHECK(parse_password_file("s3cret\r\n", "pw").password == "s3cret");
    CHECK(parse_password_file(" $a`b'c\"#;\\n \n", "pw").password == " $a`b'c\"#;\\n ");
    CHECK(parse_password_file("A=b\n", "pw").password == "A=b");
    CHECK_FALSE(parse_password_file("s3cret\n", "pw").user);
}

TEST_CASE("shell-style credentials as PBX3sbc writes them") {
    const auto found =
        parse_password_file("#!/bin/bash\n# OpenSIPS MySQL\n\nexport DB_NAME='opensips'\nDB_USER=\"sbc\"\n"
                            "DB_PASS=rw # comment\nOTHER=$(date)\nDB_HOST=10.0.0.1\nDB_PORT=3307\n",
                            "pw");
    CHECK(found.database == "opensips");
    CHECK(found.user == "sbc");
    CHECK(found.password == "rw");
    CHECK(found.host == "10.0.0.1");
    CHECK(found.port == 3307);
}

TEST_CASE("quotes mean what they mean to a shell") {
    CHECK(shell_value("'$HOME `id` \\n \"'") == "$HOME `id` \\n \"");
    CHECK(shell_value("\"a\\\"b\\\\c\\$d\\`e\\f\"") == "a\"b\\c$d`e\\f");
    CHECK(shell_value("'it'\\''s'") == "it's");
    CHECK(shell_value("a\\ b") == "a b");
    CHECK(shell_value("a#b") == "a#b");
    CHECK(shell_value("\\$x") == "$x");
    CHECK(shell_value("") == "");
    CHECK(shell_value("''") == "");
    CHECK(shell_value("a~b") == "a~b");
}

TEST_CASE("the last assignment wins, as in a shell") {
    CHECK(parse_password_file("DB_PASS=a\nDB_PASS=b\n", "pw").password == "b");
}

TEST_CASE("nothing is expanded or run") {
    for (const auto* value : {"$HOME", "\"$HOME\"", "`id`", "\"`id`\"", "$(id)", "a${b}"}) {
        const auto message = complaint_of_password("DB_USER=u\nDB_PASS=" + std::string(value));
        CHECK_THAT(message, ContainsSubstring("pw:2: DB_PASS: '$' and '`' are not expanded"));
    }
}

TEST_CASE("complaints about a password file name file, line and key, never the value") {
    for (const auto* line : {"DB_PASS=s3cret two", "DB_PASS='s3cret", "DB_PASS=\"s3cret", "DB_PASS=s3cret;id",
                             "DB_PASS=s3cret\\", "DB_PASS=s3cret$x", "DB_PASS=~s3cret", "DB_PORT=s3cret"}) {
        const auto message = complaint_of_password("# c\n" + std::string(line));
        CHECK_THAT(message, ContainsSubstring("pw:2: DB_P"));
        CHECK(message.find("s3cret") == std::string::npos);
    }
    CHECK(complaint_of_password("DB_USER=u\ns3cret stray line\n") ==
          "pw:2: only lines NAME=VALUE are understood; nothing is run");
    CHECK(complaint_of_password("DB_USER=u\n") == "pw: has no line DB_PASS=...");
    CHECK_THAT(complaint_of_password("one\ntwo\n"),
               ContainsSubstring("pw:2: expected one line with the password"));
    CHECK_THAT(complaint_of_password(""), ContainsSubstring("pw: is empty"));
    CHECK_THAT(complaint_of_password("\n"), ContainsSubstring("pw: is empty"));
}

TEST_CASE("a credentials file that others may read or write is refused, with the cure") {
    const TemporaryFolder folder;
    for (const unsigned mode : {0644U, 0642U, 0641U}) {
        const auto path = folder.write("pw", "s3cret\n", mode);
        CHECK_THROWS_AS(read_password_file(path, ""), UsageError);
        CHECK_THROWS_WITH(read_password_file(path, ""),
                          ContainsSubstring(path + ": holds a password, but others"));
        CHECK_THROWS_WITH(read_option_file(path, ""), ContainsSubstring("run chmod o= " + path));
    }
    for (const unsigned mode : {0600U, 0640U, 0400U, 0660U})
        CHECK(read_password_file(folder.write("pw" + std::to_string(mode), "s3cret\n", mode), "").password ==
              "s3cret");
}

TEST_CASE("a stranger's credentials file is refused") {
    if (::geteuid() != 0) return; // only root can give a file away
    const TemporaryFolder folder;
    const auto path = folder.write("pw", "s3cret\n", 0600);
    REQUIRE(::chown(path.c_str(), 4711, 4711) == 0);
    CHECK_THROWS_WITH(read_password_file(path, ""), ContainsSubstring("pw: belongs to another user"));
}

TEST_CASE("a symbolic link is followed, and its target is what is checked") {
    const TemporaryFolder folder;
    std::filesystem::create_symlink(folder.write("tight", "s3cret\n", 0600), folder.path("link"));
    CHECK(read_password_file(folder.path("link"), "").password == "s3cret");
    std::filesystem::create_symlink(folder.write("open", "s3cret\n", 0644), folder.path("open-link"));
    CHECK_THROWS_WITH(read_password_file(folder.path("open-link"), ""),
                      ContainsSubstring("others may access it"));
}

TEST_CASE("a credentials file is bounded, regular and text") {
    const TemporaryFolder folder;
    CHECK_THROWS_AS(read_password_file(folder.path("none"), ""), UsageError);
    CHECK_THROWS_WITH(read_option_file(folder.path(), ""), ContainsSubstring("is no regular file"));
    CHECK_THROWS_WITH(read_option_file(folder.write("big", std::string(65537, '#'), 0600), ""),
                      ContainsSubstring("larger than 64 KiB"));
    CHECK_THROWS_WITH(read_password_file(folder.write("zero", std::string_view("a\0b", 3), 0600), ""),
                      ContainsSubstring("is no text file"));
}

TEST_CASE("credential:NAME is a file of systemd's, whose mode is systemd's business") {
    const TemporaryFolder folder;
    folder.write("live.cnf", "[client]\nuser=u\n", 0444);
    CHECK(read_option_file("credential:live.cnf", folder.path()).user == "u");
    CHECK_THROWS_WITH(read_option_file("credential:live.cnf", ""),
                      ContainsSubstring("LoadCredential=live.cnf:PATH"));
    CHECK_THROWS_WITH(read_option_file("credential:other", folder.path()),
                      ContainsSubstring("other: can't be opened"));
    for (const auto* name : {"credential:../live.cnf", "credential:", "credential:..", "credential:a/b"})
        CHECK_THROWS_WITH(read_option_file(name, folder.path()),
                          ContainsSubstring("a credential's name holds"));
}
