// SPDX-License-Identifier: Apache-2.0
#include "viewer/video/translation_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/formats/support.h"

namespace agon::viewer {
namespace {

using formats::ErrorOf;

constexpr const char* kReport = R"({
  "command": "cyclegan translate", "input": "/v/walk.mp4", "output": "/v/zebras.mp4",
  "frames": 120, "network": "resnet", "steady": "light", "side_by_side": false})";
constexpr const char* kFigures =
    "frame,seconds,flicker_input,flicker_output,warp_input,warp_output,tof,covered\n"
    "1,0.04,0.5,0.25,,,,\n"
    "2,0.08,0.125,0.0625,0.01,0.02,1.5,0.9\n";

void Write(const Path& file, std::string_view text) {
  std::filesystem::create_directories(file.parent_path());
  WriteFileAtomic(file, text);
}

TEST(TranslationFiles, ReadsAReportAndItsFigures) {
  const TemporaryFolder run;
  Write(run / "report.json", kReport);
  Write(run / "metrics.csv", kFigures);
  const TranslationFiles files = FindTranslations(run.path());
  EXPECT_EQ(files.problem, "");
  ASSERT_EQ(files.found.size(), 1U);
  const FoundTranslation& found = files.found[0];
  EXPECT_EQ(found.name, "");
  EXPECT_EQ(found.videos, (VideoPairFiles{.input = "/v/walk.mp4", .output = "/v/zebras.mp4"}));
  EXPECT_EQ(found.frames, 120);
  ASSERT_EQ(found.figures.size(), 6U);
  EXPECT_EQ(found.figures[0].name, "flicker_input");
  EXPECT_THAT(found.figures[0].values, testing::ElementsAre(0.5, 0.125));
  EXPECT_EQ(found.figures[4].name, "tof");
  EXPECT_THAT(found.figures[4].frames, testing::ElementsAre(2));
}

// A demo keeps several translations in one run.
TEST(TranslationFiles, LooksIntoTheFoldersOfARun) {
  const TemporaryFolder run;
  Write(run / "strong/report.json", kReport);
  Write(run / "off/report.json", kReport);
  Write(run / "train/report.json", R"({"command": "cyclegan train"})");
  const TranslationFiles files = FindTranslations(run.path());
  ASSERT_EQ(files.found.size(), 2U);
  EXPECT_EQ(files.found[0].name, "off");
  EXPECT_EQ(files.found[1].name, "strong");
  EXPECT_EQ(files.problem, "");
}

TEST(TranslationFiles, OtherRunsAndFoldersThatAreGoneHaveNone) {
  const TemporaryFolder run;
  EXPECT_TRUE(FindTranslations(run.path()).found.empty());
  EXPECT_TRUE(FindTranslations(run / "gone").found.empty());
  EXPECT_EQ(FindTranslations(run / "gone").problem, "");
  Write(run / "report.json", R"({"format": 1, "robust_accuracy": 0.5})");
  EXPECT_TRUE(FindTranslations(run.path()).found.empty());
}

TEST(TranslationFiles, BrokenReportsAreToldInOneLine) {
  const TemporaryFolder run;
  Write(run / "report.json", R"({"command": "cyclegan tra)");
  EXPECT_THAT(FindTranslations(run.path()).problem, testing::HasSubstr("report.json: is no JSON"));
  Write(run / "report.json", R"({"command": "cyclegan translate", "input": 3})");
  EXPECT_THAT(FindTranslations(run.path()).problem, testing::HasSubstr("names no `input`"));
  Write(run / "report.json", "[1, 2]");
  EXPECT_EQ(FindTranslations(run.path()).problem, "");
}

TEST(TranslationFiles, RelativePathsAreLookedForFromTheRunUpwards) {
  const TemporaryFolder work;
  Write(work / "walk.mp4", "a video");
  std::filesystem::create_directories(work / "runs/one");
  EXPECT_EQ(FindReported(work / "runs/one", "walk.mp4"), work / "walk.mp4");
  EXPECT_EQ(FindReported(work / "runs/one", "/abs/walk.mp4"), "/abs/walk.mp4");
  EXPECT_EQ(FindReported(work / "runs/one", "none.mp4"), std::filesystem::absolute("none.mp4"));
}

TEST(TranslationFiles, FiguresOfAnotherFormAreRefusedByLine) {
  EXPECT_EQ(ErrorOf([] { return ParseFigures("step,loss\n1,2\n", "m.csv"); }),
            "m.csv:1: no column `frame` at first");
  EXPECT_EQ(ErrorOf([] { return ParseFigures("frame,a\n1,2\n2\n", "m.csv"); }),
            "m.csv:3: expected the number of a frame and 1 values");
  EXPECT_EQ(ErrorOf([] { return ParseFigures("frame,a\n1,x\n", "m.csv"); }),
            "m.csv:2: \"x\" is no number");
  EXPECT_TRUE(ParseFigures("", "m.csv").empty());
}

}  // namespace
}  // namespace agon::viewer
