# cmake --install. The target sipkeep itself is installed where it is made, in src/.
set(doc_dir ${CMAKE_INSTALL_DATADIR}/doc/sipkeep)

install(FILES LICENSE DESTINATION ${doc_dir})
install(FILES README.md CHANGELOG.md DESTINATION ${doc_dir} OPTIONAL)
install(DIRECTORY docs/ DESTINATION ${doc_dir}/docs OPTIONAL FILES_MATCHING PATTERN "*.md")
install(DIRECTORY schema DESTINATION ${CMAKE_INSTALL_DATADIR}/sipkeep)
install(DIRECTORY etc/grafana DESTINATION ${CMAKE_INSTALL_DATADIR}/sipkeep)

install(FILES docs/man/sipkeep.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES docs/man/sipkeep.yaml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES etc/bash-completion/sipkeep DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)

# Nothing goes to /etc: what an operator edits is his, and an upgrade must not touch it. (A package
# may: dpkg asks before it overwrites.)
install(FILES etc/sipkeep.yaml DESTINATION ${doc_dir}/examples)

# systemd looks into lib/ below /usr and /usr/local, also where libraries are in lib/x86_64-linux-gnu.
install(CODE "
  set(BINDIR \"${CMAKE_INSTALL_BINDIR}\")
  set(TEMPLATES sipkeep.cron sipkeep-retain.service sipkeep-snapshot.service)
  set(FROM_DIR \"${PROJECT_SOURCE_DIR}/cron\")
  set(TO_DIR \"${PROJECT_BINARY_DIR}/cron\")")
install(SCRIPT cmake/FillTemplates.cmake)
install(FILES ${PROJECT_BINARY_DIR}/cron/sipkeep-retain.service cron/sipkeep-retain.timer
  ${PROJECT_BINARY_DIR}/cron/sipkeep-snapshot.service cron/sipkeep-snapshot.timer
        DESTINATION lib/systemd/system)
install(FILES ${PROJECT_BINARY_DIR}/cron/sipkeep.cron DESTINATION ${doc_dir}/examples)
install(FILES cron/sipkeep.sysusers.conf DESTINATION lib/sysusers.d RENAME sipkeep.conf)
install(FILES cron/sipkeep.tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME sipkeep.conf)
