#include "sipkeep/db/acc_reader.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/db/connection.hpp"

#include "table_shape.hpp"

#include <algorithm>
#include <array>

namespace sipkeep {

namespace {

/// The columns that a call is read from, in the order of the statement; the URIs follow.
constexpr std::array<std::string_view, 10> call_columns{"id",          "method",    "callid",  "sip_code",
                                                        "time",        "setuptime", "created", "duration",
                                                        "ms_duration", "sip_reason"};

} // namespace

const std::vector<std::string>& usual_caller_columns() {
    static const std::vector<std::string> names{"from_uri", "caller_uri", "caller",     "src_uri",
                                                "src",      "caller_id",  "calling_uri"};
    return names;
}
const std::vector<std::string>& usual_callee_columns() {
    static const std::vector<std::string> names{"to_uri", "callee_uri", "callee",    "dst_uri",
                                                "dst",    "callee_id",  "called_uri"};
    return names;
}

struct AccReader::Session {
    Session(const DatabaseSettings& settings) : connection(settings, "live database") {
        const auto seconds = std::max<Milliseconds::rep>(settings.read_timeout.count() / 1000, 1);
        connection.execute("SET SESSION sql_mode='', lock_wait_timeout=" +
                           std::to_string(std::max<Milliseconds::rep>(seconds / 2, 1)));
    }

    /// The column asked for, or the first usual one that the table has; '' when there is none.
    [[nodiscard]] std::string party_column(const std::string& wanted, const std::vector<std::string>& usual,
                                           const std::string& table) const {
        const auto has = [&](const std::string& name) {
            return std::ranges::find(shape.extras, name, &TableShape::Extra::name) != shape.extras.end();
        };
        if (!wanted.empty() && !has(wanted))
            throw UsageError("live: table " + table + " has no column " + wanted +
                             "; name the one that holds the URI, or none");
        if (!wanted.empty()) return wanted;
        const auto found = std::ranges::find_if(usual, has);
        return found == usual.end() ? "" : *found;
    }

    Connection connection;
    TableShape shape;
    std::string call_list;
};

AccReader::AccReader(AccSource source) : source_(std::move(source)) {
    try {
        session_ = std::make_unique<Session>(source_.database);
        session_->shape = shape_of(session_->connection, *source_.spec, source_.table);
    } catch (const DatabaseError& error) {
        throw SourceError(source_.table + ": " + error.what());
    }
    const Session& session = *session_;
    source_.caller_column =
        session.party_column(source_.caller_column, usual_caller_columns(), source_.table);
    source_.callee_column =
        session.party_column(source_.callee_column, usual_callee_columns(), source_.table);
    std::string list;
    for (const std::string_view column : call_columns) {
        const auto at = std::ranges::find(source_.spec->columns, column, &Column::name);
        const bool present = at != source_.spec->columns.end() &&
                             session.shape.present[std::size_t(at - source_.spec->columns.begin())];
        list += (list.empty() ? "" : ", ") + (present ? backticked(column) : "NULL");
    }
    for (const std::string& column : {source_.caller_column, source_.callee_column})
        list += column.empty() ? ", NULL" : ", " + backticked(column);
    session_->call_list = list;
}

AccReader::~AccReader() = default;

AccReader::Ids AccReader::ids() {
    try {
        auto row = session_->connection.query("SELECT COALESCE(MIN(id), 0), COALESCE(MAX(id), 0) FROM " +
                                              session_->shape.table);
        Ids found;
        while (row.next()) found = {row.number(0), row.number(1)};
        return found;
    } catch (const DatabaseError& error) {
        throw SourceError(source_.table + ": " + error.what());
    }
}

bool AccReader::page(std::uint64_t after, std::size_t limit, AccDepth depth,
                     const std::function<bool(const AccRow&, const Rows& record)>& show) {
    Session& session = *session_;
    const TableSpec& spec = *source_.spec;
    std::string select = "SELECT " + session.call_list;
    if (depth == AccDepth::records) select += ", " + session.shape.select(spec).substr(7);
    if (depth == AccDepth::calls) select += " FROM " + session.shape.table;
    std::array<std::string, call_columns.size() + 2> texts;
    std::array<Field, call_columns.size() + 2> fields;
    Rows record(spec.columns.size());
    const std::size_t plain = spec.columns.size() - 1; // `extra` comes last
    std::size_t shown = 0;
    try {
        auto row = session.connection.query(select + " WHERE id > " + std::to_string(after) +
                                            " ORDER BY id LIMIT " + std::to_string(limit));
        while (row.next()) {
            AccRow seen;
            seen.id = row.number(0);
            for (std::size_t i = 1; i < fields.size(); ++i) fields[i] = row.text(i, texts[i]);
            seen.cdr = {.method = fields[1],
                        .sip_code = fields[3],
                        .time = fields[4],
                        .duration = fields[7],
                        .ms_duration = fields[8],
                        .setuptime = fields[5],
                        .created = fields[6]};
            seen.callid = fields[2];
            seen.reason = fields[9];
            if (!source_.caller_column.empty()) seen.caller = fields[10].value_or("");
            if (!source_.callee_column.empty()) seen.callee = fields[11].value_or("");
            if (depth == AccDepth::records) {
                record.clear();
                for (std::size_t i = 0; i < plain; ++i)
                    add_field(record, spec.columns[i], row.text(fields.size() + i));
                record.add(extra_of(row, session.shape, fields.size() + plain));
            }
            ++shown;
            if (!show(seen, record)) break;
        }
    } catch (const DatabaseError& error) {
        throw SourceError(source_.table + ": " + error.what());
    }
    return shown == limit;
}

} // namespace sipkeep
