#include "acc_sources.hpp"

namespace sipkeep {

std::vector<AccTable> acc_tables(const LiveSettings& live) {
    AccSource acc{.database = live.database,
                  .spec = &acc_table(),
                  .table = live.acc_table,
                  .caller_column = live.caller_column,
                  .callee_column = live.callee_column};
    AccSource missed = acc;
    missed.spec = &missed_calls_table();
    missed.table = live.missed_calls_table;
    // Its rows say nothing of parties that anybody asks for.
    missed.caller_column.clear();
    missed.callee_column.clear();
    std::vector<AccTable> tables{{acc, true}};
    if (live.missed_calls) tables.push_back({missed, false});
    return tables;
}

} // namespace sipkeep
