// What `sipkeep report page` is made of, built into the program: src/app/page and Chart.js.
#pragma once

#include <string_view>

namespace sipkeep {

struct PageTexts {
    std::string_view frame;   ///< HTML with @names@ of what goes into it
    std::string_view style;   ///< CSS
    std::string_view watch;   ///< script: keeps errors, so it comes first
    std::string_view library; ///< Chart.js, minified, with its licence
    std::string_view script;  ///< draws the page
};
[[nodiscard]] const PageTexts& embedded_page_texts();

} // namespace sipkeep
