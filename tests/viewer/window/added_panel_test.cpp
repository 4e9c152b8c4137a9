// SPDX-License-Identifier: Apache-2.0
// docs/adding-a-panel.md shows the file that is built here, and what it says about it is true.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viewer/ui/panel_driver.h"
#include "tests/viewer/ui/run_fixture.h"

namespace agon::viewer {

void RegisterNotesPanel(Registry& registry);

namespace {

TEST(AddedPanel, IsTheOneOnThePage) {
  const Path root(AGON_SOURCE_DIR);
  EXPECT_THAT(ReadFileText(root / "docs" / "adding-a-panel.md"),
              testing::HasSubstr(ReadFileText(root / "examples" / "panel" / "notes_panel.cpp")));
}

TEST(AddedPanel, ShowsTheTextsOfTheMoment) {
  RunFixture run;
  run.Text("note", 0, "begun");
  run.Text("note", 5, "half way");
  run.Text("note", 9, "done");
  run.Text("other", 9, "x");
  run.Scalar("loss", 9, 1);
  run.Flush();
  PanelDriver driver({run.folder()}, RegisterNotesPanel, "notes");
  EXPECT_EQ(driver.ui.Value("Notes/note"), "done");
  driver.SetStep(7);
  EXPECT_EQ(driver.ui.Value("Notes/note"), "half way");
  EXPECT_EQ(driver.view().Csv(), "track,step\nnote,5\nother,9\n");
  driver.ui.TypeText("Notes/Filter", "other");
  EXPECT_FALSE(driver.ui.Has("Notes/note"));
  EXPECT_TRUE(driver.ui.Has("Notes/other"));
  EXPECT_TRUE(driver.view().Set("filter", ""));
  EXPECT_FALSE(driver.view().Set("colour", "blue"));
}

TEST(AddedPanel, SaysThatThereIsNothing) {
  RunFixture run;
  PanelDriver driver({run.folder()}, RegisterNotesPanel, "notes");
  EXPECT_FALSE(driver.ui.Has("Notes/Filter"));
  EXPECT_EQ(driver.view().Csv(), "track,step\n");
}

}  // namespace
}  // namespace agon::viewer
