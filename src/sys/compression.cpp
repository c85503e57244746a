#include "sipkeep/sys/compression.hpp"

#include "sipkeep/core/error.hpp"

#include <utility>
#include <vector>
#include <zstd.h>

namespace sipkeep {

namespace {

constexpr int level =
    1; // rows of phones repeat each other nearby: higher levels cost twice the time for a tenth

std::size_t checked(std::size_t result, const char* what) {
    if (ZSTD_isError(result) != 0) throw Error(std::string(what) + ": " + ZSTD_getErrorName(result));
    return result;
}

} // namespace

struct Compressor::State {
    explicit State(std::function<void(std::string_view)> to)
        : write(std::move(to)), context(ZSTD_createCCtx()), out(ZSTD_CStreamOutSize()) {
        if (context == nullptr) throw Error("no memory left to compress with");
        checked(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level), "compression");
        checked(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, written_window_log), "compression");
        checked(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1), "compression");
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { ZSTD_freeCCtx(context); }

    void run(std::string_view text, ZSTD_EndDirective directive) {
        ZSTD_inBuffer input{text.data(), text.size(), 0};
        for (;;) {
            ZSTD_outBuffer output{out.data(), out.size(), 0};
            const std::size_t left =
                checked(ZSTD_compressStream2(context, &output, &input, directive), "compression");
            if (output.pos > 0) write({out.data(), output.pos});
            if (directive == ZSTD_e_end ? left == 0 : input.pos == input.size) return;
        }
    }

    std::function<void(std::string_view)> write;
    ZSTD_CCtx* context;
    std::vector<char> out;
};

Compressor::Compressor(std::function<void(std::string_view)> write)
    : state_(std::make_unique<State>(std::move(write))) {}

Compressor::~Compressor() = default;

void Compressor::add(std::string_view text) {
    state_->run(text, ZSTD_e_continue);
}

void Compressor::end_frame() {
    state_->run({}, ZSTD_e_end);
}

struct Decompressor::State {
    State(std::function<std::size_t(char*, std::size_t)> from, int largest_window)
        : read(std::move(from)), context(ZSTD_createDCtx()), in(ZSTD_DStreamInSize()) {
        if (context == nullptr) throw Error("no memory left to decompress with");
        checked(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, largest_window), "decompression");
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { ZSTD_freeDCtx(context); }

    [[nodiscard]] std::uint64_t consumed() const { return taken - (input.size - input.pos); }

    std::function<std::size_t(char*, std::size_t)> read;
    ZSTD_DCtx* context;
    std::vector<char> in;
    ZSTD_inBuffer input{nullptr, 0, 0};
    std::uint64_t taken = 0;       ///< compressed bytes read so far
    std::uint64_t frame_began = 0; ///< at this one of them
    bool in_frame = false;
    bool more_to_come = false; ///< text may be left that had no room
};

Decompressor::Decompressor(std::function<std::size_t(char*, std::size_t)> read, int window_log)
    : state_(std::make_unique<State>(std::move(read), window_log)) {}

Decompressor::~Decompressor() = default;

std::size_t Decompressor::read(char* to, std::size_t bytes) {
    State& state = *state_;
    ZSTD_outBuffer output{to, bytes, 0};
    while (output.pos == 0) {
        if (state.input.pos == state.input.size && !state.more_to_come) {
            const std::size_t length = state.read(state.in.data(), state.in.size());
            if (length == 0 && state.in_frame) throw Error("ends in the middle: it was cut off");
            if (length == 0) return 0;
            state.input = {state.in.data(), length, 0};
            state.taken += length;
        }
        if (!state.in_frame) state.frame_began = state.consumed();
        const std::size_t left =
            checked(ZSTD_decompressStream(state.context, &output, &state.input), "is damaged");
        state.in_frame = left != 0;
        state.more_to_come = state.in_frame && output.pos == output.size;
    }
    return output.pos;
}

std::uint64_t Decompressor::frame_offset() const {
    return state_->frame_began;
}

} // namespace sipkeep
