#include "sipkeep/app/backfill.hpp"
#include "sipkeep/app/redactor.hpp"
#include "sipkeep/core/error.hpp"
#include "sipkeep/core/time_text.hpp"
#include "sipkeep/dump/dump_file.hpp"
#include "sipkeep/sys/durable_file.hpp"

#include "backfill_captures.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <unistd.h>
#include <vector>

namespace sipkeep {

namespace {

constexpr std::uint64_t no_limit = UINT64_MAX;

/// A capture file that lives as long as this: what a dump is turned into, so that it can be read in the order
/// and as often as history asks for.
class WorkFile {
public:
    WorkFile(FileSystem& files, const Config& config)
        : files_(files),
          parent_(config.spool ? config.spool->dir : std::filesystem::temp_directory_path().string()),
          folder_(parent_ +
                  (config.spool ? "/backfill" : "/sipkeep-backfill-" + std::to_string(files.user()))),
          name_(config.node + "-" + std::to_string(::getpid()) + ".dump") {
        if (config.spool) require_own_folder(files_, parent_);
        require_own_folder(files_, folder_);
        remove_leftovers();
    }
    WorkFile(const WorkFile&) = delete;
    WorkFile& operator=(const WorkFile&) = delete;
    ~WorkFile() { static_cast<void>(files_.unlink(path())); }

    [[nodiscard]] std::string path() const { return folder_ + "/" + name_; }

    void write(Capture& capture, DumpFile& dump, const Redactor* redactor) {
        std::optional<RedactedContacts> redacted;
        ContactRows* contacts = &dump;
        if (redactor != nullptr) contacts = &redacted.emplace(dump, *redactor);
        try {
            write_once(capture, *contacts);
        } catch (const Error&) {
            if (dump.in_order()) throw;
            write_once(capture, *contacts); // sorted
        }
    }

private:
    /// Of processes that were killed: a dump's rows take as much room as the dump.
    void remove_leftovers() {
        std::vector<std::string> names;
        if (files_.names(folder_, names) != 0) return;
        for (const std::string& name : names) {
            const auto end = name.rfind(".dump");
            const auto dash = name.rfind('-', end);
            if (end == std::string::npos || dash == std::string::npos) continue;
            pid_t process = 0;
            const auto read = std::from_chars(name.data() + dash + 1, name.data() + end, process);
            const bool whole = read.ec == std::errc{} && read.ptr == name.data() + end && process > 0;
            if (whole && ::kill(process, 0) != 0 && errno == ESRCH)
                static_cast<void>(files_.unlink(folder_ + "/" + name));
        }
    }

    void write_once(Capture& capture, ContactRows& contacts) {
        NewFile file(files_, folder_, name_);
        write_capture(file, capture, &contacts,
                      {.max_bytes = no_limit, .until = Deadline(std::chrono::hours{24})});
        file.keep();
    }

    FileSystem& files_;
    std::string parent_, folder_, name_;
};

class DumpCommand {
public:
    DumpCommand(const GlobalOptions& options, const BackfillOptions& backfill, const Environment& env)
        : backfill_(backfill), env_(env), captures_(options, backfill, env, "dump"),
          work_(env.files, captures_.config()) {
        if (!captures_.config().live)
            throw UsageError(
                "backfill dump: the configuration has no `live`, whose tables a dump would be of");
    }

    ExitCode run() {
        for (const std::string& path : backfill_.paths) captures_.each([&] { take(path); });
        return captures_.finish();
    }

private:
    void take(const std::string& path) {
        const LiveSettings& live = *captures_.config().live;
        DumpFile dump(env_.files, path,
                      {.database = live.database.database,
                       .dialog_table = live.dialog_table,
                       .location_table = live.location_table},
                      [&](std::uint64_t bytes) { captures_.progress().at(bytes); });
        captures_.progress().expect(dump.bytes());
        Capture capture;
        capture.node = captures_.config().node;
        capture.started_at = time_of(path, dump, live);
        capture.captured_at = interval_start(capture.started_at, captures_.config().interval);
        capture.dialog = wanted(path, dump.dialog(), live.dialog, live.dialog_table);
        capture.location = wanted(path, dump.location(), live.location, live.location_table);
        const Redactor* redactor = captures_.redactor();
        if (capture.dialog == SourceStatus::ok)
            capture.dialogs = redactor == nullptr ? std::move(dump.dialogs())
                                                  : redactor->rows(dialog_table(), dump.dialogs());
        work_.write(capture, dump, redactor);
        CaptureFile file(env_.files, work_.path());
        captures_.store(file, path);
    }

    [[nodiscard]] SourceStatus wanted(const std::string& path, SourceStatus status, bool configured,
                                      const std::string& table) {
        if (!configured) return SourceStatus::off;
        if (status == SourceStatus::off)
            captures_.warn(path + ": holds no rows of " + table +
                           ": not looked at, which is not the same as empty");
        return status;
    }

    [[nodiscard]] UtcMilliseconds time_of(const std::string& path, const DumpFile& dump,
                                          const LiveSettings& live) const {
        if (backfill_.captured_at) return *backfill_.captured_at;
        if (dump.completed_on()) return local_to_utc(*dump.completed_on(), live.timezone);
        throw Error(path +
                    (dump.complete() ? ": does not tell when it was taken"
                                     : ": its last line is missing; its tables are whole") +
                    "; if you know when it was taken, give --captured-at TIME");
    }

    const BackfillOptions& backfill_;
    const Environment& env_;
    CaptureBackfill captures_;
    WorkFile work_;
};

} // namespace

ExitCode backfill_dump_command(const GlobalOptions& global, const BackfillOptions& options,
                               const Environment& env) {
    return DumpCommand(global, options, env).run();
}

} // namespace sipkeep
