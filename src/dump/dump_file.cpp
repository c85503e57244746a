#include "sipkeep/dump/dump_file.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/sys/foreign_file.hpp"

#include "dump_rows.hpp"

#include <algorithm>
#include <charconv>

namespace sipkeep {

namespace {

constexpr std::size_t most_unsorted_bytes = 512U << 20U;

std::uint64_t id_of(RowView row, std::size_t column) {
    const Field text = row[column];
    std::uint64_t id = 0;
    if (!text || std::from_chars(text->data(), text->data() + text->size(), id).ec != std::errc{})
        throw Error("a contact_id that is no number");
    return id;
}

/// Runs an action on the content of a dump; whatever is wrong with it is said with the file's name.
class Reading {
public:
    Reading(FileSystem& files, const std::string& path, const DumpFile::Progress& progress)
        : file_(files, path), progress_(progress) {}

    [[nodiscard]] SqlText::Read source() {
        return [this](char* to, std::size_t bytes) {
            const std::size_t length = file_.read(to, bytes);
            if (progress_) progress_(file_.bytes_read());
            return length;
        };
    }
    [[nodiscard]] std::uint64_t bytes() const { return file_.bytes(); }

private:
    ForeignFile file_;
    const DumpFile::Progress& progress_;
};

template <class Action>
void named(const std::string& path, Action action) {
    try {
        action();
    } catch (const SourceError&) {
        throw;
    } catch (const Error& error) {
        const std::string_view what(error.what());
        throw Error(what.starts_with(path + ": ") ? std::string(what) : path + ": " + std::string(what));
    }
}

std::string joined(const std::set<std::string>& names) {
    constexpr std::size_t most = 200;
    std::string list;
    for (const std::string& name : names) {
        if (list.size() > most) return list + ", ..";
        list += (list.empty() ? "" : ", ") + name.substr(0, 64);
    }
    return list;
}

} // namespace

DumpFile::DumpFile(FileSystem& files, std::string path, DumpSource source, Progress progress)
    : files_(files), path_(std::move(path)), source_(std::move(source)), progress_(std::move(progress)),
      dialogs_(dialog_table().columns.size()) {
    named(path_, [this] { read_dialogs(); });
}

void DumpFile::read_dialogs() {
    Reading reading(files_, path_, progress_);
    bytes_ = reading.bytes();
    SqlDump dump(reading.source(), source_.database, {source_.dialog_table, source_.location_table});
    DumpRows rows(dialog_table());
    dump.read({source_.dialog_table}, [&](const auto&, const auto& columns, const auto& values) {
        rows.add(columns, values, dialogs_);
    });
    complete_ = dump.completed();
    if (!dump.completed_on().empty()) completed_on_ = dump.completed_on();
    const auto status = [&](const std::string& name) {
        const auto table = dump.tables().find(name);
        if (table == dump.tables().end() || !table->second.filled) return SourceStatus::off;
        if (!complete_ && !table->second.ended)
            throw Error("ends within table " + name + ", without its last line: it was cut off");
        return SourceStatus::ok;
    };
    dialog_ = status(source_.dialog_table);
    location_ = status(source_.location_table);
    if (dialog_ == SourceStatus::ok || location_ == SourceStatus::ok) return;
    throw Error("holds rows neither of " + source_.dialog_table + " nor of " + source_.location_table +
                (dump.databases().empty() || dump.databases().contains(source_.database)
                     ? std::string("; is it a dump of OpenSIPS's database, with its data?")
                     : " in database " + source_.database + ", but of the databases " +
                           joined(dump.databases()) +
                           "; live.database in the configuration tells which counts"));
}

void DumpFile::each_contact(const std::function<void(RowView)>& show, const Deadline&) {
    named(path_, [&] {
        if (in_order_)
            each_in_order(show);
        else
            each_sorted(show);
    });
}

void DumpFile::each_in_order(const std::function<void(RowView)>& show) {
    const std::size_t id_at = location_table().at("contact_id");
    Reading reading(files_, path_, progress_);
    SqlDump dump(reading.source(), source_.database, {source_.location_table});
    DumpRows rows(location_table());
    Rows row(location_table().columns.size());
    std::optional<std::uint64_t> last;
    dump.read({source_.location_table}, [&](const auto&, const auto& columns, const auto& values) {
        row.clear();
        rows.add(columns, values, row);
        const std::uint64_t id = id_of(row[0], id_at);
        if (last && id <= *last) {
            in_order_ = false;
            throw Error("contact_id " + std::to_string(id) + " comes behind " + std::to_string(*last) +
                        ": the rows are in no order");
        }
        last = id;
        show(row[0]);
    });
}

void DumpFile::each_sorted(const std::function<void(RowView)>& show) {
    const std::size_t id_at = location_table().at("contact_id");
    Reading reading(files_, path_, progress_);
    SqlDump dump(reading.source(), source_.database, {source_.location_table});
    DumpRows rows(location_table());
    Rows all(location_table().columns.size());
    dump.read({source_.location_table}, [&](const auto&, const auto& columns, const auto& values) {
        rows.add(columns, values, all);
        if (all.bytes() > most_unsorted_bytes)
            throw Error(
                "its registrations are in no order, and too many to be sorted in memory; take the dump "
                "with --order-by-primary");
    });
    std::vector<std::pair<std::uint64_t, std::size_t>> order;
    order.reserve(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) order.emplace_back(id_of(all[i], id_at), i);
    std::ranges::sort(order);
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (i > 0 && order[i].first == order[i - 1].first)
            throw Error("contact_id " + std::to_string(order[i].first) + " comes twice");
        show(all[order[i].second]);
    }
}

} // namespace sipkeep
