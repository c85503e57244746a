#include "sipkeep/spool/capture_file.hpp"

#include "sipkeep/core/text.hpp"
#include "sipkeep/core/version.hpp"

#include "named_file.hpp"
#include "table_stream.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>

namespace sipkeep {

namespace {

constexpr std::string_view first_line = "sipkeep capture 1\n";
constexpr std::string_view any_first_line = "sipkeep capture ";

const ColumnNames& statistic_columns() {
    static const ColumnNames names{"group", "name", "kind", "value", "flag"};
    return names;
}

ColumnNames columns_of(const TableSpec& table) {
    ColumnNames names;
    for (const Column& column : table.columns) names.push_back(column.name);
    return names;
}

template <class Number>
Number number_of(Field text, const char* what) {
    Number number{};
    if (text && std::from_chars(text->data(), text->data() + text->size(), number).ec == std::errc{})
        return number;
    throw Error(std::string("is damaged: a ") + what + " that is no number");
}

Rows rows_of(const StatisticsCapture& capture) {
    Rows rows(statistic_columns().size());
    for (const Statistic& s : capture.statistics) {
        rows.add(s.group);
        rows.add(s.name);
        rows.add(std::to_string(static_cast<int>(s.kind)));
        rows.add(std::to_string(s.value));
        rows.add(std::to_string(static_cast<int>(s.flag)));
    }
    return rows;
}

std::vector<Statistic> statistics_of(const Rows& rows) {
    std::vector<Statistic> statistics;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto kind = number_of<unsigned>(rows[i][2], "kind");
        const auto flag = number_of<unsigned>(rows[i][4], "flag");
        if (kind > static_cast<unsigned>(StatisticKind::gauge) ||
            flag > static_cast<unsigned>(SampleFlag::negative_rounded))
            throw Error("is damaged: a statistic of an unknown kind");
        statistics.push_back({.group = std::string(rows[i][0].value_or("")),
                              .name = std::string(rows[i][1].value_or("")),
                              .kind = static_cast<StatisticKind>(kind),
                              .value = number_of<std::int64_t>(rows[i][3], "value"),
                              .flag = static_cast<SampleFlag>(flag)});
    }
    return statistics;
}

void write_table(TableWriter& writer, std::string_view name, const ColumnNames& columns, const Rows& rows) {
    writer.begin(name, columns);
    for (std::size_t i = 0; i < rows.size(); ++i) writer.add(rows[i]);
    writer.end();
}

Rows read_table(TableReader& reader, std::string_view name, const ColumnNames& columns) {
    reader.begin(name, columns);
    Rows rows(columns.size());
    while (reader.next(rows)) {
    }
    return rows;
}

struct Source {
    const char* name;
    SourceStatus Capture::*status;
};
constexpr std::array<Source, 4> sources{{{"mi", &Capture::mi},
                                         {"dispatcher", &Capture::dispatcher},
                                         {"dialog", &Capture::dialog},
                                         {"location", &Capture::location}}};

nlohmann::ordered_json as_json(const TableLook& look) {
    nlohmann::ordered_json json{{"memory_missed", look.memory == MemoryLook::missed}};
    if (look.from) json["from"] = to_string(*look.from);
    if (look.counted) json["counted"] = *look.counted;
    if (look.in_memory) json["in_memory"] = *look.in_memory;
    return json;
}

/// A file of a sipkeep that read tables alone has none.
TableLook table_look_of(const nlohmann::json& words, const char* name) {
    TableLook look;
    const auto json = words.find(name);
    if (json == words.end()) return look;
    if (json->at("memory_missed").get<bool>()) look.memory = MemoryLook::missed;
    for (const ReadFrom from : {ReadFrom::table, ReadFrom::memory, ReadFrom::both})
        if (json->value("from", "") == to_string(from)) look.from = from;
    if (json->contains("counted")) look.counted = json->at("counted").get<std::int64_t>();
    if (json->contains("in_memory")) look.in_memory = json->at("in_memory").get<std::uint64_t>();
    return look;
}

nlohmann::ordered_json last_words(const Capture& capture) {
    nlohmann::ordered_json json{{"node", capture.node},
                                {"captured_at", to_datetime(capture.captured_at)},
                                {"started_at", to_datetime(capture.started_at)},
                                {"version", program_version()}};
    for (const Source& source : sources) json[source.name] = to_string(capture.*source.status);
    json["dialog_look"] = as_json(capture.dialog_look);
    json["location_look"] = as_json(capture.location_look);
    if (capture.mi_busy) json["mi_ms"] = capture.mi_busy->count();
    json["mi_lists_ms"] = capture.mi_lists_busy.count();
    json["mi_rows"] = to_string(capture.mi_rows);
    json["listed"] = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < capture.listed.size(); ++i)
        json["listed"].push_back({capture.listed[i][0].value_or(""), capture.listed[i][1].value_or(""),
                                  capture.listed[i][2].value_or("")});
    json["not_listed"] = capture.not_listed;
    json["thinned"] = capture.thinned;
    json["errors"] = capture.errors;
    json["uptime_s"] = nullptr;
    if (capture.statistics.uptime_s) json["uptime_s"] = *capture.statistics.uptime_s;
    json["unreadable"] = nlohmann::ordered_json::array();
    for (const std::string& name : capture.statistics.unreadable)
        json["unreadable"].push_back(to_storable(name));
    return json;
}

SourceStatus status_of(const std::string& text) {
    for (const SourceStatus status : {SourceStatus::ok, SourceStatus::failed, SourceStatus::off})
        if (text == to_string(status)) return status;
    throw Error("is damaged: a source is neither ok nor failed nor off");
}

void hear_listed(const nlohmann::json& words, Capture& capture) {
    capture.mi_rows = status_of(words.at("mi_rows").get<std::string>());
    capture.not_listed = words.at("not_listed").get<std::vector<std::string>>();
    capture.thinned = words.at("thinned").get<bool>();
    for (const nlohmann::json& row : words.at("listed"))
        for (std::size_t i = 0; i < mi_row_table().columns.size(); ++i)
            capture.listed.add(row.at(i).get_ref<const std::string&>());
}

/// Returns the version that wrote it.
std::string hear_last_words(const std::string& text, Capture& capture) {
    try {
        const auto json = nlohmann::json::parse(text);
        capture.node = json.at("node").get<std::string>();
        capture.captured_at = from_datetime(json.at("captured_at").get<std::string>());
        const auto started = json.at("started_at").get<std::string>();
        const auto milliseconds = std::string_view(started).substr(std::min<std::size_t>(started.size(), 20));
        capture.started_at =
            from_datetime(started) + Milliseconds{number_of<unsigned>(milliseconds, "start")};
        for (const Source& source : sources)
            capture.*source.status = status_of(json.at(source.name).get<std::string>());
        capture.dialog_look = table_look_of(json, "dialog_look");
        capture.location_look = table_look_of(json, "location_look");
        if (json.contains("mi_ms")) capture.mi_busy = Milliseconds{json.at("mi_ms").get<std::uint32_t>()};
        capture.mi_lists_busy = Milliseconds{json.value("mi_lists_ms", std::uint32_t{0})};
        if (json.contains("mi_rows")) hear_listed(json, capture);
        capture.errors = json.at("errors").get<std::vector<std::string>>();
        if (!json.at("uptime_s").is_null())
            capture.statistics.uptime_s = json["uptime_s"].get<std::int64_t>();
        capture.statistics.unreadable = json.at("unreadable").get<std::vector<std::string>>();
        return json.at("version").get<std::string>();
    } catch (const nlohmann::json::exception&) {
        throw Error("is damaged: its last part is not what sipkeep writes");
    }
}

void require_first_line(InputFile& file) {
    std::string line(first_line.size(), '\0');
    std::size_t length = 0;
    while (length < line.size()) {
        const std::size_t some = file.read(line.data() + length, line.size() - length);
        if (some == 0) break;
        length += some;
    }
    line.resize(length);
    if (line == first_line) return;
    if (line.starts_with(any_first_line)) throw Error("has a format that this sipkeep does not know");
    throw Error(length < first_line.size() ? "ends too early: it was cut off" : "is no capture of sipkeep");
}

} // namespace

void write_capture(NewFile& file, Capture& capture, ContactRows* contacts, const CaptureLimits& limits) {
    file.write(first_line);
    Compressor compressor([&](std::string_view bytes) {
        if (file.bytes() + bytes.size() > limits.max_bytes)
            throw Error("spool: one capture takes more than spool.max_bytes (" +
                        std::to_string(limits.max_bytes) + " bytes); raise it");
        file.write(bytes);
    });
    TableWriter writer(compressor);
    write_table(writer, "statistic", statistic_columns(), rows_of(capture.statistics));
    write_table(writer, "dispatcher", columns_of(dispatcher_table()), capture.destinations);
    write_table(writer, "dialog", columns_of(dialog_table()), capture.dialogs);
    compressor.end_frame();

    writer.begin("location", columns_of(location_table()));
    if (capture.location == SourceStatus::ok && contacts != nullptr) {
        try {
            contacts->each_contact([&](RowView row) { writer.add(row); }, limits.until);
        } catch (const SourceError& error) {
            capture.location = SourceStatus::failed;
            capture.errors.push_back(to_storable(error.what()));
        }
    }
    writer.end();
    compressor.end_frame();
    writer.text(last_words(capture).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    compressor.end_frame();
}

/// The registrations of a file, one after the other.
class CaptureFile::Contacts {
public:
    Contacts(FileSystem& files, const std::string& path, std::uint64_t offset)
        : file_(files, path),
          decompressor_([this](char* to, std::size_t bytes) { return file_.read(to, bytes); }),
          reader_(decompressor_), row_(location_table().columns.size()) {
        file_.seek(offset);
        reader_.begin("location", columns_of(location_table()));
    }

    /// False at the end.
    bool next() {
        row_.clear();
        if (!reader_.next(row_)) return false;
        id_ = number_of<std::uint64_t>(row_[0][id_at_], "contact_id");
        return true;
    }
    [[nodiscard]] std::uint64_t id() const { return id_; }
    [[nodiscard]] RowView row() const { return row_[0]; }

private:
    InputFile file_;
    Decompressor decompressor_;
    TableReader reader_;
    Rows row_;
    std::size_t id_at_ = location_table().at("contact_id");
    std::uint64_t id_ = 0;
};

CaptureFile::CaptureFile(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {
    reading<UnreadableCapture>(path_, [&] {
        InputFile file(files_, path_);
        require_first_line(file);
        Decompressor decompressor([&](char* to, std::size_t bytes) { return file.read(to, bytes); });
        TableReader reader(decompressor);
        capture_.statistics.statistics = statistics_of(read_table(reader, "statistic", statistic_columns()));
        capture_.destinations = read_table(reader, "dispatcher", columns_of(dispatcher_table()));
        capture_.dialogs = read_table(reader, "dialog", columns_of(dialog_table()));
        contacts_offset_ = first_line.size() + reader.next_frame_offset();
        reader.begin("location", columns_of(location_table()));
        Rows row(location_table().columns.size());
        for (; reader.next(row); row.clear()) ++contact_count_;
        version_ = hear_last_words(reader.text(), capture_);
        reader.require_end();
    });
}

CaptureFile::~CaptureFile() = default;

std::unique_ptr<CaptureFile::Contacts> CaptureFile::open_contacts() const {
    return std::make_unique<Contacts>(files_, path_, contacts_offset_);
}

std::unique_ptr<ContactStates> CaptureFile::contact_states() {
    class States final : public ContactStates {
    public:
        States(std::string path, std::unique_ptr<Contacts> contacts)
            : path_(std::move(path)), contacts_(std::move(contacts)) {}

        void start() override {}
        std::optional<ContactState> next() override {
            return reading<UnreadableCapture>(path_, [&]() -> std::optional<ContactState> {
                if (!contacts_->next()) return std::nullopt;
                const RowView row = contacts_->row();
                return ContactState{.contact_id = contacts_->id(),
                                    .last_modified = packed_datetime(row[modified_at_].value_or("")),
                                    .expires = number_of<std::uint32_t>(row[expires_at_], "expires"),
                                    .cseq = number_of<std::int32_t>(row[cseq_at_], "cseq"),
                                    .from_memory = is_from_memory(location_table(), row)};
            });
        }

    private:
        std::string path_;
        std::unique_ptr<Contacts> contacts_;
        std::size_t expires_at_ = location_table().at("expires");
        std::size_t cseq_at_ = location_table().at("cseq");
        std::size_t modified_at_ = location_table().at("last_modified");
    };
    return reading<UnreadableCapture>(path_,
                                      [&] { return std::make_unique<States>(path_, open_contacts()); });
}

Rows CaptureFile::contacts(std::span<const std::uint64_t> ids) {
    return reading<UnreadableCapture>(path_, [&] {
        Rows rows(location_table().columns.size());
        if (ids.empty()) return rows;
        // Batches ascend, so the file is read on; one that begins further in front begins it again.
        if (!contacts_ || ids.front() <= contacts_->id()) contacts_ = open_contacts();
        for (const std::uint64_t id : ids) {
            while (contacts_->next() && contacts_->id() < id) {
            }
            if (contacts_->id() != id) throw Error("is damaged: a registration is gone since it was checked");
            rows.add(contacts_->row());
        }
        return rows;
    });
}

void CaptureFile::each_contact(const std::function<void(RowView)>& show, const Deadline&) {
    const auto contacts = reading<UnreadableCapture>(path_, [&] { return open_contacts(); });
    while (reading<UnreadableCapture>(path_, [&] { return contacts->next(); })) show(contacts->row());
}

void CaptureFile::finish() noexcept {
    contacts_.reset();
}

} // namespace sipkeep
