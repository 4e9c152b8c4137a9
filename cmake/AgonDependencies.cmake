# SPDX-License-Identifier: Apache-2.0
# The libraries of the platform. With AGON_DEPS_DIR they come from that folder
# (scripts/setup --vendor), otherwise from the system.
if(AGON_DEPS_DIR)
  list(PREPEND CMAKE_PREFIX_PATH "${AGON_DEPS_DIR}")
  list(PREPEND CMAKE_LIBRARY_PATH "${AGON_DEPS_DIR}/lib")
  list(PREPEND CMAKE_INCLUDE_PATH "${AGON_DEPS_DIR}/include")
  include_directories(SYSTEM "${AGON_DEPS_DIR}/include")
  list(APPEND CMAKE_BUILD_RPATH "${AGON_DEPS_DIR}/lib")
  list(APPEND CMAKE_INSTALL_RPATH "${AGON_DEPS_DIR}/lib")
endif()
find_package(Threads REQUIRED)

# agon_library(NAME HEADER header LIBRARIES names...): an imported target agon_dep::NAME found by
# header and library alone, so that a vendor folder needs no package files.
function(agon_library name)
  cmake_parse_arguments(ARG "" "HEADER" "LIBRARIES;DEFINITIONS;SUFFIXES" ${ARGN})
  add_library(agon_dep_${name} INTERFACE)
  add_library(agon_dep::${name} ALIAS agon_dep_${name})
  find_path(AGON_${name}_INCLUDE NAMES ${ARG_HEADER} PATH_SUFFIXES ${ARG_SUFFIXES} REQUIRED)
  target_include_directories(agon_dep_${name} SYSTEM INTERFACE "${AGON_${name}_INCLUDE}")
  target_compile_definitions(agon_dep_${name} INTERFACE ${ARG_DEFINITIONS})
  foreach(library ${ARG_LIBRARIES})
    find_library(AGON_${name}_${library} NAMES ${library} REQUIRED)
    target_link_libraries(agon_dep_${name} INTERFACE "${AGON_${name}_${library}}")
  endforeach()
endfunction()

agon_library(fmt HEADER fmt/format.h LIBRARIES fmt)
# LibTorch's include folder carries an fmt of its own, which nothing exports; the generated folder comes
# before it in the search order, so this link makes everybody use the platform's.
file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/generated")
file(CREATE_LINK "${AGON_fmt_INCLUDE}/fmt" "${CMAKE_BINARY_DIR}/generated/fmt" SYMBOLIC)
agon_library(spdlog HEADER spdlog/spdlog.h LIBRARIES spdlog
             DEFINITIONS SPDLOG_COMPILED_LIB SPDLOG_SHARED_LIB SPDLOG_FMT_EXTERNAL)
target_link_libraries(agon_dep_spdlog INTERFACE agon_dep_fmt)
agon_library(zlib HEADER zlib.h LIBRARIES z)
agon_library(crypto HEADER openssl/evp.h LIBRARIES crypto)
agon_library(yaml HEADER yaml-cpp/yaml.h LIBRARIES yaml-cpp)
agon_library(json HEADER nlohmann/json.hpp)
agon_library(stb HEADER stb/stb_image_write.h LIBRARIES stb)
if(AGON_VIEWER)
  agon_library(imgui HEADER imgui.h SUFFIXES imgui LIBRARIES imgui)
  target_link_libraries(agon_dep_imgui INTERFACE agon_dep_stb)  # Debian's ImGui took its copy out
  agon_library(glfw HEADER GLFW/glfw3.h LIBRARIES glfw)
  agon_library(gl HEADER GL/gl.h LIBRARIES GL)
  agon_library(egl HEADER EGL/egl.h LIBRARIES EGL)
endif()
if(AGON_TORCH)
  agon_library(cli11 HEADER CLI/CLI.hpp)
  include(AgonLibTorch)
endif()
if(AGON_TESTS)
  find_package(GTest REQUIRED)
endif()
