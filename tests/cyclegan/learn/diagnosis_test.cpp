// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/diagnosis.h"

#include "tests/cyclegan/learn/learn_helpers.h"

namespace agon::cyclegan {
namespace {

// A training in good health.
StepFigures Healthy() {
  StepFigures figures;
  figures.steps = 50;
  figures.change = {0.05, 0.06};
  figures.correlation = {0.9, 0.85};
  figures.gap = {0.6, 0.7};
  figures.spread = {0.3, 0.4};
  return figures;
}

// How many windows of `figures`, after the start, until something is said; 0: nothing in 100.
int WindowsUntilSaid(const StepFigures& figures, std::string& kind) {
  CollapseWatch watch;
  for (int i = 1; i <= 100; ++i) {
    if (const auto collapse = watch.Look(figures, 50 * i, 0.5)) {
      kind = collapse->kind;
      return i;
    }
  }
  return 0;
}

TEST(CollapseWatch, SaysNothingOfAHealthyTraining) {
  std::string kind;
  EXPECT_EQ(WindowsUntilSaid(Healthy(), kind), 0);
}

TEST(CollapseWatch, FindsEachCollapseInEachDirection) {
  for (std::size_t i = 0; i < 2; ++i) {
    std::string kind;
    StepFigures copy = Healthy();
    copy.change[i] = 0.002;
    EXPECT_EQ(WindowsUntilSaid(copy, kind), CollapseWatch::kWindows);
    EXPECT_EQ(kind, "copy");

    StepFigures inverted = Healthy();
    inverted.correlation[i] = -0.6;
    EXPECT_EQ(WindowsUntilSaid(inverted, kind), CollapseWatch::kWindows);
    EXPECT_EQ(kind, "inversion");

    StepFigures dead = Healthy();
    dead.spread[i] = 0.001;
    dead.gap[i] = -0.001;
    EXPECT_EQ(WindowsUntilSaid(dead, kind), CollapseWatch::kWindows);
    EXPECT_EQ(kind, "dead");
  }
}

// Where the discriminator cannot tell copies from the real ones, copying is right: the domains are
// alike. Where its answers differ, or real and translated differ on average, it lives.
TEST(CollapseWatch, KnowsWhatOnlyLooksLikeOne) {
  std::string kind;
  StepFigures alike = Healthy();
  alike.change = {0.002, 0.002};
  alike.gap = {0.05, 0.05};
  EXPECT_EQ(WindowsUntilSaid(alike, kind), 0);
  StepFigures sure = Healthy();
  sure.spread = {0.01, 0.01};
  EXPECT_EQ(WindowsUntilSaid(sure, kind), 0);
}

TEST(CollapseWatch, WaitsForTheStartAndForARow) {
  StepFigures copy = Healthy();
  copy.change[0] = 0.002;
  CollapseWatch early;
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(early.Look(copy, i, 0.9 * CollapseWatch::kStart));
  CollapseWatch broken;
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(broken.Look(i % CollapseWatch::kWindows == 0 ? Healthy() : copy, i, 0.5));
  }
}

TEST(CollapseWatch, SaysEachOnceAndRemembersAcrossAResume) {
  StepFigures copy = Healthy();
  copy.change[0] = 0.002;
  CollapseWatch watch;
  int said = 0;
  for (int i = 1; i <= 50; ++i) {
    watch = CollapseWatch::FromJson(nlohmann::json::parse(watch.ToJson().dump()));
    if (const auto collapse = watch.Look(copy, i, 0.5)) {
      ++said;
      EXPECT_EQ(i, CollapseWatch::kWindows);
      // One line with what, where and the cure.
      EXPECT_EQ(collapse->message.find('\n'), std::string::npos);
      EXPECT_NE(collapse->message.find("iteration 8: a2b only copies"), std::string::npos)
          << collapse->message;
      EXPECT_NE(collapse->message.find("loss.identity"), std::string::npos);
    }
  }
  EXPECT_EQ(said, 1);
}

}  // namespace
}  // namespace agon::cyclegan
