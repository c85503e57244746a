# cpack -G DEB: what `cmake --install` installs, and what Debian wants besides (DebianFiles.cmake, deb/).
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME sipkeep)
set(CPACK_PACKAGE_CONTACT "sipkeep maintainers <sipkeep@packages.invalid>")
set(CPACK_PACKAGE_VENDOR sipkeep)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "history of OpenSIPS: any past minute, exactly
 sipkeep looks at an OpenSIPS SIP server or session border controller once a
 minute, by its management interface and its database, and keeps calls,
 registrations, states of gateways and statistics as versions in MySQL or
 MariaDB. Any past minute can be seen again, row for row. Reports answer
 operators' questions, on the terminal, as a page, and in Grafana.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, tzdata") # time zones are the system's
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "default-mysql-client | virtual-mysql-client")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "default-mysql-server | virtual-mysql-server, grafana, prometheus-node-exporter")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(deb ${PROJECT_SOURCE_DIR}/cmake/deb)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${deb}/conffiles ${deb}/postinst ${deb}/prerm ${deb}/postrm)

# Installed by DESTDIR, so that units and cron speak of /usr, not of where the package is made.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/DebianFiles.cmake)
set(CPACK_SIPKEEP_SOURCE_DIR ${PROJECT_SOURCE_DIR})
include(CPack)
