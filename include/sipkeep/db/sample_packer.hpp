// Packs the samples of whole days: from `sample`, and `sample_late`, into `sample_day`.
#pragma once

#include "sipkeep/core/error.hpp"
#include "sipkeep/core/time.hpp"
#include "sipkeep/db/database_settings.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sipkeep {

/// Another `sipkeep retain` is at work in the database.
class RetentionBusy : public Error {
public:
    using Error::Error;
    [[nodiscard]] ExitCode exit_code() const noexcept override { return ExitCode::locked; }
};

struct PackedSamples {
    std::uint64_t samples = 0;
    std::uint64_t rows = 0;  ///< of `sample_day` they are in
    std::uint64_t bytes = 0; ///< of their packed values
};

/// Whatever kills the process, every sample is shown once, by the views: before as after. Every method throws
/// HistoryUnavailable.
class SamplePacker {
public:
    /// Connects. Throws SchemaError when the schema is not this program's, RetentionBusy when another one is
    /// at work in this database.
    explicit SamplePacker(const DatabaseSettings& settings);
    SamplePacker(const SamplePacker&) = delete;
    SamplePacker& operator=(const SamplePacker&) = delete;
    ~SamplePacker();

    struct Node {
        unsigned id;
        std::string name;
    };
    [[nodiscard]] std::vector<Node> nodes();

    /// Days before `before`, a midnight, that lie in `sample`, oldest first.
    [[nodiscard]] std::vector<UtcSeconds> days_to_pack(const Node& node, UtcSeconds before);
    /// From now on nothing older than `before` is written into `sample`. Comes before pack().
    void close(const Node& node, UtcSeconds before);
    /// Packs the oldest day that days_to_pack() named. Throws Error when what was written is not what was
    /// read: the day then stays as it was.
    PackedSamples pack(const Node& node, UtcSeconds day);
    /// The node has no more samples before `before` to pack.
    void finish(const Node& node, UtcSeconds before);

    /// Adds some of what became known of packed days to them; 0 samples: there is nothing left.
    PackedSamples add_late(const Node& node);

    struct Partition {
        std::string name;
        UtcSeconds end; ///< its rows are older
    };
    /// Partitions of `sample` of which every row of every node is packed, oldest first.
    [[nodiscard]] std::vector<Partition> packed_partitions();
    /// Drops it; false: somebody reads or writes the table for longer than two seconds, so the next time will
    /// do.
    bool drop(const Partition& partition);
    /// All is done, at `now`.
    void note_finished(UtcSeconds now);

private:
    struct Session;
    std::unique_ptr<Session> session_;
};

} // namespace sipkeep
