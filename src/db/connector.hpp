// The one place that includes Connector/C++: Oracle's mysql-concpp has <mysql/jdbc.h>, Debian's 1.1.12
// <cppconn/..>.
#pragma once

#if __has_include(<mysql/jdbc.h>)
#include <mysql/jdbc.h>
#define SIPKEEP_CONCPP 1
#else
#include <cppconn/connection.h>
#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/statement.h>
#define SIPKEEP_CONCPP 0
#endif
