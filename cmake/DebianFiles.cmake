# Run by cpack between installing and packing: what a Debian package has besides what `cmake --install` installs.
set(ENV{DESTDIR}) # the paths below have it already
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
set(doc ${root}/usr/share/doc/sipkeep)
set(readable OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

# What an operator edits. Conffiles: an upgrade leaves what was changed, or asks.
file(INSTALL ${CPACK_SIPKEEP_SOURCE_DIR}/etc/sipkeep.yaml DESTINATION ${root}/etc/sipkeep FILE_PERMISSIONS ${readable})
file(INSTALL ${doc}/examples/sipkeep.cron DESTINATION ${root}/etc/cron.d RENAME sipkeep FILE_PERMISSIONS ${readable})

# The licence is Debian's own copy. Debian's changelog is of the package; like the manual it is compressed.
file(REMOVE ${doc}/LICENSE)
file(INSTALL ${CPACK_SIPKEEP_SOURCE_DIR}/cmake/deb/copyright DESTINATION ${doc} FILE_PERMISSIONS ${readable})
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC) # SOURCE_DATE_EPOCH, where that is set
file(WRITE ${doc}/changelog "sipkeep (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * What changed for those who run it: CHANGELOG.md beside this file.

 -- ${CPACK_PACKAGE_CONTACT}  ${now}
")
file(GLOB pages ${root}/usr/share/man/man*/*)
execute_process(COMMAND gzip -9n ${doc}/changelog ${pages} COMMAND_ERROR_IS_FATAL ANY)
