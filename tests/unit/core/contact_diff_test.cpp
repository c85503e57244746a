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
                          CompareRound round, unsigned every) {
    StatesInMemory live(seen);
    StatesInMemory stored(open);
    return compare_contacts(live, stored, round, every);
}

ContactCandidates merge(const std::vector<ContactState>& seen, const std::vector<ContactState>& open,
                        unsigned every = 1) {
    return compare(seen, open, {}, every).candidates;
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
    CHECK(compare({}, {state(1)}, {}, 60).seen == 0);
    CHECK(compare({state(1), state(2), state(4, 50)}, {state(2), state(3), state(4)}, {}, 60).seen == 3);
}

TEST_CASE("both queries are sent before the first row of either is asked for") {
    std::vector<std::string> log;
    StatesInMemory live({state(1)});
    StatesInMemory stored({state(1)});
    live.at_start = [&] { log.emplace_back("live query"); };
    stored.at_start = [&] { log.emplace_back("open query"); };
    live.at_row = stored.at_row = [&](std::size_t) { log.emplace_back("row"); };
    static_cast<void>(compare_contacts(live, stored, {}, 60));
    CHECK(log ==
          std::vector<std::string>{"live query", "open query", "row", "row", "row", "row"}); // and each end
}

TEST_CASE("ids seen twice or out of order are a SourceError that says so, and never a wrong diff") {
    const std::vector<ContactState> open{state(1), state(2), state(3)};
    CHECK_THROWS_AS(compare({state(1), state(1)}, open, {}, 60), SourceError);
    CHECK_THROWS_WITH(compare({state(2), state(2, 50)}, open, {}, 60),
                      ContainsSubstring("location: contact_id 2 comes twice") &&
                          ContainsSubstring("primary key"));
    CHECK_THROWS_AS(compare({state(1), state(3), state(2)}, open, {}, 60), SourceError);
    CHECK_THROWS_WITH(compare({state(9), state(8)}, {}, {}, 60),
                      ContainsSubstring("location: contact_id 8 comes behind 9"));
}

TEST_CASE("open versions twice or out of order are an error of history, not of the source") {
    for (const std::vector<ContactState>& open : {std::vector{state(1), state(1)}, {state(2), state(1)}}) {
        try {
            static_cast<void>(compare({state(1)}, open, {}, 60));
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
        CHECK_THROWS_AS(compare_contacts(live, stored, {}, 60), SourceError);
    }
    SECTION("the stored one") {
        stored.at_row = [](std::size_t row) {
            if (row == 1) throw HistoryUnavailable("history database: broke off");
        };
        CHECK_THROWS_AS(compare_contacts(live, stored, {}, 60), HistoryUnavailable);
    }
}

// ---------------------------------------------------------------------------------------------------------
// The rotating compare. Its promise: a contact that stays is looked at in full in any `every` captures.

namespace {

/// Captures of a population that a `change` makes different before each; every contact counts the captures
/// since it was last read in full.
class Population {
public:
    explicit Population(unsigned every) : every_(every) {}

    void add(std::uint64_t id) { contacts_.emplace(id, 0U); }
    void remove(std::uint64_t id) { contacts_.erase(id); }
    [[nodiscard]] const std::map<std::uint64_t, unsigned>& contacts() const { return contacts_; }
    [[nodiscard]] std::size_t largest_slice() const { return largest_slice_; }
    [[nodiscard]] unsigned longest_wait() const { return longest_wait_; }
    [[nodiscard]] const CompareRound& round() const { return round_; }
    void change_every(unsigned every) { every_ = every; }

    void capture() {
        std::vector<ContactState> seen, open;
        for (const auto& [id, waited] : contacts_) seen.push_back(state(id));
        for (const std::uint64_t id : open_) open.push_back(state(id));
        const auto [found, number, next_round] = compare(seen, open, round_, every_);
        round_ = next_round;
        for (auto& [id, waited] : contacts_) ++waited;
        for (const auto& read : {found.added, found.compared})
            for (const std::uint64_t id : read) {
                longest_wait_ = std::max(longest_wait_, open_.contains(id) ? contacts_.at(id) : 0);
                contacts_.at(id) = 0;
            }
        for (const auto& [id, waited] : contacts_) longest_wait_ = std::max(longest_wait_, waited);
        largest_slice_ = std::max(largest_slice_, found.compared.size());
        open_.clear();
        for (const auto& [id, waited] : contacts_) open_.insert(id);
    }

private:
    unsigned every_;
    CompareRound round_;
    std::map<std::uint64_t, unsigned> contacts_;
    std::set<std::uint64_t> open_;
    std::size_t largest_slice_ = 0;
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
        {"grows just ahead of the compare",
         [](Population& p, std::mt19937&) {
             for (std::uint64_t i = 1; i <= 40; ++i) p.add(p.round().after + i);
         }},
        {"shrinks everywhere",
         [remove_some](Population& p, std::mt19937& random) { remove_some(p, random, 50); }},
        {"loses what was just compared",
         [](Population& p, std::mt19937&) {
             const auto contacts = p.contacts();
             for (const auto& [id, waited] : contacts)
                 if (id <= p.round().after) p.remove(id);
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

TEST_CASE("a contact that stands still is compared once a round, in slices of equal size") {
    Population population(60);
    for (std::uint64_t id = 1; id <= 3000; ++id) population.add(id * 7);
    for (int i = 0; i < 120; ++i) population.capture();
    CHECK(population.longest_wait() == captures_a_round(60));
    CHECK(population.largest_slice() == 3000 / captures_a_round(60));
}

TEST_CASE("every=1 compares all of them in each capture, every=0 too") {
    for (const unsigned every : {0U, 1U}) {
        Population population(every);
        for (std::uint64_t id = 0; id < 10; ++id) population.add(id);
        for (int i = 0; i < 3; ++i) population.capture();
        CHECK(population.longest_wait() == 1);
        CHECK(population.largest_slice() == 10);
        CHECK(population.round() == CompareRound{});
    }
}

TEST_CASE("fewer contacts than captures: each is still compared") {
    for (std::uint64_t contacts = 1; contacts < 9; ++contacts) {
        Population population(60);
        for (std::uint64_t id = 1; id <= contacts; ++id) population.add(id);
        for (int i = 0; i < 130; ++i) population.capture();
        CHECK(population.longest_wait() <= 60);
        CHECK(population.largest_slice() == 1);
    }
}

TEST_CASE("contact_id 0 is compared like any other") {
    Population population(60);
    for (std::uint64_t id = 0; id < 3; ++id) population.add(id);
    for (int i = 0; i < 130; ++i) population.capture();
    CHECK(population.longest_wait() <= 60);
}

TEST_CASE("a round goes on after the contact where it stood was removed") {
    const std::vector<ContactState> seen{state(1), state(2), state(8), state(9)};
    const ContactComparison found = compare(seen, seen, {.after = 5, .left = 2}, 60);
    CHECK(found.candidates.compared == Ids{8});
    CHECK(found.next_round == CompareRound{.after = 8, .left = 1});
}

TEST_CASE("a round with nothing left to compare waits for its end") {
    const std::vector<ContactState> seen{state(1), state(2)};
    const ContactComparison found = compare(seen, seen, {.after = 2, .left = 5}, 60);
    CHECK(found.candidates.compared.empty());
    CHECK(found.next_round == CompareRound{.after = 2, .left = 4});
}

TEST_CASE("a shorter `every` takes effect within the round under way") {
    Population population(1000);
    for (std::uint64_t id = 1; id <= 500; ++id) population.add(id);
    for (int i = 0; i < 5; ++i) population.capture();
    REQUIRE(population.round().left == captures_a_round(1000) - 5);
    population.change_every(4);
    population.capture();
    CHECK(population.round().left == captures_a_round(4) - 1);
}

TEST_CASE("a new or moved contact in the slice is not compared twice") {
    const ContactCandidates found = merge({state(1), state(2, 7), state(3)}, {state(1), state(2)});
    CHECK(found.added == Ids{3});
    CHECK(found.moved == Ids{2});
    CHECK(found.compared == Ids{1});
}
