#include "support/live_tables.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

namespace sipkeep::test {

namespace {

constexpr int seconds_to_live = 3600;

std::string fixture(const LiveSchema& schema, const std::string& table) {
    std::ifstream in(std::string(SIPKEEP_FIXTURES) + "/opensips/" + schema.release + "/" + table + ".sql");
    if (!in) throw std::runtime_error("no fixture for table " + table + " of " + schema.release);
    std::stringstream text;
    text << in.rdbuf();
    std::string sql = text.str();
    const std::string latin1 = "CHARSET=latin1 COLLATE=latin1_swedish_ci";
    if (schema.charset == "utf8mb4")
        sql.replace(sql.find(latin1), latin1.size(), "CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci");
    return sql;
}

std::string unix_time(UtcSeconds at) {
    return std::to_string(at.time_since_epoch().count());
}

template <class T>
T take(std::vector<T>& from, std::size_t at) {
    const T value = from[at];
    from.erase(from.begin() + static_cast<std::ptrdiff_t>(at));
    return value;
}

} // namespace

LiveTables::LiveTables(TestDatabase& database, LiveSchema schema, std::uint32_t seed)
    : database_(database), schema_(std::move(schema)), random_(seed) {
    for (const std::string table : {"dialog", "location"}) {
        for (const std::string& statement : statements_of(fixture(schema_, table)))
            database_.sql().execute(statement);
        if (schema_.operator_columns)
            database_.sql().execute("ALTER TABLE " + table +
                                    " ADD note VARCHAR(40) NULL, ADD token VARBINARY(16) NULL");
        database_.sql().execute("CREATE TABLE copy_" + table + " LIKE " + table);
        if (table == "location")
            database_.sql().execute("ALTER TABLE copy_location MODIFY contact_id BIGINT UNSIGNED NOT NULL");
        database_.sql().execute("ALTER TABLE copy_" + table +
                                " DROP PRIMARY KEY, ADD captured_at DATETIME NOT NULL FIRST");
    }
}

int LiveTables::random(int below) {
    return std::uniform_int_distribution<int>(0, below - 1)(random_);
}

std::string LiveTables::text(std::size_t longest, bool trailing_space) {
    static const std::array<std::string, 12> awkward{"plain",
                                                     "it's",
                                                     "back\\slash",
                                                     "\"quoted\"",
                                                     "'; DROP TABLE dialog; -- ",
                                                     "tab\tand\nnewline",
                                                     "%_?",
                                                     "`tick`",
                                                     "\x01\x1f",
                                                     "caf\xc3\xa9",
                                                     "N/A",
                                                     "{\"json\": [1, null]}"};
    std::string value = one_in(4) ? awkward[static_cast<std::size_t>(random(int(awkward.size())))]
                                  : "v" + std::to_string(random(100000));
    if (schema_.charset == "utf8mb4" && one_in(8)) value += "\xf0\x9f\x93\x9e";
    if (one_in(60)) value += std::string(longest, 'x');
    if (trailing_space && one_in(10)) value += "   ";
    // Cut between characters: continuation bytes start with the bits 10.
    std::size_t end = std::min(value.size(), longest);
    while (end < value.size() && (static_cast<unsigned char>(value[end]) & 0xC0U) == 0x80U) --end;
    return value.substr(0, end);
}

std::optional<std::string> LiveTables::maybe(std::size_t longest) {
    if (one_in(3)) return std::nullopt;
    if (one_in(5)) return "";
    return text(longest, false);
}

std::string LiveTables::bytes() {
    std::string value(static_cast<std::size_t>(random(60)), '\0');
    for (char& c : value) c = static_cast<char>(random(256));
    if (one_in(100)) value += std::string(60000, '\xfe');
    return value;
}

std::uint64_t LiveTables::free_id(std::vector<std::uint64_t>& free) {
    if (!free.empty() && one_in(2))
        return take(free, one_in(2) ? free.size() - 1 : std::size_t(random(int(free.size()))));
    // As OpenSIPS makes them: a hash in the high bits, so ids do not grow with time.
    return (std::uint64_t(random(1 << 16)) << 46U) | (next_id_++ << 14U) | std::uint64_t(random(1 << 14));
}

void LiveTables::add_contact(UtcSeconds now) {
    Rows row(schema_.operator_columns ? 21 : 19);
    const std::uint64_t id = free_id(free_contacts_);
    const std::string user = std::to_string(1000 + random(40));
    row.add(std::to_string(id));
    row.add(one_in(20) ? text(64, false) : user);
    row.add(one_in(15) ? std::nullopt
                       : std::optional<std::string>("d" + std::to_string(random(4)) + ".example"));
    row.add(one_in(12) ? text(1500, true)
                       : "sip:" + user + "@192.0.2." + std::to_string(random(250)) + ":5060");
    row.add(maybe(255));
    row.add(maybe(255));
    row.add(unix_time(now + Seconds{seconds_to_live}));
    row.add(one_in(3) ? "0.50" : "-1.00");
    row.add(text(255, false));
    row.add(std::to_string(random(1000)));
    row.add(one_in(40) ? "1970-01-01 00:00:00" : to_datetime(now));
    row.add(std::to_string(random(3)));
    row.add(maybe(255));
    row.add(text(255, false));
    row.add(maybe(64));
    row.add(one_in(2) ? std::nullopt : std::optional<std::string>(std::to_string(random(8000))));
    row.add(maybe(255));
    row.add(one_in(4) ? std::optional<std::string>(text(4000, true)) : std::nullopt);
    row.add(maybe(255));
    if (schema_.operator_columns) {
        row.add(maybe(40));
        row.add(one_in(2) ? std::nullopt : std::optional<std::string>(bytes().substr(0, 16)));
    }
    database_.sql().insert("INSERT INTO location VALUES", row);
    contacts_.push_back(id);
}

void LiveTables::change_contact(UtcSeconds now) {
    if (contacts_.empty()) return;
    const std::string id = std::to_string(contacts_[std::size_t(random(int(contacts_.size())))]);
    Rows row(5);
    row.add(unix_time(now + Seconds{seconds_to_live}));
    row.add(to_datetime(now));
    row.add(maybe(255));
    row.add(text(255, false));
    row.add(id);
    if (one_in(4)) // moved behind another NAT, or another dialog of the phone
        database_.sql().update_each(
            "UPDATE location SET expires = ?, last_modified = ?, cseq = cseq + 1, received = ?, "
            "callid = ? WHERE contact_id = ?",
            row);
    else
        database_.sql().execute("UPDATE location SET expires = " + unix_time(now + Seconds{seconds_to_live}) +
                                ", cseq = cseq + 1, last_modified = " + literal(to_datetime(now)) +
                                " WHERE contact_id = " + id);
}

void LiveTables::remove_contact() {
    if (contacts_.empty()) return;
    const std::uint64_t id = take(contacts_, std::size_t(random(int(contacts_.size()))));
    database_.sql().execute("DELETE FROM location WHERE contact_id = " + std::to_string(id));
    free_contacts_.push_back(id);
}

void LiveTables::add_dialog(UtcSeconds now) {
    Rows row(schema_.operator_columns ? 31 : 29);
    const std::uint64_t id = free_id(free_dialogs_);
    const auto uri = [&] {
        return one_in(8) ? text(255, false)
                         : "sip:" + std::to_string(random(3000)) + "@d" + std::to_string(random(4)) +
                               ".example:5061;user=phone";
    };
    row.add(std::to_string(id));
    row.add(text(200, false) + std::to_string(next_id_));
    row.add(uri());
    row.add(text(64, false));
    row.add(uri());
    row.add(text(64, false));
    for (int i = 0; i < 2; ++i) row.add(maybe(60));
    for (int i = 0; i < 4; ++i) row.add(std::to_string(random(50)));
    for (int i = 0; i < 2; ++i)
        row.add(one_in(2) ? std::nullopt : std::optional<std::string>(text(3000, true)));
    for (int i = 0; i < 2; ++i) row.add(maybe(255));
    for (int i = 0; i < 2; ++i) row.add(text(64, false));
    row.add(std::to_string(3 + random(2)));
    row.add(unix_time(now));
    row.add(unix_time(now + Seconds{seconds_to_live}));
    row.add(one_in(3) ? std::nullopt : std::optional<std::string>(bytes()));
    row.add(one_in(2) ? std::nullopt : std::optional<std::string>(text(500, true)));
    row.add(schema_.release == "3.2" ? std::optional<std::string>(std::to_string(random(9))) : maybe(255));
    for (int i = 0; i < 2; ++i) row.add(std::to_string(random(30000)));
    for (int i = 0; i < 3; ++i) row.add(maybe(64));
    if (schema_.operator_columns) {
        row.add(maybe(40));
        row.add(one_in(2) ? std::nullopt : std::optional<std::string>(bytes().substr(0, 16)));
    }
    database_.sql().insert("INSERT INTO dialog VALUES", row);
    dialogs_.push_back(id);
}

void LiveTables::change_dialog() {
    if (dialogs_.empty()) return;
    Rows row(3);
    row.add(std::to_string(random(100)));
    row.add(maybe(255));
    row.add(std::to_string(dialogs_[std::size_t(random(int(dialogs_.size())))]));
    // A re-INVITE writes all 13 columns; vars, profiles and flags become NULL or 0 (truth:
    // db_flush_vals_profiles=0).
    database_.sql().update_each(
        "UPDATE dialog SET callee_cseq = ?, caller_contact = ?, timeout = timeout + 1, vars = NULL, "
        "profiles = NULL, module_flags = 0 WHERE dlg_id = ?",
        row);
}

void LiveTables::remove_dialog() {
    if (dialogs_.empty()) return;
    const std::uint64_t id = take(dialogs_, std::size_t(random(int(dialogs_.size()))));
    database_.sql().execute("DELETE FROM dialog WHERE dlg_id = " + std::to_string(id));
    free_dialogs_.push_back(id);
}

void LiveTables::fill(int contacts, int dialogs, UtcSeconds now) {
    database_.sql().execute("START TRANSACTION");
    for (int i = 0; i < contacts; ++i) add_contact(now);
    for (int i = 0; i < dialogs; ++i) add_dialog(now);
    database_.sql().execute("COMMIT");
}

void LiveTables::live(UtcSeconds now) {
    database_.sql().execute("START TRANSACTION");
    if (one_in(80)) {
        database_.sql().execute("DELETE FROM location");
        std::move(contacts_.begin(), contacts_.end(), std::back_inserter(free_contacts_));
        contacts_.clear();
    }
    if (one_in(80)) {
        database_.sql().execute("DELETE FROM dialog");
        std::move(dialogs_.begin(), dialogs_.end(), std::back_inserter(free_dialogs_));
        dialogs_.clear();
    }
    for (int i = random(6); i > 0; --i) remove_contact();
    for (int i = random(7); i > 0; --i) add_contact(now);
    for (int i = random(8); i > 0; --i) change_contact(now);
    for (int i = random(6); i > 0; --i) remove_dialog();
    for (int i = random(7); i > 0; --i) add_dialog(now);
    for (int i = random(3); i > 0; --i) change_dialog();
    database_.sql().execute("COMMIT");
}

void LiveTables::change_behind_the_back(std::uint64_t contact_id, const std::string& user_agent) {
    database_.sql().execute("UPDATE location SET user_agent = " + literal(user_agent) +
                            " WHERE contact_id = " + std::to_string(contact_id));
}

void LiveTables::forget_copy(UtcSeconds captured_at) {
    for (const std::string table : {"dialog", "location"}) forget_copy_of(table, captured_at);
}

void LiveTables::forget_copy_of(const std::string& table, UtcSeconds captured_at) {
    database_.sql().execute("DELETE FROM copy_" + table + " WHERE captured_at = " +
                            literal(to_datetime(captured_at)));
}

void LiveTables::copy(UtcSeconds captured_at, bool dialog, bool location) {
    const std::string at = literal(to_datetime(captured_at));
    if (dialog) database_.sql().execute("INSERT INTO copy_dialog SELECT " + at + ", t.* FROM dialog t");
    if (location) database_.sql().execute("INSERT INTO copy_location SELECT " + at + ", t.* FROM location t");
}

} // namespace sipkeep::test
