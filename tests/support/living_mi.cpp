#include "support/living_mi.hpp"

namespace sipkeep::test {

namespace {

constexpr int most_destinations = 5;

} // namespace

LivingMi::LivingMi(std::uint32_t seed)
    : random_(seed), counters_{
                         {"core:rcv_requests", 5}, {"tm:UAS_transactions", 0}, {"shmem:fragments", 12}} {
    for (int i = 0; i < 3; ++i)
        destinations_.push_back({"sip:192.0.2." + std::to_string(i), "Active", 1 + i % 2, i});
}

int LivingMi::random(int below) {
    return static_cast<int>(random_() % static_cast<std::uint32_t>(below)); // the same with every library
}

void LivingMi::live(Seconds passed, bool quiet) {
    uptime_s_ += passed.count();
    for (auto& [name, value] : counters_) value += random(100);
    if (quiet) return;
    if (one_in(5)) counters_["usrloc:d" + std::to_string(next_name_++) + "-users"] = random(50);
    if (one_in(10) && counters_.size() > 3) counters_.erase(std::prev(counters_.end()));
    if (one_in(7)) kinds_known_ = !kinds_known_;
    if (one_in(3) && !destinations_.empty()) {
        auto& destination = destinations_[static_cast<std::size_t>(random(int(destinations_.size())))];
        destination.state = destination.state == "Active" ? "Probing" : "Active";
    }
    if (one_in(8) && !destinations_.empty())
        destinations_.erase(destinations_.begin() + random(int(destinations_.size())));
    if (one_in(5) && destinations_.size() < most_destinations)
        destinations_.push_back(
            {"sip:192.0.2." + std::to_string(random(6)), "Active", 1 + random(2), random(9)});
}

void LivingMi::restart(Seconds ago) {
    uptime_s_ = ago.count();
    for (auto& [name, value] : counters_) value = 0;
}

std::map<std::string, std::int64_t> LivingMi::statistics() const {
    auto all = counters_;
    all["core:timestamp"] = uptime_s_;
    return all;
}

std::map<std::string, std::string> LivingMi::replies() const {
    std::string values;
    std::string kinds;
    for (const auto& [name, value] : statistics()) {
        values += (values.empty() ? "{\"" : ",\"") + name + "\":" + std::to_string(value);
        kinds += (kinds.empty() ? "{\"" : ",\"") + name +
                 "\":" + (kinds_known_ || name.starts_with("core") ? "\"incremental\"" : "\"\"");
    }
    std::string sets;
    for (const int set : {1, 2}) {
        std::string list;
        for (const Destination& d : destinations_)
            if (d.set == set)
                list += (list.empty() ? R"({"URI":")" : R"(,{"URI":")") + d.uri + R"(","state":")" + d.state +
                        R"(","weight":)" + std::to_string(d.weight) + "}";
        sets += (sets.empty() ? R"({"id":)" : R"(,{"id":)") + std::to_string(set) + R"(,"Destinations":[)" +
                list + "]}";
    }
    return {{"get_statistics", values + "}"},
            {"list_statistics", kinds + "}"},
            {"ds_list", R"({"PARTITIONS":[{"name":"default","SETS":[)" + sets + "]}]}"}};
}

} // namespace sipkeep::test
