// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/settings.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "runtime/base/error.h"
#include "tests/viewer/ui/run_fixture.h"

namespace agon::viewer {
namespace {

TEST(Settings, AreReadBackAsWritten) {
  const RunsFixture folder;
  const Path file = folder.folder() / "agon" / "view.yaml";  // the folder is made
  Settings settings;
  settings.dark = false;
  settings.scale = 1.25;
  settings.layout = 3;
  settings.panes = {"game", "runs", "curves", "attack"};
  settings.sidebar = 310;
  settings.width = 900;
  settings.smoothing = 0;
  settings.sidebar_open = false;
  SaveSettings(file, settings);
  const Settings read = LoadSettings(file);
  EXPECT_EQ(read.dark, false);
  EXPECT_EQ(read.scale, 1.25);
  EXPECT_EQ(read.layout, 3);
  EXPECT_EQ(read.panes, settings.panes);
  EXPECT_EQ(read.sidebar, 310);
  EXPECT_EQ(read.width, 900);
  EXPECT_EQ(read.height, Settings().height);
  EXPECT_EQ(read.smoothing, 0);
  EXPECT_EQ(read.sidebar_open, false);
}

TEST(Settings, ADamagedFileIsAsNone) {
  const RunsFixture folder;
  const Path file = folder.folder() / "view.yaml";
  EXPECT_EQ(LoadSettings(file).width, Settings().width);
  for (const char* const text : {"width: [1", "width: -5\n", "sidebar: .nan\n", "- a\n- b\n",
                                 "colour: blue\n", "\xff\xfe", "layout: 9\n"}) {
    WriteFileAtomic(file, std::string_view(text));
    const Settings read = LoadSettings(file);
    EXPECT_EQ(read.width, Settings().width) << text;
    EXPECT_EQ(read.sidebar, Settings().sidebar) << text;
    EXPECT_EQ(read.layout, Settings().layout) << text;
  }
  WriteFileAtomic(file, std::string(1 << 20, 'a'));
  EXPECT_EQ(LoadSettings(file).width, Settings().width);
  EXPECT_EQ(LoadSettings(folder.folder()).width, Settings().width);
}

TEST(Settings, ThereAreAlwaysFourPanes) {
  const RunsFixture folder;
  const Path file = folder.folder() / "view.yaml";
  WriteFileAtomic(file, std::string_view("panes: [game]\nwidth: 1000\n"));
  EXPECT_EQ(LoadSettings(file).width, 1000);
  EXPECT_EQ(LoadSettings(file).panes.size(), 4U);
}

TEST(Settings, AFolderThatCannotBeWrittenIsSaid) {
  const RunsFixture folder;
  WriteFileAtomic(folder.folder() / "file", std::string_view("x"));
  EXPECT_THROW(SaveSettings(folder.folder() / "file" / "view.yaml", {}), Error);
}

}  // namespace
}  // namespace agon::viewer
