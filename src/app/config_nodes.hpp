// `nodes` of the configuration: many OpenSIPS servers that one sipkeep looks at.
#pragma once

#include "config_tree.hpp"

#include <string>
#include <vector>

namespace sipkeep {

/// Their names, in the order of the file; empty without the section. Throws UsageError for what it may not
/// hold.
[[nodiscard]] std::vector<std::string> node_names(const ConfigNode& tree, const std::string& file);

/// The file as one of them has it: its sections laid over those that all share, and `nodes` taken out. A
/// section that is `none` is left out.
[[nodiscard]] ConfigNode as_of_node(const ConfigNode& tree, const std::string& node);

} // namespace sipkeep
