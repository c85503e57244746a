#include "sipkeep/app/config.hpp"
#include "sipkeep/core/error.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <nlohmann/json.hpp>

using namespace sipkeep;
using namespace std::chrono_literals;

namespace {

const std::string smallest =
    "node: sbc1\nmi: {url: \"http://127.0.0.1:8888/mi\"}\nhistory: {user: sipkeep}\n";

Config parsed(const std::string& text, const ConfigContext& context = {}) {
    return parse_config(text, "s.yaml", context);
}

std::string complaint(const std::string& text, const ConfigContext& context = {}) {
    try {
        static_cast<void>(parsed(text, context));
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

/// The complaint about one more line (the fourth) below the smallest configuration.
std::string complaint_about(const std::string& line) {
    return complaint(smallest + line + "\n");
}

/// The complaint about one key (in the third line) of a section.
std::string complaint_in_mi(const std::string& line) {
    return complaint("node: sbc1\nmi:\n  " + line + "\n  url: http://x\nhistory: {user: u}\n");
}

} // namespace

TEST_CASE("the smallest configuration gets every default") {
    const auto config =
        parsed("node: sbc1\nmi: {url: http://x}\nlive: {user: u}\nhistory: {user: v}\nspool: {dir: /s}\n");
    CHECK(config.file == "s.yaml");
    CHECK(config.node == "sbc1");
    CHECK(config.interval == 60s);
    CHECK(config.lock_file == "/run/sipkeep/sbc1.lock");
    REQUIRE(config.mi);
    CHECK(config.mi->url == "http://x");
    CHECK(config.mi->timeout == 2s);
    CHECK(config.mi->reply_dir == "/tmp");
    CHECK(config.mi->statistics.all);
    CHECK(config.mi->dispatcher);
    REQUIRE(config.live);
    CHECK(config.live->database.host == "localhost");
    CHECK(config.live->database.port == 3306);
    CHECK(config.live->database.database == "opensips");
    CHECK(config.live->database.connect_timeout == 3s);
    CHECK(config.live->database.read_timeout == 10s);
    CHECK(config.live->timezone == "UTC");
    CHECK(config.live->dialog);
    CHECK(config.live->location);
    CHECK(config.live->dialog_table == "dialog");
    CHECK(config.live->location_table == "location");
    CHECK(config.live->full_compare_every == 60);
    CHECK(config.history.database.user == "v");
    CHECK(config.history.database.database == "sipkeep");
    CHECK(config.history.database.read_timeout == 15s);
    CHECK_FALSE(config.history.database.encrypts());
    CHECK(config.mi->ssl_verify);
    REQUIRE(config.spool);
    CHECK(config.spool->max_bytes == 10ULL * 1024 * 1024 * 1024);
}

TEST_CASE("every key of the file arrives where it belongs") {
    const auto config = parsed(R"(
node: a.B_1-z
interval: 5m
lock_file: /tmp/l
mi: {url: "udp:127.0.0.1:8080", timeout: 500ms, reply_dir: /run, statistics: [core, tm], dispatcher: false, ssl_ca: /mca, ssl_cert: /mc, ssl_key: /mk, ssl_verify: false}
live:
  socket: /run/m.sock
  port: 3307
  user: r
  database: os
  timezone: Europe/Berlin
  connect_timeout: 1s
  timeout: 2m
  dialog: true
  location: false
  dialog_table: d2
  location_table: l2
  full_compare_every: 1
history: {host: h, user: w, database: k, ssl_ca: /ca, ssl_cert: /c, ssl_key: /k, ssl_min_version: 1.3, ssl_enforce: true, ssl_verify: false}
spool: {dir: /s, max_bytes: 500MB}
)");
    CHECK(config.interval == 300s);
    CHECK(config.lock_file == "/tmp/l");
    CHECK(config.mi->timeout == 500ms);
    CHECK_FALSE(config.mi->statistics.all);
    CHECK(config.mi->statistics.groups == std::vector<std::string>{"core", "tm"});
    CHECK_FALSE(config.mi->dispatcher);
    CHECK(config.live->database.socket == "/run/m.sock");
    CHECK(config.live->database.host.empty());
    CHECK(config.live->database.port == 3307);
    CHECK(config.live->database.read_timeout == 120s);
    CHECK(config.live->timezone == "Europe/Berlin");
    CHECK_FALSE(config.live->location);
    CHECK(config.live->location_table == "l2");
    CHECK(config.live->full_compare_every == 1);
    CHECK(config.history.database.ssl_ca == "/ca");
    CHECK(config.history.database.ssl_min_version == "1.3");
    CHECK(config.history.database.ssl_verify_server_cert == false);
    CHECK(config.history.database.ssl_enforce == true);
    CHECK(config.mi->ssl_ca == "/mca");
    CHECK(config.mi->ssl_key == "/mk");
    CHECK_FALSE(config.mi->ssl_verify);
    CHECK(config.spool->max_bytes == 500'000'000U);
}

TEST_CASE("a section that is left out is switched off, but not both sources") {
    CHECK_FALSE(parsed(smallest).live);
    CHECK_FALSE(parsed("node: a\nlive: {user: u}\nhistory: {user: u}").mi);
    CHECK_THAT(complaint("node: a\nhistory: {user: u}"),
               ContainsSubstring("s.yaml:1: mi: missing, and live, too"));
    CHECK_THAT(complaint("node: a\nmi: {url: http://x}"), ContainsSubstring("s.yaml:1: history: missing"));
}

TEST_CASE("--node wins, and the default lock file follows it") {
    const auto config = parsed(smallest, {"sbc2", ""});
    CHECK(config.node == "sbc2");
    CHECK(config.lock_file == "/run/sipkeep/sbc2.lock");
    CHECK(parsed(smallest + "lock_file: /l\n", {"sbc2", ""}).lock_file == "/l");
    CHECK(parsed("mi: {url: http://x}\nhistory: {user: u}", {"sbc2", ""}).node == "sbc2");
    CHECK_THAT(complaint(smallest, {"../etc", ""}), ContainsSubstring("--node: expected 1 to 64 letters"));
    CHECK_THAT(complaint("mi: {url: http://x}\nhistory: {user: u}"),
               ContainsSubstring("s.yaml:1: node: missing"));
}

TEST_CASE("an unknown key is named with file, line and what was probably meant") {
    CHECK(complaint_in_mi("timeot: 2s") == "s.yaml:3: mi.timeot: unknown key; did you mean timeout?");
    CHECK(complaint_about("intervall: 60s") == "s.yaml:4: intervall: unknown key; did you mean interval?");
    CHECK(complaint_about("spol: {dir: /x}") == "s.yaml:4: spol: unknown key; did you mean spool?");
    CHECK(complaint_about("colour: blue") == "s.yaml:4: colour: unknown key");
    CHECK(complaint_about("<<: {a: b}") == "s.yaml:4: <<: unknown key");
    CHECK_THAT(complaint("node: a\nmi: {url: http://x}\nhistory:\n  user: u\n  password: s3cret\n"),
               ContainsSubstring("s.yaml:5: history.password: passwords do not belong here"));
}

TEST_CASE("a wrong type is named with file, line and key") {
    CHECK(complaint_in_mi("timeout: [2s]") ==
          "s.yaml:3: mi.timeout: expected a duration such as 60s, 2m or 500ms, not a list");
    CHECK(complaint_in_mi("dispatcher: {a: b}") ==
          "s.yaml:3: mi.dispatcher: expected true or false, not a section");
    CHECK(complaint_in_mi("dispatcher: yes") == "s.yaml:3: mi.dispatcher: expected true or false");
    CHECK(complaint_in_mi("dispatcher:") == "s.yaml:3: mi.dispatcher: missing value; expected true or false");
    CHECK(complaint_in_mi("reply_dir: ''") == "s.yaml:3: mi.reply_dir: missing value");
    CHECK(complaint_in_mi("reply_dir: tmp") ==
          "s.yaml:3: mi.reply_dir: expected a path from the root on, such as /run/sipkeep");
    CHECK(complaint_in_mi("reply_dir: \"/a\\nb\"") == "s.yaml:3: mi.reply_dir: holds a control character");
    CHECK(complaint("node: a\nmi: http://x\nhistory: {user: u}") ==
          "s.yaml:2: mi: expected a section with keys of its own");
    CHECK_THAT(complaint("node: a\nmi:\nhistory: {user: u}"),
               ContainsSubstring("s.yaml:2: mi: missing value"));
    CHECK_THAT(complaint("node: a\nmi: {timeout: 1s}\nhistory: {user: u}"),
               ContainsSubstring("s.yaml:2: mi.url: missing"));
    CHECK_THAT(complaint(smallest + "spool: {max_bytes: 1GiB}"),
               ContainsSubstring("s.yaml:4: spool.dir: missing"));
    CHECK_THAT(complaint("node: a b\nmi: {url: http://x}\nhistory: {user: u}"),
               ContainsSubstring("s.yaml:1: node: expected"));
}

TEST_CASE("durations and intervals") {
    for (const auto* good : {"1s", "30s", "60s", "2m", "1h", "24h", "1000ms", "60 s"})
        CHECK(complaint_about(std::string("interval: ") + good) == "no error");
    for (const auto* bad : {"0s", "500ms", "7s", "25h", "7m", "48h", "-60s"})
        CHECK_THAT(complaint_about(std::string("interval: ") + bad),
                   ContainsSubstring("s.yaml:4: interval: expected"));
    for (const auto* bad :
         {"60", "1.5s", "s", "1 fortnight", "99999999999999999999s", "18446744073709551615h", "0x10s"})
        CHECK(complaint_in_mi(std::string("timeout: ") + bad) ==
              "s.yaml:3: mi.timeout: expected a duration such as 60s, 2m or 500ms");
    CHECK(complaint_in_mi("timeout: 0ms") == "s.yaml:3: mi.timeout: expected 1ms to 1h");
    CHECK(complaint_in_mi("timeout: 61m") == "s.yaml:3: mi.timeout: expected 1ms to 1h");
}

TEST_CASE("sizes") {
    const auto size = [](const std::string& text) {
        return parsed(smallest + "spool: {dir: /s, max_bytes: " + text + "}").spool->max_bytes;
    };
    CHECK(size("1MiB") == 1048576U);
    CHECK(size("2TB") == 2'000'000'000'000U);
    CHECK(size("1048576B") == 1048576U);
    for (const auto* bad : {"10", "10 gigs", "-1GiB", "20000000TiB", "1023KiB", "1025TiB"})
        CHECK_THAT(complaint(smallest + "spool:\n  dir: /s\n  max_bytes: " + bad),
                   ContainsSubstring("s.yaml:6: spool.max_bytes: expected"));
}

TEST_CASE("retention: days, and the history's own user unless it names another") {
    CHECK(parsed(smallest).retention.pack_after == std::chrono::days{2});
    CHECK(parsed(smallest + "retention: {pack_after: 3650d, samples: forever, location: forever}")
              .retention.pack_after == std::chrono::days{3650});
    CHECK(parsed(smallest).retention.database.user == parsed(smallest).history.database.user);
    for (const auto* bad : {"0d", "2", "d", "3651d", "-1d", "2days", "1.5d", "never"})
        CHECK_THAT(complaint(smallest + "retention:\n  pack_after: " + bad),
                   ContainsSubstring("s.yaml:5: retention.pack_after: expected 1d to 3650d"));
}

TEST_CASE("retention: how long each class is kept, and what needs what") {
    const auto kept = [&](const std::string& text, RetentionClass one) {
        return parsed(smallest + "retention: {" + text + "}").retention.policy[one];
    };
    CHECK(kept("samples: 3y", RetentionClass::samples) == std::chrono::days{1095});
    CHECK(kept("dialog: 36500d", RetentionClass::dialog) == std::chrono::days{36500});
    CHECK(kept("location: forever", RetentionClass::location) == std::nullopt);
    CHECK(kept("pack_after: 2d", RetentionClass::refresh) == std::chrono::days{35});
    for (const auto* bad : {"0d", "0y", "2", "36501d", "101y", "2 y", "never", "1.5y", "-1d"})
        CHECK_THAT(complaint(smallest + "retention:\n  samples: " + bad),
                   ContainsSubstring("s.yaml:5: retention.samples: expected 1d to 36500d, 1y to 100y"));
    CHECK_THAT(complaint(smallest + "retention:\n  samples:"),
               ContainsSubstring("s.yaml:5: retention.samples: missing value"));
    CHECK_THAT(complaint(smallest + "retention:"), ContainsSubstring("s.yaml:4: retention: missing value"));
    const auto refused = [&](const std::string& text) {
        return complaint(smallest + "retention: {" + text + "}");
    };
    CHECK_THAT(refused("location: 20d"),
               ContainsSubstring("retention.location: shorter than retention.refresh"));
    CHECK_THAT(refused("rollup_day: 4y"),
               ContainsSubstring("retention.rollup_day: shorter than retention.rollup_hour"));
    CHECK_THAT(refused("ledger: 10y"),
               ContainsSubstring("retention.ledger: shorter than retention.dispatcher"));
    CHECK_THAT(refused("samples: 2d"),
               ContainsSubstring("retention.samples: must be longer than pack_after"));
    CHECK_THAT(refused("location: 2d, refresh: 1d"),
               ContainsSubstring("retention.location: must be longer than pack_after"));
    CHECK(parsed(smallest + "retention: {disk_budget: 200GiB}").retention.disk_budget == 200ULL << 30U);
    CHECK(parsed(smallest).retention.disk_budget == std::nullopt);
}

TEST_CASE("statistics are all, none or groups") {
    CHECK(parsed("node: a\nmi: {url: http://x, statistics: none}\nhistory: {user: u}").mi->statistics.none());
    CHECK_THAT(complaint_in_mi("statistics: some"),
               ContainsSubstring("s.yaml:3: mi.statistics: expected all, none"));
    CHECK_THAT(complaint_in_mi("statistics: []"),
               ContainsSubstring("s.yaml:3: mi.statistics: an empty list"));
    CHECK_THAT(complaint_in_mi("statistics: [core, core]"), ContainsSubstring("group core is given twice"));
    CHECK_THAT(complaint_in_mi("statistics: [\"a b\"]"),
               ContainsSubstring("s.yaml:3: mi.statistics: a group's name"));
    CHECK_THAT(complaint_in_mi("statistics: [[[[core]]]]"),
               ContainsSubstring("mi.statistics: is nested too deeply"));
    CHECK_THAT(
        complaint("node: a\nmi: {url: http://x, statistics: none, dispatcher: false}\nhistory: {user: u}"),
        ContainsSubstring("s.yaml:2: mi.statistics: none, and dispatcher is false"));
    CHECK_THAT(complaint("node: a\nlive: {user: u, dialog: false, location: false}\nhistory: {user: u}"),
               ContainsSubstring("s.yaml:2: live.dialog: false, and location, too"));
}

TEST_CASE("tables and time zones are names, not SQL and not paths") {
    const auto in_live = [](const std::string& line) {
        return complaint("node: a\nlive:\n  " + line + "\n  user: u\nhistory: {user: u}\n");
    };
    CHECK_THAT(in_live("dialog_table: \"d`; DROP\""),
               ContainsSubstring("s.yaml:3: live.dialog_table: expected 1 to 64"));
    CHECK_THAT(in_live("database: a.b"), ContainsSubstring("s.yaml:3: live.database: expected 1 to 64"));
    for (const auto* bad :
         {"Europe/Atlantis", "../../../etc/passwd", "/etc/localtime", "CEST please", "Europe"})
        CHECK_THAT(in_live("timezone: " + std::string(bad)),
                   ContainsSubstring("s.yaml:3: live.timezone: expected"));
    for (const auto* bad : {"0", "-1", "10081", "1.5", "all"})
        CHECK_THAT(in_live("full_compare_every: " + std::string(bad)),
                   ContainsSubstring("s.yaml:3: live.full_compare_every: expected a number of captures"));
    for (const auto* bad : {"0", "65536", "mysql"})
        CHECK_THAT(in_live("port: " + std::string(bad)),
                   ContainsSubstring("s.yaml:3: live.port: expected a port"));
}

TEST_CASE("timeouts that could outlast the interval are refused, and the longest is named") {
    const auto with = [](const std::string& interval, const std::string& timeout) {
        return complaint("node: a\ninterval: " + interval +
                         "\nmi: {url: http://x}\nlive:\n  user: u\n  timeout: " + timeout +
                         "\nhistory: {user: u, timeout: 15s}\n");
    };
    CHECK(with("60s", "26999ms") == "no error"); // 2 + 3 + 3 + 15 = 23 beside it
    CHECK(with("60s", "27s") ==
          "s.yaml:6: live.timeout: all timeouts together are 50000ms, but must stay under 5/6 of "
          "the interval (50000ms); lower this one, it is the longest");
    CHECK(with("120s", "27s") == "no error");
    CHECK(with("30s", "27s") == "no error");
    CHECK_THAT(complaint("node: a\nmi: {url: http://x}\nhistory:\n  user: u\n  connect_timeout: 40s"),
               ContainsSubstring("s.yaml:5: history.connect_timeout: all timeouts together"));
}

TEST_CASE("a session that falls silent for longer than a run may last is ended by the server") {
    const auto config = parsed(smallest + "live: {user: u}\n");
    CHECK(config.live->database.idle_limit == 60s);
    CHECK(config.history.database.idle_limit == 60s);
    CHECK(parsed("interval: 5m\n" + smallest).history.database.idle_limit == 300s);
    CHECK(parsed("interval: 1s\n" + smallest).history.database.idle_limit == 60s);
}

TEST_CASE("duplicate keys are refused, with both lines") {
    CHECK(complaint_about("node: b") == "s.yaml:4: node: is given twice, first in line 1");
    CHECK(complaint_in_mi("url: http://y") == "s.yaml:4: mi.url: is given twice, first in line 3");
    CHECK(complaint_about("mi: {}") == "s.yaml:4: mi: is given twice, first in line 2");
}

TEST_CASE("YAML that has no place in a configuration is refused") {
    CHECK_THAT(complaint(""), ContainsSubstring("s.yaml: is empty"));
    CHECK_THAT(complaint("# nothing\n---\n"), ContainsSubstring("s.yaml: is empty"));
    CHECK_THAT(complaint("- a\n- b\n"), ContainsSubstring("s.yaml:1: expected lines KEY: VALUE"));
    CHECK_THAT(complaint("just text"), ContainsSubstring("s.yaml:1: expected lines KEY: VALUE"));
    CHECK_THAT(complaint_about("interval: 60s\n---\nnode: b"), ContainsSubstring("a second document"));
    CHECK_THAT(complaint_about("lock_file: &a /x"),
               ContainsSubstring("s.yaml:4: lock_file: anchors are not used"));
    CHECK_THAT(complaint_about("lock_file: !secret /x"),
               ContainsSubstring("s.yaml:4: lock_file: tags are not used"));
    CHECK_THAT(complaint_about("? [a, b]\n: c"), ContainsSubstring("s.yaml:4: a key must be a word"));
    CHECK_THAT(complaint_about("? \n: c"), ContainsSubstring("a key must be a word"));
    CHECK_THAT(complaint_about("\"a\\nb\": c"), ContainsSubstring("s.yaml:4: a key must be a word"));
    CHECK_THAT(complaint_about("node: [b"), ContainsSubstring("s.yaml:"));
    CHECK_THAT(complaint("node: a\n\tmi: b\n"), ContainsSubstring("s.yaml:2: not valid YAML"));
    CHECK_THAT(complaint("node: {a: b\n"), ContainsSubstring("not valid YAML"));
}

TEST_CASE("an alias bomb is refused at its first anchor") {
    CHECK_THAT(complaint("a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n"),
               ContainsSubstring("s.yaml:1: a: anchors"));
    CHECK_THAT(complaint_about("interval: *x"), ContainsSubstring("s.yaml:4: "));
}

TEST_CASE("deep nesting ends in a message, however deep") {
    for (const std::size_t depth : {5U, 600U, 100'000U}) {
        CHECK_THAT(complaint("a: " + std::string(depth, '[')), ContainsSubstring("s.yaml:1: "));
        std::string maps;
        for (std::size_t i = 0; i < depth; ++i) maps += "{a: ";
        CHECK_THAT(complaint(maps), ContainsSubstring("s.yaml:1: "));
    }
}

TEST_CASE("hundreds of thousands of keys or list entries are refused before they cost time") {
    // 95,000 keys took 26 seconds: each was looked for among all before it.
    std::string keys;
    std::string entries;
    for (int i = 0; i < 90'000; ++i) {
        keys += "k" + std::to_string(i) + ": 1\n";
        entries += "a, ";
    }
    const Stopwatch watch;
    CHECK(complaint(keys) == "s.yaml:1001: has more than 1000 entries; is it the right file?");
    CHECK_THAT(complaint("mi:\n  statistics: [" + entries + "]\n"),
               ContainsSubstring("s.yaml:2: mi.statistics: has more than 1000 entries"));
    CHECK(watch.elapsed() < Milliseconds{10'000});
}

TEST_CASE("a complaint of the YAML reader has an end, too") {
    const auto directive = complaint("%YAML " + std::string(100'000, 'x') + "\n");
    CHECK_THAT(directive, ContainsSubstring("s.yaml:1: not valid YAML: bad YAML version: xxx"));
    CHECK(directive.size() < 200);
    CHECK(complaint("a: *" + std::string(100'000, 'x') + "\n").size() < 200);
}

TEST_CASE("any bytes end in a message or a configuration, never in a crash") {
    const std::string full = smallest + "live: {user: u, timezone: UTC, dialog: true}\nspool:\n  dir: /s\n";
    for (std::size_t at = 0; at < full.size(); ++at) {
        CHECK_NOTHROW(complaint(full.substr(0, at)));
        for (const char byte : {'\0', '\xff', '[', '{', '"', ':', '\t', '*'}) {
            auto broken = full;
            broken[at] = byte;
            CHECK_NOTHROW(complaint(broken));
        }
    }
}

TEST_CASE("a file over 1 MiB is refused before it is parsed") {
    const TemporaryFolder folder;
    const std::string padding(1024 * 1024, '#');
    CHECK_THAT(complaint(smallest + padding), ContainsSubstring("s.yaml: is larger than 1 MiB"));
    const auto path = folder.write("big.yaml", smallest + padding);
    CHECK_THROWS_AS(load_config(path, {}), UsageError);
    CHECK_THROWS_WITH(load_config(path, {}), ContainsSubstring(path + ": is larger than 1024 KiB"));
}

TEST_CASE("a missing configuration file is a usage error that names it") {
    const TemporaryFolder folder;
    CHECK_THROWS_AS(load_config(folder.path("none.yaml"), {}), UsageError);
    CHECK_THROWS_WITH(load_config(folder.path("none.yaml"), {}),
                      ContainsSubstring("none.yaml: can't be opened"));
    CHECK(load_config(folder.write("s.yaml", smallest), {}).node == "sbc1");
}

TEST_CASE("every default of the table is a value its own reader accepts and shows again") {
    const auto shown = show_config(
        parsed("node: a\nmi: {url: http://x}\nlive: {user: u}\nhistory: {user: u}\nspool: {dir: /s}"));
    for (const auto& key : config_keys()) {
        if (key.default_text.empty()) continue;
        const auto dot = key.path.find('.');
        const auto& value = dot == std::string::npos
                                ? shown.at(key.path)
                                : shown.at(key.path.substr(0, dot)).at(key.path.substr(dot + 1));
        CHECK((value.is_string() ? value.get<std::string>() : value.dump()) == key.default_text);
    }
}

TEST_CASE("what else is asked of MI, and where calls and registrations are read") {
    const auto with_mi = [](const std::string& keys, const std::string& more = "") {
        return parsed("node: a\nmi: {url: http://x, " + keys + "}\nhistory: {user: u}\n" + more);
    };
    const auto mi = with_mi(
        "more: [profiles, tcp], budget: 500ms, extra: [{method: which}, {name: gates, method: lb_list, "
        "params: '{\"a\":1}', rows: /Destinations, key: [uri, id], values: load, keep: [enabled]}]");
    CHECK(mi.mi->more == std::vector<std::string>{"profiles", "tcp"});
    CHECK(mi.mi->budget == std::chrono::milliseconds{500});
    REQUIRE(mi.mi->extra.size() == 2);
    CHECK(mi.mi->extra[0].name == "which");
    CHECK(mi.mi->extra[1].name == "gates");
    CHECK(mi.mi->extra[1].params == R"({"a":1})");
    CHECK(mi.mi->extra[1].key == std::vector<std::string>{"uri", "id"});
    CHECK(mi.mi->extra[1].values == std::vector<std::string>{"load"});
    CHECK(with_mi("budget: none, more: none, extra: none").mi->extra.empty());
    CHECK(with_mi("timeout: 2s", "dialog: {source: mi}").dialog_source == TableSource::memory);

    CHECK_THAT(complaint_in_mi("more: [profile]"),
               ContainsSubstring("mi.more: profile: not known; did you mean profiles?"));
    CHECK_THAT(complaint_in_mi("more: [tcp, tcp]"), ContainsSubstring("tcp is given twice"));
    CHECK_THAT(complaint_in_mi("more: all"), ContainsSubstring("mi.more: expected none, or a list"));
    CHECK_THAT(complaint_in_mi("extra: [{name: a}]"), ContainsSubstring("mi.extra: method: missing"));
    CHECK_THAT(complaint_in_mi("extra: [{method: m, row: /a}]"),
               ContainsSubstring("mi.extra: row: unknown; expected name"));
    CHECK_THAT(complaint_in_mi("extra: [{method: m}, {method: m}]"),
               ContainsSubstring("name m is given twice"));
    CHECK_THAT(complaint("node: a\nmi: {url: http://x, more: [pike], extra: [{name: pike, method: "
                         "m}]}\nhistory: {user: u}"),
               ContainsSubstring("mi.extra: name pike is one of mi.more already"));
    CHECK_THAT(complaint_in_mi("budget: 0"), ContainsSubstring("mi.budget: expected"));
}
