# Debian packages of what the build directory holds; nothing is compiled for them.
#
#   cpack --config build/cmake/CPackConfig.cmake -B build/packages
#
# A package a service, so that a machine has the users, keys and libraries of what it runs and no
# more; README.md beside this file is the operator's page. Included by the top CMakeLists.txt, and
# by tests/packages/fake with programs that are not ours.

set(LIENTHONG_PACKAGING ${CMAKE_CURRENT_LIST_DIR})
get_filename_component(LIENTHONG_SOURCE ${LIENTHONG_PACKAGING}/../.. ABSOLUTE)
set(LIENTHONG_KAFKA_JARS ${LIENTHONG_SOURCE}/build/kafka/lib CACHE PATH
    "folder of the broker's jars (tools/setup)")
# Grows with every commit: 0.7.0+20261128.112441.
set(LIENTHONG_PACKAGE_VERSION "" CACHE STRING "version of the packages; empty = of the last commit")
set(package_version ${LIENTHONG_PACKAGE_VERSION})
if(NOT package_version)
  execute_process(
    COMMAND git -C ${LIENTHONG_SOURCE} log -1 --format=%cd --date=format-local:%Y%m%d.%H%M%S
    OUTPUT_VARIABLE committed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  set(package_version ${PROJECT_VERSION})
  if(NOT package_version)
    set(package_version 0)
  endif()
  if(EXISTS ${LIENTHONG_SOURCE}/.git/logs/HEAD)  # a commit is a new version
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
                 ${LIENTHONG_SOURCE}/.git/logs/HEAD)
  endif()
  if(committed MATCHES "^[0-9]+\\.[0-9]+$")
    string(APPEND package_version +${committed})
  endif()
endif()

set(packaged ${CMAKE_CURRENT_BINARY_DIR}/packaged)
set(scripts OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL "")
file(READ ${LIENTHONG_PACKAGING}/systemd/hardening.conf HARDENING)

# lienthong_package(<component> <summary> <depends> <conffile>...): what CPack is told of one.
function(lienthong_package component summary depends)
  string(TOUPPER ${component} key)
  set(package lienthong-${component})
  file(MAKE_DIRECTORY ${packaged}/${component})
  string(JOIN "\n" conffiles ${ARGN})
  file(WRITE ${packaged}/${component}/conffiles "${conffiles}\n")
  file(GLOB control ${packaged}/${component}/*)
  set(CPACK_DEBIAN_${key}_PACKAGE_NAME ${package} PARENT_SCOPE)
  set(CPACK_DEBIAN_${key}_PACKAGE_DEPENDS "${depends}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${key}_PACKAGE_CONTROL_EXTRA "${control}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${key}_PACKAGE_CONTROL_STRICT_PERMISSION ON PARENT_SCOPE)
  set(CPACK_DEBIAN_${key}_DESCRIPTION "${summary}" PARENT_SCOPE)
  set(CPACK_COMPONENT_${key}_DESCRIPTION "${summary}" PARENT_SCOPE)
  if(NOT TARGET lienthong-${component})  # no program
    set(CPACK_DEBIAN_${key}_PACKAGE_ARCHITECTURE all PARENT_SCOPE)
    set(CPACK_DEBIAN_${key}_PACKAGE_SHLIBDEPS OFF PARENT_SCOPE)
  endif()
  set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} ${component} PARENT_SCOPE)
endfunction()

# lienthong_daemon(<component> <unit> <purge>): its unit, user and maintainer scripts. <unit>: name
# of the template and, with a glob for its instances, of what is stopped and restarted.
function(lienthong_daemon component unit purge)
  set(SERVICE ${component})
  set(PACKAGE lienthong-${component})
  string(REPLACE "@" "@*" UNITS lienthong-${unit})
  set(PURGE "    ${purge}")
  foreach(script postinst prerm postrm)
    configure_file(${LIENTHONG_PACKAGING}/scripts/${script}.in ${packaged}/${component}/${script}
                   FILE_PERMISSIONS ${scripts} @ONLY)
  endforeach()
  set(template ${LIENTHONG_PACKAGING}/systemd/${unit}.in)
  if(NOT EXISTS ${template})
    set(template ${LIENTHONG_PACKAGING}/systemd/owner.service.in)
  endif()
  set(STATE "# It keeps everything in its database.")
  if(component MATCHES "^(document|hotline)$")
    set(STATE "StateDirectory=lienthong/${component}\nStateDirectoryMode=0700")
  endif()
  configure_file(${template} ${packaged}/units/lienthong-${unit} @ONLY)
  file(WRITE ${packaged}/sysusers/${PACKAGE}.conf
       "u ${PACKAGE} - \"Lienthong ${component}\" /nonexistent\n")
  install(FILES ${packaged}/units/lienthong-${unit} DESTINATION /lib/systemd/system
          COMPONENT ${component})
  install(FILES ${packaged}/sysusers/${PACKAGE}.conf DESTINATION /usr/lib/sysusers.d
          COMPONENT ${component})
endfunction()

set(sysusers "systemd | systemd-standalone-sysusers | systemd-sysusers")

include(${LIENTHONG_PACKAGING}/packages_common.cmake)
include(${LIENTHONG_PACKAGING}/packages_services.cmake)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME lienthong)
set(CPACK_PACKAGE_VERSION ${package_version})
set(CPACK_PACKAGE_VENDOR Lienthong)
set(CPACK_PACKAGE_CONTACT "Lienthong <operations@lienthong.invalid>")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS ${scripts})
set(CPACK_VERBATIM_VARIABLES ON)
include(CPack)
