// Packs the samples of whole days: from `sample`, and `sample_late`, into `sample_day`.
#pragma once

#include "sipkeep/core/time.hpp"
#include "sipkeep/db/retention_session.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sipkeep {

struct PackedSamples {
    std::uint64_t samples = 0;
    std::uint64_t rows = 0;  ///< of `sample_day` they are in
    std::uint64_t bytes = 0; ///< of their packed values
};

/// Whatever kills the process, every sample is shown once, by the views: before as after. Every method throws
/// HistoryUnavailable.
class SamplePacker {
public:
    using Node = RetainedNode;

    explicit SamplePacker(RetentionSession& session) : session_(session) {}

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

private:
    RetentionSession& session_;
};

} // namespace sipkeep
