# SPDX-License-Identifier: Apache-2.0
# LibTorch as imported targets, without its own package file: that one insists on a CUDA toolkit when
# the wheel was built with CUDA. Looked for in AGON_LIBTORCH_DIR, the cache of scripts/setup, and the
# site-packages of python3; both layouts work: DIR/torch/lib (wheels) and DIR/lib (archive).
#   agon_dep::torch  libtorch_cpu and libc10, headers as system headers
# Installed beside agon-config.cmake, which reads it too: then a missing LibTorch is not fatal
# (AGON_TORCH_ROOT stays empty) and the CUDA half is left alone.
set(AGON_LIBTORCH_VERSION 2.11.0)
set(cache "$ENV{XDG_CACHE_HOME}")
if(NOT cache)
  set(cache "$ENV{HOME}/.cache")
endif()
set(candidates "${AGON_LIBTORCH_DIR}" "${cache}/agon/libtorch-${AGON_LIBTORCH_VERSION}" /opt/libtorch)
execute_process(COMMAND python3 -c "import site,sys;print(';'.join(site.getsitepackages()+[site.getusersitepackages()]))"
                OUTPUT_VARIABLE python_sites OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
list(APPEND candidates ${python_sites})
foreach(candidate IN LISTS candidates)
  foreach(root "${candidate}/torch" "${candidate}")
    if(candidate AND EXISTS "${root}/lib/libtorch_cpu.so" AND EXISTS "${root}/include/torch/headeronly/version.h")
      set(AGON_TORCH_ROOT "${root}")
      set(AGON_TORCH_SITE "${candidate}")
      break()
    endif()
  endforeach()
  if(AGON_TORCH_ROOT)
    break()
  endif()
endforeach()
if(NOT AGON_TORCH_ROOT AND CMAKE_FIND_PACKAGE_NAME STREQUAL "agon")
  return()
endif()
if(NOT AGON_TORCH_ROOT)
  message(FATAL_ERROR "LibTorch was not found. Run ./scripts/setup, or pass -DAGON_LIBTORCH_DIR=DIR "
                      "where DIR holds torch/lib/libtorch_cpu.so. Looked in: ${candidates}")
endif()
set(parts)
foreach(part MAJOR MINOR PATCH)
  file(STRINGS "${AGON_TORCH_ROOT}/include/torch/headeronly/version.h" line REGEX "define TORCH_VERSION_${part} ")
  string(REGEX REPLACE ".*TORCH_VERSION_${part} +([0-9]+).*" "\\1" number "${line}")
  list(APPEND parts "${number}")
endforeach()
list(JOIN parts "." AGON_TORCH_VERSION)
if(NOT agon_FIND_QUIETLY)
  message(STATUS "LibTorch ${AGON_TORCH_VERSION}: ${AGON_TORCH_ROOT}")
endif()

set(torch_rpath "${AGON_TORCH_ROOT}/lib")
foreach(dir "${AGON_TORCH_SITE}/nvidia/cu13/lib" "${AGON_TORCH_SITE}/nvidia/cuda_runtime/lib")
  if(EXISTS "${dir}")
    list(APPEND torch_rpath "${dir}")
  endif()
endforeach()

add_library(agon_dep_torch INTERFACE)
add_library(agon_dep::torch ALIAS agon_dep_torch)
target_include_directories(agon_dep_torch SYSTEM INTERFACE
  "${AGON_TORCH_ROOT}/include" "${AGON_TORCH_ROOT}/include/torch/csrc/api/include")
target_compile_definitions(agon_dep_torch INTERFACE _GLIBCXX_USE_CXX11_ABI=1)
target_link_directories(agon_dep_torch INTERFACE "${AGON_TORCH_ROOT}/lib")
target_link_libraries(agon_dep_torch INTERFACE
  -Wl,--push-state,--no-as-needed "${AGON_TORCH_ROOT}/lib/libtorch_cpu.so" "${AGON_TORCH_ROOT}/lib/libc10.so"
  -Wl,--pop-state)
# Symbols of the CUDA runtime that libtorch_cpu.so names are found at run time through the rpath.
foreach(dir IN LISTS torch_rpath)
  target_link_options(agon_dep_torch INTERFACE "LINKER:-rpath-link,${dir}")
endforeach()
list(APPEND CMAKE_BUILD_RPATH ${torch_rpath})
list(APPEND CMAKE_INSTALL_RPATH ${torch_rpath})

if(CMAKE_FIND_PACKAGE_NAME STREQUAL "agon")
  return()
endif()

# Our CUDA half, libagon_cuda.so: built wherever nvcc works, for it knows no LibTorch; loaded only where
# LibTorch's own CUDA half is. Sanitizers are for the CPU side only.
set(AGON_CUDA OFF)
find_program(AGON_NVCC nvcc HINTS /usr/local/cuda/bin "${AGON_TORCH_SITE}/nvidia/cu13/bin")
if(AGON_NVCC AND NOT AGON_SANITIZE AND NOT AGON_FUZZ)
  # GPUs from Ampere on, as far as this nvcc knows them; newer ones take the PTX of the last.
  execute_process(COMMAND "${AGON_NVCC}" --list-gpu-code OUTPUT_VARIABLE known_gpus ERROR_QUIET)
  set(AGON_CUDA_ARCHITECTURES)
  foreach(gpu 80 86 89 90 100 120)
    if(known_gpus MATCHES "sm_${gpu}[^0-9]")
      list(APPEND AGON_CUDA_ARCHITECTURES "${gpu}-real")
      set(newest_gpu "${gpu}")
    endif()
  endforeach()
  if(AGON_CUDA_ARCHITECTURES)
    list(APPEND AGON_CUDA_ARCHITECTURES "${newest_gpu}-virtual")
    # Asked through the environment: with CMAKE_CUDA_COMPILER set, check_language would believe it
    # without a try, and an nvcc without its toolkit would end the configuration.
    if(NOT CMAKE_CUDA_COMPILER)
      unset(CMAKE_CUDA_COMPILER CACHE)
      set(ENV{CUDACXX} "${AGON_NVCC}")
      include(CheckLanguage)
      check_language(CUDA)
    endif()
    set(CMAKE_CUDA_ARCHITECTURES "${AGON_CUDA_ARCHITECTURES}")
    if(CMAKE_CUDA_COMPILER)
      enable_language(CUDA)
      set(AGON_CUDA ON)
    endif()
  endif()
endif()
set(AGON_TORCH_CUDA OFF)
if(EXISTS "${AGON_TORCH_ROOT}/lib/libtorch_cuda.so")
  set(AGON_TORCH_CUDA ON)
endif()
if(AGON_REQUIRE_CUDA AND NOT (AGON_CUDA AND AGON_TORCH_CUDA))
  message(FATAL_ERROR "The CUDA half cannot be built and used: it takes a working nvcc (${AGON_NVCC}) and "
                      "${AGON_TORCH_ROOT}/lib/libtorch_cuda.so. Put nvcc on the PATH and run ./scripts/setup --cuda.")
endif()
if(AGON_CUDA AND NOT AGON_TORCH_CUDA)
  message(STATUS "CUDA half: built with ${AGON_NVCC}; this LibTorch has none of its own, so it stays unused")
elseif(AGON_NVCC AND NOT AGON_CUDA AND NOT AGON_SANITIZE AND NOT AGON_FUZZ)
  message(STATUS "CUDA half: left out, ${AGON_NVCC} compiles nothing (an incomplete CUDA toolkit?)")
else()
  message(STATUS "CUDA half: ${AGON_CUDA} (nvcc: ${AGON_NVCC})")
endif()
