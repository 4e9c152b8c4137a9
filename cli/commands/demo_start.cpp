// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/demo_start.h"

#include <fmt/format.h>

#include <filesystem>

#include "runtime/base/error.h"

namespace agon::cli {

Path FindShippedConfig(const std::string& program, const std::string& name) {
  const Path folder = Path(program).parent_path();
  for (const char* place : {"../configs", "../share/agon/configs"}) {
    const Path file = folder / place / name;
    if (std::filesystem::exists(file)) return file.lexically_normal();
  }
  Fail(ErrorKind::kUsage, "{}: configs/{} lies neither beside the build folder nor in share/agon",
       folder.string(), name);
}

DemoState StateOfDemo(const Session& session, const Path& folder, const config::Value& resolved) {
  if (!std::filesystem::exists(folder / "manifest.json")) return DemoState::kNew;
  if (!session.resuming() &&
      config::ToYaml(run::Run::ConfigOf(folder)) != config::ToYaml(resolved)) {
    Fail(ErrorKind::kUsage,
         "{}: holds a demo with another configuration; delete the folder, or name another with "
         "--run",
         folder.string());
  }
  if (record::ReadManifest(folder).status != record::RunStatus::kDone) return DemoState::kBegun;
  session.Print(
      fmt::format("the demo in {} is done; delete the folder to run it again\n", folder.string()));
  return DemoState::kDone;
}

}  // namespace agon::cli
