// Captures from elsewhere, one after the other, into the history of one node.
#pragma once

#include "sipkeep/app/backfill.hpp"
#include "sipkeep/app/backfill_capture.hpp"
#include "sipkeep/app/config.hpp"
#include "sipkeep/spool/capture_file.hpp"

#include <memory>
#include <string>

namespace sipkeep {

/// What `backfill dump` and `backfill spool` share: where a capture goes, what is said of it, and the sum.
class CaptureBackfill {
public:
    CaptureBackfill(const GlobalOptions& options, const BackfillOptions& backfill, const Environment& env,
                    const std::string& provenance);

    /// Runs an action on one file; what is wrong with the file is counted as a bad record. A history that is
    /// away, or whose schema is not this program's, ends all.
    template <class Action>
    void each(Action action) {
        try {
            action();
        } catch (const HistoryUnavailable&) {
            throw;
        } catch (const SchemaError&) {
            throw;
        } catch (const Error& error) {
            bad(error.what());
        }
    }
    void bad(const std::string& line);
    void warn(const std::string& line);

    /// Stores one, or with --dry-run says where it would go. Throws Error, naming `path`.
    void store(CaptureFile& file, const std::string& path);
    /// The same for one that is in no file: `contacts` shows `contact_count` registrations.
    void store(Capture& capture, LiveReader& contacts, std::uint64_t contact_count, const std::string& path);
    /// Says the sum; the exit code.
    [[nodiscard]] ExitCode finish();

    [[nodiscard]] const Config& config() const { return config_; }
    /// Null: captures are stored as they are.
    [[nodiscard]] const Redactor* redactor() const { return plan_.redactor.get(); }
    [[nodiscard]] Progress& progress() { return progress_; }
    [[nodiscard]] PastStore& past() { return *past_; }

private:
    void say(const BackfilledCapture& done, const std::string& path);

    const GlobalOptions& options_;
    const Environment& env_;
    std::string provenance_;
    Log log_;
    Config config_;
    ArchivePlan plan_;
    Progress progress_;
    RecordErrors errors_;
    std::unique_ptr<PastStore> past_;
    std::uint64_t spliced_ = 0, newest_ = 0, there_ = 0;
};

} // namespace sipkeep
