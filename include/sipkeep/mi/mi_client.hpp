// What sipkeep asks OpenSIPS over MI, as values.
#pragma once

#include "sipkeep/core/listed.hpp"
#include "sipkeep/core/rows.hpp"
#include "sipkeep/core/statistics.hpp"
#include "sipkeep/core/time.hpp"
#include "sipkeep/mi/mi_question.hpp"
#include "sipkeep/mi/transport.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

struct RpcMethod;
struct RpcReply;

/// Throws UsageError unless `group` names a statistics group: "core" or "core:". MI finds nothing for
/// "core:name".
void check_statistics_group(const std::string& group);

class MiClient {
public:
    /// `where` is the URL, for messages only. The transport must outlive the client.
    MiClient(Transport& transport, std::string where);

    /// get_statistics of the groups (none: all), joined with list_statistics; `uptime` when core:timestamp is
    /// not among them. A group that does not exist has no statistics, which is no error; a name is never
    /// given twice. Throws SourceError, UsageError for a group as check_statistics_group() does.
    [[nodiscard]] StatisticsCapture statistics(const std::vector<std::string>& groups, Deadline deadline);

    /// Every destination of every partition (`ds_list` with full=1), in the order of the reply; nothing when
    /// this OpenSIPS has no dispatcher module. Throws SourceError.
    [[nodiscard]] std::optional<std::vector<Destination>> dispatcher(Deadline deadline);

    /// Every call in memory (`dlg_list`, in pages), of every state, as rows of dialog_table() from_memory.
    /// One that is there from the first page to the last is among them, whatever comes and goes meanwhile.
    /// Throws SourceError.
    [[nodiscard]] Rows dialogs(Deadline deadline);

    /// Every registration in memory (`ul_dump`) of the usrloc domain that has the live table's name, as rows
    /// of location_table() from_memory. `now` is the time of the look. Throws SourceError.
    [[nodiscard]] ListedContacts contacts(const std::string& domain, UtcMilliseconds now, Deadline deadline);

    /// Rows and statistics of a command. Of profiles_question: a row a profile and value,
    /// with the number of its calls, and a statistic a profile.
    /// Throws SourceError.
    [[nodiscard]] MiAnswer answer(const MiQuestion& question, Deadline deadline);

    /// For how long OpenSIPS has been at work for this client, or was waited for.
    [[nodiscard]] std::chrono::microseconds busy() const { return busy_; }

    /// What OpenSIPS's host shows as local time ("Now" of `uptime`): "2026-11-22 16:15:37". Throws
    /// SourceError.
    [[nodiscard]] std::string local_time(Deadline deadline);

private:
    [[nodiscard]] std::string exchange(int id, const RpcMethod& method, const nlohmann::json& params,
                                       Deadline deadline);
    [[nodiscard]] RpcReply ask(const RpcMethod& method, const nlohmann::json& params, Deadline deadline);

    [[nodiscard]] MiAnswer profiles(Deadline deadline);

    Transport& transport_;
    std::string where_;
    int next_id_;
    std::chrono::microseconds busy_{0};
};

} // namespace sipkeep
