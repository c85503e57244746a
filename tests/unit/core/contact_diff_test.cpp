#include "sipkeep/core/diff.hpp"
#include "sipkeep/core/error.hpp"

#include "support/catch.hpp"
#include "support/contact_states.hpp"
#include "support/table_rows.hpp"

#include <functional>
#include <map>
#include <random>
#include <set>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

using Ids = std::vector<std::uint64_t>;

ContactState state(std::uint64_t id, std::uint32_t expires = 100) {
    return {.contact_id = id, .last_modified = 20261122161715, .expires = expires, .cseq = 1};
}

ContactComparison compare(const std::vector<ContactState>& seen, const std::vector<ContactState>& open,
                          CompareTurn turn = {}) {
    StatesInMemory live(seen);
    StatesInMemory stored(open);
    return compare_contacts(live, stored, turn);
}

ContactCandidates merge(const std::vector<ContactState>& seen, const std::vector<ContactState>& open,
                        unsigned every = 1) {
    return compare(seen, open, {.every = every}).candidates;
}

} // namespace

TEST_CASE("a DATETIME packs to its digits; anything else to 0") {
    CHECK(packed_datetime("2026-11-22 16:17:15") == 20261122161715);
    CHECK(packed_datetime("2026-11-22 16:17:15.250") == 20261122161715);
    CHECK(packed_datetime("1900-01-01 00:00:01") == 19000101000001);
    CHECK(packed_datetime("9999-12-31 23:59:59") == 99991231235959);
    CHECK(packed_datetime("0000-00-00 00:00:00") == 0);
    for (const auto* text : {"", "2026-11-22", "2026-11-22 16:17:1", "2026-11-22 16:17:xx", "NULL", "now()"})
        CHECK(packed_datetime(text) == 0);
}

TEST_CASE("later DATETIMEs pack to larger numbers") {
    CHECK(packed_datetime("2026-11-22 16:17:15") < packed_datetime("2026-11-22 16:17:16"));
    CHECK(packed_datetime("2026-11-22 23:59:59") < packed_datetime("2026-11-23 00:00:00"));
    CHECK(packed_datetime("2026-12-31 23:59:59") < packed_datetime("2027-01-01 00:00:00"));
}

TEST_CASE("contacts merge: new before, between and behind the open ones") {
    const ContactCandidates found = merge({state(1), state(2), state(4), state(6), state(9)},
                                          {state(2), state(4, 50), state(5), state(6)});
    CHECK(found.added == Ids{1, 9});
    CHECK(found.moved == Ids{4});
    CHECK(found.gone == Ids{5});
    CHECK(found.compared == Ids{2, 6});
}

TEST_CASE("contacts merge: one side empty, or both") {
    CHECK(merge({}, {}).added.empty());
    CHECK(merge({state(1), state(2)}, {}).added == Ids{1, 2});
    CHECK(merge({}, {state(1), state(2)}).gone == Ids{1, 2});
    CHECK(merge({state(9)}, {state(1)}).gone == Ids{1});
    CHECK(merge({state(9)}, {state(1)}).added == Ids{9});
    CHECK(merge({state(1)}, {state(9)}).gone == Ids{9});
}

TEST_CASE("each narrow column moves a contact") {
    const ContactState before = state(1);
    for (const auto& change : std::vector<std::function<void(ContactState&)>>{
             [](ContactState& s) { ++s.expires; }, [](ContactState& s) { ++s.cseq; },
             [](ContactState& s) { ++s.last_modified; }, [](ContactState& s) { s.last_modified = 0; }}) {
        ContactState after = before;
        change(after);
        CHECK(merge({after}, {before}).moved == Ids{1});
    }
}

TEST_CASE("ids up to the largest unsigned 64-bit number merge in order") {
    const std::uint64_t largest = UINT64_MAX;
    const ContactCandidates found = merge({state(largest - 1), state(largest)}, {state(largest)});
    CHECK(found.added == Ids{largest - 1});
    CHECK(found.compared == Ids{largest});
}

TEST_CASE("all contacts seen are counted, whatever became of them") {
    CHECK(compare({}, {state(1)}).seen == 0);
    CHECK(compare({state(1), state(2), state(4, 50)}, {state(2), state(3), state(4)}).seen == 3);
}

TEST_CASE("both queries are sent before the first row of either is asked for") {
    std::vector<std::string> log;
    StatesInMemory live({state(1)});
    StatesInMemory stored({state(1)});
    live.at_start = [&] { log.emplace_back("live query"); };
    stored.at_start = [&] { log.emplace_back("open query"); };
    live.at_row = stored.at_row = [&](std::size_t) { log.emplace_back("row"); };
    static_cast<void>(compare_contacts(live, stored, {}));
    CHECK(log ==
          std::vector<std::string>{"live query", "open query", "row", "row", "row", "row"}); // and each end
}

TEST_CASE("ids seen twice or out of order are a SourceError that says so, and never a wrong diff") {
    const std::vector<ContactState> open{state(1), state(2), state(3)};
    CHECK_THROWS_AS(compare({state(1), state(1)}, open), SourceError);
    CHECK_THROWS_WITH(compare({state(2), state(2, 50)}, open),
                      ContainsSubstring("location: contact_id 2 comes twice") &&
                          ContainsSubstring("primary key"));
    CHECK_THROWS_AS(compare({state(1), state(3), state(2)}, open), SourceError);
    CHECK_THROWS_WITH(compare({state(9), state(8)}, {}),
                      ContainsSubstring("location: contact_id 8 comes behind 9"));
}

TEST_CASE("open versions twice or out of order are an error of history, not of the source") {
    for (const std::vector<ContactState>& open : {std::vector{state(1), state(1)}, {state(2), state(1)}}) {
        try {
            static_cast<void>(compare({state(1)}, open));
            FAIL("nothing was thrown");
        } catch (const SourceError&) {
            FAIL("the live table was blamed");
        } catch (const Error& error) {
            CHECK_THAT(error.what(), ContainsSubstring("location_open: contact_id 1 comes"));
        }
    }
}

TEST_CASE("a stream that breaks off ends the compare with its own error") {
    StatesInMemory live({state(1), state(2)});
    StatesInMemory stored({state(1), state(2)});
    SECTION("the live one") {
        live.at_row = [](std::size_t row) {
            if (row == 1) throw SourceError("location: broke off");
        };
        CHECK_THROWS_AS(compare_contacts(live, stored, {}), SourceError);
    }
    SECTION("the stored one") {
        stored.at_row = [](std::size_t row) {
            if (row == 1) throw HistoryUnavailable("history database: broke off");
        };
        CHECK_THROWS_AS(compare_contacts(live, stored, {}), HistoryUnavailable);
    }
}

// ---------------------------------------------------------------------------------------------------------
// The rotating compare. Its promise: a contact that stays is looked at in full in any `every` captures.

namespace {

/// Captures of a population that a `change` makes different before each; every contact counts the captures
/// since it was last read in full.
class Population {
public:
    explicit Population(unsigned every) : turn_{.every = every} {}

    void add(std::uint64_t id) { contacts_.emplace(id, 0U); }
    void remove(std::uint64_t id) { contacts_.erase(id); }
    [[nodiscard]] const std::map<std::uint64_t, unsigned>& contacts() const { return contacts_; }
    [[nodiscard]] std::size_t largest_slice() const { return largest_slice_; }
    [[nodiscard]] std::size_t smallest_slice() const { return smallest_slice_; }
    [[nodiscard]] unsigned longest_wait() const { return longest_wait_; }

    void capture() {
        std::vector<ContactState> seen, open;
        for (const auto& [id, waited] : contacts_) seen.push_back(state(id));
        for (const std::uint64_t id : open_) open.push_back(state(id));
        const ContactCandidates found = compare(seen, open, turn_).candidates;
        ++turn_.number;
        for (auto& [id, waited] : contacts_) ++waited;
        for (const auto& read : {found.added, found.compared})
            for (const std::uint64_t id : read) {
                longest_wait_ = std::max(longest_wait_, open_.contains(id) ? contacts_.at(id) : 0);
                contacts_.at(id) = 0;
            }
        for (const auto& [id, waited] : contacts_) longest_wait_ = std::max(longest_wait_, waited);
        if (!open_.empty()) {
            largest_slice_ = std::max(largest_slice_, found.compared.size());
            smallest_slice_ = std::min(smallest_slice_, found.compared.size());
        }
        open_.clear();
        for (const auto& [id, waited] : contacts_) open_.insert(id);
    }

private:
    CompareTurn turn_;
    std::map<std::uint64_t, unsigned> contacts_;
    std::set<std::uint64_t> open_;
    std::size_t largest_slice_ = 0;
    std::size_t smallest_slice_ = SIZE_MAX;
    unsigned longest_wait_ = 0;
};

/// How a population changes before a capture.
struct Change {
    const char* name;
    std::function<void(Population&, std::mt19937&)> apply;
};

std::uint64_t random_id(std::mt19937& random) {
    return (std::uint64_t(random()) << 20U) + 1;
}

std::vector<Change> changes() {
    const auto remove_some = [](Population& population, std::mt19937& random, unsigned one_in) {
        const auto contacts = population.contacts();
        for (const auto& [id, waited] : contacts)
            if (random() % one_in == 0) population.remove(id);
    };
    return {
        {"stands still", [](Population&, std::mt19937&) {}},
        {"grows everywhere",
         [](Population& p, std::mt19937& random) {
             for (int i = 0; i < 20; ++i) p.add(random_id(random));
         }},
        {"grows at its end",
         [](Population& p, std::mt19937&) {
             const std::uint64_t last = p.contacts().empty() ? 0 : p.contacts().rbegin()->first;
             for (std::uint64_t i = 1; i <= 40; ++i) p.add(last + i);
         }},
        {"shrinks everywhere",
         [remove_some](Population& p, std::mt19937& random) { remove_some(p, random, 50); }},
        {"loses what was just compared",
         [](Population& p, std::mt19937&) {
             const auto contacts = p.contacts();
             for (const auto& [id, waited] : contacts)
                 if (waited == 0) p.remove(id);
         }},
        {"halves and doubles",
         [remove_some](Population& p, std::mt19937& random) {
             if (random() % 7 == 0) remove_some(p, random, 2);
             if (random() % 7 == 0)
                 for (std::size_t i = p.contacts().size(); i > 0; --i) p.add(random_id(random));
         }},
        {"is emptied now and then",
         [remove_some](Population& p, std::mt19937& random) {
             if (random() % 30 == 0) remove_some(p, random, 1);
             for (int i = 0; i < 10; ++i) p.add(random_id(random));
         }},
    };
}

} // namespace

TEST_CASE("every contact is compared at least once in `every` captures, however their number changes") {
    for (const unsigned every : {1U, 2U, 3U, 5U, 60U})
        for (const Change& change : changes()) {
            INFO(change.name << ", once in " << every);
            std::mt19937 random(every);
            Population population(every);
            for (int i = 0; i < 300; ++i) population.add(random_id(random));
            for (unsigned i = 0; i < 4 * std::max(every, 10U); ++i) {
                population.capture();
                change.apply(population, random);
            }
            CHECK(population.longest_wait() <= every);
        }
}

TEST_CASE("slices are of about equal size, whatever the ids have in common") {
    for (const std::uint64_t step :
         {1U, 7U, 60U, 1U << 14U}) { // OpenSIPS counts in some bits of an id and hashes in others
        Population population(60);
        for (std::uint64_t id = 1; id <= 30'000; ++id) population.add(id * step);
        for (int i = 0; i < 62; ++i) population.capture();
        CHECK(population.longest_wait() == 60);
        CHECK(population.largest_slice() < 620); // of 500, by chance
        CHECK(population.smallest_slice() > 380);
    }
}

TEST_CASE("every=1 compares all of them in each capture, every=0 too") {
    for (const unsigned every : {0U, 1U}) {
        Population population(every);
        for (std::uint64_t id = 0; id < 10; ++id) population.add(id);
        for (int i = 0; i < 3; ++i) population.capture();
        CHECK(population.longest_wait() == 1);
        CHECK(population.largest_slice() == 10);
    }
}

TEST_CASE("a new or moved contact in the slice is not compared twice") {
    const ContactCandidates found = merge({state(1), state(2, 7), state(3)}, {state(1), state(2)});
    CHECK(found.added == Ids{3});
    CHECK(found.moved == Ids{2});
    CHECK(found.compared == Ids{1});
}

TEST_CASE("of a registration that MI told twice, expires may wander by two seconds") {
    const auto told = [](std::uint64_t id, std::uint32_t expires, std::int32_t cseq = 1) {
        return ContactState{
            .contact_id = id, .last_modified = 0, .expires = expires, .cseq = cseq, .from_memory = true};
    };
    CHECK(merge({told(1, 102), told(2, 98), told(3, 100), told(4, 103), told(5, 100, 2)},
                {told(1, 100), told(2, 100), told(3, 100), told(4, 100), told(5, 100)})
              .moved == Ids{4, 5});
    // The table's are compared exactly, and one that the table has now has moved, whichever way.
    CHECK(merge({state(1, 101), state(2, 100), told(3, 100)}, {state(1, 100), told(2, 100), state(3, 100)})
              .moved == Ids{1, 2, 3});
}

TEST_CASE("registrations that MI told are neither seen nor gone where it was not heard") {
    const ContactState told{
        .contact_id = 2, .last_modified = 0, .expires = 100, .cseq = 1, .from_memory = true};
    StatesInMemory seen({state(3)});
    StatesInMemory open({state(1), told, state(3)});
    const ContactComparison missed = compare_contacts(seen, open, {}, MemoryLook::missed);
    CHECK(missed.candidates.gone == Ids{1});
    CHECK(missed.kept == 1);
    CHECK(missed.seen == 1);
    StatesInMemory again({state(3), told});
    StatesInMemory all({state(3)});
    CHECK_THROWS_AS(compare_contacts(again, all, {}), SourceError); // not ascending
    const ContactComparison done = compare({told, state(3)}, {state(1), told, state(3)});
    CHECK(done.candidates.gone == Ids{1});
    CHECK(done.from_memory == 1);
    CHECK(done.kept == 0);
}
