// SPDX-License-Identifier: Apache-2.0
#include "viewer/game/play_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viewer/ui/run_fixture.h"

namespace agon::viewer {
namespace {

using ::testing::ElementsAre;

TEST(PlayerWord, IsWhatAgonTakes) {
  PlayerChoice choice{.kind = PlayerKind::kMcts, .number = 300, .weights = {}, .command = {}};
  EXPECT_EQ(PlayerWord(choice), "mcts:sims=300");
  choice.kind = PlayerKind::kMinimax;
  choice.number = 5;
  EXPECT_EQ(PlayerWord(choice), "minimax:depth=5");
  choice.kind = PlayerKind::kPerfect;
  EXPECT_EQ(PlayerWord(choice), "perfect");
  choice.kind = PlayerKind::kRandom;
  EXPECT_EQ(PlayerWord(choice), "random");
  choice.kind = PlayerKind::kNet;
  EXPECT_EQ(PlayerWord(choice), "");  // of which run?
  choice.weights = "runs/a b/weights.safetensors";
  EXPECT_EQ(PlayerWord(choice), "net:weights=runs/a b/weights.safetensors,sims=5");
  choice.kind = PlayerKind::kGtp;
  EXPECT_EQ(PlayerWord(choice), "");
  choice.command = "gnugo --mode gtp, --level 3";
  EXPECT_EQ(PlayerWord(choice), "gtp:cmd=gnugo --mode gtp, --level 3");
}

TEST(GameOfConfig, IsOneLine) {
  EXPECT_EQ(GameOfConfig("seed: 0\ngame: connect_four\n"), "connect_four");
  EXPECT_EQ(GameOfConfig("game:\n  name: tic_tac_toe\nnetwork:\n  blocks: 2\n"), "tic_tac_toe");
  EXPECT_EQ(GameOfConfig("game:\n  name: go\n  size: 7\n  komi: 9.5\n"),
            "{name: go, size: 7, komi: 9.5}");
  EXPECT_EQ(GameOfConfig("game: {name: mine, file: \"a, b\"}\n"), "{name: mine, file: \"a, b\"}");
}

TEST(GameOfConfig, AnythingElseIsNone) {
  for (const char* const text :
       {"", "seed: 1\n", "game: [go]\n", "game:\n", "- go\n", "{{{", "\t"}) {
    EXPECT_FALSE(GameOfConfig(text).has_value()) << text;
  }
}

TEST(NetworkOf, NeedsWeightsAndAGame) {
  RunFixture run("selfplay train");
  EXPECT_FALSE(NetworkOf(run.folder(), "r").has_value());
  run.WriteFile("weights.safetensors", "not looked into");
  EXPECT_FALSE(NetworkOf(run.folder(), "r").has_value());
  run.WriteConfig("game:\n  name: go\n  size: 7\n");
  const auto network = NetworkOf(run.folder(), "r");
  ASSERT_TRUE(network.has_value());
  EXPECT_EQ(network->game, "{name: go, size: 7}");
  EXPECT_EQ(network->weights, run.folder() / "weights.safetensors");
  run.Remove();
  EXPECT_FALSE(NetworkOf(run.folder(), "r").has_value());
}

TEST(ReadGameList, TakesTheNames) {
  EXPECT_THAT(ReadGameList(R"([{"kind":"game","name":"go"},{"name":"othello"},{"x":1},3])"),
              ElementsAre("go", "othello"));
  EXPECT_TRUE(ReadGameList("").empty());
  EXPECT_TRUE(ReadGameList(R"({"name":"go"})").empty());
}

}  // namespace
}  // namespace agon::viewer
