#include "sipkeep/core/statistics.hpp"

namespace sipkeep {

Statistic statistic_of(std::string_view full_name) {
    Statistic statistic;
    const std::size_t colon = full_name.find(':');
    if (colon != std::string_view::npos) statistic.group = full_name.substr(0, colon);
    statistic.name = full_name.substr(colon == std::string_view::npos ? 0 : colon + 1);
    return statistic;
}

} // namespace sipkeep
