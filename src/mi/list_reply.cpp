#include "list_reply.hpp"

#include "sipkeep/core/text.hpp"

#include "foreign_text.hpp"

namespace sipkeep {

namespace {

using nlohmann::json;

constexpr std::size_t deepest = 32;
/// An object that is shown has about 20.
constexpr std::size_t max_members = 1000;

class ListWalk final : public json::json_sax_t {
public:
    using Show = std::function<void(const std::vector<FlatObject>&)>;

    ListWalk(std::string_view inside, std::string_view list, const Show& show)
        : inside_(inside), list_(list), show_(show) {}

    std::string too_much; ///< why it was ended
    std::string reply_id; ///< of the envelope, as text
    bool has_result = false;
    bool has_error = false;
    bool has_list = false;

    bool null() override { return true; }
    bool boolean(bool value) override { return scalar(value ? "true" : "false"); }
    bool number_integer(number_integer_t value) override { return scalar(std::to_string(value)); }
    bool number_unsigned(number_unsigned_t value) override { return scalar(std::to_string(value)); }
    bool number_float(number_float_t /*value*/, const string_t& text) override { return scalar(text); }
    bool string(string_t& value) override { return scalar(std::move(value)); }
    bool binary(binary_t& /*value*/) override { return true; }
    bool start_object(std::size_t /*elements*/) override {
        objects_.emplace_back();
        return deeper(true);
    }
    bool start_array(std::size_t /*elements*/) override {
        if (!keys_.empty() && (keys_.back() == list_ || keys_.back() == inside_)) has_list = true;
        return deeper(false);
    }
    bool end_object() override {
        keys_.pop_back();
        if (!keys_.empty() && keys_.back() == list_ && is_object_.size() > 1 &&
            !is_object_[is_object_.size() - 2])
            show_(objects_);
        objects_.pop_back();
        is_object_.pop_back();
        return true;
    }
    bool end_array() override {
        keys_.pop_back();
        is_object_.pop_back();
        return true;
    }
    bool key(string_t& name) override {
        keys_.back() = name;
        if (is_object_.size() == 1) {
            has_result = has_result || name == "result";
            has_error = has_error || name == "error";
        }
        return true;
    }
    bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                     const json::exception& /*error*/) override {
        return false;
    }

private:
    /// `keys_` has the name of each open object's member that is being read; of an array, its own name.
    bool deeper(bool object) {
        if (is_object_.size() == deepest) {
            too_much = "is nested deeper than " + std::to_string(deepest) + " levels; is this OpenSIPS?";
            return false;
        }
        is_object_.push_back(object);
        keys_.push_back(object || keys_.empty() ? std::string() : keys_.back());
        return true;
    }
    bool scalar(std::string text) {
        if (is_object_.empty() || !is_object_.back())
            return true; // an element of an array, or the whole reply
        if (is_object_.size() == 1 && keys_.back() == "id") reply_id = text;
        FlatObject& object = objects_.back();
        if (object.size() == max_members) {
            too_much = "has an object of more than " + std::to_string(max_members) + " members";
            return false;
        }
        object.insert_or_assign(keys_.back(), std::move(text));
        return true;
    }

    std::string_view inside_, list_;
    const Show& show_;
    std::vector<bool> is_object_; ///< of each open bracket
    std::vector<std::string> keys_;
    std::vector<FlatObject> objects_;
};

} // namespace

void each_listed(const RpcMethod& method, int id, std::string_view bytes, std::string_view inside,
                 std::string_view list,
                 const std::function<void(const std::vector<FlatObject>& path)>& show) {
    const std::string text = to_storable(bytes);
    ListWalk walk(inside, list, show);
    const bool whole = json::sax_parse(text, &walk);
    if (!walk.too_much.empty()) method.fail("the reply " + walk.too_much);
    if (!whole) method.fail("the reply is no JSON: " + escaped(bytes) + "; is this OpenSIPS 3.0 or newer?");
    if (walk.has_error || !walk.has_result) {
        const RpcReply reply = parse_reply(method, id, bytes);
        if (reply.error) method.fail(*reply.error);
    }
    if (walk.reply_id != std::to_string(id))
        method.fail("the reply is for another request (id " + escaped(walk.reply_id) + ", not " +
                    std::to_string(id) + "); does another program use the same channel?");
    if (!walk.has_list) method.fail("the reply has no \"" + std::string(inside) + "\"");
}

} // namespace sipkeep
