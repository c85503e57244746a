// etc/sipkeep.yaml is what operators start from: it must be valid, complete, and true about defaults.
#include "sipkeep/app/config.hpp"
#include "sipkeep/core/error.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>
#include <map>
#include <sstream>
#include <vector>

using namespace sipkeep;

namespace {

/// A setting of the sample, active or behind a '#' that no blank follows.
struct Setting {
    std::size_t line = 0;
    std::string value;
    bool active = false;
};

struct Sample {
    std::vector<std::string> lines;
    std::map<std::string, Setting> settings; ///< by path

    [[nodiscard]] std::string text() const {
        std::string result;
        for (const auto& line : lines) result += line + '\n';
        return result;
    }
    /// The text with the '#' before the setting, and before its section, taken away.
    [[nodiscard]] std::string with(const std::string& path) const {
        auto copy = *this;
        copy.uncomment(path);
        if (const auto dot = path.find('.'); dot != std::string::npos) copy.uncomment(path.substr(0, dot));
        return copy.text();
    }
    void uncomment(const std::string& path) {
        auto& line = lines[settings.at(path).line];
        if (const auto hash = line.find('#'); hash == line.find_first_not_of(' ')) line.erase(hash, 1);
    }
};

Sample read_sample(const TemporaryFolder& folder) {
    std::ifstream file(SIPKEEP_SOURCE_DIR "/etc/sipkeep.yaml");
    REQUIRE(file);
    Sample sample;
    std::string section;
    for (std::string line; std::getline(file, line);) {
        for (const std::string key : {"option_file: ", "key_file: "})
            if (const auto at = line.find(key + "/etc/sipkeep"); at != std::string::npos)
                line.replace(at, key.size() + 12, key + folder.path());
        const auto begin = line.find_first_not_of(' ');
        const auto number = sample.lines.size();
        sample.lines.push_back(line);
        if (begin == std::string::npos) continue;
        const bool active = line[begin] != '#';
        const auto name = line.substr(begin + (active ? 0 : 1));
        const auto colon = name.find(':');
        if (colon == std::string::npos || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != colon)
            continue;
        if (begin == 0) section = colon + 1 == name.size() ? name.substr(0, colon) : "";
        const auto path = begin == 0 ? name.substr(0, colon) : section + '.' + name.substr(0, colon);
        const auto value = colon + 2 < name.size() ? name.substr(colon + 2) : std::string();
        CHECK(sample.settings.emplace(path, Setting{number, value, active}).second);
    }
    folder.write("live.cnf", "[client]\nuser=u\n");
    folder.write("history.cnf", "[client]\nuser=u\n");
    folder.write("retain.cnf", "[client]\nuser=u\n");
    folder.write("redact.key", std::string(64, '0') + "\n");
    return sample;
}

std::string complaint_of_sample(const std::string& text) {
    try {
        static_cast<void>(parse_config(text, "sipkeep.yaml", {}));
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("the sample configuration is valid as it is") {
    const TemporaryFolder folder;
    CHECK(complaint_of_sample(read_sample(folder).text()) == "no error");
}

TEST_CASE("the sample configuration mentions every key, and no other") {
    const TemporaryFolder folder;
    auto settings = read_sample(folder).settings;
    for (const auto* section :
         {"mi", "dialog", "location", "live", "history", "retention", "spool", "redact"})
        CHECK(settings.erase(section) == 1);
    for (const auto& key : config_keys()) {
        INFO(key.path);
        CHECK(settings.erase(key.path) == 1);
    }
    for (const auto& [path, setting] : settings) FAIL_CHECK("not a key: " << path);
}

TEST_CASE("the sample configuration tells the true defaults") {
    const TemporaryFolder folder;
    const auto sample = read_sample(folder);
    for (const auto& key : config_keys()) {
        INFO(key.path);
        if (key.default_text.empty()) continue;
        CHECK_FALSE(sample.settings.at(key.path).active);
        CHECK(sample.settings.at(key.path).value == key.default_text);
    }
    CHECK(sample.settings.at("lock_file").value ==
          "/run/sipkeep/" + sample.settings.at("node").value + ".lock");
}

TEST_CASE("each setting of the sample can be switched on alone") {
    const TemporaryFolder folder;
    const auto sample = read_sample(folder);
    for (const auto& [path, setting] : sample.settings) {
        // A section that needs no key needs one all the same to be there.
        if (path == "retention" || path == "redact" || path == "dialog" || path == "location") continue;
        const auto message = complaint_of_sample(sample.with(path));
        INFO(path << ": " << message);
        const auto name = path.substr(path.find('.') + 1);
        if (name == "password_file")
            CHECK_THAT(message, ContainsSubstring("choose one of them"));
        else if (name == "ssl_cert" || name == "ssl_key")
            CHECK_THAT(message, ContainsSubstring("need each other"));
        else if (path.starts_with("redact.") && name != "key_file")
            CHECK_THAT(message, ContainsSubstring("redact.key_file: missing"));
        else
            CHECK(message == "no error");
    }
}
