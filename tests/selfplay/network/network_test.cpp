// SPDX-License-Identifier: Apache-2.0
#include "selfplay/network/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <limits>

#include "runtime/base/error.h"
#include "runtime/formats/safetensors.h"
#include "runtime/tensor/convert.h"
#include "tests/selfplay/network/network_helpers.h"

namespace agon::selfplay {
namespace {

using ::testing::HasSubstr;

const NetworkSettings kSmall{.blocks = 2,
                             .channels = 8,
                             .pool_every = 2,
                             .policy_channels = 4,
                             .outcome_channels = 3,
                             .outcome_hidden = 6};

Tensor RandomPlanes(const GameShape& shape, std::int64_t rows) {
  at::manual_seed(1);
  return at::rand({rows, shape.planes + shape.scalars, shape.height, shape.width});
}

std::string MessageOf(const std::function<void()>& work, ErrorKind kind) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return {};
}

Path Scratch(const std::string& name) {
  return std::filesystem::temp_directory_path() /
         ("agon_network_test_" + std::to_string(getpid()) + "_" + name);
}

TEST(PolicyValueNetwork, GivesALogitForEachMoveAndThreeForTheOutcome) {
  for (const GameShape& shape : {kColumns, kCells, kWithPass}) {
    const PolicyValueNetwork network(shape, kSmall, 1);
    const auto [policy, outcome] = network.Forward(RandomPlanes(shape, 4));
    EXPECT_EQ(policy.sizes(), (at::IntArrayRef{4, shape.actions}));
    EXPECT_EQ(outcome.sizes(), (at::IntArrayRef{4, 3}));
  }
}

// A mirrored board gives mirrored logits when every kernel is symmetric: the map's logits are cells
// in the order of the game, row by row. Without pooling a far cell cannot matter either.
TEST(PolicyValueNetwork, AMapsLogitsLieWhereTheCellsLie) {
  NetworkSettings settings = kSmall;
  settings.blocks = 0;
  PolicyValueNetwork network(kWithPass, settings, 1);
  const Tensor planes = RandomPlanes(kWithPass, 1);
  Tensor changed = planes.clone();
  changed[0][0][3][4] += 1;  // the last cell
  const Tensor difference =
      (network.Forward(planes).policy - network.Forward(changed).policy).abs()[0];
  for (int cell = 0; cell < 20; ++cell) {
    const bool near = cell % 5 >= 3 && cell / 5 >= 2;  // one convolution 3x3
    EXPECT_EQ(difference[cell].item<float>() > 0, near) << cell;
  }
  EXPECT_GT(difference[20].item<float>(), 0);  // the pass sees the whole board
}

// One convolution reaches one cell far; with global pooling every logit feels the far corner.
TEST(PolicyValueNetwork, APoolingBlockSeesTheWholeBoard) {
  GameShape shape = kCells;
  shape.width = shape.height = 15;
  shape.actions = 225;
  for (const bool pools : {false, true}) {
    NetworkSettings settings = kSmall;
    settings.blocks = 1;
    settings.pool_every = pools ? 1 : 0;
    const PolicyValueNetwork network(shape, settings, 1);
    const Tensor planes = RandomPlanes(shape, 1);
    Tensor changed = planes.clone();
    changed[0][0][14][14] += 1;
    const Tensor difference =
        (network.Forward(planes).policy - network.Forward(changed).policy).abs();
    EXPECT_EQ(difference[0][0].item<float>() > 0, pools);
  }
}

TEST(PolicyValueNetwork, TheSeedAndTheNameDecideAWeight) {
  const PolicyValueNetwork a(kColumns, kSmall, 1), b(kColumns, kSmall, 1), c(kColumns, kSmall, 2);
  NetworkSettings deeper = kSmall;
  deeper.blocks = 3;
  const PolicyValueNetwork d(kColumns, deeper, 1);
  const auto find = [](const PolicyValueNetwork& network, const std::string& name) {
    for (const auto& [key, tensor] : network.State()) {
      if (key == name) return tensor;
    }
    return Tensor();
  };
  const std::string name = "blocks.1.conv2.weight";
  EXPECT_TRUE(at::equal(find(a, name), find(b, name)));
  EXPECT_FALSE(at::equal(find(a, name), find(c, name)));
  EXPECT_TRUE(at::equal(find(a, name), find(d, name)));
}

TEST(PolicyValueNetwork, RefusesPlanesOfAnotherGame) {
  const PolicyValueNetwork network(kColumns, kSmall, 1);
  EXPECT_THAT(MessageOf(
                  [&] {
                    (void)network.Forward(at::zeros({1, 2, 6, 6}));
                  },
                  ErrorKind::kModel),
              HasSubstr("[N,2,6,7], got [1,2,6,6]"));
}

// ---- files ----

class NetworkFile : public ::testing::Test {
 protected:
  ~NetworkFile() override { std::filesystem::remove(file_); }
  const Path file_ = Scratch("weights.safetensors");
  const Component<AnyGame> game_ = GameOfName("connect_four");
};

TEST_F(NetworkFile, ComesBackAsItWasWritten) {
  const auto network = SeasonedNetwork(game_->Shape(), kSmall);
  SaveSelfplayNetwork(file_, *network, game_, {{"step", "17"}});
  const LoadedNetwork loaded = LoadSelfplayNetwork(file_, &game_);
  EXPECT_EQ(loaded.game.name(), "connect_four");
  EXPECT_EQ(loaded.network->settings(), kSmall);
  EXPECT_EQ(loaded.metadata.at("step"), "17");
  const Tensor planes = RandomPlanes(game_->Shape(), 3);
  EXPECT_TRUE(at::equal(loaded.network->Forward(planes).policy, network->Forward(planes).policy));
  EXPECT_TRUE(at::equal(loaded.network->Forward(planes).outcome, network->Forward(planes).outcome));
}

TEST_F(NetworkFile, OfAnotherGameIsRefusedNamingBoth) {
  const PolicyValueNetwork network(game_->Shape(), kSmall, 1);
  SaveSelfplayNetwork(file_, network, game_);
  const Component<AnyGame> other = GameOfName("tic_tac_toe");
  const std::string message =
      MessageOf([&] { (void)LoadSelfplayNetwork(file_, &other); }, ErrorKind::kModel);
  EXPECT_THAT(message, HasSubstr("connect_four 7x6"));
  EXPECT_THAT(message, HasSubstr("tic_tac_toe 3x3"));
  EXPECT_THAT(message, HasSubstr(file_.string()));
}

TEST_F(NetworkFile, ThatIsNoNetworkOfSelfPlayIsRefused) {
  formats::WriteSafetensors(file_, ToArrays({{"w", at::zeros({2})}}), {{"format", "agon"}});
  EXPECT_THAT(MessageOf([&] { (void)LoadSelfplayNetwork(file_); }, ErrorKind::kModel),
              HasSubstr("its format is \"agon\""));
}

TEST_F(NetworkFile, WithATensorMissingSpareMisshapenOrNotFiniteNamesIt) {
  const PolicyValueNetwork network(game_->Shape(), kSmall, 1);
  const auto message = [&](const std::function<void(NamedTensors&)>& change) {
    NamedTensors state;
    for (const auto& [name, tensor] : network.State()) state.emplace_back(name, tensor.clone());
    change(state);
    SaveSelfplayNetwork(file_, network, game_, state);
    return MessageOf([&] { (void)LoadSelfplayNetwork(file_); }, ErrorKind::kModel);
  };
  EXPECT_THAT(message([](NamedTensors& state) { state.erase(state.begin() + 1); }),
              HasSubstr("no tensor input.norm.weight [8]"));
  EXPECT_THAT(message([](NamedTensors& state) { state.emplace_back("more", at::zeros({1})); }),
              HasSubstr("tensor more has no place"));
  EXPECT_THAT(message([](NamedTensors& state) { state[1].second = at::zeros({9}); }),
              HasSubstr("input.norm.weight is [9], the network needs [8]"));
  EXPECT_THAT(message([](NamedTensors& state) {
                state[1].second[0] = std::numeric_limits<float>::quiet_NaN();
              }),
              HasSubstr("input.norm.weight holds a NaN"));
}

// A header that promises a giant is refused before memory is taken for it.
TEST_F(NetworkFile, ThatPromisesMoreThanItHoldsIsRefused) {
  const PolicyValueNetwork network(game_->Shape(), kSmall, 1);
  SaveSelfplayNetwork(file_, network, game_);
  formats::Safetensors read = formats::ReadSafetensors(file_);
  std::string& settings = read.metadata["network"];
  const auto at = settings.find("\"channels\":8");
  ASSERT_NE(at, std::string::npos);
  settings.replace(at, 12, "\"channels\":2048");
  formats::WriteSafetensors(file_, read.tensors, read.metadata);
  EXPECT_THAT(MessageOf([&] { (void)LoadSelfplayNetwork(file_); }, ErrorKind::kModel),
              HasSubstr("2048 channels has more"));
}

}  // namespace
}  // namespace agon::selfplay
