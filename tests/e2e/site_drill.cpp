#include "site_drill.hpp"

#include "support/catch.hpp"

#include <array>
#include <filesystem>

namespace sipkeep::test {

namespace {

TestDatabase& without_tables(TestDatabase& live) {
    live.sql().execute("DROP TABLE dialog, location");
    return live;
}

} // namespace

SiteDrill::SiteDrill(const std::string& stem, std::uint32_t seed, int contacts, int dialogs)
    : site_(stem), tables_(without_tables(site_.live), {}, seed), mi_(seed), mi_copies_(site_.live),
      random_(seed) {
    tables_.fill(contacts, dialogs, from_datetime(site_.datetime(0)));
    mi_.answer(site_.mi);
}

void SiteDrill::pass(int minutes, int changes) {
    minute_ += minutes;
    copied_ = false;
    for (int i = 0; i < changes; ++i) tables_.live(from_datetime(site_.datetime(minute_)));
    mi_.live(Seconds{60 * minutes});
    mi_.answer(site_.mi);
}

void SiteDrill::begin_node(const std::string& node) {
    site_.settings.node = node;
}

ProgramResult SiteDrill::run() {
    const ProgramResult result = site_.snapshot(minute_);
    const bool stored = look_for_capture();
    if (result.exit_code != 1) CHECK(stored); // or spooled
    return result;
}

std::unique_ptr<RunningProgram> SiteDrill::start() {
    return site_.start_snapshot(minute_);
}

void SiteDrill::use_spool() {
    spool_ = site_.folder.path("spool");
    site_.settings.more = "spool: { dir: " + spool_ + " }\n";
}

bool SiteDrill::is_kept() {
    const std::string at = site_.datetime(minute_);
    std::string file = at;
    std::erase_if(file, [](char c) { return c == '-' || c == ':'; });
    file.replace(file.find(' '), 1, "T");
    if (std::filesystem::exists(spool_ + "/" + site_.settings.node + "-" + file + "Z.capture")) return true;
    return site_.history.rows("SELECT COUNT(*) FROM capture JOIN node USING (node_id) WHERE node = '" +
                              site_.settings.node + "' AND captured_at = '" + at + "'") == "1\n";
}

bool SiteDrill::look_for_capture() {
    const bool kept = is_kept();
    if (!kept || copied_) return kept;
    copied_ = true;
    ++captures_;
    uncompared_.push_back(minute_);
    const UtcSeconds at = from_datetime(site_.datetime(minute_));
    mi_copies_.copy(at, mi_, true, true);
    tables_.copy(at, true, true);
    return true;
}

void SiteDrill::forget_what_failed(int minute) {
    const std::string row = site_.history.rows("SELECT mi_status = 'ok', dispatcher_status = 'ok', "
                                               "dialog_status = 'ok', location_status = 'ok' FROM "
                                               "capture WHERE captured_at = '" +
                                               site_.datetime(minute) + "'");
    if (row.empty()) FAIL_CHECK(site_.datetime(minute) << " was kept, and is lost");
    constexpr std::array tables{"statistic", "destination", "dialog", "location"};
    for (std::size_t i = 0; i < tables.size() && !row.empty(); ++i)
        if (row[2 * i] == '0') tables_.forget_copy_of(tables[i], from_datetime(site_.datetime(minute)));
}

void SiteDrill::recover() {
    if (copied_ || random_() % 2 == 0) pass();
    const ProgramResult result = run();
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(copied_);
}

void SiteDrill::check_fails(const ProgramResult& result, int exit_code, const std::string& says) {
    CHECK(result.exit_code == exit_code);
    CHECK_THAT(result.err, ContainsSubstring(says));
    CHECK(lines_of(result.err) == 1);
    CHECK(result.out.empty());
    CHECK_FALSE(copied_);
}

void SiteDrill::compare_new(bool forget) {
    for (const int minute : uncompared_) {
        forget_what_failed(minute);
        compare(from_datetime(site_.datetime(minute)));
    }
    for (const char* table : {"copy_dialog", "copy_location", "copy_statistic", "copy_destination"})
        if (forget) site_.live.sql().execute(std::string("TRUNCATE ") + table);
    uncompared_.clear();
}

void SiteDrill::compare(std::optional<UtcSeconds> captured_at) {
    for (const TableSpec* table : {&dialog_table(), &location_table()}) {
        const Comparison compared =
            compare_with_copies(site_.live, site_.history, *table, false, captured_at);
        INFO(compared.first);
        CHECK(compared.different == 0);
    }
    const Comparison compared = mi_copies_.compare(site_.history, captured_at);
    INFO(compared.first);
    CHECK(compared.different == 0);
}

void SiteDrill::compare_everything() {
    for (const int minute : uncompared_) forget_what_failed(minute);
    uncompared_.clear();
    compare({});
    check_archive_itself();
}

void SiteDrill::check_archive_itself() {
    CHECK(broken_foundations(site_.history) == "");
    const ProgramResult verified = site_.sipkeep({"verify"});
    INFO(verified.out << verified.err);
    CHECK(verified.exit_code == 0);
}

void SiteDrill::reconnect() {
    site_.live.reconnect();
    site_.history.reconnect();
}

} // namespace sipkeep::test
