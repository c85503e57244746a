#include "sipkeep/app/commands.hpp"
#include "sipkeep/app/config.hpp"
#include "sipkeep/db/day_reader.hpp"
#include "sipkeep/spool/day_file.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace sipkeep {

namespace {

using Json = nlohmann::ordered_json;

class Export {
public:
    Export(const GlobalOptions& options, const ExportOptions& wanted, const Environment& env)
        : options_(options), env_(env),
          config_(load_config(options.config_file, {options.node, env.credentials_directory})),
          day_(to_date(wanted.day)), path_(wanted.file.value_or(config_.node + "-" + day_ + ".sipkeep")),
          reader_(config_.history.database,
                  {.node = config_.node,
                   .day = wanted.day,
                   .now = std::chrono::floor<Seconds>(wanted.at.value_or(env.clock.now()))}) {}

    ExitCode run() {
        std::uint64_t rows = 0;
        for (const ExportedTable& table : reader_.head().tables)
            if (table.name != "statistic") rows += table.rows; // names, which no history has twice
        std::uint64_t bytes = 0;
        if (!options_.dry_run) bytes = write();
        if (options_.json)
            env_.out << Json{{"dry_run", options_.dry_run}, {"node", config_.node}, {"day", day_},
                             {"file", path_.string()},      {"rows", rows},         {"bytes", bytes}}
                            .dump(-1, ' ', false, Json::error_handler_t::replace)
                     << '\n';
        else if (options_.dry_run)
            env_.out << "dry run, nothing written: " << day_ << " of node " << config_.node << " has " << rows
                     << " rows\n";
        else if (!options_.quiet)
            env_.out << path_.string() << ": " << day_ << " of node " << config_.node << ", " << rows
                     << " rows, " << bytes << " bytes" << (was_there_ ? ", was there already" : "") << '\n';
        return ExitCode::done;
    }

private:
    /// Returns the size of the file.
    std::uint64_t write() {
        const std::string folder = path_.has_parent_path() ? path_.parent_path().string() : ".";
        FileStatus status;
        was_there_ = env_.files.lstat(path_.string(), status) == 0;
        NewFile file(env_.files, folder, path_.filename().string());
        DayFileWriter writer(file, reader_.head());
        for (const ExportedTable& table : reader_.head().tables)
            writer.table(table, [&](const auto& add) { reader_.each_row(table, add); });
        const std::string sum = writer.finish();
        const std::uint64_t bytes = file.bytes();
        if (!was_there_)
            file.keep();
        else if (!is_there(sum))
            throw Error("export: " + path_.string() +
                        " is there already and holds something else; move it away, or give --out");
        return bytes;
    }

    [[nodiscard]] bool is_there(const std::string& sum) const {
        try {
            return DayFile(env_.files, path_.string()).sum() == sum;
        } catch (const Error&) {
            return false;
        }
    }

    const GlobalOptions& options_;
    const Environment& env_;
    Config config_;
    std::string day_;
    std::filesystem::path path_;
    DayReader reader_;
    bool was_there_ = false;
};

} // namespace

ExitCode export_command(const GlobalOptions& options, const ExportOptions& wanted, const Environment& env) {
    return Export(options, wanted, env).run();
}

} // namespace sipkeep
