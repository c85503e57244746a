// docs/man is what the program's own help and etc/sipkeep.yaml say, as manual pages.
// SIPKEEP_WRITE_DOCS=1 writes the pages anew.
#include "sipkeep/app/cli.hpp"

#include "support/catch.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace sipkeep;

namespace {

const std::string root = SIPKEEP_SOURCE_DIR;

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string::npos) return "";
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// Text as it is, for man(7): backslashes, hyphens that are typed, and what would be a request at the start
/// of a line.
std::string roff(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else
            out += c;
    }
    return !out.empty() && (out.front() == '.' || out.front() == '\'') ? "\\&" + out : out;
}

std::string bold(const std::string& text) {
    return "\\fB" + roff(text) + "\\fR";
}

/// One term with what it means.
std::string item(const std::string& term, const std::string& meaning) {
    return ".TP\n" + bold(term) + "\n" + roff(meaning) + "\n";
}

std::string help(std::vector<std::string> args) {
    class NoClock final : public Clock {
        [[nodiscard]] UtcMilliseconds now() const override { return {}; }
    };
    std::ostringstream out;
    NoClock clock;
    RealFileSystem files;
    args.emplace_back("--help");
    const Environment env{out, out, clock, files, false, false, ""};
    REQUIRE(run_command_line(args, env) == ExitCode::done);
    return out.str();
}

/// Paragraphs of a description; "word      meaning" lines become a list.
std::string prose(const std::vector<std::string>& lines) {
    std::string text;
    bool listed = false;
    for (const std::string& line : lines) {
        const auto gap = line.find("  ");
        const bool entry = gap != std::string::npos && gap != 0 && line.find(' ') == gap;
        if (entry)
            text += item(line.substr(0, gap), trimmed(line.substr(gap)));
        else
            text += (listed ? ".PP\n" : "") + roff(line) + "\n";
        listed = entry;
    }
    return text;
}

/// The options of cxxopts' listing, each with its description in one line.
std::vector<std::pair<std::string, std::string>> options_in(const std::vector<std::string>& lines) {
    std::vector<std::pair<std::string, std::string>> options;
    for (const std::string& line : lines) {
        const auto start = line.find_first_not_of(' ');
        if (start == std::string::npos) continue;
        if (line[start] == '-' && start <= 6) {
            const auto gap = line.find("  ", start);
            options.emplace_back(trimmed(line.substr(start, gap - start)),
                                 gap == std::string::npos ? "" : trimmed(line.substr(gap)));
        } else if (!options.empty()) {
            std::string& meaning = options.back().second;
            meaning += (meaning.empty() ? "" : " ") + trimmed(line);
        }
    }
    return options;
}

struct CommandHelp {
    std::string usage;
    std::vector<std::string> description;
    std::string example;
    std::vector<std::string> own, common;
    std::vector<std::string> codes;
};

CommandHelp parsed_help(const std::string& command) {
    CommandHelp parsed;
    const std::string usage = "Usage: ", example = "Example: ";
    enum class Part { head, own, common, codes } part = Part::head;
    for (const std::string& line : lines_of(help({command}))) {
        if (line.starts_with(usage)) {
            parsed.usage = line.substr(usage.size());
        } else if (line.starts_with(example)) {
            parsed.example = line.substr(example.size());
            part = Part::own;
        } else if (line == " Common options:") {
            part = Part::common;
        } else if (line.starts_with("Units: ")) {
            part = Part::codes;
        } else if (line == "Exit codes:" || line.empty()) {
            continue;
        } else {
            (part == Part::head     ? parsed.description
             : part == Part::own    ? parsed.own
             : part == Part::common ? parsed.common
                                    : parsed.codes)
                .push_back(line);
        }
    }
    return parsed;
}

std::string options_as_items(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& [option, meaning] : options_in(lines)) text += item(option, meaning);
    return text;
}

std::string header(const std::string& name, int section, const std::string& summary) {
    return ".\\\" Written by tests/unit/app/man_page_test.cpp, of what the program and etc/sipkeep.yaml "
           "say.\n.TH " +
           name + " " + std::to_string(section) + " \"\" sipkeep\n.SH NAME\n" + summary + "\n";
}

std::string page_of_program() {
    std::vector<std::string> commands;
    std::vector<std::string> codes;
    std::string units;
    bool listing = false, ends = false;
    for (const std::string& line : lines_of(help({}))) {
        if (line.empty()) listing = false;
        if (listing) commands.push_back(trimmed(line).substr(0, trimmed(line).find(' ')));
        if (line == "Commands:") listing = true;
        if (line.starts_with("Units: ")) units = line.substr(7);
        if (ends) codes.push_back(line);
        if (line == "Exit codes:") ends = true;
    }
    REQUIRE(commands.size() > 10);
    REQUIRE(codes.size() == 8);

    std::string text = header("SIPKEEP", 1, "sipkeep \\- keep what OpenSIPS showed, minute by minute");
    text += ".SH SYNOPSIS\n.B sipkeep\n.I COMMAND\n.RI [ OPTIONS ]\n";
    text +=
        ".SH DESCRIPTION\nOpenSIPS shows what is happening now: who is registered, which calls are up, what "
        "its "
        "counters say.\n.B sipkeep snapshot\nlooks once a minute, started by a systemd timer or by cron, and "
        "keeps what changed in MySQL or MariaDB, so that any past minute can be seen again. All other "
        "commands "
        "serve that history.\nResults go to stdout, messages to stderr.\n";
    text += ".SH COMMANDS\n";
    std::string common;
    for (const std::string& command : commands) {
        const auto parsed = parsed_help(command);
        text += ".SS " + roff(parsed.usage) + "\n" + prose(parsed.description) + options_as_items(parsed.own);
        text += ".PP\nExample:\n.PP\n.RS 4\n.nf\n" + roff(parsed.example) + "\n.fi\n.RE\n";
        if (common.empty()) common = options_as_items(parsed.common);
    }
    text += ".SH OPTIONS\nEvery command takes these.\n" + common;
    text += ".PP\n" + roff(units) + "\n.SH EXIT STATUS\n";
    for (const std::string& line : codes) {
        const std::string code = trimmed(line);
        text += item(code.substr(0, code.find(' ')), trimmed(code.substr(code.find(' '))));
    }
    text += ".PP\n.B sipkeep check\nends as monitoring plugins do: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.\n";
    text += ".SH ENVIRONMENT\n" + item("PAGER", "What reports go through on a terminal.") +
            item("NO_COLOR", "If set, nothing is coloured.") +
            item("CREDENTIALS_DIRECTORY", "Set by systemd: where credential:NAME is looked for.");
    text += ".SH FILES\n" + item("/etc/sipkeep/sipkeep.yaml", "The configuration; see sipkeep.yaml(5).") +
            item("/var/lib/sipkeep/spool", "Captures that wait for the history database.") +
            item("/run/sipkeep", "The lock files.");
    return text + ".SH SEE ALSO\n.BR sipkeep.yaml (5),\n.BR systemd.timer (5),\n.BR cron (8)\n";
}

/// "#key: value" and "key: value" are settings, at most two levels deep; "# text" is prose.
bool is_setting(const std::string& line) {
    const std::string text = trimmed(line);
    if (text.empty()) return false;
    if (text.front() != '#') return true;
    return text.size() > 1 && text[1] != ' ' && text[1] != '-';
}

std::string page_of_configuration() {
    std::string text = header("SIPKEEP.YAML", 5, "sipkeep.yaml \\- configuration of sipkeep");
    text += ".SH SYNOPSIS\n.B /etc/sipkeep/sipkeep.yaml\n.SH DESCRIPTION\n";
    std::vector<std::string> comment, settings;
    const auto flush = [&] {
        if (!settings.empty()) {
            text += ".TP\n";
            for (std::size_t i = 0; i < settings.size(); ++i)
                text += bold(settings[i]) + (i + 1 < settings.size() ? "\n.TQ\n" : "\n");
            settings.clear();
        }
        for (const std::string& line : comment) {
            // What is indented within prose is a list, and keeps its lines.
            const bool kept = line.starts_with("  ");
            text += (kept ? ".br\n" : "") + roff(kept ? line.substr(2) : line) + "\n";
        }
        comment.clear();
    };
    for (const std::string& line : lines_of(text_of(root + "/etc/sipkeep.yaml"))) {
        const std::string stripped = trimmed(line);
        if (stripped.starts_with("# ---")) {
            flush();
            continue;
        }
        if (is_setting(line)) {
            const std::string setting = stripped.front() == '#' ? stripped.substr(1) : stripped;
            const bool section =
                line.find_first_not_of(" #") == (line.front() == '#' ? 1U : 0U) && setting.back() == ':';
            if (section) {
                if (!settings.empty()) flush();
                text += ".SH SECTION " + roff(setting.substr(0, setting.size() - 1)) + "\n";
                flush();
            } else {
                settings.push_back(setting);
            }
            continue;
        }
        if (!settings.empty()) flush();             // its prose came before it
        if (stripped.empty() && !comment.empty()) { // belongs to no setting
            text += ".PP\n";
            flush();
        } else if (stripped.empty() || stripped == "#") {
            if (!comment.empty()) comment.emplace_back("");
        } else {
            comment.push_back(stripped.substr(2));
        }
    }
    flush();
    return text + ".SH SEE ALSO\n.BR sipkeep (1)\n";
}

void is_current(const std::string& name, const std::string& page) {
    const std::string path = root + "/docs/man/" + name;
    if (std::getenv("SIPKEEP_WRITE_DOCS") != nullptr) std::ofstream(path) << page;
    INFO("SIPKEEP_WRITE_DOCS=1 writes it anew");
    CHECK(text_of(path) == page);
}

} // namespace

TEST_CASE("sipkeep(1) says what the program's help says") {
    is_current("sipkeep.1", page_of_program());
}

TEST_CASE("sipkeep.yaml(5) says what etc/sipkeep.yaml says") {
    is_current("sipkeep.yaml.5", page_of_configuration());
}
