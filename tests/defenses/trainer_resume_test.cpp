// SPDX-License-Identifier: Apache-2.0
// A training that is interrupted, or dies, at any step and is resumed gives the same bits.
#include <csignal>

#include "runtime/base/error.h"
#include "runtime/base/stop.h"
#include "tests/defenses/defense_helpers.h"

namespace agon::defenses {
namespace {

// Everything with a state: momentum, average, dropout, batch statistics, augmentation, validation.
TrainConfig Stateful(const std::string& more) {
  return SmallConfig(
      "model: {name: sequential, layers: [{conv: {out: 4, kernel: 3}}, batchnorm, relu, flatten, "
      "{dropout: 0.3}, {linear: 2}]}, loader: {batch_size: 8, pad: 1, flip: true}, "
      "averaging: {kind: ema, decay: 0.9, start: 0.3}, objective: scripted" +
      more);
}

void ExpectSameResult(const TrainResult& a, const TrainResult& b) {
  EXPECT_TRUE(SameBits(a.network->State(), b.network->State()));
  ASSERT_EQ(a.history.size(), b.history.size());
  for (std::size_t i = 0; i < a.history.size(); ++i) {
    EXPECT_EQ(a.history[i].loss, b.history[i].loss);
    EXPECT_EQ(a.history[i].accuracy, b.history[i].accuracy);
    EXPECT_EQ(a.history[i].learning_rate, b.history[i].learning_rate);
    ASSERT_EQ(a.history[i].validation.has_value(), b.history[i].validation.has_value());
    if (a.history[i].validation) {
      EXPECT_EQ(a.history[i].validation->clean_accuracy, b.history[i].validation->clean_accuracy);
    }
  }
}

// 60 training images in batches of 8: 8 steps an epoch, 16 in all.
TEST(TrainerResume, IsBitIdenticalAfterInterruptionsAtAnyStep) {
  for (const std::string optimizer : {"{name: sgd, learning_rate: 0.1}", "adamw"}) {
    Workplace place;
    const TrainConfig config = Stateful(", optimizer: " + optimizer);
    const TrainResult straight = place.Train(config, "straight");

    // Interrupted while the 1st, 5th, 8th (last of an epoch), 9th and 15th step are under way.
    TheScript() = {};
    TheScript().before = [](std::int64_t step, const Batch&) {
      if (step == 1 || step == 5 || step == 8 || step == 9 || step == 15) RequestStop(SIGINT);
    };
    EXPECT_THROW((void)place.Train(config, "parts"), Error);
    std::optional<TrainResult> resumed;
    int parts = 1;
    while (!resumed && parts < 20) {
      ClearStop();
      ++parts;
      try {
        resumed = place.Resume(config, "parts");
      } catch (const Error& error) {
        ASSERT_EQ(error.kind(), ErrorKind::kInterrupted) << error.what();
      }
    }
    ASSERT_TRUE(resumed.has_value());
    EXPECT_EQ(parts, 6);
    EXPECT_EQ(TheScript().step, 16);  // no step was done twice
    ExpectSameResult(straight, *resumed);
  }
}

// A process that dies leaves the newest checkpoint; what came after it is done again.
TEST(TrainerResume, IsBitIdenticalAfterACrash) {
  for (const char* every : {"0", "1000000"}) {
    Workplace place;
    const TrainConfig config = Stateful(std::string(", checkpoint_every: ") + every);
    const TrainResult straight = place.Train(config, "straight");
    TheScript() = {};
    TheScript().before = [](std::int64_t step, const Batch&) {
      if (step == 4 || step == 13) Fail(ErrorKind::kDevice, "the machine lost power");
    };
    EXPECT_THROW((void)place.Train(config, "parts"), Error);
    EXPECT_THROW((void)place.Resume(config, "parts"), Error);
    ExpectSameResult(straight, place.Resume(config, "parts"));
  }
}

TEST(TrainerResume, SameSeedSameBits) {
  Workplace place;
  const auto once = place.Train(Stateful(""), "once");
  const auto again = place.Train(Stateful(""), "again");
  const auto other = place.Train(Stateful(", seed: 4"), "other");
  ExpectSameResult(once, again);
  EXPECT_FALSE(SameBits(once.network->State(), other.network->State()));
}

// Resuming what is done writes the results again and changes nothing.
TEST(TrainerResume, OfAFinishedRunTrainsNoMore) {
  Workplace place;
  const auto first = place.Train(Stateful(""), "run");
  const std::int64_t steps = TheScript().step;
  ExpectSameResult(first, place.Resume(Stateful(""), "run"));
  EXPECT_EQ(TheScript().step, steps);
}

}  // namespace
}  // namespace agon::defenses
