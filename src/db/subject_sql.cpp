#include "subject_sql.hpp"

#include "sipkeep/core/text.hpp"
#include "sipkeep/db/reports.hpp"

#include "time_literal.hpp"

#include <initializer_list>
#include <utility>

namespace sipkeep {

namespace {

std::string nulls(std::initializer_list<const char*> columns) {
    std::string list;
    for (const char* column : columns) list += std::string(", ") + column + " = NULL";
    return list;
}

} // namespace

std::string text_constant(std::string_view text) {
    return "_utf8mb4 X'" + to_hex(text) + "'";
}

std::string anonymous(const std::string& column, const std::string& salt) {
    return "IF(" + column + " LIKE 'forgotten-%' AND CHAR_LENGTH(" + column + ") = 26, " + column +
           ", CONCAT('forgotten-', LEFT(SHA2(CONCAT('" + salt + "', " + column + "), 256), 16)))";
}

SubjectSql::SubjectSql(Subject subject, std::string salt)
    : subject_(std::move(subject)), salt_(std::move(salt)), domain_(text_constant(subject_.domain)) {}

std::string SubjectSql::users() const {
    std::string list;
    for (const std::string& user : subject_.users) list += (list.empty() ? "" : ", ") + text_constant(user);
    return list;
}

std::string SubjectSql::is_party(const std::string& side) const {
    const std::string domain = side + "_domain = " + domain_;
    return subject_.is_domain() ? domain : "(" + side + "_user IN (" + users() + ") AND " + domain + ")";
}

std::string SubjectSql::is_contact() const {
    std::string domain = "LOWER(domain) = " + domain_;
    if (subject_.is_domain()) return domain;
    // Without use_domain OpenSIPS tells users apart by their names alone, and so is it here.
    return "username IN (" + users() + ") AND (domain IS NULL OR domain = '' OR " + domain + ")";
}

std::string SubjectSql::may_be_named() const {
    return "extra IS NOT NULL AND INSTR(LOWER(CAST(extra AS CHAR)), " + domain_ + ") > 0";
}

std::string SubjectSql::is_endpoint() const {
    if (subject_.is_domain())
        return "endpoint LIKE '%@%' AND SUBSTRING_INDEX(endpoint, '@', -1) = " + domain_;
    std::string list;
    for (const std::string& user : subject_.users)
        list += (list.empty() ? "" : ", ") + text_constant(user + "@" + subject_.domain);
    return "endpoint IN (" + list + ")";
}

std::string SubjectSql::is_domain() const {
    return "domain = " + domain_;
}

std::string SubjectSql::forget_call() const {
    return " SET callid = " + anonymous("callid", salt_) + ", from_tag = " + anonymous("from_tag", salt_) +
           nulls({"to_tag", "vars", "profiles", "extra"});
}

std::string SubjectSql::forget_party(const std::string& side, const std::string& end) const {
    // Left to right: what a condition asks for comes last.
    return forget_call() + ", " + side + "_uri = NULL, mangled_" + side + "_uri = NULL, " + end +
           "_contact = NULL, " + end + "_route_set = NULL, " + side +
           "_user = " + anonymous(side + "_user", salt_) +
           (subject_.is_domain() ? ", " + side + "_domain = " + text_constant(forgotten_domain) : "");
}

std::string SubjectSql::forget_contact() const {
    return " SET username = " + anonymous("username", salt_) +
           nulls({"contact", "received", "path", "callid", "user_agent", "sip_instance", "kv_store", "attr",
                  "extra"}) +
           (subject_.is_domain() ? ", domain = " + text_constant(forgotten_domain) : "");
}

std::string SubjectSql::aors_renamed(unsigned node_id, UtcSeconds day, UtcSeconds versions_from) const {
    const std::string aor = with_report_parts(":aor_number(n)");
    return "SELECT DISTINCT r.node_id, r.day, " + aor + " AS aor, " +
           with_report_parts(":domain_number(n.domain)") +
           " AS domain, r.came, r.went, r.last_came_at, r.last_contact_id, n.was FROM (SELECT " +
           with_report_parts(":aor_number(location_version)") + " AS was, " + anonymous("username", salt_) +
           " AS username, " + (subject_.is_domain() ? text_constant(forgotten_domain) : "domain") +
           " AS domain FROM location_version WHERE node_id = " + std::to_string(node_id) +
           " AND valid_from >= " + at(versions_from) +
           " AND valid_from <= " + at(day + std::chrono::days{1}) + " AND " + is_contact() +
           ") n JOIN aor_roll_up r ON r.node_id = " + std::to_string(node_id) + " AND r.day = " + on(day) +
           " AND r.aor = n.was WHERE n.was <> " + aor;
}

std::string SubjectSql::forget_record() const {
    return " SET callid = " + anonymous("callid", salt_) + ", from_tag = " + anonymous("from_tag", salt_) +
           nulls({"to_tag", "extra"});
}

std::string SubjectSql::new_endpoint() const {
    const std::string user = "LEFT(endpoint, CHAR_LENGTH(endpoint) - CHAR_LENGTH(" + domain_ + ") - 1)";
    return "CONCAT(" + anonymous(user, salt_) + ", " +
           text_constant("@" + (subject_.is_domain() ? std::string(forgotten_domain) : subject_.domain)) +
           ")";
}

} // namespace sipkeep
