# Connector/C++ (JDBC API) behind one target, MySQLConnectorCpp::jdbc.
#
# Oracle's own packages (9.x) bring a CMake config named mysql-concpp with the target mysql::concpp-jdbc and keep
# the JDBC headers under <jdbc/cppconn/..> or, with the include folder of that target, <mysql/jdbc.h>.
# Debian's 1.1.12 brings neither config nor pkg-config: only <cppconn/..> and libmysqlcppconn.
find_package(mysql-concpp CONFIG QUIET)
if(mysql-concpp_FOUND AND TARGET mysql::concpp-jdbc)
  add_library(MySQLConnectorCpp::jdbc ALIAS mysql::concpp-jdbc)
  set(MySQLConnectorCpp_FOUND TRUE)
  if(NOT MySQLConnectorCpp_FIND_QUIETLY)
    message(STATUS "Connector/C++: mysql-concpp ${mysql-concpp_VERSION}")
  endif()
  return()
endif()

find_path(MySQLConnectorCpp_INCLUDE_DIR cppconn/driver.h PATH_SUFFIXES jdbc mysql-cppconn/jdbc mysql-cppconn-8/jdbc)
find_library(MySQLConnectorCpp_LIBRARY NAMES mysqlcppconn)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(MySQLConnectorCpp
  REQUIRED_VARS MySQLConnectorCpp_LIBRARY MySQLConnectorCpp_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "Install libmysqlcppconn-dev, or unpack Oracle's Connector/C++ and give its folder in CMAKE_PREFIX_PATH.")
if(MySQLConnectorCpp_FOUND AND NOT TARGET MySQLConnectorCpp::jdbc)
  add_library(MySQLConnectorCpp::jdbc UNKNOWN IMPORTED)
  set_target_properties(MySQLConnectorCpp::jdbc PROPERTIES
    IMPORTED_LOCATION "${MySQLConnectorCpp_LIBRARY}"
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${MySQLConnectorCpp_INCLUDE_DIR}"
    INTERFACE_INCLUDE_DIRECTORIES "${MySQLConnectorCpp_INCLUDE_DIR}")
endif()
mark_as_advanced(MySQLConnectorCpp_INCLUDE_DIR MySQLConnectorCpp_LIBRARY)
