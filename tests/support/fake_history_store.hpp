// HistoryStore without a database: the history lives in a FakeHistory, which outlives the stores (processes)
// that write it.
#pragma once

#include "sipkeep/db/history_store.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sipkeep::test {

/// All that a history database would hold of one node. What can change is copied when a capture begins, and
/// taken back as a whole.
struct FakeNode {
    using Row = std::vector<std::optional<std::string>>;

    struct Version {
        Row row; ///< all columns of the spec; those of a refresh as they were when the version opened
        UtcSeconds valid_from;
        UtcSeconds began;
        std::string first_seen;
    };
    struct Refresh {
        UtcSeconds captured_at;
        std::optional<std::string> expires, cseq, last_modified;
    };
    template <class What>
    struct Ended {
        std::string key;
        What what;
        UtcSeconds valid_to;
    };
    struct Table {
        std::map<std::string, Version> open; ///< by key_of()
        std::vector<Ended<Version>> closed;
    };
    struct Sample {
        std::string group, name;
        std::int64_t value;
        SampleFlag flag;
    };

    /// What is open, without the past: what a capture works on.
    [[nodiscard]] FakeNode present() const;
    /// A capture that worked on the present becomes part of the past.
    void take(FakeNode&& done);

    std::map<std::string_view, Table> tables;
    std::map<std::uint64_t, Refresh> refresh_open;
    std::vector<Ended<Refresh>> refresh_closed;
    std::map<UtcSeconds, std::vector<Sample>> samples;
    std::map<UtcSeconds, LedgerRow> ledger;
    std::uint64_t compare_turn = 0;
    bool refused = false;
};

/// The database. Tests look into it, and tell it what to refuse.
class FakeHistory {
public:
    std::map<std::string, FakeNode> nodes;
    std::set<std::pair<std::string, std::string>> statistics; ///< learnt names

    /// Rows of this table ("dialog", "location", "dispatcher", "sample") are refused.
    std::set<std::string, std::less<>> refused_tables;
    bool lost = false;               ///< every call throws HistoryUnavailable
    bool lost_amid_contacts = false; ///< a stream of open contacts breaks off after its first
    bool lost_at_commit = false;     ///< COMMIT takes effect, and nobody hears of it
    bool split_fails = false;        ///< split_at_midnight() throws HistoryUnavailable
    std::vector<std::string> writes; ///< names of the calls that wrote something

    /// The live table as it stood at a capture whose source was ok, ascending by key; columns as in the spec.
    [[nodiscard]] Rows snapshot(const std::string& node, const TableSpec& table,
                                UtcSeconds captured_at) const;
};

class FakeHistoryStore final : public HistoryStore {
public:
    explicit FakeHistoryStore(FakeHistory& history) : history_(history) {}

    NodeState open_node(const std::string& node, OpenNode how) override;
    void note_refused(UtcSeconds captured_at) override;
    void learn_statistics(const std::vector<Statistic>& statistics) override;
    void begin(UtcSeconds captured_at) override;
    void each_open(const TableSpec& table, const Rows& seen,
                   const std::function<void(RowView)>& show) override;
    void apply(const TableSpec& table, const VersionChanges& changes) override;
    std::unique_ptr<ContactStates> open_contact_states() override;
    Rows open_contacts(const Rows& seen) override;
    void apply(const ContactChanges& changes) override;
    std::size_t add_samples(const std::vector<Statistic>& statistics) override;
    void set_compare_turn(std::uint64_t turn) override;
    void commit(const LedgerRow& row) override;
    void discard() override;
    std::size_t split_at_midnight(UtcSeconds captured_at, Seconds interval) override;

private:
    /// What this store sees of the present: its own uncommitted work, or what is committed.
    FakeNode& seen();
    void reach(const char* write = nullptr);
    void refuse(std::string_view table, bool rows);
    void close(const TableSpec& table, const std::string& key);
    void open(const TableSpec& table, RowView row, const std::optional<std::string>& first_seen);

    FakeHistory& history_;
    std::string node_;
    std::optional<FakeNode> working_;
    UtcSeconds captured_at_{};
};

} // namespace sipkeep::test
