# cmake -DPAGE_DIR=.. -DCHART_JS=.. -DOUT=.. -P EmbedPage.cmake
# Writes a C++ file that holds src/app/page and Chart.js, so that the binary alone can write `sipkeep report page`. Bytes go
# in as escapes: what CMake or C++ would read into JavaScript's brackets, semicolons and quotes can't happen.
function(literal out)
  set(hex "")
  foreach(path IN LISTS ARGN)
    file(READ "${path}" one HEX)
    string(APPEND hex "${one}")
  endforeach()
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" escaped "${hex}")
  string(REPEAT "." 96 line)
  string(REGEX REPLACE "(${line})" "\\1\"\n    \"" escaped "${escaped}")
  set(${out} "\n    \"${escaped}\"" PARENT_SCOPE)
endfunction()

literal(frame "${PAGE_DIR}/frame.html")
literal(style "${PAGE_DIR}/style.css")
literal(watch "${PAGE_DIR}/watch.js")
literal(library "${CHART_JS}")
literal(script "${PAGE_DIR}/values.js" "${PAGE_DIR}/tables.js" "${PAGE_DIR}/glance.js" "${PAGE_DIR}/marks.js"
        "${PAGE_DIR}/charts.js" "${PAGE_DIR}/gateways.js" "${PAGE_DIR}/page.js")

file(WRITE "${OUT}.new" "// Made from src/app/page/ and Chart.js by cmake/EmbedPage.cmake.
#include \"page_texts.hpp\"

namespace sipkeep {

const PageTexts& embedded_page_texts() {
    static const PageTexts texts{${frame},${style},${watch},${library},${script}};
    return texts;
}

} // namespace sipkeep
")
file(COPY_FILE "${OUT}.new" "${OUT}" ONLY_IF_DIFFERENT)
