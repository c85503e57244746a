// sipkeep report page: what it holds, that texts from outside stay texts in it, and what a browser makes of
// it.
#include "sipkeep/app/cli.hpp"

#include "report_scene.hpp"
#include "support/program.hpp"
#include "support/stopped_clock.hpp"
#include "support/temp_dir.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::string hostile = "</script><script>alert(1)</script><!--\"'&\xe2\x80\xa8 \\u003c";

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The archive of sbc1, and the command line that asks it.
class PageArchive : public ReportScene {
public:
    PageArchive() : ReportScene(from_datetime("2026-11-24 00:00:00"), 300s) {
        const auto settings = rig.database.settings();
        std::ofstream(folder.path() + "/history.cnf")
            << "[client]\nsocket=" << settings.socket << "\nuser=" << settings.user << "\n";
        std::filesystem::permissions(folder.path() + "/history.cnf", std::filesystem::perms::owner_read);
        std::ofstream(folder.path() + "/sipkeep.yaml")
            << "node: sbc1\ninterval: 300s\nlock_file: " << folder.path()
            << "/lock\nmi: { url: \"http://127.0.0.1:1/mi\" }\nhistory: { option_file: " << folder.path()
            << "/history.cnf, database: " << settings.database << " }\n";
        std::filesystem::create_directory(folder.path() + "/out");
    }

    [[nodiscard]] std::string out() const { return folder.path() + "/out/page.html"; }

    /// The page of the day, or what `args` ask.
    std::string page(std::vector<std::string> args = {"--from", "2026-11-24T00:00:00Z", "--to",
                                                      "2026-11-25T00:00:00Z"}) {
        args.insert(args.end(), {"--out", out()});
        run(std::move(args));
        return read_file(out());
    }
    void run(std::vector<std::string> args) {
        std::ostringstream printed, said;
        StoppedClock clock(from_datetime("2026-11-25 00:00:00") + 500ms);
        RealFileSystem files;
        const Environment env{printed, said, clock, files, false, false, ""};
        args.insert(args.begin(), {"report", "page", "-c", folder.path() + "/sipkeep.yaml"});
        const ExitCode code = run_command_line(args, env);
        CHECK(code == ExitCode::done);
        CHECK(printed.str().empty());
        warnings = said.str();
    }
    std::string refused(const std::vector<std::string>& args) {
        try {
            run(args);
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }

    TempDir folder;
    std::string warnings;
};

/// A day that went wrong at 14:00: a gateway down, OpenSIPS started anew, the phones of a domain gone; and at
/// 03:10 nobody looked.
class Day : public PageArchive {
public:
    Day() {
        started_at = from_datetime("2026-11-20 06:00:00");
        destinations = {{gateway, "Active"}, {"sip:203.0.113.20:5060", "Active"}, {hostile, "Active"}};
        gauges = {{"shmem:total_size", 1 << 29}, {"load:load1m", 2}};
        for (int i = 0; i < 60; ++i) phone(i);
        for (int i = 0; i < 288; ++i)
            if (i < 38 || i >= 48) look(i);
        take_records(at(287));
    }
    static constexpr const char* gateway = "sip:203.0.113.10:5060";

private:
    static UtcSeconds at(int i) { return from_datetime("2026-11-24 00:00:00") + i * 300s; }
    static bool bad(int i) { return i >= 167 && i < 176; }

    void phone(int i) {
        const std::string domain = i % 3 == 0   ? "north.example.com"
                                   : i % 3 == 1 ? "south.example.com"
                                                : hostile;
        const auto id = static_cast<std::uint64_t>(i + 1);
        rig.tables.put_contact(
            id, {{"username", std::to_string(1000 + i)},
                 {"domain", domain},
                 {"contact", "sip:" + std::to_string(1000 + i) + "@192.0.2.9:" + std::to_string(5060 + i)},
                 {"user_agent", hostile},
                 {"expires", "1795737600"},
                 {"cseq", "1"},
                 {"last_modified", "2026-11-24 00:00:00"},
                 {"socket", "udp:10.0.0.1:5060"}});
    }
    void look(int i) {
        const int busy = std::max(2, 40 - std::abs(i - 140) / 3);
        rig.tables.dialog.clear();
        for (int call = 0; call < (bad(i) ? busy / 4 : busy); ++call)
            rig.put_call(static_cast<std::uint64_t>(i + 1) * 100 + static_cast<std::uint64_t>(call));
        if (i == 168) restart();
        if (bad(i)) rig.tables.location.erase(static_cast<std::uint64_t>(2 + 3 * (i - 167)));
        if (i == 180)
            for (int lost = 0; lost < 9; ++lost) phone(1 + 3 * lost);
        destinations[gateway] = i >= 166 && i < 176 ? "Probing" : "Active";
        counters["core:rcv_requests"] += busy * 90;
        counters["core:rcv_replies"] += busy * 60;
        counters["core:drop_requests"] += bad(i) ? 40 : 1;
        counters["core:err_requests"] += i % 50 == 0 ? 200 : 2;
        counters["tm:2xx_transactions"] += busy * 5;
        counters["tm:4xx_transactions"] += busy;
        counters["tm:5xx_transactions"] += bad(i) ? busy * 3 : 1;
        gauges["shmem:real_used_size"] = (40 + busy) * (1 << 20);
        gauges["shmem:max_used_size"] = 90 << 20;
        gauges["load:load1m"] = bad(i) ? 70 : busy / 2;
        capture(at(i));
        for (int call = 0; call < busy / 8; ++call) record(i, call);
    }
    void restart() {
        for (auto& [name, value] : counters) value = 0;
        started_at = at(168) - 130s;
    }
    void record(int i, int call) {
        const bool fails = bad(i) ? call % 4 != 0 : call % 5 == 4;
        const std::string code = bad(i) ? "503" : i % 2 == 0 ? "486" : "487";
        call_record("r" + std::to_string(i * 10 + call), at(i) + call * 7s, fails ? 0 : 90'000,
                    "1001@north.example.com", "4930@north.example.com", fails ? code : "200");
    }
};

json content_of(const std::string& page) {
    const std::string begin = "id=\"content\">";
    const auto from = page.find(begin) + begin.size();
    return json::parse(page.substr(from, page.find("</script>", from) - from));
}

/// What the page has for a field, as the database wrote it.
std::string as_field(const json& value, const std::optional<std::string>& field) {
    if (value.is_null()) return "(null)";
    if (value.is_array()) return to_datetime(UtcSeconds(Seconds(value[0].get<std::int64_t>())));
    if (value.is_number()) return value == json::parse(*field) ? *field : value.dump();
    return value.get<std::string>();
}

/// Chromium, or "" where SIPKEEP_NO_BROWSER says that none is wanted.
std::string browser() {
    if (std::getenv("SIPKEEP_NO_BROWSER") != nullptr) return "";
    const char* const path = std::getenv("PATH");
    std::istringstream folders(path == nullptr ? "" : path);
    for (std::string folder; std::getline(folders, folder, ':');)
        for (const char* name : {"/chromium", "/chromium-browser", "/google-chrome"})
            if (std::filesystem::exists(folder + name)) return folder + name;
    FAIL("no Chromium in PATH; install the package chromium, or set SIPKEEP_NO_BROWSER=1 to do without");
    return "";
}

struct SeenPage {
    std::string errors;
    json drawn;
};

std::string output_of(const std::string& dom, const std::string& id) {
    const auto at = dom.find("<output id=\"" + id + "\"");
    REQUIRE(at != std::string::npos);
    const auto from = dom.find('>', at) + 1;
    return dom.substr(from, dom.find("</output>", from) - from);
}

SeenPage look_at(const std::string& chromium, const std::string& page, const TempDir& folder) {
    const std::string path = folder.path() + "/seen.html";
    std::ofstream(path, std::ios::binary) << page;
    const auto result =
        run_program({chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--no-first-run", "--disable-background-networking",
                     "--host-resolver-rules=MAP * ~NOTFOUND", "--user-data-dir=" + folder.path() + "/browser",
                     "--virtual-time-budget=5000", "--dump-dom", "file://" + path},
                    {{"HOME", folder.path()}, {"TMPDIR", folder.path()}});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    const std::string drawn = output_of(result.out, "drawn");
    return {output_of(result.out, "errors"), drawn.empty() ? json() : json::parse(drawn)};
}

/// How many fields of these columns are known.
std::size_t known(ReportScene& scene, const std::string& name, const std::vector<std::string>& columns) {
    const auto report = std::ranges::find(embedded_reports(), name, &Report::name);
    std::size_t count = 0;
    for (const auto& row :
         scene.rows(name, {.from = "2026-11-24 00:00:00", .to = "2026-11-25 00:00:00", .top = 7}))
        for (std::size_t i = 0; i < row.size(); ++i)
            if (row[i] && std::ranges::count(columns, report->columns[i].name) != 0) ++count;
    return count;
}

} // namespace

TEST_CASE("report page: the rows of the reports, whoever sent the texts in them") {
    Day day;
    const std::string page = day.page();
    if (const char* const copy = std::getenv("SIPKEEP_PAGE")) std::ofstream(copy) << page; // to look at it
    const json content = content_of(page);
    CHECK(content["by"] == "hour");
    CHECK(content["reports"].size() == 18);
    for (const auto& [name, answer] : content["reports"].items()) {
        INFO(name);
        const auto report = std::ranges::find(embedded_reports(), name, &Report::name);
        const auto rows = day.rows(name, {.from = "2026-11-24 00:00:00",
                                          .to = "2026-11-25 00:00:00",
                                          .by = report->divided() ? StepUnit::hour : StepUnit::all,
                                          .top = name == "registrations-by-domain" ? 7U : 100U});
        REQUIRE(answer["rows"].size() == rows.size());
        CHECK((!rows.empty() || name == "calls-by-gateway" || name == "never-came-back" || name == "moves"));
        for (std::size_t i = 0; i < rows.size(); ++i)
            for (std::size_t column = 0; column < rows[i].size(); ++column)
                CHECK(as_field(answer["rows"][i][column], rows[i][column]) ==
                      rows[i][column].value_or("(null)"));
    }
    CHECK(content.dump().find("alert(1)") != std::string::npos); // they are there

    const auto count = [&](const std::string& text) {
        std::size_t found = 0;
        for (auto at = page.find(text); at != std::string::npos; at = page.find(text, at + 1)) ++found;
        return found;
    };
    CHECK(count("<script") == 4);
    CHECK(count("</script") == 4);
    CHECK(count("<!--") == 0);
    CHECK(count("\xe2\x80\xa8") == 0);
    CHECK(count(" src=") == 0);
    CHECK(count(" href=") == 0);
    CHECK(count("http://") == 0);
    CHECK(count("https://") == 2); // who made Chart.js and its colours
    CHECK(count("innerHTML") == 0);
    CHECK(std::filesystem::status(day.out()).permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("report page: steps and zone follow from the time asked for") {
    PageArchive site;
    site.capture(from_datetime("2026-11-24 22:00:00"));
    const auto asked = [&](const std::string& from) {
        const json content = content_of(site.page({"--from", from, "--tz", "Europe/Berlin"}));
        return content["from"][1].get<std::string>() + " by " + content["by"].get<std::string>();
    };
    CHECK(asked("-6h") == "2026-11-24 19:00 +01:00 by hour"); // captures are five minutes apart
    CHECK(asked("-15d") == "2026-11-10 01:00 +01:00 by hour");
    CHECK(asked("-16d") == "2026-11-09 01:00 +01:00 by day");
    CHECK(asked("2025-11-01") == "2025-11-01 00:00 +01:00 by week");
    const json content = content_of(site.page({}));
    CHECK(content["from"][1] == "2026-11-24 00:00");
    CHECK(content["to"][1] == "2026-11-25 00:00");
    CHECK(content["newest"][1] == "2026-11-24 22:00");
}

TEST_CASE("report page: an archive without captures") {
    PageArchive site;
    const std::string page = site.page();
    CHECK(content_of(page)["newest"].is_null());
    CHECK(site.warnings == "sipkeep: warning: the archive holds no capture yet\n");
    const std::string chromium = browser();
    if (chromium.empty()) return;
    const SeenPage seen = look_at(chromium, page, site.folder);
    CHECK(seen.errors.empty());
    CHECK(seen.drawn.empty());
}

TEST_CASE("report page: what can't be written or means nothing is one line, and leaves nothing") {
    PageArchive site;
    const std::string out = site.folder.path() + "/out";
    CHECK(site.refused({"--out", out + "/none/page.html"}) ==
          "report page: --out: " + out + "/none/.page.html.new: can't be made: No such file or directory");
    CHECK(site.refused({"--out", out}) ==
          "report page: --out: " + out + " is a folder; give --out FILE.html");
    CHECK(site.refused({"--out", out + "/"}) == "report page: where to? give --out FILE.html");
    CHECK(site.refused({"--out", "-"}) == "report page: where to? give --out FILE.html");
    CHECK(site.refused({}) == "report page: where to? give --out FILE.html");
    const auto with_out = [&](std::vector<std::string> args) {
        args.insert(args.end(), {"--out", out + "/page.html"});
        return site.refused(args);
    };
    CHECK(with_out({"--node", "sbc9"}) == "--node: the archive knows no node 'sbc9'");
    CHECK(with_out({"--by", "day"}) == "report page: --by means nothing: the time asked for decides");
    CHECK(with_out({"--at", "-1h"}) == "report page: --at means nothing: give --from and --to");
    CHECK(with_out({"--json"}) == "report page: is HTML: --format and --json mean nothing");
    CHECK(with_out({"--from", "2027-01-01"}) ==
          "report page: nothing lies between --from and --to, which is now");
    CHECK(with_out({"--tz", "Mars/Base"}) == "report page: --tz: unknown time zone 'Mars/Base'");
    CHECK(std::filesystem::is_empty(out));
}

TEST_CASE(
    "report page in a browser: every known value is a point, nothing is asked of a network, nothing fails") {
    const std::string chromium = browser();
    if (chromium.empty()) return;
    Day day;
    const std::string page = day.page();
    const SeenPage seen = look_at(chromium, page, day.folder);
    CHECK(seen.errors.empty());
    const auto points = [&](const char* id) { return seen.drawn.value(id, std::size_t{0}); };
    CHECK(points("concurrent-calls-0") == known(day, "concurrent-calls", {"most", "mean"}));
    CHECK(points("concurrent-calls-0") == 48);
    CHECK(points("call-success-0") ==
          known(day, "call-success",
                {"answered", "asr", "failed_3xx", "failed_4xx", "failed_5xx", "failed_6xx", "cancelled"}));
    CHECK(points("registrations-0") == known(day, "registrations", {"most", "least"}));
    CHECK(points("registrations-by-domain-0") == known(day, "registrations-by-domain", {"at_start"}));
    CHECK(points("requests-0") == known(day, "requests", {"requests", "replies"}));
    CHECK(points("memory-0") == known(day, "memory", {"used_most", "peak", "total"}));
    CHECK(points("load-0") == known(day, "load", {"load_mean", "load_most"}));
    CHECK(points("gateways-0") == 1);

    // Keys step through a chart and say what is there, the head of a column sorts.
    const auto once = page.find("nonce=\"") + 7;
    std::string used = page;
    used.insert(used.rfind("</body>"), "<script nonce=\"" + page.substr(once, 32) + R"script(">{
        const canvas = document.getElementById("concurrent-calls-0");
        const said = () => { drawn.textContent += document.getElementById("spoken").textContent + ";"; };
        const drawn = document.getElementById("drawn");
        drawn.textContent = "\"";
        for (const key of ["ArrowRight", "ArrowRight", "End", "ArrowLeft", "Home"]) {
            canvas.dispatchEvent(new KeyboardEvent("keydown", {key}));
            said();
        }
        const table = [...document.querySelectorAll("table")].find(one => one.caption.textContent === "Calls up at once");
        const button = [...table.querySelectorAll("th button")].find(one => one.textContent === "most");
        for (let i = 0; i < 2; ++i) {
            button.click();
            said();
            drawn.textContent += table.tBodies[0].rows[0].cells[2].textContent + ";";
        }
        drawn.textContent += button.parentElement.getAttribute("aria-sort") + "\"";
    }</script>)script");
    const SeenPage done = look_at(chromium, used, day.folder);
    CHECK(done.errors.empty());
    CHECK(done.drawn == "2026-11-24 00:00, most: 2, mean: 2;2026-11-24 01:00, most: 2, mean: 2;"
                        "2026-11-24 23:00, most: 2, mean: 2;2026-11-24 22:00, most: 2, mean: 2;"
                        "2026-11-24 00:00, most: 2, mean: 2;"
                        "Sorted by most, descending;40;Sorted by most, ascending;2;ascending");

    // And it does tell when something is wrong.
    std::string broken = page;
    broken.insert(broken.find("<footer>"),
                  "<img src=\"http://127.0.0.1:1/x\"><script>document.title=1</script>");
    const SeenPage told = look_at(chromium, broken, day.folder);
    CHECK_THAT(told.errors, ContainsSubstring("not allowed: img-src http://127.0.0.1:1/x"));
    CHECK_THAT(told.errors, ContainsSubstring("not allowed: script-src-elem inline"));
}
