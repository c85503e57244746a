// The one `sipkeep retain` or `import` that is at work in a history database: its turn, its connections.
#pragma once

#include "sipkeep/core/error.hpp"
#include "sipkeep/core/time.hpp"
#include "sipkeep/db/connection.hpp"
#include "sipkeep/db/database_settings.hpp"

#include <functional>
#include <string>
#include <vector>

namespace sipkeep {

/// Another `sipkeep retain` or `import` is at work in the database.
class RetentionBusy : public Error {
public:
    using Error::Error;
    [[nodiscard]] ExitCode exit_code() const noexcept override { return ExitCode::locked; }
};

struct RetainedNode {
    unsigned id;
    std::string name;
};

/// What is done in it ends as a whole or not at all, whatever kills the process.
class RetentionSession {
public:
    /// Connects. Throws SchemaError when the schema is not this program's, RetentionBusy when another one is
    /// at work in this database, HistoryUnavailable.
    explicit RetentionSession(const DatabaseSettings& settings);

    [[nodiscard]] std::vector<RetainedNode> nodes();
    /// All is done, at `now`.
    void note_finished(UtcSeconds now);

    Connection& connection() { return connection_; }
    Connection& reader() { return reader_; } ///< streams while the other writes

    /// Runs an action of many statements; whatever it throws, what it had not committed is taken back. Throws
    /// HistoryUnavailable for what the server refuses, Error with the remedy where a right is missing.
    template <class Action>
    auto guarded(Action action) -> decltype(action()) {
        return tried(0, action);
    }

    /// The same for an action that may begin anew: one that loses to a writer, in a deadlock or at another server of
    /// a cluster, does so, up to four times.
    template <class Action>
    auto retried(Action action) -> decltype(action()) {
        return tried(4, action);
    }

    /// Keeps its turn: a session that says nothing for an hour is ended by the server.
    void stay();

    /// Opens a transaction. Writers of the node wait for its end.
    void lock(unsigned node_id);

    /// Drops a partition that `may` still says may go, asked while no writer of any node is at work. False:
    /// it may not, or somebody reads or writes the table for longer than two seconds, so the next time will
    /// do.
    bool drop_partition(const std::string& table, const std::string& partition,
                        const std::function<bool(Connection&)>& may);

private:
    template <class Action>
    auto tried(int more, Action& action) -> decltype(action()) {
        for (;; --more) {
            try {
                stay();
                return action();
            } catch (const DatabaseError& error) {
                if (!error.lost()) roll_back();
                if (error.code() != database_error::deadlock || more == 0) refuse(error);
            } catch (...) {
                roll_back();
                throw;
            }
        }
    }

    void take_turn();
    void roll_back();
    [[noreturn]] static void refuse(const DatabaseError& error);

    Connection connection_;
    Connection reader_;
    Connection turn_; ///< holds the lock of retention_task
};

} // namespace sipkeep
