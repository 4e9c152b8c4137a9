// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/progress.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace agon {
namespace {

class Recorded final : public ProgressSink {
 public:
  struct Shown {
    std::string label, note;
    std::int64_t done, total;
    double rate;
    bool finished;
  };
  void Show(const ProgressState& state) override {
    shown.push_back({std::string(state.label), std::string(state.note), state.done, state.total,
                     state.rate, state.finished});
  }
  std::vector<Shown> shown;
};

TEST(Progress, TheEndIsAlwaysShown) {
  const auto sink = std::make_shared<Recorded>();
  SetProgressSink(sink);
  {
    Progress progress("attack", 3, "batch");
    for (int i = 0; i < 3; ++i) progress.Advance(1, "loss 0.5");
  }
  SetProgressSink(nullptr);
  ASSERT_FALSE(sink->shown.empty());
  const auto& last = sink->shown.back();
  EXPECT_TRUE(last.finished);
  EXPECT_EQ(last.label, "attack");
  EXPECT_EQ(last.note, "loss 0.5");
  EXPECT_EQ(last.done, 3);
  EXPECT_EQ(last.total, 3);
}

// A loop of a million steps shows no million lines.
TEST(Progress, UpdatesAreThrottled) {
  const auto sink = std::make_shared<Recorded>();
  SetProgressSink(sink);
  {
    Progress progress("train", 1'000'000, "step");
    for (int i = 0; i < 1'000'000; ++i) progress.Advance();
  }
  SetProgressSink(nullptr);
  EXPECT_LT(sink->shown.size(), 10'000U);
}

// 900 of 1000 were done by an earlier process: they are no part of the rate.
TEST(Progress, TheRateCountsOnlyThisProcess) {
  const auto sink = std::make_shared<Recorded>();
  SetProgressSink(sink);
  {
    Progress progress("train", 1000, "step", 900);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    progress.Advance(1);
  }
  SetProgressSink(nullptr);
  ASSERT_FALSE(sink->shown.empty());
  EXPECT_EQ(sink->shown.back().done, 901);
  EXPECT_LE(sink->shown.back().rate, 1 / 0.020);
}

// More than all is no progress that anybody understands: the total was a guess then.
TEST(Progress, ATotalThatIsPassedIsUnknown) {
  const auto sink = std::make_shared<Recorded>();
  SetProgressSink(sink);
  {
    Progress progress("translate", 2, "frame");
    progress.Advance(3);
  }
  SetProgressSink(nullptr);
  EXPECT_EQ(sink->shown.back().done, 3);
  EXPECT_EQ(sink->shown.back().total, 0);
}

// Others are told also when nothing is shown (--quiet).
TEST(Progress, TheLatestReportIsKept) {
  const auto before = std::chrono::steady_clock::now();
  {
    Progress progress("attack", 4, "batch");
    progress.Advance(3, "robust 0.4");
  }
  const auto latest = LatestProgress();
  ASSERT_TRUE(latest);
  EXPECT_EQ(latest->label, "attack");
  EXPECT_EQ(latest->unit, "batch");
  EXPECT_EQ(latest->note, "robust 0.4");
  EXPECT_EQ(latest->done, 3);
  EXPECT_EQ(latest->total, 4);
  EXPECT_TRUE(latest->finished);
  EXPECT_GE(latest->when, before);
}

TEST(Progress, WithoutASinkNothingHappens) {
  Progress progress("quiet", 0, "step");
  progress.Advance(5);
}

}  // namespace
}  // namespace agon
