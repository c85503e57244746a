#include "ds_list.hpp"

namespace sipkeep {

namespace {

using nlohmann::json;

/// One object of the reply, and what is read from it.
class Members {
public:
    Members(const RpcMethod& method, const json& object) : method_(method), object_(object) {
        if (!object.is_object())
            method_.fail("the reply has another shape than expected: an object is missing");
    }

    [[nodiscard]] std::optional<std::string> optional_text(const char* name) const {
        const auto found = object_.find(name);
        if (found == object_.end() || found->is_null()) return std::nullopt;
        if (!found->is_string()) misshapen(name);
        return found->get<std::string>();
    }
    [[nodiscard]] std::optional<std::int64_t> optional_number(const char* name) const {
        const auto found = object_.find(name);
        if (found == object_.end() || found->is_null()) return std::nullopt;
        if (!found->is_number_integer()) misshapen(name);
        return found->get<std::int64_t>();
    }
    [[nodiscard]] std::string text(const char* name) const {
        const auto found = optional_text(name);
        if (!found) misshapen(name);
        return *found;
    }
    [[nodiscard]] std::int64_t number(const char* name) const {
        const auto found = optional_number(name);
        if (!found) misshapen(name);
        return *found;
    }
    /// Absent: no elements.
    [[nodiscard]] const json& list(const char* name) const {
        static const json none = json::array();
        const auto found = object_.find(name);
        if (found == object_.end()) return none;
        if (!found->is_array()) misshapen(name);
        return *found;
    }

private:
    [[noreturn]] void misshapen(const char* name) const {
        method_.fail("the reply has another shape than expected at \"" + std::string(name) + "\"");
    }

    const RpcMethod& method_;
    const json& object_;
};

Destination parse_destination(const Members& members, const std::string& partition_name,
                              std::int64_t set_id) {
    return {partition_name,
            set_id,
            members.text("URI"),
            members.text("state"),
            members.optional_text("attr"),
            members.optional_text("description"),
            members.optional_number("priority"),
            members.optional_number("weight")};
}

} // namespace

std::vector<Destination> parse_ds_list(const RpcMethod& method, const json& result) {
    if (!result.is_object() || !result.contains("PARTITIONS")) method.fail("the reply has no \"PARTITIONS\"");
    std::vector<Destination> destinations;
    for (const auto& partition_json : Members(method, result).list("PARTITIONS")) {
        const Members partition(method, partition_json);
        const auto name = partition.text("name");
        for (const auto& set_json : partition.list("SETS")) {
            const Members set(method, set_json);
            const auto set_id = set.number("id");
            for (const auto& destination : set.list("Destinations"))
                destinations.push_back(parse_destination(Members(method, destination), name, set_id));
        }
    }
    return destinations;
}

} // namespace sipkeep
