#include "ul_dump.hpp"

#include "sipkeep/core/rows.hpp"

#include "foreign_text.hpp"
#include "list_reply.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace sipkeep {

namespace {

struct DumpedColumn {
    std::string_view column;
    std::string_view member;
};
constexpr std::array<DumpedColumn, 12> dumped_columns{{{"contact", "Contact"},
                                                       {"received", "Received"},
                                                       {"path", "Path"},
                                                       {"callid", "Callid"},
                                                       {"cseq", "Cseq"},
                                                       {"flags", "Flags"},
                                                       {"cflags", "Cflags"},
                                                       {"user_agent", "User-agent"},
                                                       {"socket", "Socket"},
                                                       {"sip_instance", "SIP_instance"},
                                                       {"kv_store", "KV-Store"},
                                                       {"attr", "Attr"}}};

template <class Number>
std::optional<Number> number_in(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

Field member(const FlatObject& object, std::string_view name) {
    const auto found = object.find(name);
    if (found == object.end()) return std::nullopt;
    return found->second;
}

/// As the table has it: -1.00 is none.
std::string q_of(const FlatObject& contact) {
    double q = -1;
    if (const Field text = member(contact, "Q"))
        std::from_chars(text->data(), text->data() + text->size(), q);
    std::array<char, 32> shown{};
    std::snprintf(shown.data(), shown.size(), "%.2f", std::clamp(q, -1.0, 1.0));
    return shown.data();
}

/// Unix time; 0: never. Nullopt: it is over.
std::optional<std::int64_t> expires_of(const FlatObject& contact, UtcSeconds now) {
    const Field text = member(contact, "Expires");
    if (text == "permanent") return 0;
    const auto left = number_in<std::int64_t>(text.value_or(""));
    if (!left) return std::nullopt; // "deleted", "expired"
    return std::clamp<std::int64_t>(now.time_since_epoch().count() + *left, 0, 0xFFFFFFFF);
}

class Contacts {
public:
    Contacts(const RpcMethod& method, const std::string& domain, UtcSeconds now)
        : method_(method), domain_(domain), now_(now) {}

    void add(const std::vector<FlatObject>& path) {
        if (path.size() < 3) method_.fail("the reply has a contact outside any \"AORs\"");
        const FlatObject& contact = path.back();
        const FlatObject& aor = path[path.size() - 2];
        if (member(path[path.size() - 3], "name").value_or(domain_) != domain_) return;
        const auto id = number_in<std::uint64_t>(member(contact, "ContactID").value_or(""));
        if (!id) method_.fail("the reply has a contact without a \"ContactID\"");
        const auto expires = expires_of(contact, now_);
        if (!expires) {
            leaving_.push_back(*id);
            return;
        }
        order_.emplace_back(*id, rows_.size());
        add_row(contact, member(aor, "AOR").value_or(""), *id, *expires);
    }

    [[nodiscard]] ListedContacts sorted() {
        ListedContacts listed;
        std::ranges::sort(order_);
        for (std::size_t i = 0; i < order_.size(); ++i)
            if (i == 0 || order_[i].first != order_[i - 1].first)
                listed.contacts.add(rows_[order_[i].second]);
        std::ranges::sort(leaving_);
        listed.leaving = std::move(leaving_);
        return listed;
    }

private:
    void add_row(const FlatObject& contact, std::string_view aor, std::uint64_t id, std::int64_t expires) {
        const auto at = aor.rfind('@');
        for (const Column& column : location_table().columns) {
            const auto origin = std::ranges::find(dumped_columns, column.name, &DumpedColumn::column);
            if (column.role == ColumnRole::key)
                rows_.add(std::to_string(id));
            else if (column.name == "username")
                rows_.add(aor.substr(0, at));
            else if (column.name == "domain")
                rows_.add(at == std::string_view::npos ? Field{} : aor.substr(at + 1));
            else if (column.name == "expires")
                rows_.add(std::to_string(expires));
            else if (column.name == "q")
                rows_.add(q_of(contact));
            else if (column.name == "methods")
                rows_.add(methods_of(contact));
            else if (column.name == source_column)
                rows_.add(from_memory);
            else if (origin == dumped_columns.end())
                rows_.add(std::nullopt);
            else
                rows_.add(member(contact, origin->member));
        }
    }

    /// All bits: none are set.
    static Field methods_of(const FlatObject& contact) {
        const Field text = member(contact, "Methods");
        return text == "4294967295" ? std::nullopt : text;
    }

    const RpcMethod& method_;
    const std::string& domain_;
    UtcSeconds now_;
    Rows rows_{location_table().columns.size()};
    std::vector<std::pair<std::uint64_t, std::size_t>> order_;
    std::vector<std::uint64_t> leaving_;
};

} // namespace

ListedContacts parse_ul_dump(const RpcMethod& method, int id, std::string_view bytes,
                             const std::string& domain, UtcSeconds now) {
    Contacts contacts(method, domain, now);
    each_listed(method, id, bytes, "Domains", "Contacts",
                [&](const std::vector<FlatObject>& path) { contacts.add(path); });
    return contacts.sorted();
}

} // namespace sipkeep
