// One SBC with everything around it: OpenSIPS's MI and tables, a history database, the three users, the
// configuration, and the real sipkeep.
#pragma once

#include "support/canned_mi.hpp"
#include "support/fake_http_server.hpp"
#include "support/mariadb_server.hpp"
#include "support/program.hpp"
#include "support/temporary_folder.hpp"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace sipkeep::test {

/// Of the ledger: how it went with each source.
inline constexpr const char* status_columns = "mi_status, dispatcher_status, dialog_status, location_status";

/// Line breaks in a text.
std::size_t lines_of(const std::string& text);

/// The MI of a whole OpenSIPS (captured replies unless told otherwise), over HTTP.
class FakeMi {
public:
    FakeMi();

    /// Every method answers as captured from now on.
    void answer_as_captured();
    /// The result of a method from now on, as JSON text.
    void result(const std::string& method, const std::string& json);
    void error(const std::string& method, int code, const std::string& message);
    /// A core with these counters, up for so many seconds, besides gauge core:load_now = 7.
    void counters(long uptime_s, const std::map<std::string, std::string>& counters);
    /// The captured reply of a server whose buffer is too small: HTTP 500, never finished.
    void answer_500(bool on);
    /// No request is answered until let_go().
    void hold();
    void let_go();
    /// Waits until a request is being held.
    [[nodiscard]] bool holding();
    [[nodiscard]] std::string url() const { return server_.url(); }

private:
    HttpAnswer answer(const FakeHttpServer::Request& request);
    void rebuild();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, std::string> results_;
    std::map<std::string, std::pair<int, std::string>> errors_;
    std::unique_ptr<CannedMi> canned_;
    bool broken_ = false;
    bool hold_ = false;
    bool held_one_ = false;
    FakeHttpServer server_;
};

struct Secrets {
    static constexpr const char* reader = "reader-secret-7f3a";
    static constexpr const char* writer = "writer-secret-91bc";
    static constexpr const char* owner = "owner-secret-c0de";
};

class Site {
public:
    enum class Schema { made, absent };
    explicit Site(const std::string& stem, Schema schema = Schema::made, const std::string& opensips = "3.6");

    /// What goes into the configuration of the next run.
    struct Settings {
        std::string node = "sbc1";
        std::string mi_url; ///< empty: the fake's
        std::string mi_timeout = "5s";
        std::string mi_more; ///< further keys of mi, each as ", KEY: VALUE"
        std::string live_timeout = "10s";
        std::string live_more;               ///< further keys of live, likewise
        std::string history_user = "writer"; ///< whose option file: writer or owner
        std::string more;                    ///< further lines
    };

    /// Runs `sipkeep ARGUMENTS -c CONFIG`.
    ProgramResult sipkeep(std::vector<std::string> arguments);
    std::unique_ptr<RunningProgram> start(std::vector<std::string> arguments);
    /// `sipkeep snapshot --at` that minute; they start at noon of today, so that no midnight comes between.
    ProgramResult snapshot(int minute, const std::vector<std::string>& more = {});
    std::unique_ptr<RunningProgram> start_snapshot(int minute, const std::vector<std::string>& more = {});
    [[nodiscard]] std::string at(int minute) const;
    /// The same as it stands in the database.
    [[nodiscard]] std::string datetime(int minute) const;

    /// The captures, printed by these columns.
    std::string ledger(const std::string& columns);
    /// All rows of a history table or view that belong to the node.
    std::string of_node(const std::string& columns, const std::string& table, const std::string& order);
    /// "id|valid_from" of the open versions.
    std::string open_set(const std::string& source);

    /// Empties both live tables and starts another node, so that test cases can share a site.
    void start_over(const std::string& node);
    void add_dialog(int id);
    void add_contact(int id);
    void remove_dialog(int id);
    void remove_contact(int id);

    /// No server listens there any more, until settings.history_user is another.
    void take_history_away();

    std::string write_config();
    /// The grants that `sipkeep schema init --grants` prints, with passwords.
    std::vector<std::string> printed_grants();

    TemporaryFolder folder;
    TestDatabase live;
    TestDatabase history;
    const std::string reader; ///< user names; the owner's is sipkeep_owner
    const std::string writer;
    FakeMi mi;
    Settings settings;

private:
    void write_option_file(const std::string& name, const std::string& user, const std::string& password);
    void drop_users();
    std::vector<std::string> command(std::vector<std::string> arguments);

    UtcSeconds noon_;
};

/// The site that test cases share when they can live with one history; each starts over with a node of its
/// own.
Site& shared_site(const std::string& node);

} // namespace sipkeep::test
