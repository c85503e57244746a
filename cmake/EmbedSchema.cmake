# cmake -DSCHEMA_DIR=.. -DOUT=.. -P EmbedSchema.cmake
# Writes a C++ file that holds schema/schema.sql and schema/upgrades/NNNN-what.sql, so that the binary alone can
# create and upgrade a history database. Raw strings are cut, for compilers bound the length of one literal.
function(literal path out)
  file(READ "${path}" text)
  string(LENGTH "${text}" length)
  set(pieces "")
  set(from 0)
  while(from LESS length)
    string(SUBSTRING "${text}" ${from} 8000 piece)
    string(APPEND pieces "\n    R\"sipkeep(${piece})sipkeep\"")
    math(EXPR from "${from} + 8000")
  endwhile()
  set(${out} "${pieces}" PARENT_SCOPE)
endfunction()

literal("${SCHEMA_DIR}/schema.sql" schema)
set(upgrades "")
file(GLOB files "${SCHEMA_DIR}/upgrades/[0-9][0-9][0-9][0-9]-*.sql")
list(SORT files)
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME_WE)
  string(REGEX MATCH "^([0-9]+)-(.*)$" _ "${name}")
  math(EXPR number "${CMAKE_MATCH_1}")
  set(what "${CMAKE_MATCH_2}")
  literal("${file}" text)
  string(APPEND upgrades "    {${number}, \"${what}\",${text}},\n")
endforeach()

file(WRITE "${OUT}.new" "// Made from schema/ by cmake/EmbedSchema.cmake.
#include \"sipkeep/db/schema.hpp\"

namespace sipkeep {

const SchemaSource& embedded_schema() {
    static const SchemaSource source{${schema},
    {\n${upgrades}    }};
    return source;
}

} // namespace sipkeep
")
file(COPY_FILE "${OUT}.new" "${OUT}" ONLY_IF_DIFFERENT)
