// SPDX-License-Identifier: Apache-2.0
// `agon selfplay` as a user or a script types it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/cli/run_program.h"

namespace agon::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const std::vector<std::string> kMatch{"selfplay", "match",   "--game", "tic_tac_toe",
                                      "--json",   "--quiet", "--run",  "m"};

std::vector<std::string> With(std::vector<std::string> arguments,
                              const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST(SelfplayMatch, PrintsTheResultAndKeepsTheGames) {
  const Workplace place;
  const Outcome outcome = place.Run(With(kMatch, {"--games", "10", "perfect", "random"}));
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  const json result = json::parse(outcome.output);
  EXPECT_EQ(result.at("games"), 10);
  EXPECT_EQ(result.at("losses"), 0);
  EXPECT_EQ(result.at("wins").get<int>() + result.at("draws").get<int>(), 10);
  for (const char* const key : {"elo", "elo_low", "elo_high"}) {
    EXPECT_TRUE(result.at(key).is_number()) << key;
  }
  EXPECT_EQ(json::parse(ReadFileText(place.path() / "m/report.json")), result);
  EXPECT_THAT(ReadFileText(place.path() / "m/games/00001.txt"), HasSubstr("first: perfect"));
  EXPECT_THAT(ReadFileText(place.path() / "m/games/00002.txt"), HasSubstr("second: perfect"));
  EXPECT_TRUE(std::filesystem::exists(place.path() / "m/games/00010.txt"));
}

// One seed, one match: whatever the number of threads.
TEST(SelfplayMatch, TheSeedDecidesTheGames) {
  const Workplace place;
  const auto run = [&](const std::string& folder, const char* seed, const char* threads) {
    const Outcome outcome = place.Run({"selfplay", "match", "--game", "connect_four", "--games",
                                       "6", "--quiet", "--json", "--run", folder, "--seed", seed,
                                       "--threads", threads, "random", "mcts:sims=20"});
    EXPECT_EQ(outcome.code, 0) << outcome.errors;
    std::string games;
    for (int i = 1; i <= 6; ++i) {
      games += ReadFileText(place.path() / folder / "games" / fmt::format("{:05d}.txt", i));
    }
    return games;
  };
  const std::string one = run("a", "3", "1");
  EXPECT_EQ(run("b", "3", "2"), one);
  EXPECT_NE(run("c", "4", "1"), one);
}

TEST(SelfplayMatch, AStoppedMatchGoesOn) {
  const Workplace place;
  const std::vector<std::string> arguments{
      "selfplay", "match",  "--game",       "{name: othello, size: 6}", "--games", "40", "--run",
      "m",        "random", "mcts:sims=300"};
  const Outcome stopped = place.RunAndSignal(arguments, SIGINT, "m/games.jsonl", "\"number\"");
  ASSERT_EQ(stopped.code, 130) << stopped.errors;
  EXPECT_THAT(stopped.errors, HasSubstr("continue with: agon selfplay match --resume "));
  const Outcome resumed = place.Run({"selfplay", "match", "--resume", "m", "--json", "--quiet"});
  ASSERT_EQ(resumed.code, 0) << resumed.errors;
  EXPECT_EQ(json::parse(resumed.output).at("games"), 40);
  EXPECT_THAT(resumed.errors, Not(HasSubstr("damaged")));
}

TEST(SelfplayMatch, AForeignProgramPlaysByGtp) {
  const Workplace place;
  place.Write("engine",
              "#!/bin/sh\nwhile read command rest; do case $command in\n"
              "genmove) printf '= resign\\n\\n';; *) printf '=\\n\\n';; esac; done\n");
  const Outcome outcome =
      place.Run(With(kMatch, {"--games", "2", "gtp:timeout=5,cmd=sh engine", "random"}));
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_EQ(json::parse(outcome.output).at("losses"), 2);
}

// Agon against itself, by its own protocol.
TEST(SelfplayMatch, AgonPlaysAgonByGtp) {
  const Workplace place;
  const std::string self =
      "gtp:cmd=" AGON_BINARY_DIR "/agon selfplay gtp --quiet --game tic_tac_toe --player perfect";
  const Outcome outcome = place.Run(With(kMatch, {"--games", "2", self, "random"}));
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  const json result = json::parse(outcome.output);
  EXPECT_EQ(result.at("losses"), 0);
  EXPECT_EQ(result.at("forfeits"), 0);
}

TEST(SelfplayMatch, MistakesAreFoundBeforeAnythingIsWritten) {
  const Workplace place;
  const auto refuse = [&](const std::vector<std::string>& arguments, const std::string& text) {
    const Outcome outcome = place.Run(With({"selfplay", "match", "--run", "m"}, arguments));
    EXPECT_EQ(outcome.code, 2) << text;
    EXPECT_EQ(outcome.output, "");
    EXPECT_THAT(outcome.errors, HasSubstr(text));
    EXPECT_FALSE(std::filesystem::exists(place.path() / "m"));
  };
  refuse({"--game", "tic_tac_toe", "random"}, "expected two players, found 1");
  refuse({"random", "random"}, "the game is missing");
  refuse({"--game", "tictactoe", "random", "random"}, "(did you mean \"tic_tac_toe\"?)");
  refuse({"--game", "{name: othello, size: 5000}", "random", "random"}, "size");
  refuse({"--game", "othello", "random", "perfect"}, "perfect");
  refuse({"--game", "othello", "random", "mtcs"}, "(did you mean \"mcts\"?)");
  refuse({"--game", "othello", "--games", "0", "random", "random"}, "games");
  refuse({"--game", "othello", "--set", "gmaes=4", "random", "random"},
         "(did you mean \"games\"?)");
  refuse({"--game", "othello", "random", "gtp:cmd=no_such_program"}, "no_such_program");
  refuse({"--game", "othello", "random", "net:weights=none.safetensors"}, "none.safetensors");
}

TEST(SelfplayMatch, SettingsOfTheGameMayBeSet) {
  const Workplace place;
  const Outcome outcome =
      place.Run({"selfplay", "match", "--game", "othello", "--set", "game.size=4", "--games", "2",
                 "--run", "m", "--json", "random", "random"});
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_EQ(json::parse(outcome.output).at("game"), "{name: othello, size: 4}");
}

TEST(SelfplayEvaluate, ComparesMovesWithTheTruth) {
  const Workplace place;
  place.Write("file", "334455 18 -3 18 -2 -4 -2 18 -3\n44 0 -1 0 0 0 0 0 -1\n");
  const Outcome outcome =
      place.Run({"selfplay", "evaluate", "--game", "connect_four", "--positions", "file",
                 "--player", "minimax:depth=1", "--run", "e", "--json", "--quiet"});
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  const json result = json::parse(outcome.output);
  EXPECT_EQ(result.at("positions"), 2);
  EXPECT_EQ(result.at("decidable"), 2);
  EXPECT_TRUE(result.at("error_rate").is_number());
  EXPECT_TRUE(result.at("error_rate_decidable").is_number());
  EXPECT_TRUE(result.at("mean_score_loss").is_number());
  EXPECT_THAT(ReadFileText(place.path() / "e/moves.csv"), HasSubstr("file,3 3 4 4 5 5,"));
}

TEST(SelfplayEvaluate, EveryPositionOfTicTacToe) {
  const Workplace place;
  const Outcome outcome =
      place.Run({"selfplay", "evaluate", "--game", "tic_tac_toe", "--positions", "reachable",
                 "--player", "perfect", "--json", "--quiet", "--run", "e"});
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_EQ(json::parse(outcome.output).at("positions"), 4520);
  EXPECT_EQ(json::parse(outcome.output).at("error_rate"), 0.0);
}

TEST(SelfplayEvaluate, LooksThroughAGame) {
  const Workplace place;
  place.Write("game.txt", "agon game record 1\ngame: tic_tac_toe\nmoves: a1 b1 a3\n");
  const std::vector<std::string> arguments{"selfplay", "evaluate", "--game",   "tic_tac_toe",
                                           "--record", "game.txt", "--player", "perfect"};
  const Outcome table = place.Run(With(arguments, {"--run", "a"}));
  ASSERT_EQ(table.code, 0) << table.errors;
  EXPECT_THAT(table.output, HasSubstr("mean loss: 0.000 (first player), 1.000 (second)"));
  const Outcome outcome = place.Run(With(arguments, {"--run", "b", "--json"}));
  EXPECT_EQ(json::parse(outcome.output).at("moves")[1].at("loss"), 1.0);
  place.Write("other.sgf", "(;SZ[9];B[ee])");
  const Outcome other = place.Run({"selfplay", "evaluate", "--game", "tic_tac_toe", "--record",
                                   "other.sgf", "--player", "perfect", "--run", "c"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.errors, HasSubstr("other.sgf: is a game of {name: go, size: 9"));
  EXPECT_FALSE(std::filesystem::exists(place.path() / "c"));
}

TEST(SelfplayEvaluate, SaysWhatIsMissing) {
  const Workplace place;
  const auto refuse = [&](const std::vector<std::string>& arguments, const std::string& text) {
    const Outcome outcome = place.Run(With({"selfplay", "evaluate"}, arguments));
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.errors, HasSubstr(text));
  };
  refuse({"--game", "connect_four", "--player", "random"}, "--positions FILE or --record FILE");
  refuse({"--game", "connect_four", "--positions", "x"}, "the player is missing");
  refuse({"--game", "connect_four", "--positions", "none", "--player", "random"}, "none");
}

// A session as GoGui begins one.
TEST(SelfplayGtp, AnswersOnStandardOutputOnly) {
  const Workplace place;
  const Outcome outcome = place.RunWithInput(
      {"selfplay", "gtp", "--game", "{name: go, size: 9}", "--player", "random"},
      "1 protocol_version\n2 name\nboardsize 7\nclear_board\nkomi 6.5\nplay b d4\nplay b d4\n"
      "genmove w\nagon-board\nquit\n");
  EXPECT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output,
              ::testing::StartsWith("=1 2\n\n=2 Agon\n\n=\n\n=\n\n=\n\n=\n\n? illegal move\n\n= "));
  EXPECT_THAT(outcome.output, HasSubstr("\"width\":7"));
  EXPECT_TRUE(outcome.output.ends_with("\n\n=\n\n"));
}

TEST(SelfplayGtp, EndsWithItsInput) {
  const Workplace place;
  const Outcome outcome = place.RunWithInput(
      {"selfplay", "gtp", "--game", "connect_four", "--player", "perfect"}, "name\n");
  EXPECT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_EQ(outcome.output, "= Agon\n\n");
}

TEST(SelfplayPlay, APersonPlaysAGame) {
  const Workplace place;
  const Outcome outcome =
      place.RunWithInput({"selfplay", "play", "--game", "tic_tac_toe", "--player", "perfect"},
                         "help\nb2\nhint\nresign\nsave game.txt\nquit\n");
  EXPECT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("X, your move: "));
  EXPECT_THAT(outcome.output, HasSubstr("It would play"));
  EXPECT_THAT(outcome.output, HasSubstr("You resigned."));
  EXPECT_THAT(ReadFileText(place.path() / "game.txt"), HasSubstr("result: 0-1"));
}

TEST(SelfplayCheck, KnowsTheConfigurationsOfTraining) {
  const Workplace place;
  const Path config = Path(AGON_SOURCE_DIR) / "configs/selfplay/tic_tac_toe.yaml";
  const Outcome outcome = place.Run({"check", config.string()});
  EXPECT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("a configuration of agon selfplay train"));
  place.Write("bad.yaml", "game: tic_tac_toe\nselfplay: {games_in_fligth: 3}\n");
  const Outcome bad = place.Run({"check", "bad.yaml"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.errors, HasSubstr("(did you mean \"games_in_flight\"?)"));
  EXPECT_THAT(place.Run({"check", "--schema", "--kind", "selfplay"}).output,
              HasSubstr("agon selfplay train"));
  EXPECT_THAT(place.Run({"list", "game"}).output, HasSubstr("connect_four"));
}

// The whole way: learn a little, then play what was learnt.
TEST(SelfplayTrain, LeavesANetworkThatPlays) {
  const Workplace place;
  place.Write("tiny.yaml",
              "game: tic_tac_toe\n"
              "network: {blocks: 1, channels: 8, policy_channels: 4, outcome_channels: 2, "
              "outcome_hidden: 8}\n"
              "search: {simulations: 8}\n"
              "selfplay: {games_in_flight: 8, threads: 1}\n"
              "pace: {batch_size: 16, generation_steps: 4}\n"
              "max_games: 40\n");
  const Outcome trained =
      place.Run({"selfplay", "train", "tiny.yaml", "--run", "t", "--json", "--quiet"});
  ASSERT_EQ(trained.code, 0) << trained.errors;
  EXPECT_EQ(json::parse(trained.output).at("command"), "selfplay train");
  const Outcome match = place.Run(
      With(kMatch, {"--games", "4", "net:weights=t/weights.safetensors,sims=20", "random"}));
  ASSERT_EQ(match.code, 0) << match.errors;
  EXPECT_EQ(json::parse(match.output).at("games"), 4);
  const Outcome other = place.Run({"selfplay", "match", "--game", "connect_four", "--games", "2",
                                   "net:weights=t/weights.safetensors", "random"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.errors, HasSubstr("tic_tac_toe"));
  EXPECT_THAT(other.errors, HasSubstr("connect_four"));
}

}  // namespace
}  // namespace agon::cli
