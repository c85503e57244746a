#include "sipkeep/core/error.hpp"
#include "sipkeep/sys/durable_file.hpp"
#include "sipkeep/sys/lock_file.hpp"

#include "support/catch.hpp"
#include "support/faulty_file_system.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

using Fault = FaultyFileSystem::Fault;

std::string read_all(FileSystem& files, const std::string& path) {
    InputFile file(files, path);
    std::string text(1000, '\0');
    std::size_t length = 0;
    while (const std::size_t some = file.read(text.data() + length, text.size() - length)) length += some;
    return text.substr(0, length);
}

std::set<std::string> names_in(const std::string& folder) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        names.insert(entry.path().filename());
    return names;
}

void replace(FileSystem& files, const std::string& folder) {
    NewFile file(files, folder, "f");
    file.write("new ");
    file.write("text");
    file.keep();
}

} // namespace

TEST_CASE("a new file is there whole, under its name, for its owner only") {
    const TemporaryFolder folder;
    RealFileSystem files;
    replace(files, folder.path());
    CHECK(read_all(files, folder.path("f")) == "new text");
    CHECK(names_in(folder.path()) == std::set<std::string>{"f"});
    FileStatus status;
    REQUIRE(files.lstat(folder.path("f"), status) == 0);
    CHECK(status.mode == 0600);
    CHECK(status.bytes == 8);
}

TEST_CASE("a new file that is not kept leaves nothing, and the old one as it was") {
    const TemporaryFolder folder;
    RealFileSystem files;
    folder.write("f", "old");
    {
        NewFile file(files, folder.path(), "f");
        file.write("new");
    }
    CHECK(read_all(files, folder.path("f")) == "old");
    CHECK(names_in(folder.path()) == std::set<std::string>{"f"});
}

TEST_CASE("whatever system call fails or is the last, a file holds the old text or the new one") {
    for (const Fault fault : {Fault::error, Fault::error_from_then_on, Fault::killed_before,
                              Fault::killed_after, Fault::short_write}) {
        std::size_t at = 0;
        for (bool struck = true; struck; ++at) {
            const TemporaryFolder folder;
            folder.write("f", "old");
            FaultyFileSystem faulty(at, fault, ENOSPC);
            bool done = false;
            try {
                replace(faulty, folder.path());
                done = true;
            } catch (const Error& error) {
                CHECK_THAT(error.what(), ContainsSubstring(folder.path()));
                CHECK_THAT(error.what(), ContainsSubstring("No space left on device"));
            } catch (const FaultyFileSystem::Killed&) {
            }
            struck = faulty.struck();
            INFO("fault " << int(fault) << " at call " << at);
            RealFileSystem files;
            const std::string text = read_all(files, folder.path("f"));
            CHECK((text == "new text" || (text == "old" && !done)));
            // The next one clears away what a killed process left.
            replace(files, folder.path());
            CHECK(names_in(folder.path()) == std::set<std::string>{"f"});
            CHECK(read_all(files, folder.path("f")) == "new text");
        }
        CHECK(at > 8);
    }
}

TEST_CASE("a read or write that a signal interrupts goes on") {
    const TemporaryFolder folder;
    for (std::size_t at = 0; at < 12; ++at) {
        FaultyFileSystem probe;
        replace(probe, folder.path());
    }
    std::size_t survived = 0;
    for (std::size_t at = 0; at < 12; ++at) {
        FaultyFileSystem faulty(at, Fault::error, EINTR);
        try {
            replace(faulty, folder.path());
            if (faulty.struck()) ++survived;
        } catch (const Error&) { // of the calls that don't wait for anything
        }
    }
    CHECK(survived >= 2); // both writes
}

TEST_CASE("neither links, folders, fifos nor other people's files are read") {
    const TemporaryFolder folder;
    RealFileSystem files;
    folder.write("f", "text");
    std::filesystem::create_symlink(folder.path("f"), folder.path("link"));
    std::filesystem::create_directory(folder.path("folder"));
    REQUIRE(::mkfifo(folder.path("fifo").c_str(), 0600) == 0);
    CHECK_THROWS_WITH(InputFile(files, folder.path("link")), ContainsSubstring("symbolic link"));
    CHECK_THROWS_WITH(InputFile(files, folder.path("folder")), ContainsSubstring("no regular file"));
    CHECK_THROWS_WITH(InputFile(files, folder.path("fifo")), ContainsSubstring("no regular file"));
    CHECK_THROWS_WITH(InputFile(files, folder.path("none")), ContainsSubstring("No such file"));
    if (::geteuid() == 0) {
        REQUIRE(::chown(folder.path("f").c_str(), 12345, 12345) == 0);
        CHECK_THROWS_WITH(InputFile(files, folder.path("f")), ContainsSubstring("another user"));
    }
}

TEST_CASE("a folder is made once, and must be nobody else's") {
    const TemporaryFolder folder;
    RealFileSystem files;
    const std::string path = folder.path("spool");
    require_own_folder(files, path);
    FileStatus status;
    REQUIRE(files.lstat(path, status) == 0);
    CHECK(status.folder);
    CHECK(status.mode == 0700);
    CHECK_NOTHROW(require_own_folder(files, path));
    REQUIRE(::chmod(path.c_str(), 0770) == 0);
    CHECK_THROWS_WITH(require_own_folder(files, path), ContainsSubstring("chmod go-w"));
    folder.write("file", "");
    CHECK_THROWS_WITH(require_own_folder(files, folder.path("file")), ContainsSubstring("no folder"));
    std::filesystem::create_directory_symlink(path, folder.path("link"));
    CHECK_THROWS_WITH(require_own_folder(files, folder.path("link")), ContainsSubstring("symbolic link"));
    CHECK_THROWS_WITH(require_own_folder(files, folder.path("no/such")), ContainsSubstring("can't be made"));
    if (::geteuid() == 0) {
        REQUIRE(::chmod(path.c_str(), 0700) == 0);
        REQUIRE(::chown(path.c_str(), 12345, 12345) == 0);
        CHECK_THROWS_WITH(require_own_folder(files, path), ContainsSubstring("another user"));
    }
}

TEST_CASE("whatever system call of a lock file fails, it is said, and the lock is free afterwards") {
    const TemporaryFolder folder;
    const std::string path = folder.path("lock");
    std::size_t at = 0;
    for (bool struck = true; struck; ++at) {
        FaultyFileSystem faulty(at, Fault::error, EIO);
        std::string said;
        try {
            const LockFile lock(faulty, path);
        } catch (const Error& error) {
            said = error.what();
        }
        struck = faulty.struck();
        INFO("fault at call " << at);
        // close(2) is the last one, and its failure changes nothing.
        if (struck && at < 3) CHECK_THAT(said, ContainsSubstring("lock file " + path));
        RealFileSystem files;
        CHECK_NOTHROW(LockFile(files, path));
    }
    CHECK(at == 5); // open, fstat, flock, close, and a run that meets none
}
