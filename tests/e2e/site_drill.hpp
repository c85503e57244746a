// The real program through bad times: life goes on, runs are struck, and full copies tell what history should
// hold.
#pragma once

#include "site.hpp"
#include "support/live_tables.hpp"
#include "support/mi_copies.hpp"

#include <random>

namespace sipkeep::test {

class SiteDrill {
public:
    SiteDrill(const std::string& stem, std::uint32_t seed, int contacts, int dialogs);

    /// Minutes pass, and life goes on; `changes` times as much as usual.
    void pass(int minutes = 1, int changes = 1);
    /// From now on captures wait on disk while history is away.
    void use_spool();
    /// The next capture is the first one of this node.
    void begin_node(const std::string& node);

    ProgramResult run();
    std::unique_ptr<RunningProgram> start();
    /// After a run, however it ended: when its capture is in the ledger, or waits in the spool, this minute
    /// is copied, and has to be in history at the next comparison. True: it is kept.
    bool look_for_capture();
    /// An ordinary run, in this minute or a later one: it must store everything.
    void recover();
    /// A run that fails as a whole: this exit code, one line that says this, and nothing stored.
    void check_fails(const ProgramResult& result, int exit_code, const std::string& says);
    /// Compares the captures since the last call; their copies are forgotten when `forget`.
    void compare_new(bool forget = false);
    void compare_everything();
    /// What the views rest on, and what the program itself thinks.
    void check_archive_itself();
    /// After the server was gone.
    void reconnect();

    Site& site() { return site_; }
    LiveTables& tables() { return tables_; }
    std::size_t captures() const { return captures_; }

private:
    bool is_kept();
    void forget_what_failed(int minute);
    void compare(std::optional<UtcSeconds> captured_at);

    Site site_;
    LiveTables tables_;
    LivingMi mi_;
    MiCopies mi_copies_;
    std::mt19937 random_;
    int minute_ = 0;
    bool copied_ = false;
    std::size_t captures_ = 0;
    std::string spool_; ///< its folder
    std::vector<int> uncompared_;
};

} // namespace sipkeep::test
