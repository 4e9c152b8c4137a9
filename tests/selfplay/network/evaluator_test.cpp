// SPDX-License-Identifier: Apache-2.0
#include "selfplay/network/evaluator.h"

#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "runtime/base/error.h"
#include "selfplay/network/inference.h"
#include "selfplay/network/planes.h"
#include "tests/selfplay/network/network_helpers.h"

namespace agon::selfplay {
namespace {

using ::testing::HasSubstr;

// Channels that fill no vector register, blocks with pooling and without.
const NetworkSettings kOdd{.blocks = 3,
                           .channels = 40,
                           .pool_every = 2,
                           .policy_channels = 6,
                           .outcome_channels = 5,
                           .outcome_hidden = 24};
const GameShape kShapes[] = {kColumns, kCells, kWithPass};

DevicePolicy Cpu() { return {}; }

// The largest difference between the evaluator's answers and the network in evaluation mode.
double Distance(const PolicyValueNetwork& network, const EvalBatch& batch) {
  Tensor planes = MakePlanes(batch.shape(), batch.size());
  UnpackPlanes(batch, 0, batch.size(), planes);
  const at::NoGradGuard no_grad;
  const auto [policy, outcome] = network.Forward(planes);
  const Tensor chances = at::softmax(outcome, 1);
  double distance = 0;
  for (int i = 0; i < batch.size(); ++i) {
    for (std::size_t k = 0; k < batch.legal(i).size(); ++k) {
      const double expected = policy[i][batch.legal(i)[k]].item<double>();
      distance = std::max(distance, std::abs(expected - double{batch.logits(i)[k]}));
    }
    for (std::size_t k = 0; k < 3; ++k) {
      const double expected = chances[i][static_cast<std::int64_t>(k)].item<double>();
      distance = std::max(distance, std::abs(expected - double{batch.outcome(i)[k]}));
    }
  }
  return distance;
}

TEST(NetworkEvaluator, AnswersAsTheNetworkInFloat32) {
  for (const GameShape& shape : kShapes) {
    const auto network = SeasonedNetwork(shape, kOdd);
    NetworkEvaluator evaluator(*network, {.precision = "float32"}, Cpu());
    EvalBatch batch = RandomRows(shape, 13, 1);
    evaluator.Evaluate(batch);
    EXPECT_LT(Distance(*network, batch), 1e-4) << evaluator.Description();
  }
}

TEST(NetworkEvaluator, AnswersNearlySoInBf16) {
  for (const GameShape& shape : kShapes) {
    const auto network = SeasonedNetwork(shape, kOdd);
    NetworkEvaluator evaluator(*network, {.precision = "bf16"}, Cpu());
    EvalBatch batch = RandomRows(shape, 13, 1);
    evaluator.Evaluate(batch);
    EXPECT_LT(Distance(*network, batch), 4e-2) << evaluator.Description();
  }
}

// The form for CUDA and for builds without oneDNN.
TEST(NetworkEvaluator, PlainOperatorsGiveTheSame) {
  for (const GameShape& shape : kShapes) {
    const auto network = SeasonedNetwork(shape, kOdd);
    const auto plain = MakePlainInference(shape, kOdd, network->State(), at::kCPU, at::kFloat);
    Tensor planes = MakePlanes(shape, 4);
    UnpackPlanes(RandomRows(shape, 4, 1), 0, 4, planes);
    const at::NoGradGuard no_grad;
    const auto expected = network->Forward(planes);
    const auto heads = plain->Forward(planes);
    EXPECT_TRUE(at::allclose(heads.policy, expected.policy, 1e-4, 1e-4));
    EXPECT_TRUE(at::allclose(heads.outcome, expected.outcome, 1e-4, 1e-4));
  }
}

// LibTorch 2.11 on x86 has the fused operators: losing them would halve the speed unnoticed.
TEST(NetworkEvaluator, UsesTheFusedOperators) {
  const auto network = SeasonedNetwork(kColumns, kOdd);
  if (!at::globalContext().hasMKLDNN()) GTEST_SKIP() << "this LibTorch has no oneDNN";
  EXPECT_TRUE(NetworkEvaluator(*network, {.precision = "float32"}, Cpu()).fused());
  EXPECT_TRUE(NetworkEvaluator(*network, {.precision = "bf16"}, Cpu()).fused());
}

// Rows from `first` on, cut at the largest size and padded to the next; rows before stay.
TEST(NetworkEvaluator, CutsAndPadsToItsSizes) {
  const auto network = SeasonedNetwork(kColumns, kOdd);
  NetworkEvaluator evaluator(*network, {.precision = "float32", .batch_sizes = {2, 4}}, Cpu());
  EvalBatch batch = RandomRows(kColumns, 10, 1);
  for (float& logit : batch.logits(0)) logit = 123;
  evaluator.Evaluate(batch, 1);  // 4 + 4 + 1 of 2
  EXPECT_EQ(batch.logits(0)[0], 123);
  EvalBatch tail(kColumns, 9);
  for (int i = 1; i < 10; ++i) tail.AddCopy(batch, i);
  EXPECT_LT(Distance(*network, tail), 1e-4);
}

// With one size of batches a row's answer does not depend on its company or its place.
TEST(NetworkEvaluator, OneSizeMakesAnswersIndependentOfCompany) {
  for (const char* precision : {"float32", "bf16"}) {
    const auto network = SeasonedNetwork(kWithPass, kOdd);
    NetworkEvaluator evaluator(*network, {.precision = precision, .batch_sizes = {8}}, Cpu());
    EvalBatch together = RandomRows(kWithPass, 8, 1);
    evaluator.Evaluate(together);
    for (int i = 0; i < 8; ++i) {
      EvalBatch alone(kWithPass, 1);
      alone.AddCopy(together, i);
      evaluator.Evaluate(alone);
      for (std::size_t k = 0; k < alone.legal(0).size(); ++k) {
        EXPECT_EQ(alone.logits(0)[k], together.logits(i)[k]) << precision << " row " << i;
      }
      EXPECT_EQ(alone.outcome(0), together.outcome(i)) << precision << " row " << i;
    }
  }
}

TEST(NetworkEvaluator, KeepsItsWeightsUntilItIsGivenNewOnes) {
  const auto network = SeasonedNetwork(kColumns, kOdd);
  NetworkEvaluator evaluator(*network, {.precision = "float32"}, Cpu());
  EvalBatch before = RandomRows(kColumns, 2, 1);
  evaluator.Evaluate(before);
  const PolicyValueNetwork other(kColumns, kOdd, 77);
  network->LoadState(other.State());  // as training does
  EvalBatch after = RandomRows(kColumns, 2, 1);
  evaluator.Evaluate(after);
  EXPECT_EQ(after.outcome(0), before.outcome(0));
  evaluator.SetWeights(other.State());
  evaluator.Evaluate(after);
  EXPECT_LT(Distance(other, after), 1e-4);
}

// Several threads evaluate while the weights change between two networks: every answer is of one of
// them, never a mixture.
TEST(NetworkEvaluator, ChangesWeightsWhileOthersEvaluate) {
  const auto one = SeasonedNetwork(kCells, kOdd);
  const PolicyValueNetwork two(kCells, kOdd, 77);
  NetworkEvaluator evaluator(*one, {.precision = "float32", .threads = 1}, Cpu());
  std::atomic<bool> stop = false;
  std::atomic<int> mixed = 0;
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t t = 0; t < 2; ++t) {
      threads.emplace_back([&, t] {
        EvalBatch batch = RandomRows(kCells, 3, t);
        while (!stop) {
          evaluator.Evaluate(batch);
          if (Distance(*one, batch) > 1e-4 && Distance(two, batch) > 1e-4) ++mixed;
        }
      });
    }
    for (int i = 0; i < 20; ++i) evaluator.SetWeights(i % 2 == 0 ? two.State() : one->State());
    stop = true;
  }
  EXPECT_EQ(mixed, 0);
}

TEST(NetworkEvaluator, RefusesRowsOfAnotherGame) {
  const auto network = SeasonedNetwork(kColumns, kOdd);
  NetworkEvaluator evaluator(*network, {}, Cpu());
  EvalBatch batch = RandomRows(kCells, 1, 1);
  try {
    evaluator.Evaluate(batch);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("7x6 with 7 moves, got 3x3 with 9"));
  }
}

// The limit holds for the thread that asked for it, not for others, old or new.
TEST(LimitThreadsHere, ConcernsOneThread) {
  const int before = at::get_num_threads();
  at::set_num_threads(3);
  int limited = 0, fresh = 0;
  std::thread([&] {
    LimitThreadsHere(1);
    limited = at::get_num_threads();
  }).join();
  std::thread([&] { fresh = at::get_num_threads(); }).join();
  EXPECT_EQ(limited, 1);
  EXPECT_EQ(fresh, 3);
  EXPECT_EQ(at::get_num_threads(), 3);
  at::set_num_threads(before);
}

}  // namespace
}  // namespace agon::selfplay
