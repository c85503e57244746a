// A directory that goes with its object, and everything in it.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <stdlib.h> // mkdtemp
#include <string>

namespace sipkeep::test {

class TempDir {
public:
    TempDir() : path_((std::filesystem::temp_directory_path() / "sipkeep_test_XXXXXX").string()) {
        if (::mkdtemp(path_.data()) == nullptr)
            throw std::runtime_error("can't create a temporary directory");
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::string& path() const { return path_; }
    /// Entries left in it.
    [[nodiscard]] std::size_t size() const {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path_)) ++count;
        return count;
    }

private:
    std::string path_;
};

} // namespace sipkeep::test
