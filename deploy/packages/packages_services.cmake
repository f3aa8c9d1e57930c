# A package for each service that is built. Part of packages.cmake.

set(depends_document fonts-dejavu-core)  # registers as PDF
set(depends_hotline ca-certificates)     # its providers

foreach(service directory registry document hotline portal replica)
  if(NOT TARGET lienthong-${service})
    continue()
  endif()
  install(TARGETS lienthong-${service} RUNTIME DESTINATION /usr/lib/lienthong COMPONENT ${service})
  install(FILES ${LIENTHONG_PACKAGING}/env/${service}.env DESTINATION /etc/lienthong
          COMPONENT ${service})
  set(conffiles /etc/lienthong/${service}.env)
  set(unit ${service}.service)
  set(purge "# Its database stays.")
  if(service STREQUAL portal)
    install(DIRECTORY ${LIENTHONG_SOURCE}/services/portal/web DESTINATION share/lienthong-portal
            COMPONENT portal)
    set(purge "# It keeps nothing.")
  elseif(service STREQUAL replica)
    set(unit replica@.service)
    install(FILES ${LIENTHONG_PACKAGING}/env/replica-0.env DESTINATION /etc/lienthong
            COMPONENT replica)
    install(PROGRAMS ${LIENTHONG_PACKAGING}/bin/link-unit-keys DESTINATION /usr/lib/lienthong
            COMPONENT replica)
    list(APPEND conffiles /etc/lienthong/replica-0.env)
  elseif(service MATCHES "^(document|hotline)$")
    set(files /var/lib/lienthong/${service})
    set(purge "if [ -d ${files} ]; then echo '${files} is kept: attachments of records'; fi")
  endif()
  lienthong_daemon(${service} ${unit} "${purge}")
  set(depends lienthong-common "${sysusers}" ${depends_${service}})
  string(JOIN ", " depends ${depends})
  lienthong_package(${service} "Lienthong: ${service}" "${depends}" ${conffiles})
endforeach()
