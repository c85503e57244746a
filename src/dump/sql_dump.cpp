#include "sql_dump.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/core/text.hpp"

#include <algorithm>

namespace sipkeep {

namespace {

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), ascii_lower);
    return text;
}

bool is_binary(const std::string& type) {
    const std::string name = lower(type);
    return name.ends_with("blob") || name.ends_with("binary") || name == "bit";
}

/// "2026-11-20  9:15:02" as mysqldump writes it, with two digits for the hour.
std::string with_two_digits(std::string_view text) {
    std::string time(text);
    if (time.size() >= 13 && time[10] == ' ' && time[11] == ' ') time[11] = '0';
    return time;
}

} // namespace

void SqlDump::read(const std::set<std::string>& wanted, const OnRow& on_row) {
    for (;;) {
        text_.skip_blanks([this](std::string_view line) { comment(line); });
        if (text_.peek() < 0) return;
        statement(wanted, on_row);
    }
}

void SqlDump::comment(std::string_view line) {
    constexpr std::string_view completed = "-- Dump completed";
    constexpr std::string_view filling = "-- Dumping data for table `";
    if (line.starts_with(completed)) {
        completed_ = true;
        line.remove_prefix(completed.size());
        if (line.starts_with(" on ")) completed_on_ = with_two_digits(line.substr(4));
        ended_before("");
    } else if (line.starts_with(filling) && line.size() > filling.size() && line.ends_with('`')) {
        line.remove_prefix(filling.size());
        line.remove_suffix(1);
        of_table_ = true;
        ended_before(std::string(line));
        if (counts(std::string(line))) found_[std::string(line)].filled = true;
    }
}

void SqlDump::statement(const std::set<std::string>& wanted, const OnRow& on_row) {
    const std::string first = lower(text_.word());
    completed_ = false; // a dump behind a dump: its own last line counts
    if (first == "insert" || first == "replace") return insert(wanted, on_row);
    if (first == "create") return create();
    if (first == "lock") return lock();
    if (first == "set") return set();
    if (first == "use") {
        text_.skip_blanks();
        const std::string name = text_.name();
        databases_.insert(name);
        of_database_ = name == database_;
    } else if (first == "delimiter") {
        text_.skip_blanks();
        std::string delimiter;
        for (int c = text_.peek(); c > ' ' && delimiter.size() < 16; c = text_.peek()) {
            delimiter += static_cast<char>(c);
            text_.take();
        }
        if (delimiter.empty()) text_.fail("DELIMITER names none");
        text_.set_delimiter(delimiter);
        return;
    } else if (first == "unlock") {
        ended_before("");
    }
    text_.skip_statement();
}

/// `table`, or `database`.`table`.
std::string SqlDump::table_name() {
    text_.skip_blanks();
    std::string name = text_.name();
    of_table_ = true;
    if (!text_.take_if('.')) return name;
    of_table_ = name == database_;
    return text_.name();
}

bool SqlDump::counts(const std::string& table) const {
    return of_database_ && of_table_ && tables_.contains(table);
}

void SqlDump::ended_before(const std::string& table) {
    for (auto& [name, found] : found_)
        if (found.filled && name != table) found.ended = true;
}

void SqlDump::create() {
    text_.skip_blanks();
    if (lower(text_.word()) != "table") return text_.skip_statement();
    text_.skip_blanks();
    if (text_.peek() == 'I') { // IF NOT EXISTS
        for (int i = 0; i < 3; ++i) {
            static_cast<void>(text_.word());
            text_.skip_blanks();
        }
    }
    const std::string name = table_name();
    ended_before(name);
    text_.skip_blanks();
    if (counts(name) && text_.take_if('(')) {
        Table& table = found_[name];
        table.created = true;
        table.columns.clear();
        columns_of(table);
    }
    text_.skip_statement();
}

/// Behind the bracket: a definition each, of which only those of columns begin with a name in backticks.
void SqlDump::columns_of(Table& table) {
    std::string value;
    int depth = 1;
    bool begins = true;
    while (depth > 0) {
        text_.skip_blanks();
        const int c = text_.peek();
        if (c < 0) text_.fail("the structure of a table does not end");
        if (begins && c == '`') {
            DumpColumn column{.name = text_.name(), .binary = false};
            text_.skip_blanks();
            column.binary = is_binary(text_.word());
            table.columns.push_back(std::move(column));
        } else if (c == '\'' || c == '"') {
            text_.quoted(value);
        } else if (c == '`') {
            static_cast<void>(text_.name());
        } else {
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            text_.take();
        }
        begins = c == ',' && depth == 1;
    }
}

void SqlDump::lock() {
    text_.skip_blanks();
    if (lower(text_.word()) == "tables") {
        const std::string name = table_name();
        ended_before(name);
        if (counts(name)) found_[name].filled = true;
    }
    text_.skip_statement();
}

void SqlDump::set() {
    std::string text;
    text_.skip_statement(&text);
    text = lower(text);
    if (text.find("sql_mode") != std::string::npos && text.find("no_backslash_escapes") != std::string::npos)
        text_.no_backslash_escapes();
}

void SqlDump::insert(const std::set<std::string>& wanted, const OnRow& on_row) {
    std::string word;
    do { // INSERT LOW_PRIORITY IGNORE INTO
        text_.skip_blanks();
        if (text_.peek() == '`') break;
        word = lower(text_.word());
    } while (word == "low_priority" || word == "delayed" || word == "high_priority" || word == "ignore");
    if (!word.empty() && word != "into") return text_.skip_statement();
    const std::string name = table_name();
    ended_before(name);
    if (!counts(name)) return text_.skip_statement();
    Table& table = found_[name];
    table.filled = true;
    table.ended = false;
    if (!wanted.contains(name)) return text_.skip_statement();

    std::vector<DumpColumn> columns = table.columns;
    text_.skip_blanks();
    if (text_.take_if('(')) {
        columns.clear();
        do {
            text_.skip_blanks();
            const std::string column = text_.name();
            const auto known = std::ranges::find(table.columns, column, &DumpColumn::name);
            columns.push_back({column, known != table.columns.end() && known->binary});
            text_.skip_blanks();
        } while (text_.take_if(','));
        if (!text_.take_if(')')) text_.fail("the list of columns does not end");
        text_.skip_blanks();
    }
    if (columns.empty())
        text_.fail("rows of " + name +
                   " without the names of their columns: the dump has no structure of the table (take it "
                   "with --complete-insert)");
    if (const std::string values = lower(text_.word()); values != "values" && values != "value")
        text_.fail("rows of " + name + " that are no list of values");
    rows(name, columns, on_row);
}

void SqlDump::rows(const std::string& name, const std::vector<DumpColumn>& columns, const OnRow& on_row) {
    values_.resize(columns.size());
    for (;;) {
        text_.skip_blanks();
        if (!text_.take_if('(')) text_.fail("a row of " + name + " does not begin");
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (text_.peek() <= ' ') text_.skip_blanks();
            values_[i].null = !text_.value(values_[i].text);
            if (text_.peek() <= ' ') text_.skip_blanks();
            if (!text_.take_if(i + 1 < columns.size() ? ',' : ')'))
                text_.fail("a row of " + name + " does not have " + std::to_string(columns.size()) +
                           " values");
        }
        on_row(name, columns, values_);
        if (text_.peek() <= ' ') text_.skip_blanks();
        if (!text_.take_if(',')) break;
    }
    text_.skip_blanks();
    if (!text_.take_if(';')) text_.skip_statement();
}

} // namespace sipkeep
