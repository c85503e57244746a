// The reply to dlg_list.
#pragma once

#include "sipkeep/core/rows.hpp"

#include "json_rpc.hpp"

#include <cstdint>
#include <set>

namespace sipkeep {

/// Appends the dialogs of a reply, as rows of dialog_table(); each once, by its dlg_id. Returns how many the
/// reply holds, and whether the first of them had been seen before. Throws SourceError for another shape.
struct DialogPage {
    std::size_t dialogs = 0;
    bool joins = false;
};
class DialogList {
public:
    DialogList();
    DialogPage add(const RpcMethod& method, const nlohmann::json& result);
    [[nodiscard]] Rows& rows() { return rows_; }

private:
    Rows rows_;
    std::set<std::uint64_t> seen_;
};

} // namespace sipkeep
