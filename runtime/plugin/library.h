// SPDX-License-Identifier: Apache-2.0
// Plug-in libraries: components in a shared library that a configuration (`plugins: [FILE]`) or
// `--plugin FILE` names. A library exports one C function,
//
//   AGON_PLUGIN(RegisterMyAttack)      // void RegisterMyAttack(agon::Registry&)
//
// which defines agon_plugin_descriptor(). The descriptor is checked field by field before any C++
// object crosses; a mismatch is refused with both sides named. Libraries are never unloaded
// (LibTorch does not survive it). A plug-in is code: load only what you trust.
#pragma once

// Macros only. Asked for here, since no other header of LibTorch's core brings the version along: a
// plug-in that is compiled with LibTorch's headers records which.
#if __has_include(<torch/headeronly/version.h>)
#include <torch/headeronly/version.h>
#define AGON_PLUGIN_HAS_TORCH
#endif

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/files.h"
#include "runtime/base/version.h"
#include "runtime/plugin/registry.h"

namespace agon {

inline constexpr std::uint32_t kPluginAbi =
    1;  // raised when a header in the package changes layout

extern "C" struct AgonPluginDescriptor {
  std::uint32_t struct_size;
  std::uint32_t abi;          // kPluginAbi
  const char* agon_version;   // AGON_VERSION
  const char* torch_version;  // TORCH_VERSION the plug-in was compiled against; "" without
  const char* compiler;       // AGON_COMPILER_ID
  void (*register_components)(Registry&);
};

#define AGON_STRINGIZE_(x) #x
#define AGON_STRINGIZE(x) AGON_STRINGIZE_(x)
// What decides whether C++ objects may cross is the standard library and its layout, not the
// compiler: clang and gcc with libstdc++ understand each other (both follow the Itanium C++ ABI).
#if defined(_GLIBCXX_RELEASE)
#ifdef _GLIBCXX_DEBUG
#define AGON_STANDARD_LIBRARY_MODE "-debug"
#else
#define AGON_STANDARD_LIBRARY_MODE ""
#endif
#define AGON_COMPILER_ID \
  "itanium-libstdc++-cxx11abi-" AGON_STRINGIZE(_GLIBCXX_USE_CXX11_ABI) AGON_STANDARD_LIBRARY_MODE
#elif defined(_LIBCPP_ABI_VERSION)
#define AGON_COMPILER_ID "itanium-libc++-abi-" AGON_STRINGIZE(_LIBCPP_ABI_VERSION)
#else
#error "unknown C++ standard library: say here how to recognise its ABI"
#endif

struct PluginInfo {
  Path path;                            // absolute
  std::string sha256;                   // of the file, for the manifest
  std::vector<std::string> components;  // "attack/my_attack"
};

// Opens, checks, registers. `torch_version` is the host's ("" in a process without LibTorch).
// Error(kPlugin): missing file, no descriptor, mismatch (both sides named), duplicate component.
// Loading the same file twice is one load.
PluginInfo LoadPlugin(const Path& path, const std::string& torch_version, Registry& registry);

}  // namespace agon

#ifdef AGON_PLUGIN_HAS_TORCH
#define AGON_PLUGIN_TORCH_VERSION TORCH_VERSION
#else
#define AGON_PLUGIN_TORCH_VERSION ""
#endif
// NOLINTBEGIN(bugprone-macro-parentheses): the argument is the name of a function
#define AGON_PLUGIN(register_function)                                                         \
  extern "C" __attribute__((visibility("default"))) const ::agon::AgonPluginDescriptor*        \
  agon_plugin_descriptor() {                                                                   \
    static const ::agon::AgonPluginDescriptor descriptor{sizeof(::agon::AgonPluginDescriptor), \
                                                         ::agon::kPluginAbi,                   \
                                                         AGON_VERSION,                         \
                                                         AGON_PLUGIN_TORCH_VERSION,            \
                                                         AGON_COMPILER_ID,                     \
                                                         &register_function};                  \
    return &descriptor;                                                                        \
  }                                                                                            \
  static_assert(true)
// NOLINTEND(bugprone-macro-parentheses)
