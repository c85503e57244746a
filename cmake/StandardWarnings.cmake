# Linked privately by every target of the project, so that nobody who uses the headers inherits them.
add_library(sipkeep_warnings INTERFACE)
target_compile_options(sipkeep_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wformat=2 -Wundef
  $<$<BOOL:${SIPKEEP_WERROR}>:-Werror>)

# Sanitizers must reach every object of the link, third-party inline code included.
if(SIPKEEP_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(SIPKEEP_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
