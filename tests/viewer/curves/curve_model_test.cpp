// SPDX-License-Identifier: Apache-2.0
// Which plots there are for which tracks, and what the tree says about them.
#include "viewer/curves/curve_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace agon::viewer::curves {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Titles(CurveModel& model) {
  std::vector<std::string> titles;
  for (const PlotGroup& plot : model.Plots()) titles.push_back(plot.title);
  return titles;
}

// "  label" with two blanks a level, "+" for a closed group, "-" for an open one.
std::vector<std::string> Lines(CurveModel& model) {
  std::vector<std::string> lines;
  for (const TreeRow& row : model.Rows()) {
    lines.push_back(std::string(static_cast<std::size_t>(row.depth) * 2, ' ') +
                    (row.group ? (row.open ? "-" : "+") : "") + row.label);
  }
  return lines;
}

TreeRow RowOf(CurveModel& model, const std::string& path, bool group = false) {
  for (const TreeRow& row : model.Rows()) {
    if (row.path == path && row.group == group) return row;
  }
  ADD_FAILURE() << "no row " << path;
  return {};
}

CurveModel Training() {
  CurveModel model;
  model.SetTracks({"validation/loss", "train/loss", "train/accuracy", "lr", "train/loss"});
  return model;
}

TEST(CurveModel, ATrackIsAPlotAndGroupsAreATree) {
  CurveModel model = Training();
  EXPECT_THAT(Titles(model), ElementsAre("lr", "train/accuracy", "train/loss", "validation/loss"));
  EXPECT_THAT(Lines(model), ElementsAre("lr", "-train", "  accuracy", "  loss", "validation/loss"));
}

TEST(CurveModel, OverlaidTracksThatEndAlikeShareAPlot) {
  CurveModel model = Training();
  model.SetOverlaid(true);
  EXPECT_THAT(Titles(model), ElementsAre("lr", "accuracy", "loss"));
  EXPECT_THAT(model.Plots()[2].tracks, ElementsAre("train/loss", "validation/loss"));
}

TEST(CurveModel, TheFilterTakesTracksAway) {
  CurveModel model = Training();
  model.SetFilter("LOSS -valid");
  EXPECT_THAT(Titles(model), ElementsAre("train/loss"));
  EXPECT_THAT(Lines(model), ElementsAre("train/loss"));
  model.SetFilter("nothing");
  EXPECT_THAT(Titles(model), IsEmpty());
  EXPECT_THAT(Lines(model), IsEmpty());
  model.SetFilter("");
  EXPECT_EQ(Titles(model).size(), 4U);
}

TEST(CurveModel, GroupsAreSwitchedAsAWhole) {
  CurveModel model = Training();
  model.Show(RowOf(model, "train", true), false);
  EXPECT_THAT(Titles(model), ElementsAre("lr", "validation/loss"));
  EXPECT_EQ(RowOf(model, "train", true).shown, 0U);
  EXPECT_EQ(RowOf(model, "train", true).tracks, 2U);
  model.Show(RowOf(model, "train/loss"), true);
  EXPECT_EQ(RowOf(model, "train", true).shown, 1U);
  EXPECT_THAT(Titles(model), ElementsAre("lr", "train/loss", "validation/loss"));
}

// A filter narrows what a click on a group means.
TEST(CurveModel, SwitchingAGroupLeavesWhatIsFilteredOut) {
  CurveModel model = Training();
  model.SetTracks({"a/x1", "a/x2", "a/y"});
  model.SetFilter("x");
  model.Show(RowOf(model, "a", true), false);
  model.SetFilter("");
  EXPECT_THAT(Titles(model), ElementsAre("a/y"));
}

TEST(CurveModel, OnlyShowsOneAndAgainAll) {
  CurveModel model = Training();
  model.Only(RowOf(model, "train", true));
  EXPECT_THAT(Titles(model), ElementsAre("train/accuracy", "train/loss"));
  model.Only(RowOf(model, "lr"));
  EXPECT_THAT(Titles(model), ElementsAre("lr"));
  model.Only(RowOf(model, "lr"));
  EXPECT_EQ(Titles(model).size(), 4U);
}

TEST(CurveModel, WhatWasSwitchedOffStaysOffWhenTracksCome) {
  CurveModel model = Training();
  model.Show(RowOf(model, "lr"), false);
  model.SetTracks({"lr", "new"});
  EXPECT_THAT(Titles(model), ElementsAre("new"));
}

TEST(CurveModel, AFoldedGroupHidesItsRowsOnly) {
  CurveModel model = Training();
  model.Fold(RowOf(model, "train", true));
  EXPECT_THAT(Lines(model), ElementsAre("lr", "+train", "validation/loss"));
  EXPECT_EQ(Titles(model).size(), 4U);
  model.Fold(RowOf(model, "train", true));
  EXPECT_EQ(Lines(model).size(), 5U);
}

TEST(CurveModel, GroupsWithoutABranchAreOneLine) {
  CurveModel model;
  model.SetTracks({"attack/net_a/0.pgd/loss", "attack/net_a/1.apgd/loss", "attack/net_a/robust"});
  EXPECT_THAT(Lines(model),
              ElementsAre("-attack/net_a", "  0.pgd/loss", "  1.apgd/loss", "  robust"));
}

// '-' and '.' sort before '/': what belongs together must be found all the same.
TEST(CurveModel, ATrackMayHaveTheNameOfAGroup) {
  CurveModel model;
  model.SetTracks({"a", "a-b", "a.c", "a/x", "a/y", "b//z", "b/", "/"});
  EXPECT_THAT(Lines(model),
              ElementsAre("/", "a", "a-b", "a.c", "-a", "  x", "  y", "-b", "  ", "  /z"));
  model.Show(RowOf(model, "a", true), false);
  EXPECT_THAT(Titles(model), ElementsAre("/", "a", "a-b", "a.c", "b/", "b//z"));
  model.Show(RowOf(model, "a"), false);
  EXPECT_THAT(Titles(model), ElementsAre("/", "a-b", "a.c", "b/", "b//z"));
}

TEST(CurveModel, OfVeryManyTracksTheGroupsAreClosed) {
  std::vector<std::string> names;
  names.reserve(65'536);
  for (int i = 0; i < 65'536; ++i) {
    names.push_back("group" + std::to_string(i % 16) + "/track" + std::to_string(i));
  }
  CurveModel model;
  model.SetTracks(names);
  EXPECT_EQ(model.Rows().size(), 16U);
  EXPECT_EQ(model.Plots().size(), 65'536U);
  EXPECT_EQ(RowOf(model, "group3", true).tracks, 4096U);
  model.Fold(RowOf(model, "group3", true));
  EXPECT_EQ(model.Rows().size(), 16U + 4096U);
  model.SetOverlaid(true);
  EXPECT_EQ(model.Plots().size(), 65'536U);
}

// As deep as a name can be.
TEST(CurveModel, NamesOfManyLevelsDoNotEndTheProgram) {
  std::vector<std::string> names;
  std::string name = "a";
  for (int i = 0; i < 500; ++i) {
    names.push_back(name);
    name += "/a";
  }
  CurveModel model;
  model.SetTracks(names);
  model.SetFilter("a");  // opens all
  EXPECT_EQ(model.Plots().size(), 500U);
  EXPECT_GE(model.Rows().size(), 500U);
}

TEST(CurveModel, CurvesOfAPlotAreNamedByWhatTellsThemApart) {
  EXPECT_THAT(ShortNames({"attack/net_a/0.pgd/loss", "attack/net_a/1.apgd/loss"}),
              ElementsAre("0.pgd", "1.apgd"));
  EXPECT_THAT(ShortNames({"attack/a/0.pgd/loss", "attack/ab/0.pgd/loss", "attack/ab/loss"}),
              ElementsAre("a/0.pgd", "ab/0.pgd", "ab"));
  EXPECT_THAT(ShortNames({"loss", "train/loss"}), ElementsAre("loss", "train"));
  EXPECT_THAT(ShortNames({"a/loss", "a/b/loss"}), ElementsAre("a", "a/b"));
  CurveModel model = Training();
  EXPECT_THAT(model.Plots()[1].names, ElementsAre("accuracy"));
  model.SetOverlaid(true);
  EXPECT_THAT(model.Plots()[2].names, ElementsAre("train", "validation"));
}

TEST(CurveModel, PartsOfNames) {
  EXPECT_EQ(LastPart("a/b/c"), "c");
  EXPECT_EQ(LastPart("c"), "c");
  EXPECT_EQ(LastPart("a/"), "");
  EXPECT_EQ(GroupPart("a/b/c"), "a/b");
  EXPECT_EQ(GroupPart("c"), "");
  EXPECT_EQ(CsvField("plain"), "plain");
  EXPECT_EQ(CsvField("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvField("say \"x\""), "\"say \"\"x\"\"\"");
}

}  // namespace
}  // namespace agon::viewer::curves
