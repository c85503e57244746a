// The spool: captures that wait on disk for the history database, oldest first.
#pragma once

#include "sipkeep/spool/capture_file.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sipkeep {

struct SpoolLimits {
    std::uint64_t max_bytes = 0;
    std::size_t max_files = 0;
};

/// A capture in the spool: file NODE-YYYYMMDDThhmmssZ.capture.
struct WaitingCapture {
    std::string name; ///< of the file, without its folder
    UtcSeconds captured_at;
    std::uint64_t bytes = 0;
};

/// Minutes that were spooled and will never reach history; one span an unbroken row of intervals.
struct LostSpan {
    UtcSeconds first;
    UtcSeconds last;
    std::uint64_t captures = 0;
    std::string why; ///< "spool full", "set aside", "dropped by hand"

    friend bool operator==(const LostSpan&, const LostSpan&) = default;
};

/// To look at a spool only, while somebody else may be using it; or to change it.
enum class SpoolAccess : std::uint8_t { read, write };

/// One node's part of a spool folder. Whoever changes it holds the node's lock. Whatever is killed on the
/// way, a capture is waiting or lost, and a lost one is remembered until forget_lost(). Every method throws
/// Error naming the file and why.
class Spool {
public:
    /// To write: makes the folder when it is missing, and finishes what a killed process began. `interval`:
    /// of captures.
    Spool(FileSystem& files, std::string folder, std::string node, SpoolLimits limits, Seconds interval,
          SpoolAccess access = SpoolAccess::write);

    [[nodiscard]] const std::vector<WaitingCapture>& waiting() const { return waiting_; } ///< oldest first
    [[nodiscard]] FileSystem& files() const { return files_; }
    [[nodiscard]] std::string path(const WaitingCapture& capture) const {
        return folder_ + "/" + capture.name;
    }

    /// Writes a capture durably; it must be newer than all that wait. Registrations that take longer than
    /// `until` to read are marked as failed. Goes over the limits by this one: call keep_limits() once it is
    /// clear that history takes nothing for now.
    void add(Capture& capture, LiveReader* live, const Deadline& until);
    /// Where the limits ask for it, the oldest ones go and are lost. Returns how many went.
    [[nodiscard]] std::size_t keep_limits();
    /// Of the waiting one: history has it.
    void remove(const WaitingCapture& capture);
    /// Moves one that can't be stored into the folder `aside`, with its reason beside it; lost for now.
    void set_aside(const WaitingCapture& capture, const std::string& reason);
    /// Removes one by the operator's will; lost.
    void drop(const WaitingCapture& capture);

    [[nodiscard]] const std::vector<LostSpan>& lost() const { return lost_; } ///< oldest first
    /// The ledger names them now.
    void forget_lost();

private:
    void find_waiting();
    void read_lost(SpoolAccess access);
    void write_lost();
    void lose(UtcSeconds captured_at, const std::string& why);
    [[nodiscard]] const LostSpan* lost_span_of(UtcSeconds captured_at) const;
    void move_aside(const std::string& name, const std::string& reason);
    void forget(const std::string& name);
    [[nodiscard]] bool over_limits() const;

    FileSystem& files_;
    std::string folder_, node_;
    SpoolLimits limits_;
    Seconds interval_;
    std::vector<WaitingCapture> waiting_;
    std::vector<LostSpan> lost_;
};

/// Node and time of a capture's file, from its name; nullopt: it is none.
[[nodiscard]] std::optional<std::pair<std::string, UtcSeconds>> parse_capture_name(const std::string& name);

/// "12 captures from 2026-11-22T14:03:00Z to 2026-11-22T14:14:00Z (spool full)", spans joined by "; ".
[[nodiscard]] std::string to_text(const std::vector<LostSpan>& lost);

} // namespace sipkeep
