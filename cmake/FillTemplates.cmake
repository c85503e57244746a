# Run while installing, because only then is the prefix known for sure (cmake --install --prefix ..): replaces
# @SIPKEEP_BINDIR@ in every TEMPLATES of FROM_DIR and writes the result, without .in, into TO_DIR.
cmake_path(ABSOLUTE_PATH BINDIR BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" NORMALIZE OUTPUT_VARIABLE SIPKEEP_BINDIR)
foreach(template IN LISTS TEMPLATES)
  configure_file("${FROM_DIR}/${template}.in" "${TO_DIR}/${template}" @ONLY)
endforeach()
