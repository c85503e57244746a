// A capture in a file: everything that was looked at, for a history that is away.
#pragma once

#include "sipkeep/core/capture.hpp"
#include "sipkeep/core/error.hpp"
#include "sipkeep/core/live_reader.hpp"
#include "sipkeep/sys/durable_file.hpp"

#include <memory>
#include <string>

namespace sipkeep {

// A capture file is the line "sipkeep capture 1\n" and three Zstandard frames with checksums: one with the
// tables statistic, dispatcher and dialog, one with location, and one with what was learnt only at the end
// (node, times, statuses, errors) as JSON. A table is its name, its columns' names, its rows, and their
// number.

/// A capture file that is damaged, cut off, of another format, or no longer to be read: nothing of it may be
/// stored.
class UnreadableCapture : public Error {
public:
    using Error::Error;
};

struct CaptureLimits {
    std::uint64_t max_bytes;
    Deadline until; ///< for reading the registrations
};

/// Writes a capture and, where its location is ok, all registrations of `contacts`; of a LiveReader,
/// contact_states() must have been called. Holds one row at a time. A live table that breaks is marked in the
/// file as failed, with the reason. Throws Error when the file can't be written or grows over
/// `limits.max_bytes`; call file.keep() when it returns.
void write_capture(NewFile& file, Capture& capture, ContactRows* contacts, const CaptureLimits& limits);

/// A capture file that was read once and found whole. As a LiveReader it gives back what the live tables
/// held; instead of SourceError it throws UnreadableCapture. Holds everything but the registrations.
class CaptureFile final : public LiveReader {
public:
    /// Throws UnreadableCapture naming the file and what is wrong with it.
    CaptureFile(FileSystem& files, std::string path);
    ~CaptureFile() override;

    /// May be moved from.
    [[nodiscard]] Capture& capture() { return capture_; }
    [[nodiscard]] std::uint64_t contact_count() const { return contact_count_; }
    /// The version of sipkeep that wrote it.
    [[nodiscard]] const std::string& version() const { return version_; }

    [[nodiscard]] Rows dialogs() override { return capture_.dialogs; }
    [[nodiscard]] std::unique_ptr<ContactStates> contact_states() override;
    [[nodiscard]] Rows contacts(std::span<const std::uint64_t> ids) override;
    void each_contact(const std::function<void(RowView)>& show, const Deadline& until) override;
    void finish() noexcept override;

private:
    class Contacts;

    [[nodiscard]] std::unique_ptr<Contacts> open_contacts() const;

    FileSystem& files_;
    std::string path_;
    Capture capture_;
    std::string version_;
    std::uint64_t contact_count_ = 0;
    std::uint64_t contacts_offset_ = 0; ///< of the frame with the registrations
    std::unique_ptr<Contacts> contacts_;
};

} // namespace sipkeep
