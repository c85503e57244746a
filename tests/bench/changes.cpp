#include "changes.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace sipkeep::bench {

namespace {

void write_some(std::ofstream& out, char table, char kind, const std::vector<std::uint64_t>& ids) {
    for (const std::uint64_t id : ids) out << table << kind << ' ' << id << '\n';
}

} // namespace

void write_changes(const std::string& file, const MinuteChanges& changes) {
    std::ofstream out(file);
    for (const auto& [table, some] : {std::pair{'L', &changes.location}, std::pair{'D', &changes.dialog}}) {
        write_some(out, table, '+', some->came);
        write_some(out, table, '=', some->refreshed);
        write_some(out, table, '-', some->went);
    }
    if (!out.flush()) throw std::runtime_error("can't write " + file);
}

MinuteChanges read_changes(const std::string& file) {
    std::ifstream in(file);
    if (!in) throw std::runtime_error("can't read " + file);
    MinuteChanges changes;
    std::string kind;
    std::uint64_t id = 0;
    while (in >> kind >> id) {
        Changes& some = kind.at(0) == 'L' ? changes.location : changes.dialog;
        (kind.at(1) == '+' ? some.came : kind.at(1) == '=' ? some.refreshed : some.went).push_back(id);
    }
    return changes;
}

std::string id_list(const std::vector<std::uint64_t>& ids, std::size_t from, std::size_t count) {
    std::string list;
    const std::size_t end = std::min(ids.size(), from + count);
    for (std::size_t i = from; i < end; ++i) list += (i == from ? "" : ",") + std::to_string(ids[i]);
    return list;
}

} // namespace sipkeep::bench
