# Linked privately by every target of the project, so that nobody who uses the headers inherits them.
add_library(sipkeep_warnings INTERFACE)
target_compile_options(sipkeep_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wformat=2 -Wundef
  $<$<BOOL:${SIPKEEP_WERROR}>:-Werror>
  # In one unit with others a file sees their unnamed namespaces.
  $<$<BOOL:${CMAKE_UNITY_BUILD}>:-Wno-shadow>
  $<$<AND:$<BOOL:${CMAKE_UNITY_BUILD}>,$<CXX_COMPILER_ID:GNU>>:-Wno-subobject-linkage>
  # g++ 12 sees overlaps in std::string that are none, wherever it optimizes (GCC bug 105651).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)

# Sanitizers must reach every object of the link, third-party inline code included.
if(SIPKEEP_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(SIPKEEP_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
