// What stands where the program expects its own files: it ends at once, in one line, and leaves everything as
// it was.
#include "site.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t hundred_mb = 100'000'000;
/// A file that is not read to its end costs nothing; AddressSanitizer takes most of it.
constexpr long most_kib_with_a_file = 200 * 1024;

/// Something at a path, and what is said of it.
struct Thing {
    std::string name;
    std::function<void(const std::string& path)> make;
    std::string says;
};

void make_socket(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    path.copy(&address.sun_path[0], path.size());
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::close(fd);
}

Thing link_to(const std::string& name, const std::string& target, const std::string& says) {
    return {name, [target](const std::string& path) { fs::create_symlink(target, path); }, says};
}

std::vector<Thing> no_files() {
    return {{"nothing", [](const std::string&) {}, "can't be opened: No such file"},
            {"a folder", [](const std::string& path) { fs::create_directory(path); }, "is no regular file"},
            {"a FIFO that nobody writes",
             [](const std::string& path) { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); },
             "is no regular file"},
            {"a socket", make_socket, "can't be opened"},
            link_to("a link to an endless device", "/dev/zero", "is no regular file"),
            link_to("a link to /dev/full", "/dev/full", "is no regular file"),
            link_to("a link to nothing", "/nonexistent", "can't be opened: No such file"),
            {"a link to itself", [](const std::string& path) { fs::create_symlink(path, path); },
             "can't be opened: Too many levels"}};
}

/// `content` first, then zeros up to 100 MB.
Thing huge(const std::string& content, const std::string& says) {
    return {"100 MB",
            [content](const std::string& path) {
                std::ofstream(path) << content;
                fs::permissions(path, fs::perms{0600});
                fs::resize_file(path, hundred_mb);
            },
            says};
}

std::string listing(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        names.push_back(entry.path().string() + (entry.is_symlink() ? " link" : ""));
    std::sort(names.begin(), names.end());
    std::string text;
    for (const std::string& name : names) text += name + "\n";
    return text;
}

/// One line that says so and names the path; nothing made, nothing stored.
void check_refused(Site& site, const ProgramResult& result, int exit_code, const std::string& path,
                   const std::string& says) {
    INFO(result.err);
    CHECK(result.exit_code == exit_code);
    CHECK(result.out.empty());
    CHECK(lines_of(result.err) == 1);
    CHECK_THAT(result.err, ContainsSubstring(path));
    CHECK_THAT(result.err, ContainsSubstring(says));
    CHECK(result.peak_kib < most_kib_with_a_file);
    CHECK(site.ledger("1").empty());
}

} // namespace

TEST_CASE("a configuration that is no small regular file is refused at once") {
    Site& site = shared_site("odd_config");
    std::vector<Thing> things = no_files();
    things.push_back(huge("node: a\n", "is larger than 1024 KiB"));
    for (const Thing& thing : things) {
        INFO(thing.name);
        const std::string path = site.folder.path("odd.yaml");
        thing.make(path);
        const std::string before = listing(site.folder.path());
        check_refused(site, run_program({SIPKEEP_PROGRAM, "snapshot", "-c", path}), 2, path, thing.says);
        check_refused(site, run_program({SIPKEEP_PROGRAM, "config", "show", "-c", path}), 2, path,
                      thing.says);
        CHECK(listing(site.folder.path()) == before);
        fs::remove(path);
    }
    CHECK_THAT(run_program({SIPKEEP_PROGRAM, "snapshot", "-c", "/dev/zero"}).err,
               ContainsSubstring("/dev/zero: is no regular file"));
}

TEST_CASE("an option file that is no small regular file of a trusted owner is refused at once") {
    Site& site = shared_site("odd_options");
    const std::string path = site.folder.path("writer.cnf");
    const std::string real = site.folder.path("writer.real");
    fs::rename(path, real);
    std::vector<Thing> things = no_files();
    things.push_back(huge("[client]\n", "is larger than 64 KiB"));
    things.push_back(
        huge("[client]\nuser=u\npassword=" + std::string(Secrets::writer) + "\n", "is larger than 64 KiB"));
    things.push_back({"a link to a file that all may read",
                      [&](const std::string& at) {
                          fs::create_symlink(site.folder.write("open.cnf", "[client]\nuser=u\n", 0644), at);
                      },
                      "others may access it"});
    if (::geteuid() == 0)
        things.push_back({"a stranger's",
                          [](const std::string& at) {
                              std::ofstream(at) << "[client]\nuser=u\n";
                              fs::permissions(at, fs::perms{0600});
                              REQUIRE(::chown(at.c_str(), 4711, 4711) == 0);
                          },
                          "belongs to another user; run chown root"});
    for (const Thing& thing : things) {
        INFO(thing.name);
        thing.make(path);
        (void)site.write_config();
        const std::string before = listing(site.folder.path());
        check_refused(site, site.snapshot(0), 2, path, thing.says);
        CHECK(listing(site.folder.path()) == before);
        fs::remove(path);
    }
    // A link to the real one is an administrator's way to share it.
    fs::create_symlink(real, path);
    CHECK(site.snapshot(0).exit_code == 0);
    fs::remove(path);
    fs::rename(real, path);
}

TEST_CASE("a password file that is no small regular file of a trusted owner is refused at once") {
    Site& site = shared_site("odd_password");
    const std::string path = site.folder.path("password");
    const std::string config = site.folder.write(
        "password.yaml", "node: odd_password\nlock_file: " + site.folder.path("lock") +
                             "\nmi: { url: \"http://127.0.0.1:1/mi\" }\nhistory: { user: u, "
                             "password_file: " +
                             path + " }\n");
    std::vector<Thing> things = no_files();
    things.push_back(huge("", "is larger than 64 KiB"));
    for (const Thing& thing : things) {
        INFO(thing.name);
        thing.make(path);
        check_refused(site, run_program({SIPKEEP_PROGRAM, "snapshot", "-c", config}), 2, path, thing.says);
        fs::remove(path);
    }
}

TEST_CASE("a lock file that is no file, or a link, is refused; what the link points to stays as it was") {
    Site& site = shared_site("odd_lock");
    const std::string path = site.folder.path("lock");
    fs::remove(path); // of an earlier test
    const std::string precious = site.folder.write("precious", "precious", 0600);
    const std::string link_says = "is a symbolic link, which a lock file must not be";
    for (const Thing& thing : std::vector<Thing>{
             link_to("a link to a file", precious, link_says),
             link_to("a link to nothing", site.folder.path("planted"), link_says),
             link_to("a link to a device", "/dev/zero", link_says),
             {"a link to itself", [](const std::string& at) { fs::create_symlink(at, at); }, link_says},
             {"a folder", [](const std::string& at) { fs::create_directory(at); }, "is no regular file"},
             {"a FIFO", [](const std::string& at) { REQUIRE(::mkfifo(at.c_str(), 0600) == 0); },
              "is no regular file"},
             {"a socket", make_socket, "is no regular file"}}) {
        INFO(thing.name);
        thing.make(path);
        (void)site.write_config();
        const std::string before = listing(site.folder.path());
        check_refused(site, site.snapshot(0), 1, path, thing.says);
        CHECK(listing(site.folder.path()) == before);
        fs::remove(path);
    }
    CHECK(fs::file_size(precious) == 8);
    // A lock file with something in it is used, and stays as it was.
    (void)site.folder.write("lock", "not ours", 0600);
    CHECK(site.snapshot(0).exit_code == 0);
    CHECK(fs::file_size(path) == 8);
    CHECK((fs::status(path).permissions() == fs::perms{0600}));
}

TEST_CASE("where MI should answer stands something else: both sources fail in a line each") {
    Site& site = shared_site("odd_mi");
    const std::string path = site.folder.path("mi");
    const std::string precious = site.folder.write("precious", "precious", 0600);
    int minute = 0;
    const auto check = [&](const std::string& url, const std::string& more, const std::string& says) {
        INFO(url << more);
        site.settings.mi_url = url;
        site.settings.mi_more = more;
        const ProgramResult result = site.snapshot(minute++);
        INFO(result.err);
        CHECK(result.exit_code == 3);
        CHECK(lines_of(result.err) == 2);
        CHECK_THAT(result.err, ContainsSubstring(says));
        CHECK(fs::file_size(precious) == 8);
    };
    for (const Thing& thing :
         std::vector<Thing>{link_to("a link to a file", precious, "not a FIFO"),
                            link_to("a link to an endless device", "/dev/null", "not a FIFO"),
                            link_to("a link to nothing", site.folder.path("planted"), "no such FIFO"),
                            {"a folder", [](const std::string& at) { fs::create_directory(at); },
                             "can't open: Is a directory"},
                            {"a socket", make_socket, "nobody reads this FIFO"},
                            {"a FIFO that nobody reads",
                             [](const std::string& at) { REQUIRE(::mkfifo(at.c_str(), 0600) == 0); },
                             "nobody reads this FIFO"}}) {
        INFO(thing.name);
        thing.make(path);
        check("fifo:" + path, "", thing.says);
        fs::remove(path);
    }
    for (const char* scheme : {"fifo:", "unix:"}) {
        const bool fifo = scheme == std::string("fifo:");
        if (fifo)
            REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
        else
            make_socket(path);
        const int reader = fifo ? ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
        for (const char* dir : {"precious", "nothing", "dangling"}) {
            if (dir == std::string("dangling"))
                fs::create_symlink("/nonexistent", site.folder.path("dangling"));
            check(scheme + path, ", reply_dir: " + site.folder.path(dir), "can't create a ");
        }
        fs::remove(site.folder.path("dangling"));
        if (reader >= 0) ::close(reader);
        fs::remove(path);
    }
    CHECK_FALSE(fs::exists(site.folder.path("planted")));
}
