#include "sipkeep/core/subject.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/core/text.hpp"

#include <algorithm>

namespace sipkeep {

bool Subject::is(const SipUri& party) const {
    if (party.domain != domain) return false;
    return is_domain() || (party.user && std::ranges::find(users, *party.user) != users.end());
}

std::string Subject::text() const {
    return is_domain() ? domain : users.front() + "@" + domain;
}

Subject parse_subject(const std::string& text) {
    const bool is_uri = text.starts_with("sip:") || text.starts_with("sips:");
    const SipUri party = parse_sip_uri(to_storable(is_uri ? text : "sip:" + text));
    if (!party.domain)
        throw UsageError("forget: '" + text +
                         "' is no address of record or domain; give alice@example.com or example.com");
    Subject subject{.users = {}, .domain = *party.domain};
    if (party.user)
        subject.users.push_back(*party.user);
    else if (text.find('@') != std::string::npos)
        throw UsageError("forget: the user of '" + text + "' is too long to be in history");
    return subject;
}

bool named_in(std::span<const std::string> values, const Subject& subject) {
    bool user = false;
    bool domain = false;
    for (const std::string& value : values) {
        if (subject.is(parse_party(value))) return true;
        user = user || std::ranges::find(subject.users, value) != subject.users.end();
        domain = domain || parse_sip_uri("sip:" + value).domain == subject.domain;
    }
    return domain && (user || subject.is_domain());
}

} // namespace sipkeep
