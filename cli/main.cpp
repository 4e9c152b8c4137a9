// SPDX-License-Identifier: Apache-2.0
// The program `agon`: reads the command line, answers what needs no LibTorch (--help, --version,
// completion), and hands everything else to libagon.so, loaded only then.
#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "cli/options.h"
#include "cli/viewer_program.h"

namespace {

constexpr int kFault = 1, kUsage = 2;

int Run(int argc, char** argv) {
  int exit_code = 0;
  const auto line = agon::cli::ParseCommandLine(argc, argv, exit_code);
  if (!line) {
    // `agon --help | head -1` is no failure; a full disk is.
    return std::fflush(stdout) == 0 ? exit_code : kFault;
  }
  if (line->command == "view") {
    const std::string problem =
        agon::cli::BecomeViewer(line->program, agon::cli::ViewerWords(line->view));
    fmt::print(stderr, "{}\n", problem);
    return kUsage;
  }
  // Found through the program's own run path: beside it, or in ../lib. Global, so that plug-ins see
  // one registry; never closed, since LibTorch does not survive it.
  void* library = ::dlopen(AGON_LIBRARY, RTLD_LAZY | RTLD_GLOBAL);
  if (library == nullptr) {
    fmt::print(stderr, "agon: cannot load its library: {}; build or install it again\n",
               ::dlerror());
    return kFault;
  }
  using Entry = int (*)(const agon::cli::CommandLine&) noexcept;
  const auto entry = reinterpret_cast<Entry>(::dlsym(library, "agon_main"));
  if (entry == nullptr) {
    fmt::print(stderr, "agon: {} is not its library: {}\n", AGON_LIBRARY, ::dlerror());
    return kFault;
  }
  return entry(*line);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "agon: {}\n", error.what());
    return kFault;
  }
}
