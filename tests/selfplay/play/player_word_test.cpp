// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/player_word.h"

#include "tests/selfplay/play/play_helpers.h"

namespace agon::selfplay {
namespace {

void ExpectUsage(const std::string& word, const std::string& text,
                 const std::string& game = "connect_four") {
  ExpectError(ErrorKind::kUsage, text, [&] { (void)Source(word, MakeGame(game)); });
}

TEST(PlayerWord, EveryKindMakesAPlayerThatMoves) {
  for (const char* const word : {"random", "mcts:sims=20", "minimax:depth=2", "perfect",
                                 "mcts:simulations=20,uct_c=2,solver=false"}) {
    const Component<AnyGame> game = MakeGame("tic_tac_toe");
    const auto source = Source(word, game);
    EXPECT_EQ(source->name(), word);
    const GameState state(game);
    EXPECT_TRUE(state.IsLegal(source->Make(1)->Choose(state))) << word;
  }
}

TEST(PlayerWord, WhatWasNearlyRightIsNamed) {
  ExpectUsage("mtcs:sims=10", "unknown kind \"mtcs\" (did you mean \"mcts\"?)");
  ExpectUsage("minimax:dept=3", "unknown setting \"dept\" (did you mean \"depth\"?)");
  ExpectUsage("net:wieghts=x", "(did you mean \"weights\"?)");
  ExpectUsage("net:weights=x,cpcut=2", "(did you mean \"cpuct\"?)");
  ExpectUsage("random:sims=1", "random has none");
}

TEST(PlayerWord, ValuesAreChecked) {
  ExpectUsage("mcts:sims=0", "simulations: expected an integer >= 1");
  ExpectUsage("mcts:sims=many", "simulations");
  ExpectUsage("minimax:depth=0", "depth");
  ExpectUsage("mcts:sims", "\"sims\" is no setting; write key=value");
  ExpectUsage("mcts:sims=1,sims=2", "sims stands twice");
  ExpectUsage("mcts:sims=1,simulations=2", "simulations stands twice, under two names");
  ExpectUsage("net", "weights are missing");
  ExpectUsage("net:weights=x,algorithm=gumble", "algorithm");
  ExpectUsage("gtp", "the command is missing");
  ExpectUsage("gtp:timeout=0,cmd=cat", "timeout");
  ExpectUsage("gtp:cmd=no_such_program --level 1", "there is no program \"no_such_program\"");
}

// Whatever follows cmd= is the command line, commas, colons and equals signs too.
TEST(PlayerWord, TheCommandTakesTheRest) {
  const PlayerWord word = ParsePlayerWord("gtp:timeout=3,cmd=prog --a=1,2 b:c");
  ASSERT_EQ(word.settings.size(), 2U);
  EXPECT_EQ(word.settings[0], (std::pair<std::string, std::string>("timeout", "3")));
  EXPECT_EQ(word.settings[1], (std::pair<std::string, std::string>("cmd", "prog --a=1,2 b:c")));
}

TEST(PlayerWord, PerfectPlayNamesTheGamesItKnows) {
  ExpectUsage("perfect", "connect_four", "othello");
}

TEST(PlayerWord, AMissingNetworkIsNamed) {
  ExpectError(ErrorKind::kData, "no_such_file.safetensors", [] {
    (void)Source("net:weights=no_such_file.safetensors", MakeGame("connect_four"));
  });
}

// The same seed gives the same moves.
TEST(PlayerWord, ASeedDecidesWhatIsDrawn) {
  const Component<AnyGame> game = MakeGame("{name: othello, size: 8}");
  for (const char* const word : {"random", "mcts:sims=30"}) {
    const auto source = Source(word, game);
    const auto play = [&](std::uint64_t seed) {
      const auto player = source->Make(seed);
      GameState state(game);
      for (int i = 0; i < 8; ++i) state.Play(player->Choose(state));
      return state.moves();
    };
    EXPECT_EQ(play(3), play(3)) << word;
    EXPECT_NE(play(3), play(4)) << word;
  }
}

}  // namespace
}  // namespace agon::selfplay
