// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/settings.h"

#include <cstdlib>
#include <exception>

namespace agon::viewer {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 10;
constexpr std::size_t kPanes = 4;

}  // namespace

void Settings::Describe(config::Fields<Settings>& d) {
  d.Field(&Settings::dark, "dark", "dark colours");
  d.Field(&Settings::scale, "scale", "of everything; 0: as the display says").Min(0.0).Max(4.0);
  d.Field(&Settings::layout, "layout", "0 one pane, 1 two beside, 2 two stacked, 3 four")
      .Min(0)
      .Max(3);
  d.Field(&Settings::panes, "panes", "the panel of each pane");
  d.Field(&Settings::sidebar, "sidebar", "width of the list of runs").Min(120).Max(1200);
  d.Field(&Settings::width, "width", "of the window").Min(320).Max(16384);
  d.Field(&Settings::height, "height", "of the window").Min(240).Max(16384);
  d.Field(&Settings::smoothing, "smoothing", "of curves").Min(0).Max(0.999);
  d.Field(&Settings::sidebar_open, "sidebar_open", "the list of runs is shown");
}

Path SettingsFile() {
  if (const char* const folder = std::getenv("XDG_CONFIG_HOME");
      folder != nullptr && *folder != 0) {
    return Path(folder) / "agon" / "view.yaml";
  }
  if (const char* const home = std::getenv("HOME"); home != nullptr && *home != 0) {
    return Path(home) / ".config" / "agon" / "view.yaml";
  }
  return {};
}

Settings LoadSettings(const Path& file) {
  try {
    std::error_code none;
    if (file.empty() || !std::filesystem::exists(file, none)) return {};
    config::Problems problems;
    const config::Value value = config::ParseYaml(ReadFileText(file, kMostBytes), file.string(),
                                                  file.parent_path(), problems);
    config::Reader reader{problems, nullptr};
    Settings settings = config::Fields<Settings>::Get().Read(value, reader, {});
    if (!problems.empty()) return {};
    settings.panes.resize(kPanes);
    return settings;
  } catch (const std::exception&) {
    return {};
  }
}

void SaveSettings(const Path& file, const Settings& settings) {
  MakeFolder(file.parent_path());
  WriteFileAtomic(file, config::ToYaml(config::Dump(settings)));
}

}  // namespace agon::viewer
