// Runs a fuzz target without libFuzzer, for every compiler: the committed inputs, then mutations of them,
// always the same ones.
//
//   fuzz_NAME_replay CORPUS MUTATIONS
//
// The input under way is in fuzz_NAME_replay.input: after a crash it is the one to blame.
#include "fuzz.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using Input = std::string;

std::vector<Input> read_corpus(const std::string& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::vector<Input> inputs;
    for (const auto& file : files) {
        std::ifstream in(file, std::ios::binary);
        inputs.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return inputs;
}

class Mutator {
public:
    explicit Mutator(const std::vector<Input>& corpus) : corpus_(corpus) {}

    Input next() {
        Input input = any();
        for (std::size_t steps = 1 + below(6); steps > 0; --steps) step(input);
        input.resize(std::min<std::size_t>(input.size(), 65536));
        return input;
    }

private:
    std::size_t below(std::size_t end) { return end == 0 ? 0 : random_() % end; }
    const Input& any() { return corpus_[below(corpus_.size())]; }

    void step(Input& input) {
        static const std::vector<Input> words{"\\",
                                              "\"",
                                              "'",
                                              "\n",
                                              "\r\n",
                                              "{",
                                              "}",
                                              "[",
                                              "]",
                                              ":",
                                              ",",
                                              "<",
                                              ">",
                                              "@",
                                              "%",
                                              ";",
                                              "=",
                                              "-",
                                              "0",
                                              "9",
                                              "99999999999999999999",
                                              "1e400",
                                              Input(1, '\0'),
                                              "\x1b",
                                              "\x80",
                                              "\xc2",
                                              "\xf4\x8f\xba\x80",
                                              "\xff"};
        const std::size_t at = below(input.size() + 1);
        const std::size_t length = below(std::min<std::size_t>(input.size() - at, 32) + 1);
        switch (below(7)) {
        case 0:
            if (at < input.size()) input[at] = static_cast<char>(random_() % 256);
            break;
        case 1:
            if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(7)));
            break;
        case 2:
            input.erase(at, length);
            break;
        case 3:
            input.insert(at, input.substr(at, length));
            break;
        case 4:
            input.insert(at, words[below(words.size())]);
            break;
        case 5:
            input.resize(at);
            break;
        default: { // the head of one, the tail of another
            const Input& other = any();
            input.replace(at, Input::npos, other, below(other.size() + 1), Input::npos);
        }
        }
    }

    const std::vector<Input>& corpus_;
    std::mt19937 random_{
        20261122}; // NOLINT(cert-msc51-cpp): the same mutations each time, so that a failure comes back
};

class Target {
public:
    explicit Target(const std::string& record)
        : record_(::open(record.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640)) {}
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;
    ~Target() { ::close(record_); }

    void run(const Input& input) {
        const bool written =
            ::ftruncate(record_, 0) == 0 && ::pwrite(record_, input.data(), input.size(), 0) >= 0;
        sipkeep::fuzz::promise(written, "the input is recorded");
        // A copy of its own size, so that a read past its end is seen.
        const std::vector<std::uint8_t> bytes(input.begin(), input.end());
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
        ++runs_;
    }
    [[nodiscard]] std::size_t runs() const { return runs_; }

private:
    int record_;
    std::size_t runs_ = 0;
};

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: " << argv[0] << " CORPUS MUTATIONS\n";
        return 2;
    }
    const std::vector<Input> corpus = read_corpus(argv[1]);
    if (corpus.empty()) {
        std::cerr << argv[1] << " is empty\n";
        return 2;
    }
    const std::string program = argv[0];
    Target target(program + ".input");
    for (const Input& input : corpus) target.run(input);
    Mutator mutator(corpus);
    for (unsigned long left = std::stoul(argv[2]); left > 0; --left) target.run(mutator.next());
    std::cout << target.runs() << " inputs\n";
    return 0;
}
