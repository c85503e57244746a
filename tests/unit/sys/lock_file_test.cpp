#include "sipkeep/core/error.hpp"
#include "sipkeep/sys/lock_file.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace sipkeep;

namespace {
RealFileSystem files;
} // namespace

TEST_CASE("only one holds the lock, and the next one gets it afterwards") {
    const TemporaryFolder folder;
    const auto path = folder.path("node.lock");
    {
        const LockFile first(files, path);
        CHECK_THROWS_AS(LockFile(files, path), LockedError);
        CHECK_THROWS_WITH(LockFile(files, path), ContainsSubstring(path));
    }
    CHECK(std::filesystem::exists(path));
    CHECK_NOTHROW(LockFile(files, path));
}

TEST_CASE("the lock of a killed process is free") {
    const TemporaryFolder folder;
    const auto path = folder.path("node.lock");
    const pid_t child = ::fork();
    if (child == 0) {
        const LockFile held(files, path);
        ::_exit(0); // runs no destructor, as a kill would
    }
    REQUIRE(child > 0);
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    CHECK_NOTHROW(LockFile(files, path));
}

TEST_CASE("the lock file is not for everybody") {
    const TemporaryFolder folder;
    const mode_t before = ::umask(0);
    const LockFile lock(files, folder.path("node.lock"));
    ::umask(before);
    struct stat status {};
    REQUIRE(::stat(folder.path("node.lock").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0640U);
}

TEST_CASE("a missing folder is named") {
    const TemporaryFolder folder;
    const auto path = folder.path("missing/node.lock");
    CHECK_THROWS_AS(LockFile(files, path), Error);
    CHECK_THROWS_WITH(LockFile(files, path),
                      ContainsSubstring("folder " + folder.path("missing") + " does not exist"));
}

TEST_CASE("a planted symbolic link is not followed") {
    const TemporaryFolder folder;
    std::filesystem::create_symlink(folder.path("elsewhere"), folder.path("node.lock"));
    CHECK_THROWS_WITH(LockFile(files, folder.path("node.lock")), ContainsSubstring("symbolic link"));
    CHECK_FALSE(std::filesystem::exists(folder.path("elsewhere")));
}

TEST_CASE("neither a fifo nor a folder is a lock file, and no fifo is waited for") {
    const TemporaryFolder folder;
    REQUIRE(::mkfifo(folder.path("fifo").c_str(), 0640) == 0);
    std::filesystem::create_directory(folder.path("folder"));
    CHECK_THROWS_WITH(LockFile(files, folder.path("fifo")), ContainsSubstring("no regular file"));
    CHECK_THROWS_WITH(LockFile(files, folder.path("folder")), ContainsSubstring("no regular file"));
}

TEST_CASE("another user's lock file is refused with what to do, and left as it is") {
    if (::geteuid() != 0) {
        SUCCEED("only root can give a file away");
        return;
    }
    const TemporaryFolder folder;
    const auto path = folder.write("node.lock", "", 0640);
    std::filesystem::permissions(folder.path(), std::filesystem::perms{0755});
    REQUIRE(::chown(path.c_str(), 4711, 4711) == 0);
    CHECK_NOTHROW(LockFile(files, path)); // root may use everybody's
    REQUIRE(::seteuid(4712) == 0);
    std::string complaint;
    try {
        const LockFile lock(files, path);
    } catch (const Error& error) {
        complaint = error.what();
    }
    REQUIRE(::seteuid(0) == 0);
    CHECK(complaint ==
          "lock file " + path +
              ": belongs to another user; did root run sipkeep before? remove it or set lock_file");
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK(status.st_uid == 4711);
}
