# cmake -DSCHEMA_DIR=.. -DOUT=.. -P EmbedSchema.cmake
# Writes a C++ file that holds schema/schema.sql, schema/upgrades/NNNN-what.sql and schema/reports, so that the binary alone
# can create, upgrade and question a history database. Raw strings are cut, for compilers bound the length of one literal.
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

# named_texts(FOLDER OUT): {"name", text}, .. of the files in it.
function(named_texts folder out)
  set(entries "")
  file(GLOB files "${folder}/*.sql")
  list(SORT files)
  foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME_WE)
    literal("${file}" text)
    string(APPEND entries "        {\"${name}\",${text}},\n")
  endforeach()
  set(${out} "${entries}" PARENT_SCOPE)
endfunction()
named_texts("${SCHEMA_DIR}/reports" reports)
named_texts("${SCHEMA_DIR}/reports/parts" parts)

file(WRITE "${OUT}.new" "// Made from schema/ by cmake/EmbedSchema.cmake.
#include \"sipkeep/db/reports.hpp\"
#include \"sipkeep/db/schema.hpp\"

namespace sipkeep {

const SchemaSource& embedded_schema() {
    static const SchemaSource source{${schema},
    {\n${upgrades}    }};
    return source;
}

const std::vector<ReportFile>& embedded_report_files() {
    static const std::vector<ReportFile> files{\n${reports}    };
    return files;
}

const std::vector<ReportFile>& embedded_report_parts() {
    static const std::vector<ReportFile> parts{\n${parts}    };
    return parts;
}

} // namespace sipkeep
")
file(COPY_FILE "${OUT}.new" "${OUT}" ONLY_IF_DIFFERENT)
