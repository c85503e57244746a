// The reply to dlg_list.
#pragma once

#include "sipkeep/core/rows.hpp"

#include "json_rpc.hpp"

#include <cstdint>
#include <set>

namespace sipkeep {

/// One reply.
struct DialogPage {
    std::size_t dialogs = 0;
    bool joins = false; ///< the first of them had been seen before
};

/// The dialogs of several replies, as rows of dialog_table(), each once by its dlg_id.
class DialogList {
public:
    DialogList();
    /// Throws SourceError for another shape.
    DialogPage add(const RpcMethod& method, const nlohmann::json& result);
    [[nodiscard]] Rows& rows() { return rows_; }

private:
    Rows rows_;
    std::set<std::uint64_t> seen_;
};

} // namespace sipkeep
