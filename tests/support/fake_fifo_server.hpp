// An OpenSIPS behind mi_fifo.
#pragma once

#include "support/temp_dir.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace sipkeep::test {

class CannedMi;

/// Creates the FIFO `opensips_fifo` in a directory of its own, which is also the reply_dir.
class FakeFifoServer {
public:
    struct Pace {
        std::size_t chunk_bytes = 4096; ///< OpenSIPS writes its replies in pieces of this size
        std::chrono::milliseconds pause{0};
        enum class Then {
            close, ///< ends the reply
            hold,  ///< leaves it open until the server goes
            flood, ///< goes on writing 'x' until the client goes
        } then = Then::close;
    };
    explicit FakeFifoServer(CannedMi& mi,
                            Pace pace = {4096, std::chrono::milliseconds{0}, Pace::Then::close});
    FakeFifoServer(const FakeFifoServer&) = delete;
    FakeFifoServer& operator=(const FakeFifoServer&) = delete;
    ~FakeFifoServer();

    [[nodiscard]] std::string reply_dir() const { return dir_.path(); }
    [[nodiscard]] std::string path() const { return dir_.path() + "/opensips_fifo"; }
    [[nodiscard]] std::string url() const { return "fifo:" + path(); }
    /// Permissions and group of each reply FIFO when the request came.
    struct ReplyFifoSeen {
        mode_t mode;
        gid_t group;
    };
    [[nodiscard]] std::vector<ReplyFifoSeen> reply_fifos() const;
    [[nodiscard]] std::vector<std::string> lines() const;
    /// Of all replies together.
    [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }

private:
    void serve();
    void serve_line(const std::string& line);
    void reply(const std::string& path, const std::string& text);
    bool write(int fd, std::string_view bytes);

    TempDir dir_;
    CannedMi& mi_;
    Pace pace_;
    int fd_;
    std::atomic<bool> stop_{false};
    std::atomic<std::uint64_t> bytes_written_{0};
    std::vector<int> held_;
    mutable std::mutex mutex_;
    std::vector<ReplyFifoSeen> reply_fifos_;
    std::vector<std::string> lines_;
    std::thread thread_;
};

} // namespace sipkeep::test
