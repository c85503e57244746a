// Zstandard streams (RFC 8878), with checksums.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sipkeep {

/// Compresses text into one or more frames, each with a checksum of its content. Holds about 2 MB.
class Compressor {
public:
    /// `write` takes compressed bytes, in order.
    explicit Compressor(std::function<void(std::string_view)> write);
    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;
    ~Compressor();

    void add(std::string_view text);
    /// Ends the frame; add() begins another one.
    void end_frame();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The window of what Compressor writes, as a power of two of bytes: 2 MB, what levels 1 to 3 use by
/// themselves.
inline constexpr int written_window_log = 21;

/// Takes frames apart. Holds about 2 MB unless told otherwise, whatever a frame says of itself.
class Decompressor {
public:
    /// `read` fills a buffer with up to so many compressed bytes and returns how many; 0: there are no more.
    /// `window_log`: windows of more than 2^window_log bytes are refused; about so much is held. A stream
    /// made by somebody else can't ask for gigabytes.
    explicit Decompressor(std::function<std::size_t(char*, std::size_t)> read,
                          int window_log = written_window_log);
    Decompressor(const Decompressor&) = delete;
    Decompressor& operator=(const Decompressor&) = delete;
    ~Decompressor();

    /// The next text, at most `bytes`; 0 only behind the last frame. Throws Error when the stream is damaged,
    /// ends within a frame, or asks for more memory than the Compressor's streams do.
    [[nodiscard]] std::size_t read(char* to, std::size_t bytes);
    /// Compressed bytes in front of the frame that the text read last belongs to.
    [[nodiscard]] std::uint64_t frame_offset() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace sipkeep
