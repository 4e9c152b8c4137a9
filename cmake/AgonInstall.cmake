# SPDX-License-Identifier: Apache-2.0
# `cmake --install build --prefix P`: the program, its libraries, the headers a plug-in includes, and
# the CMake package `agon` (agon-config.cmake.in) that plug-ins are built against. P may be moved
# afterwards; LibTorch stays where it was found. The folder is lib everywhere, also where a system
# prefers lib64: the program's run path is ../lib.
include(CMakePackageConfigHelpers)

set(package lib/cmake/agon)
set(libraries agon_base agon_selfplay agon_cyclegan agon)
foreach(optional agon_media agon_cuda)
  if(TARGET ${optional})
    list(APPEND libraries ${optional})
  endif()
endforeach()

install(TARGETS agon_program RUNTIME DESTINATION bin)
if(TARGET agon_view)
  install(TARGETS agon_view RUNTIME DESTINATION bin)
endif()
install(TARGETS ${libraries} LIBRARY DESTINATION lib)
# Beside each other first, then LibTorch and the vendor folder (CMAKE_INSTALL_RPATH). The build tree uses
# the same paths: CMake would lengthen shorter ones with empty entries, and those mean the working directory.
set(run_path "$ORIGIN" ${CMAKE_INSTALL_RPATH})
foreach(library IN LISTS libraries)
  set_target_properties(${library} PROPERTIES INSTALL_RPATH "${run_path}" BUILD_WITH_INSTALL_RPATH ON)
endforeach()
if(AGON_DEPS_DIR)
  set_property(TARGET agon_program APPEND PROPERTY INSTALL_RPATH "${AGON_DEPS_DIR}/lib")
  if(TARGET agon_view)
    set_property(TARGET agon_view APPEND PROPERTY INSTALL_RPATH "${AGON_DEPS_DIR}/lib")
  endif()
endif()

install(DIRECTORY runtime attacks defenses selfplay cyclegan DESTINATION include/agon FILES_MATCHING PATTERN "*.h")
install(FILES "${CMAKE_BINARY_DIR}/generated/runtime/base/version.h"
        DESTINATION include/agon/runtime/base)
install(DIRECTORY configs DESTINATION share/agon FILES_MATCHING PATTERN "*.yaml")
install(FILES LICENSE DESTINATION share/doc/agon)

configure_package_config_file(cmake/agon-config.cmake.in
  "${CMAKE_BINARY_DIR}/generated/agon-config.cmake" INSTALL_DESTINATION ${package})
# While the first number is 0, 0.1 and 0.2 differ in their headers; so does the loader's check.
write_basic_package_version_file("${CMAKE_BINARY_DIR}/generated/agon-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/generated/agon-config.cmake"
              "${CMAKE_BINARY_DIR}/generated/agon-config-version.cmake"
              cmake/AgonLibTorch.cmake
        DESTINATION ${package})
