# SPDX-License-Identifier: Apache-2.0
# One target per folder. A folder is an object library; the shared libraries (one registry, one Error)
# are made of them.

# agon_folder(NAME [TORCH] SOURCES files... [LINK targets...])
#   makes agon::NAME; TORCH adds LibTorch and the shared precompiled header.
function(agon_folder name)
  cmake_parse_arguments(ARG "TORCH" "" "SOURCES;LINK" ${ARGN})
  # agon::NAME is what it takes to use the folder (no objects, so that each lands in one library only).
  add_library(agon_use_${name} INTERFACE)
  add_library(agon::${name} ALIAS agon_use_${name})
  target_link_libraries(agon_use_${name} INTERFACE ${ARG_LINK} Threads::Threads)
  add_library(agon_folder_${name} OBJECT ${ARG_SOURCES})
  target_link_libraries(agon_folder_${name} PRIVATE agon_use_${name} agon_flags)
  if(ARG_TORCH)
    target_link_libraries(agon_use_${name} INTERFACE agon_dep::torch)
    agon_use_torch_pch(agon_folder_${name})
  endif()
endfunction()

# All targets that know LibTorch share one precompiled header (34 s once instead of 8 s a file).
function(agon_use_torch_pch target)
  if(CMAKE_DISABLE_PRECOMPILE_HEADERS)
    return()
  endif()
  if(NOT TARGET agon_torch_pch)
    file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/generated/torch_pch.cpp" CONTENT "// Carries the shared precompiled header.\n")
    add_library(agon_torch_pch OBJECT "${CMAKE_BINARY_DIR}/generated/torch_pch.cpp")
    target_link_libraries(agon_torch_pch PRIVATE agon_flags agon_dep::torch Threads::Threads agon_dep::fmt)
    target_precompile_headers(agon_torch_pch PRIVATE "${CMAKE_SOURCE_DIR}/cmake/torch_pch.h")
  endif()
  target_precompile_headers(${target} REUSE_FROM agon_torch_pch)
  # The header was compiled with -fPIC; a program's -fPIE would not go with it.
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
endfunction()

# agon_shared_library(NAME FOLDERS folders... [LINK targets...]): libNAME.so of those folders.
function(agon_shared_library name)
  cmake_parse_arguments(ARG "" "" "FOLDERS;LINK" ${ARGN})
  set(objects)
  foreach(folder IN LISTS ARG_FOLDERS)
    list(APPEND objects $<TARGET_OBJECTS:agon_folder_${folder}>)
    list(APPEND links agon_use_${folder})
  endforeach()
  add_library(${name} SHARED ${objects})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION}
                        SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_include_directories(${name} INTERFACE
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}> $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/generated>)
  target_link_libraries(${name} PUBLIC ${links} ${ARG_LINK})
endfunction()

# agon_program_target(): "program" builds agon and every library it loads, without tests and benchmarks.
function(agon_program_target)
  add_custom_target(program)
  agon_add_program_parts("${CMAKE_SOURCE_DIR}")
endfunction()

function(agon_add_program_parts directory)
  get_property(targets DIRECTORY "${directory}" PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    if(type MATCHES "^(EXECUTABLE|SHARED_LIBRARY|MODULE_LIBRARY)$")
      add_dependencies(program ${target})
    endif()
  endforeach()
  get_property(children DIRECTORY "${directory}" PROPERTY SUBDIRECTORIES)
  foreach(child IN LISTS children)
    if(NOT child MATCHES "/(tests|bench|fuzz)$")
      agon_add_program_parts("${child}")
    endif()
  endforeach()
endfunction()
