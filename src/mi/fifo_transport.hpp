// MI over a FIFO: OpenSIPS's mi_fifo.
#pragma once

#include "sipkeep/mi/transport.hpp"

namespace sipkeep {

/// Writes ":REPLYNAME:{json}" to OpenSIPS's FIFO and reads the reply, to its end of file, from a FIFO of its
/// own in reply_dir, which must be mi_fifo's reply_dir. To a request that it can't parse OpenSIPS never
/// answers.
class FifoTransport final : public Transport {
public:
    FifoTransport(TransportSettings settings, std::string path)
        : settings_(std::move(settings)), path_(std::move(path)) {}
    std::string exchange(std::string_view json_request, Deadline deadline) override;

private:
    TransportSettings settings_;
    std::string path_;
};

} // namespace sipkeep
