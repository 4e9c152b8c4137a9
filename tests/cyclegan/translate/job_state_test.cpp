// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/translate/job_state.h"

#include <gtest/gtest.h>

#include "runtime/base/hash.h"
#include "tests/runtime/formats/support.h"

namespace agon::cyclegan {
namespace {

using ::testing::HasSubstr;

class JobStateTest : public ::testing::Test {
 protected:
  JobState State() const {
    JobState state;
    state.pipeline.frames = 200;
    state.pipeline.end = 8.25;
    state.pipeline.translator = formats::BytesOf("translator");
    state.pipeline.metrics = formats::BytesOf("metrics");
    WriteFileAtomic(folder_.path() / "000000.mp4", "first");
    state.segments.push_back({"000000.mp4", 5, Sha256(AsBytes("first"))});
    state.seconds = 12.5;
    state.cuts = 3;
    state.unmeasured_from = 70;
    state.notes = {"a note"};
    state.stages.steady = 1.5;
    return state;
  }
  TemporaryFolder folder_;
};

TEST_F(JobStateTest, GoesToDiskAndBack) {
  EXPECT_FALSE(LoadJob(folder_.path(), folder_.path()).has_value());
  const JobState state = State();
  SaveJob(folder_.path(), state);
  const std::optional<JobState> loaded = LoadJob(folder_.path(), folder_.path());
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->pipeline.frames, 200);
  EXPECT_EQ(loaded->pipeline.end, 8.25);
  EXPECT_EQ(loaded->pipeline.translator, state.pipeline.translator);
  EXPECT_EQ(loaded->pipeline.metrics, state.pipeline.metrics);
  EXPECT_TRUE(loaded->pipeline.steady.empty());
  ASSERT_EQ(loaded->segments.size(), 1U);
  EXPECT_EQ(loaded->segments[0].sha256, state.segments[0].sha256);
  EXPECT_EQ(loaded->seconds, 12.5);
  EXPECT_EQ(loaded->cuts, 3);
  EXPECT_EQ(loaded->unmeasured_from, 70);
  EXPECT_EQ(loaded->notes, state.notes);
  EXPECT_EQ(loaded->stages.steady, 1.5);
  EXPECT_FALSE(loaded->complete);
}

// Other frames than those that were translated must never be joined.
TEST_F(JobStateTest, ASegmentThatIsNotTheOneWrittenIsNamed) {
  SaveJob(folder_.path(), State());
  WriteFileAtomic(folder_.path() / "000000.mp4", "other");
  const auto load = [&] { return LoadJob(folder_.path(), folder_.path()); };
  EXPECT_THAT(formats::ErrorOf(load), HasSubstr("000000.mp4: was changed"));
  std::filesystem::remove(folder_.path() / "000000.mp4");
  EXPECT_THAT(formats::ErrorOf(load), HasSubstr("000000.mp4: is missing"));
}

}  // namespace
}  // namespace agon::cyclegan
