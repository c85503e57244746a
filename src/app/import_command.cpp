#include "sipkeep/app/commands.hpp"
#include "sipkeep/app/config.hpp"
#include "sipkeep/db/day_importer.hpp"
#include "sipkeep/spool/day_file.hpp"

#include <nlohmann/json.hpp>

#include <memory>

namespace sipkeep {

namespace {

using Json = nlohmann::ordered_json;

class Import {
public:
    Import(const GlobalOptions& options, const ImportOptions& wanted, const Environment& env)
        : options_(options), env_(env),
          config_(load_config(options.config_file,
                              {options.node, env.credentials_directory, ConfigPurpose::retention})),
          keep_{std::chrono::floor<Seconds>(wanted.at.value_or(env.clock.now())), wanted.keep} {
        // All of them before anything is changed.
        for (const std::string& file : wanted.files) {
            days_.push_back(std::make_unique<DayFile>(env.files, file));
            require_node(*days_.back());
        }
    }

    ExitCode run() {
        DayImporter importer(config_.retention.database);
        for (const auto& day : days_) {
            const DayImporter::Found found =
                options_.dry_run ? importer.compare(*day) : importer.import(*day, keep_);
            tell(*day, found);
        }
        if (options_.json)
            env_.out << Json{{"dry_run", options_.dry_run}, {"files", told_}}.dump(
                            -1, ' ', false, Json::error_handler_t::replace)
                     << '\n';
        return ExitCode::done;
    }

private:
    void require_node(const DayFile& day) const {
        const std::string& node = day.head().node;
        if (options_.node && node != *options_.node)
            throw Error(day.name() + ": is a day of node " + node + ", not of " + *options_.node);
    }

    void tell(const DayFile& day, const DayImporter::Found& found) {
        const std::string date = to_date(day.head().day);
        if (options_.json) {
            told_.push_back({{"file", day.name()},
                             {"node", day.head().node},
                             {"day", date},
                             {"rows", found.rows},
                             {"missing", found.missing}});
        } else if (!options_.quiet || options_.dry_run) {
            env_.out << (options_.dry_run ? "dry run, nothing changed: " : "") << day.name() << ": " << date
                     << " of node " << day.head().node << ", " << found.missing << " of " << found.rows
                     << (options_.dry_run ? " rows are missing" : " rows were missing, all are there")
                     << '\n';
        }
    }

    const GlobalOptions& options_;
    const Environment& env_;
    Config config_;
    DayImporter::Keep keep_;
    std::vector<std::unique_ptr<DayFile>> days_;
    Json told_ = Json::array();
};

} // namespace

ExitCode import_command(const GlobalOptions& options, const ImportOptions& wanted, const Environment& env) {
    return Import(options, wanted, env).run();
}

} // namespace sipkeep
