// SPDX-License-Identifier: Apache-2.0
// The program agon-view.
#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "runtime/base/error.h"
#include "runtime/base/version.h"
#include "viewer/window/viewer.h"

namespace {

constexpr int kFault = 1, kUsage = 2;

int Run(int argc, char** argv) {
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const agon::viewer::ViewArguments arguments = agon::viewer::ParseArguments(words);
  if (arguments.help || arguments.version) {
    const std::string text =
        arguments.help ? agon::viewer::HelpText() : "agon-view " AGON_VERSION "\n";
    return std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0 ? 0 : kFault;
  }
  std::error_code none;
  const agon::Path self = std::filesystem::read_symlink("/proc/self/exe", none);
  return agon::viewer::RunViewer(
      arguments, arguments.program.empty() ? self.parent_path() / "agon" : arguments.program);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const agon::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    const bool wrong =
        error.kind() == agon::ErrorKind::kUsage || error.kind() == agon::ErrorKind::kDevice;
    return wrong ? kUsage : kFault;
  } catch (const std::exception& error) {
    fmt::print(stderr, "agon view: {}\n", error.what());
    return kFault;
  }
}
