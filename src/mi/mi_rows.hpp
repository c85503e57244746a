// Rows and statistics of a reply.
#pragma once

#include "sipkeep/mi/mi_question.hpp"

#include "json_rpc.hpp"

namespace sipkeep {

/// Adds what the result of `question` holds. Throws SourceError for another shape than described.
void add_answer(const RpcMethod& method, const MiQuestion& question, const nlohmann::json& result,
                MiAnswer& answer);

} // namespace sipkeep
