#include "sipkeep/spool/day_file.hpp"

#include "sipkeep/core/error.hpp"

#include "named_file.hpp"
#include "table_stream.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace sipkeep {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view first_words = "sipkeep day 1 ";
constexpr std::string_view any_first_words = "sipkeep day ";
constexpr std::string_view sum_words = "sha256 ";
constexpr std::size_t sum_digits = 64;
constexpr std::size_t sum_line = sum_words.size() + sum_digits + 1;
constexpr std::size_t longest_first_line = 1U << 18U;
constexpr std::size_t buffer_bytes = 1U << 16U;

ColumnNames names_of(const ExportedTable& table) {
    return {table.columns.begin(), table.columns.end()};
}

std::string head_line(const ExportedHead& head) {
    Json tables = Json::array();
    for (const ExportedTable& table : head.tables)
        tables.push_back({{"name", table.name},
                          {"version", table.version},
                          {"columns", table.columns},
                          {"rows", table.rows}});
    const Json json{{"node", head.node}, {"day", to_date(head.day)}, {"tables", tables}};
    return std::string(first_words) + json.dump(-1, ' ', true) + '\n';
}

/// What sipkeep calls nodes, tables and columns; a message may hold it.
void require_name(const std::string& name) {
    constexpr std::size_t longest = 64;
    const auto plain = [](char c) { return c > ' ' && c <= '~'; };
    if (name.empty() || name.size() > longest || !std::ranges::all_of(name, plain))
        throw Error("is damaged: its first line has a name that is none");
}

ExportedHead head_of(const std::string& line) {
    try {
        const Json json = Json::parse(line);
        ExportedHead head;
        head.node = json.at("node").get<std::string>();
        head.day = from_datetime(json.at("day").get<std::string>() + " 00:00:00");
        for (const Json& table : json.at("tables"))
            head.tables.push_back({table.at("name").get<std::string>(), table.at("version").get<unsigned>(),
                                   table.at("columns").get<std::vector<std::string>>(),
                                   table.at("rows").get<std::uint64_t>()});
        require_name(head.node);
        for (const ExportedTable& table : head.tables) {
            require_name(table.name);
            for (const std::string& column : table.columns) require_name(column);
        }
        return head;
    } catch (const Json::exception&) {
        throw Error("is damaged: its first line is not what sipkeep writes");
    }
}

/// A file from its beginning up to `end`.
class Bytes {
public:
    Bytes(FileSystem& files, const std::string& path) : file_(files, path), end_(file_.bytes()) {}

    std::size_t read(char* to, std::size_t bytes) {
        const std::size_t some =
            file_.read(to, static_cast<std::size_t>(std::min<std::uint64_t>(bytes, end_ - at_)));
        at_ += some;
        return some;
    }
    void end_at(std::uint64_t end) { end_ = end; }
    void seek(std::uint64_t offset) {
        file_.seek(offset);
        at_ = offset;
    }
    [[nodiscard]] std::uint64_t bytes() const { return file_.bytes(); }

private:
    InputFile file_;
    std::uint64_t end_ = 0, at_ = 0;
};

/// Without its line end. Leaves the file behind the line.
std::string read_first_line(Bytes& file) {
    std::string text(longest_first_line, '\0');
    std::size_t length = 0;
    while (length < text.size()) {
        const std::size_t some = file.read(text.data() + length, text.size() - length);
        if (some == 0) break;
        length += some;
    }
    text.resize(length);
    const std::size_t end = text.find('\n');
    if (!text.starts_with(first_words)) {
        if (text.starts_with(any_first_words)) throw Error("has a format that this sipkeep does not know");
        throw Error(any_first_words.starts_with(text) || first_words.starts_with(text)
                        ? "ends too early: it was cut off"
                        : "is no day of sipkeep");
    }
    if (end == std::string::npos) throw Error("ends too early, or its first line is damaged");
    text.resize(end);
    return text.substr(first_words.size());
}

/// Returns it when it is right.
std::string checked_sum(FileSystem& files, const std::string& path) {
    Bytes file(files, path);
    if (file.bytes() < sum_line) throw Error("ends too early: it was cut off");
    file.end_at(file.bytes() - sum_line);
    Sha256 sum;
    std::vector<char> buffer(buffer_bytes);
    while (const std::size_t some = file.read(buffer.data(), buffer.size())) sum.add({buffer.data(), some});
    file.end_at(file.bytes());
    std::string line;
    while (const std::size_t some = file.read(buffer.data(), buffer.size())) line.append(buffer.data(), some);
    if (!line.starts_with(sum_words) || !line.ends_with('\n'))
        throw Error("does not end with its checksum: it was cut off or damaged");
    std::string found = sum.finish();
    if (line != std::string(sum_words) + found + '\n')
        throw Error("is damaged: its content is not that of its checksum");
    return found;
}

class FileRows final : public ExportedRows {
public:
    FileRows(FileSystem& files, const std::string& path, std::uint64_t offset)
        : path_(path), file_(files, path),
          decompressor_([this](char* to, std::size_t bytes) { return file_.read(to, bytes); }),
          reader_(decompressor_) {
        file_.seek(offset);
        file_.end_at(file_.bytes() - sum_line);
    }

    void begin(const ExportedTable& table) override {
        reading<Error>(path_, [&] { reader_.begin(table.name, names_of(table)); });
    }
    bool next(Rows& rows) override {
        return reading<Error>(path_, [&] { return reader_.next(rows); });
    }
    void require_end() { reader_.require_end(); }

private:
    std::string path_;
    Bytes file_;
    Decompressor decompressor_;
    TableReader reader_;
};

} // namespace

DayFileWriter::DayFileWriter(NewFile& file, const ExportedHead& head)
    : file_(file), compressor_([this](std::string_view bytes) { write(bytes); }) {
    write(head_line(head));
}

DayFileWriter::~DayFileWriter() = default;

void DayFileWriter::write(std::string_view bytes) {
    sum_.add(bytes);
    file_.write(bytes);
}

void DayFileWriter::table(const ExportedTable& table,
                          const std::function<void(const std::function<void(RowView)>&)>& show) {
    TableWriter writer(compressor_);
    std::uint64_t rows = 0;
    writer.begin(table.name, names_of(table));
    show([&](RowView row) {
        writer.add(row);
        ++rows;
    });
    writer.end();
    compressor_.end_frame();
    if (rows != table.rows)
        throw Error(table.name + ": " + std::to_string(rows) + " rows came where " +
                    std::to_string(table.rows) + " were counted");
}

std::string DayFileWriter::finish() {
    std::string sum = sum_.finish();
    file_.write(std::string(sum_words) + sum + '\n');
    return sum;
}

DayFile::DayFile(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {
    reading<Error>(path_, [&] {
        {
            Bytes file(files_, path_);
            const std::string line = read_first_line(file);
            rows_offset_ = first_words.size() + line.size() + 1;
            bytes_ = file.bytes();
            sum_ = checked_sum(files_, path_); // before anything that it says is believed
            head_ = head_of(line);
        }
        FileRows rows(files_, path_, rows_offset_);
        for (const ExportedTable& table : head_.tables) {
            if (table.columns.empty()) throw Error("is damaged: a table without columns");
            rows.begin(table);
            Rows row(table.columns.size());
            std::uint64_t count = 0;
            for (; rows.next(row); row.clear()) ++count;
            if (count != table.rows) throw Error("is damaged: rows of " + table.name + " are missing");
        }
        rows.require_end();
    });
}

DayFile::~DayFile() = default;

std::unique_ptr<ExportedRows> DayFile::rows() {
    return reading<Error>(path_, [&] { return std::make_unique<FileRows>(files_, path_, rows_offset_); });
}

} // namespace sipkeep
