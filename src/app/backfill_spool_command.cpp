#include "sipkeep/app/backfill.hpp"
#include "sipkeep/core/error.hpp"
#include "sipkeep/spool/spool.hpp"

#include "backfill_captures.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>

namespace sipkeep {

namespace {

struct FoundCapture {
    std::string name, node;
    UtcSeconds captured_at;
};

class SpoolFolder {
public:
    SpoolFolder(const GlobalOptions& options, const BackfillOptions& backfill, const Environment& env)
        : env_(env), folder_(backfill.paths.front()), captures_(options, backfill, env, "spool") {
        std::error_code ignored;
        const auto& spool = captures_.config().spool;
        if (spool && std::filesystem::equivalent(folder_, spool->dir, ignored))
            throw UsageError("backfill spool: " + folder_ +
                             " is this node's own spool, which the next snapshot stores; to store it now: "
                             "sipkeep spool replay");
    }

    ExitCode run() {
        std::vector<FoundCapture> found;
        std::map<std::string, std::size_t> others;
        for (const std::string& name : names()) {
            const auto capture = parse_capture_name(name);
            if (!capture) continue;
            if (capture->first == captures_.config().node)
                found.push_back({name, capture->first, capture->second});
            else
                ++others[capture->first];
        }
        for (const auto& [node, count] : others)
            captures_.warn(folder_ + ": " + std::to_string(count) + " captures of node " + node +
                           " are left alone; to store them: --node " + node);
        if (found.empty())
            throw Error(folder_ + ": holds no capture of node " + captures_.config().node +
                        (others.empty() ? "; a capture is a file NODE-YYYYMMDDThhmmssZ.capture" : ""));
        std::ranges::sort(found, {}, &FoundCapture::captured_at);
        captures_.progress().expect(found.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            captures_.each([&] { take(found[i]); });
            captures_.progress().at(i + 1);
        }
        return captures_.finish();
    }

private:
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> names;
        if (const int result = env_.files.names(folder_, names); result < 0)
            throw Error(folder_ + ": can't be read: " + std::strerror(-result));
        return names;
    }

    void take(const FoundCapture& found) {
        const std::string path = folder_ + "/" + found.name;
        CaptureFile file(env_.files, path);
        const Capture& capture = file.capture();
        if (capture.node != found.node || capture.captured_at != found.captured_at)
            throw Error(path + ": holds a capture of " + capture.node + " of " +
                        to_rfc3339(capture.captured_at) + ": it was renamed");
        captures_.store(file, path);
    }

    const Environment& env_;
    std::string folder_;
    CaptureBackfill captures_;
};

} // namespace

ExitCode backfill_spool_command(const GlobalOptions& global, const BackfillOptions& options,
                                const Environment& env) {
    return SpoolFolder(global, options, env).run();
}

} // namespace sipkeep
