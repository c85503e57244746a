// The source tree keeps the rules of the house, and each rule is seen to fail on a small violation.
#include "support/catch.hpp"
#include "unit/layers/rules.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace sipkeep::rules;

namespace {

namespace fs = std::filesystem;

using Check = Complaints (*)(const SourceText&);

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file.good());
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// Paths from the root of the source tree.
std::vector<std::string> files_under(const std::string& folder) {
    const fs::path root = SIPKEEP_SOURCE_DIR;
    std::vector<std::string> paths;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder))
        if (entry.is_regular_file()) paths.push_back(entry.path().lexically_relative(root).generic_string());
    return paths;
}

bool is_cpp(const std::string& path) {
    const auto extension = fs::path(path).extension();
    return extension == ".cpp" || extension == ".hpp" || extension == ".h" || extension == ".cc";
}

std::string joined(const Complaints& complaints) {
    std::string text;
    for (const auto& complaint : complaints) text += complaint + "\n";
    return text;
}

struct Case {
    std::string path;
    std::string text;
};

void check_each_complains(Check check, const std::vector<Case>& cases) {
    for (const auto& [path, text] : cases) {
        INFO(path << ": " << text);
        const auto complaints = check(read_source(path, text));
        CHECK(complaints.size() == 1);
        CHECK_THAT(joined(complaints), ContainsSubstring(path + ":"));
    }
}

void check_none_complains(Check check, const std::vector<Case>& cases) {
    for (const auto& [path, text] : cases) {
        INFO(path << ": " << text);
        CHECK(joined(check(read_source(path, text))).empty());
    }
}

/// The same text in an ordinary file.
std::vector<Case> in_app(const std::vector<std::string>& texts) {
    std::vector<Case> cases;
    for (const auto& text : texts) cases.push_back({"src/app/report.cpp", text});
    return cases;
}

} // namespace

TEST_CASE("include/ and src/ keep the rules of the house") {
    Complaints complaints;
    std::vector<std::string> seen;
    std::vector<SourceText> sources;
    for (const auto* folder : {"include", "src"})
        for (const auto& path : files_under(folder)) {
            if (!is_cpp(path)) continue;
            seen.push_back(path);
            sources.push_back(read_source(path, read_file(fs::path(SIPKEEP_SOURCE_DIR) / path)));
            const auto found = check_source(sources.back());
            complaints.insert(complaints.end(), found.begin(), found.end());
        }
    const auto twice = check_one_definition(sources);
    complaints.insert(complaints.end(), twice.begin(), twice.end());
    INFO(joined(complaints));
    CHECK(complaints.empty());
    // The walk did reach the tree.
    CHECK(std::count(seen.begin(), seen.end(), "src/core/time.cpp") == 1);
    CHECK(std::count(seen.begin(), seen.end(), "include/sipkeep/core/time.hpp") == 1);
}

TEST_CASE("every source file and every test is in the build") {
    std::map<std::string, std::string> cmake_files;
    std::vector<std::string> sources;
    for (const auto* folder : {"src", "tests"})
        for (const auto& path : files_under(folder)) {
            if (path.ends_with("/CMakeLists.txt"))
                cmake_files[path] = read_file(fs::path(SIPKEEP_SOURCE_DIR) / path);
            if (path.ends_with(".cpp")) sources.push_back(path);
        }
    CHECK(cmake_files.contains("src/core/CMakeLists.txt"));
    CHECK(sources.size() > 2);
    Complaints complaints;
    for (const auto& path : sources) {
        const auto found = check_in_build(path, cmake_files);
        complaints.insert(complaints.end(), found.begin(), found.end());
    }
    INFO(joined(complaints));
    CHECK(complaints.empty());
}

TEST_CASE("an include up or sideways is seen") {
    check_each_complains(check_arrows,
                         {
                             {"src/core/a.cpp", "#include \"sipkeep/sys/file.hpp\"\n"},
                             {"include/sipkeep/core/a.hpp", "#pragma once\n#include <sipkeep/db/row.hpp>\n"},
                             {"src/sys/a.cpp", "#include \"sipkeep/mi/client.hpp\"\n"},
                             {"src/mi/a.cpp", "  #  include \"sipkeep/db/store.hpp\" // only this once\n"},
                             {"src/db/a.cpp", "#include \"sipkeep/spool/spool.hpp\"\n"},
                             {"include/sipkeep/spool/a.hpp", "#include \"sipkeep/mi/client.hpp\"\n"},
                             {"src/spool/a.cpp", "#include \"app/config.hpp\"\n"},
                             {"src/db/a.cpp", "#include \"sipkeep/app/config.hpp\"\n"},
                             {"src/db/a.cpp", "#include \"../core/time.hpp\"\n"},
                             {"src/tools/a.cpp", "int f();\n"},
                             {"src/stray.cpp", "int f();\n"},
                             {"include/sipkeep/stray.hpp", "int f();\n"},
                             {"include/other.hpp", "int f();\n"},
                         });
}

TEST_CASE("an include down or within the layer is fine") {
    check_none_complains(
        check_arrows,
        {
            {"src/core/a.cpp", "#include \"sipkeep/core/b.hpp\"\n#include <vector>\n"},
            {"src/db/a.cpp", "#include \"sipkeep/sys/log.hpp\"\n#include \"rows.hpp\"\n"},
            {"src/app/deep/a.cpp", "#include \"sipkeep/db/a.hpp\"\n#include \"sipkeep/mi/a.hpp\"\n"},
            {"src/main.cpp", "#include \"sipkeep/app/run.hpp\"\n#include \"sipkeep/db/a.hpp\"\n"},
            {"src/app/a.cpp", "#include \"sipkeep/version.hpp\"\n"},
            {"src/core/a.cpp", "// #include \"sipkeep/db/a.hpp\"\n/*\n#include \"sipkeep/db/a.hpp\"\n*/\n"},
        });
}

TEST_CASE("a complaint names file and line") {
    const auto complaints =
        check_arrows(read_source("src/core/a.cpp", "// one\n\n#include \"sipkeep/db/a.hpp\"\n"));
    CHECK(joined(complaints) == "src/core/a.cpp:3: core must not see sipkeep/db/a.hpp\n");
}

TEST_CASE("third-party headers away from their place are seen") {
    check_each_complains(check_third_party,
                         {
                             {"src/app/report.cpp", "#include <cppconn/driver.h>\n"},
                             {"include/sipkeep/app/report.hpp", "#include <mysql_connection.h>\n"},
                             {"src/spool/a.cpp", "#include \"mysql/jdbc.h\"\n"},
                             {"src/mi/client.cpp", "#include <curl/curl.h>\n"},
                             {"include/sipkeep/mi/client.hpp", "#include <curl/curl.h>\n"},
                             {"src/app/report.cpp", "#include <yaml-cpp/yaml.h>\n"},
                             {"src/app/config.cpp", "#include <cxxopts.hpp>\n"},
                             {"src/main.cpp", "#include <cxxopts.hpp>\n"},
                             {"src/core/capture.cpp", "#include <nlohmann/json.hpp>\n"},
                             {"src/app/report.cpp", "#include <date/tz.h>\n"},
                             {"src/core/time.cpp", "#include <date/date.h>\n"},
                             {"src/core/a.cpp", "#include <unistd.h>\n"},
                             {"src/core/a.cpp", "#include <sys/stat.h>\n"},
                             {"src/core/a.cpp", "#include <zlib.h>\n"},
                         });
}

TEST_CASE("third-party headers in their place are fine") {
    check_none_complains(
        check_third_party,
        {
            {"src/db/connection.cpp", "#include <cppconn/driver.h>\n#include <mysql_connection.h>\n"},
            {"src/mi/http_transport.cpp", "#include <curl/curl.h>\n"},
            {"src/app/config.cpp", "#include <yaml-cpp/yaml.h>\n"},
            {"src/app/config_reader.cpp", "#include <yaml-cpp/yaml.h>\n"},
            {"src/app/cli.cpp", "#include <cxxopts.hpp>\n"},
            {"src/mi/client.cpp", "#include <nlohmann/json.hpp>\n"},
            {"src/core/time_text.cpp", "#include <date/tz.h>\n#include <vector>\n"},
            {"src/core/a.cpp", "#include <cstdint>\n#include \"sipkeep/core/time.hpp\"\n"},
            {"src/sys/a.cpp", "#include <unistd.h>\n"},
        });
}

TEST_CASE("SQL outside db is seen") {
    check_each_complains(check_sql, in_app({
                                        "auto q = \"SELECT callid FROM dialog\";",
                                        "auto q = \"SELECT\" + columns;",
                                        "auto q = \"INSERT INTO sample VALUES\";",
                                        "auto q = \"UPDATE node \"\n    \"SET x = 1\";",
                                        "auto q = \"DELETE FROM location\";",
                                        "auto q = \"CREATE TABLE node (\";",
                                        "auto q = \"ALTER TABLE node ADD\";",
                                        "auto q = \"  (SELECT 1)\";",
                                        "auto q = \"EXPLAIN DELETE FROM node\";",
                                        "auto q = \"insert into node\";",
                                        "auto q = \"select * from node\";",
                                        "auto q = \"-- rows\\nSELECT 1\";",
                                        "auto q = R\"(\n  SELECT 1\n)\";",
                                        "auto q = R\"sql(DROP TABLE \"node\")sql\";",
                                    }));
    check_each_complains(check_sql,
                         {{"src/main.cpp", "f(\"SELECT 1\");"},
                          {"src/spool/a.cpp", "f(\"SELECT 1\");"},
                          {"include/sipkeep/app/a.hpp", "inline constexpr const char* q = \"SELECT 1\";"}});
}

TEST_CASE("English and comments are no SQL") {
    check_none_complains(check_sql, in_app({
                                        "// SELECT 1 FROM node\n/* \"DELETE FROM node\" */ f();",
                                        "f(\"select a node with --node\");",
                                        "f(\"the live user needs SELECT on location\");",
                                        "f(\"update the schema with sipkeep schema upgrade\");",
                                        "f(\"SELECTED\", \"INSERTS\", \"UPDATES\");",
                                        "char quote = '\"'; // \"SELECT 1\"",
                                    }));
    check_none_complains(check_sql, {{"src/db/store.cpp", "f(\"SELECT 1\");"}});
}

TEST_CASE("ending the process outside main is seen") {
    check_each_complains(check_calls,
                         in_app({"void f() { exit(1); }", "void f() { std::exit (1); }",
                                 "void f() { ::_exit(1); }", "void f() { abort(); }",
                                 "void f() { std::quick_exit(1); }", "void f() { std::terminate(); }"}));
    check_none_complains(
        check_calls, in_app({"int c = error.exit_code();", "f(\"exit(1)\"); // exit(1)", "std::atexit(f);",
                             "transaction.abort();", "transfer->abort();", "bool exit = abort;"}));
    check_none_complains(check_calls,
                         {{"src/main.cpp", "int main() { std::exit(std::getenv(\"X\") ? 0 : 1); }"}});
}

TEST_CASE("reading a clock outside core/time.cpp is seen") {
    const std::vector<std::string> reads{"auto t = std::chrono::system_clock::now();",
                                         "auto t = steady_clock::now ();",
                                         "auto t = Wall::now();",
                                         "auto t = time(nullptr);",
                                         "auto t = ::time( NULL );",
                                         "auto t = time(0);",
                                         "std::time(&t);",
                                         "gettimeofday(&t, nullptr);",
                                         "clock_gettime(CLOCK_MONOTONIC, &t);",
                                         "timespec_get(&t, TIME_UTC);",
                                         "auto t = std::clock();"};
    check_each_complains(check_calls, in_app(reads));
    for (const auto& read : reads) {
        check_none_complains(check_calls, {{"src/core/time.cpp", read}});
        check_each_complains(check_calls, {{"src/main.cpp", read}, {"include/sipkeep/core/time.hpp", read}});
    }
    check_none_complains(check_calls, in_app({"auto t = clock.now();", "auto t = clock_->now();",
                                              "auto t = parse_time(text, now, tz);", "// system_clock::now()",
                                              "[[nodiscard]] UtcMilliseconds now() const override;",
                                              "auto t = row.time(0);", "UtcSeconds time(Column column);"}));
}

TEST_CASE("the environment outside main is seen") {
    check_each_complains(check_calls,
                         in_app({"auto p = std::getenv(\"HOME\");", "auto p = secure_getenv(\"HOME\");",
                                 "setenv(\"TZ\", \"UTC\", 1);"}));
    check_none_complains(check_calls, in_app({"f(\"getenv(\"); // getenv(x)"}));
}

TEST_CASE("mutable state is seen") {
    check_each_complains(check_mutable_state,
                         in_app({
                             "int counter;",
                             "int counter = 0;",
                             "int counter{0};",
                             "namespace sipkeep {\nnamespace {\nint counter = 0;\n}\n}\n",
                             "static int counter;",
                             "extern int counter;",
                             "inline std::string name = \"x\";",
                             "std::string name(\"x\");",
                             "std::vector<int> rows = {1, 2};",
                             "std::function<void(int)> hook;",
                             "std::vector<const char*> names;",
                             "const char* name = \"x\";",
                             "thread_local int depth = 0;",
                             "constinit int depth = 0;",
                             "int (*hook)(int) = nullptr;",
                             "auto f = [](int a) { return a; };",
                             "std::mutex mutex;",
                             "struct {\n    int depth;\n} state;",
                             "void f() { static int calls = 0; ++calls; }",
                             "void f() { static std::map<int, int> cache; }",
                             "void f() { static std::vector<int> cache{1, 2}; }",
                             "void f() { if (x) { for (;;) { static bool once; } } }",
                             "void f() { g([&] { static int calls = 0; }); }",
                             "int f(int a) noexcept { thread_local int depth = 0; return depth; }",
                             "X::X(int a) : a_{a}, b_(2), c_{} { static int made = 0; }",
                             "class X {\npublic:\n    static int made;\n};",
                             "class X {\n    inline static std::map<int, int> cache{};\n};",
                             "template <class T> class X { static T last; };",
                             "#define X \\\n    1\nint counter;",
                             "const char quote = '\"';\nint counter;",
                             "const int million = 1'000'000;\nint counter;",
                         }));
}

TEST_CASE("constants, functions and members are no mutable state") {
    check_none_complains(
        check_mutable_state,
        in_app({
            "const int limit = 5;",
            "constexpr std::array<int, 2> limits{1, 2};",
            "inline constexpr const char* name = \"x\";",
            "const char* const name = \"x\";",
            "static const std::map<int, std::string> names{{1, \"a\"}, {2, \"b\"}};",
            "const auto twice = [](int a) { return 2 * a; };",
            "int f(int a = 1);",
            "std::function<void(int)> f(const std::string& text);",
            "static int f(int a) { int b = a; return b; }",
            "template <class T> T f(T t) { return t; }",
            "auto f() -> std::vector<int> { return {}; }",
            "extern \"C\" { void f(int); }",
            "extern \"C\" void f(int);",
            "typedef enum { a, b } Kind;",
            "X::X(int a) : a_{a}, b_(2), c_{} { call(); }\nX::~X() = default;\nint f();",
            "X& X::operator=(const X&) = default;\nbool operator<(const X& a, const X& b) { return a.v < "
            "b.v; }\nint f();",
            "std::strong_ordering operator<=>(const X&, const X&) = default;\nbool X::operator()(int a) "
            "const { return a; }",
            "using Rows = std::vector<int>;\ntypedef int Count;\nstatic_assert(sizeof(int) == 4);\nclass "
            "X;\nenum class K : int { a = 1 };",
            "namespace fs = std::filesystem;\nusing namespace std::chrono_literals;",
            "template <class T> concept Named = requires(T t) { t.name(); };",
            "class X : private Y {\npublic:\n    X() : a_{1}, b_{2} {}\n    static X make() { return {}; }\n "
            "   static constexpr int most = 5;\n"
            "    static const std::string name;\nprivate:\n    int a_ = 0;\n    int b_{0};\n    "
            "std::vector<int> rows_;\n};",
            "struct X {\n    enum class Kind { a, b };\n    struct Y { int z = 0; } y;\n};",
            "void f() { int a = 0; static const std::regex r(\"x\"); static constexpr int b = 1; auto c = "
            "static_cast<int>(a); }",
            "const std::vector<int>& all() { static const std::vector<int> rows{1, 2}; return rows; }",
            "void f() { for (int i = 0; i < 3; ++i) { g({1, 2}, [&] { return i; }); } }",
            "// int counter;\n/* int counter; */ const char* const text = \"int counter;\";",
            "#include <vector>\n#define COUNTER int counter = 0;\n#if X\n#endif\n",
            "const char* const text = R\"(\nint counter;\n)\";",
        }));
}

TEST_CASE("two classes of one name are seen, unless a file keeps them to itself") {
    const auto complaints = [](const std::string& one, const std::string& other) {
        return joined(check_one_definition({read_source("src/a.hpp", "namespace x {\n" + one + "\n}"),
                                            read_source("src/b.hpp", "namespace x {\n" + other + "\n}")}));
    };
    for (const auto* text :
         {"struct Look {};", "class Look final : public Y {\n  int a_;\n};", "enum class Look : int { a };",
          "template <class T>\nstruct Look { T t; };", "class [[nodiscard]] Look {};"})
        CHECK(complaints("struct Look { int a; };", text) ==
              "src/b.hpp:2: Look is defined at src/a.hpp:2, too\n");
    for (const auto* text :
         {"struct Look;", "namespace {\nstruct Look {};\n}", "struct Other { struct Look {}; };",
          "void f() { struct Look {}; }", "struct Look f() { return {}; }", "// struct Look {};",
          "struct Other::Look {};"})
        CHECK(complaints("struct Look { int a; };", text).empty());
}

TEST_CASE("names that say nothing are seen") {
    check_each_complains(
        check_names,
        in_app({"class SpoolManager {};", "struct TimeHelper final : X {};", "class StringUtil;",
                "struct RowData { int a; };", "enum class KindUtils : int { a };", "union AnyData {};",
                "class [[nodiscard]] LockManager {};", "template <class T> class RowHelper {};"}));
    check_none_complains(check_names,
                         in_app({"class Database {};", "struct Metadata {};", "class ManagerPort {};",
                                 "// class XManager {}", "f(\"class XManager {\");",
                                 "template <class Data> void f(Data d);", "enum class Kind { a };"}));
}

TEST_CASE("a file of more than 400 lines is seen") {
    std::string text;
    for (int i = 0; i < 400; ++i) text += "//\n";
    check_none_complains(check_length, in_app({text}));
    check_each_complains(check_length, in_app({text + "//\n", text + "//"}));
}

TEST_CASE("a source file that nobody builds is seen") {
    const std::map<std::string, std::string> cmake_files{
        {"src/CMakeLists.txt", "add_executable(sipkeep main.cpp)\nadd_subdirectory(db)\n"},
        {"src/db/CMakeLists.txt",
         "sipkeep_layer(db\n  SOURCES\n    live_reader.cpp # old.cpp\n    sql/quote.cpp)\n"}};
    for (const auto* path : {"src/main.cpp", "src/db/live_reader.cpp", "src/db/sql/quote.cpp"})
        CHECK(joined(check_in_build(path, cmake_files)).empty());
    for (const auto* path : {"src/db/reader.cpp", "src/db/old.cpp", "src/db/quote.cpp",
                             "src/mi/live_reader.cpp", "src/other.cpp"})
        CHECK(joined(check_in_build(path, cmake_files)) ==
              std::string(path) + ":1: is in no CMakeLists.txt\n");
}

TEST_CASE("check_source asks every rule") {
    const auto complaints = joined(check_source(
        read_source("src/core/bad.cpp",
                    "#include \"sipkeep/db/a.hpp\"\n#include <zlib.h>\nint counter;\nclass XManager {};\n"
                    "void f() { g(\"SELECT 1\"); exit(1); }\n" +
                        std::string(400, '\n'))));
    for (const auto* line : {":1: core must not see", ":2: must not include", ":3: mutable state",
                             ":4: name XManager", ":5: SQL", ":5: exit()", ":405: over 400 lines"})
        CHECK_THAT(complaints, ContainsSubstring(std::string("src/core/bad.cpp") + line));
}
