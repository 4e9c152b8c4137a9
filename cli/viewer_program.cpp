// SPDX-License-Identifier: Apache-2.0
#include "cli/viewer_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "runtime/base/c_strings.h"

namespace agon::cli {
namespace {

constexpr const char* kName = "agon-view";
constexpr int kFirstOtherFile = 3;  // after standard input, output and error

std::string Beside(const std::string& program) {
  return (std::filesystem::path(program).parent_path() / kName).string();
}

std::string Missing(const std::string& viewer) {
  return fmt::format("{} is missing; build it with -DAGON_VIEWER=ON", viewer);
}

struct SpawnSettings {
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

}  // namespace

std::vector<std::string> ViewerWords(const ViewOptions& options) {
  std::vector<std::string> words;
  const auto option = [&](const char* name, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {name, value});
  };
  const auto flag = [&](const char* name, bool on) {
    if (on) words.emplace_back(name);
  };
  option("--panel", options.panel);
  if (options.step) option("--step", std::to_string(*options.step));
  for (const std::string& setting : options.show) option("--show", setting);
  option("--png", options.png);
  option("--size", options.size);
  option("--scale", options.scale);
  flag("--whole", options.whole);
  flag("--light", options.light);
  flag("--dark", options.dark);
  flag("--fixed-fonts", options.fixed_fonts);
  flag("--headless", options.headless);
  if (options.frames) option("--frames", std::to_string(*options.frames));
  option("--timings", options.timings);
  words.emplace_back("--");
  words.insert(words.end(), options.runs.begin(), options.runs.end());
  return words;
}

std::string BecomeViewer(const std::string& program, const std::vector<std::string>& words) {
  const std::string viewer = Beside(program);
  std::vector<std::string> all{viewer};
  all.insert(all.end(), words.begin(), words.end());
  ::execv(viewer.c_str(), CStrings(all).data());
  if (errno == ENOENT) return "agon view: " + Missing(viewer);
  return fmt::format("agon view: cannot start {}: {}", viewer, std::strerror(errno));
}

std::string StartViewer(const std::string& program, const std::string& run_folder) {
  const char* const display = std::getenv("DISPLAY");
  if (display == nullptr || *display == '\0') {
    return fmt::format("--view: there is no display here; look at the run with agon view {}",
                       run_folder);
  }
  const std::string viewer = Beside(program);
  if (::access(viewer.c_str(), X_OK) != 0) return "--view: " + Missing(viewer);
  SpawnSettings settings;
  for (int file = 0; file < kFirstOtherFile; ++file) {
    ::posix_spawn_file_actions_addopen(&settings.actions, file, "/dev/null", O_RDWR, 0);
  }
  ::posix_spawn_file_actions_addclosefrom_np(&settings.actions, kFirstOtherFile);
  ::posix_spawnattr_setflags(&settings.attributes, POSIX_SPAWN_SETSID);
  std::vector<std::string> words{viewer, "--", run_folder};
  pid_t process = 0;
  const int failed = ::posix_spawn(&process, viewer.c_str(), &settings.actions,
                                   &settings.attributes, CStrings(words).data(), environ);
  if (failed == 0) return {};
  return fmt::format("--view: cannot start {}: {}", viewer, std::strerror(failed));
}

}  // namespace agon::cli
