// SPDX-License-Identifier: Apache-2.0
// Whole trainings, small ones: played to the end, interrupted, killed, in both modes.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "runtime/base/error.h"
#include "runtime/base/stop.h"
#include "runtime/record/recording.h"
#include "selfplay/network/network.h"
#include "tests/selfplay/learn/learn_helpers.h"

namespace agon::selfplay {
namespace {

TEST(SelfplayTraining, LearnsSomethingAndLeavesEverythingBehind) {
  const Workplace place;
  // In turn, so that the same is learnt each time.
  const SelfplayConfig config = SmallConfig(
      "deterministic: true, games_per_turn: 50, max_games: 300, "
      "pace: {batch_size: 32, passes: 6, generation_steps: 5}, "
      "evaluate: {elo_games: 4, every_generations: 1, opponents: [random], games: 4, "
      "positions: [reachable], simulations: 8}");
  const SelfplayResult result = place.Train(config, "run");
  EXPECT_EQ(result.ended, "completed");
  EXPECT_EQ(result.state.games.games, 300);
  ASSERT_GE(result.state.generations.size(), 3U);
  // Both heads know more than at first.
  const auto& rows = result.state.generations;
  EXPECT_LT(rows.back().outcome_loss, 0.95 * rows.front().outcome_loss);
  ASSERT_GE(result.state.evaluated.size(), 2U);
  EXPECT_LT(result.state.evaluated.back().oracle.at(0).raw_error,
            result.state.evaluated.front().oracle.at(0).raw_error);
  const EvaluationRow& last = result.state.evaluated.back();
  EXPECT_EQ(last.generation, result.state.generation);
  ASSERT_EQ(last.oracle.size(), 1U);
  EXPECT_GT(last.oracle[0].positions, 0);
  ASSERT_EQ(last.opponents.size(), 1U);
  EXPECT_EQ(last.opponents[0].games, 4);
  EXPECT_TRUE(last.previous.has_value());
  EXPECT_GE(result.sample_game.size(), 6U);

  const Path run = place.Folder("run");
  const LoadedNetwork loaded = LoadSelfplayNetwork(run / "weights.safetensors", &config.game);
  EXPECT_EQ(loaded.metadata.at("generation"), std::to_string(result.state.generation));
  const auto json = nlohmann::json::parse(ReadFileText(run / "report.json"));
  EXPECT_EQ(json.at("command"), "selfplay train");
  EXPECT_EQ(json.at("games").at("games"), 300);
  EXPECT_EQ(json.at("evaluations").size(), result.state.evaluated.size());
  const std::string html = ReadFileText(run / "report.html");
  EXPECT_NE(html.find("class=\"board\""), std::string::npos);
  EXPECT_NE(html.find("Policy loss"), std::string::npos);
  const std::vector<std::string> lines = GameLines(run);
  EXPECT_EQ(lines.size(), 300U);
  std::set<int> numbers;
  for (const std::string& line : lines) {
    numbers.insert(nlohmann::json::parse(line).at("game").get<int>());
  }
  EXPECT_EQ(numbers.size(), 300U);
}

// The viewer goes through whole games: what is recorded are games that were played, from the first
// position to the last, on an axis of steps that rises.
TEST(SelfplayTraining, RecordsWholeGames) {
  const Workplace place;
  const SelfplayConfig config =
      SmallConfig("deterministic: true, games_per_turn: 50, max_games: 100");
  (void)place.Train(config, "run");
  std::map<int, std::string> played;  // moves by number
  for (const std::string& line : GameLines(place.Folder("run"))) {
    const auto json = nlohmann::json::parse(line);
    played[json.at("game").get<int>()] = json.at("moves").get<std::string>();
  }
  record::RecordingReader reader(place.Folder("run") / "recording");
  std::map<std::int64_t, nlohmann::json> about;
  std::map<std::int64_t, record::Board> boards;
  std::map<std::int64_t, record::Tree> trees;
  while (const auto record = reader.Next()) {
    if (record->track == "selfplay/game/about") {
      about[record->step] = nlohmann::json::parse(std::get<record::Text>(record->item).text);
    } else if (record->track == "selfplay/game/board") {
      EXPECT_TRUE(boards.empty() || boards.rbegin()->first < record->step);
      boards[record->step] = std::get<record::Board>(record->item);
    } else if (record->track == "selfplay/game/tree") {
      trees[record->step] = std::get<record::Tree>(record->item);
    }
  }
  ASSERT_GE(about.size(), 2U);  // one at once, and the result against itself
  EXPECT_EQ(about.rbegin()->second.at("title"), "the trained network against itself");
  for (auto game = about.begin(); game != about.end(); ++game) {
    EXPECT_NE(game->second.at("result"), "*");
    const auto next = std::next(game);
    const auto end = next == about.end() ? boards.end() : boards.find(next->first);
    std::string moves;
    for (auto board = boards.find(game->first); board != end; ++board) {
      if (!board->second.last_move.empty()) {
        moves += (moves.empty() ? "" : " ") + board->second.last_move;
      }
      const auto tree = trees.find(board->first);
      if (tree == trees.end()) continue;
      // The tree is of this position: its moves are legal here.
      const auto& legal = board->second.legal_moves;
      for (const record::Tree::Node& node : tree->second.nodes) {
        if (node.parent != 0) continue;
        EXPECT_NE(std::find(legal.begin(), legal.end(), node.move), legal.end()) << node.move;
      }
    }
    const auto title = game->second.at("title").get<std::string>();
    if (!title.starts_with("game ")) continue;
    EXPECT_EQ(moves, played.at(std::stoi(title.substr(5))));
  }
  EXPECT_GT(trees.size(), 5U);
}

// Gumbel, forced playouts, a gate, resignation and two halves with servers go through the same
// loop.
TEST(SelfplayTraining, RunsWithEverythingOn) {
  const Workplace place;
  for (const char* const lines :
       {"search: {algorithm: gumbel, simulations: 8, noise_fraction: 0}, "
        "selfplay: {games_in_flight: 6, threads: 2, servers: 1, cheap_algorithm: puct, "
        "full_share: 0.5, cheap_simulations: 4, leaves: 2, cache_megabytes: 0, batch: 8}",
        "search: {simulations: 8, forced_playouts: true, noise_fraction: 0.25}, "
        "gate: {games: 4, score: 0.4, simulations: 4}, "
        "selfplay: {games_in_flight: 4, threads: 1, resign: {value: 0.5, moves: 1, play_out: 0.5}, "
        "search_value_share: 0.5, opening_share: 0.5, opening_moves: 3, batch: 8}"}) {
    static int number = 0;
    const SelfplayResult result = place.Train(SmallConfig(lines), "run" + std::to_string(++number));
    EXPECT_GE(result.state.games.games, 60);
    EXPECT_GT(result.state.step, 0);
  }
}

// max_steps ends a training as well; the learner never trains more than `passes` times on what is
// new.
TEST(SelfplayTraining, KeepsPace) {
  const Workplace place;
  const SelfplayResult result = place.Train(SmallConfig("max_games: 0, max_steps: 12"), "run");
  EXPECT_EQ(result.state.step, 12);
  EXPECT_EQ(result.state.trained, 12 * 16);
  EXPECT_LE(result.state.trained, result.state.positions);
}

TEST(SelfplayTraining, GoesOnAfterAnInterruption) {
  const Workplace place;
  SelfplayConfig config = SmallConfig("max_games: 2000, evaluate: {elo_games: 0}");
  std::thread interrupter([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    RequestStop(2);
  });
  std::int64_t before = 0;
  try {
    (void)place.Train(config, "run");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInterrupted);
  }
  interrupter.join();
  ClearStop();
  before = static_cast<std::int64_t>(GameLines(place.Folder("run")).size());
  const SelfplayResult result = place.Resume(config, "run");
  EXPECT_GE(result.state.games.games, before);
  const auto lines = static_cast<std::int64_t>(GameLines(place.Folder("run")).size());
  EXPECT_EQ(lines, result.state.games.games);
  // Games in flight when it was stopped are lost, no others.
  EXPECT_GE(lines, 2000 - config.selfplay.games_in_flight);
  // Once more: done is done.
  EXPECT_EQ(place.Resume(config, "run").state.games.games, result.state.games.games);
}

// ---- the deterministic mode ----

SelfplayConfig InTurn(int threads, const std::string& more = {}) {
  SelfplayConfig config = SmallConfig(
      "deterministic: true, games_per_turn: 20, max_games: 100, checkpoint_every: 0" + more);
  config.selfplay.threads = threads;
  return config;
}

TEST(DeterministicTraining, GivesTheSameWhateverTheThreads) {
  const Workplace place;
  const SelfplayResult one = place.Train(InTurn(1), "one");
  const SelfplayResult two = place.Train(InTurn(2), "two");
  EXPECT_EQ(one.state.step, two.state.step);
  EXPECT_GT(one.state.step, 10);
  EXPECT_EQ(GameLines(place.Folder("one")), GameLines(place.Folder("two")));
  EXPECT_TRUE(SameWeights(one.weights, two.weights));
  // The test can fail: another seed gives other games.
  SelfplayConfig other = InTurn(1);
  other.seed = 99;
  const SelfplayResult three = place.Train(other, "three");
  EXPECT_NE(GameLines(place.Folder("one")), GameLines(place.Folder("three")));
  EXPECT_FALSE(SameWeights(one.weights, three.weights));
}

// Interrupted again and again, at whatever moment, it ends with the same games and weights.
TEST(DeterministicTraining, GoesOnExactlyAfterInterruptions) {
  const Workplace place;
  const SelfplayConfig config = InTurn(1);
  const SelfplayResult straight = place.Train(config, "straight");
  std::optional<SelfplayResult> result;
  int parts = 0;
  for (; !result && parts < 200; ++parts) {
    ClearStop();
    std::thread interrupter([parts] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20 + 35 * parts));
      RequestStop(2);
    });
    try {
      result = parts == 0 ? place.Train(config, "parts") : place.Resume(config, "parts");
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInterrupted) << error.what();
    }
    interrupter.join();
  }
  ClearStop();
  ASSERT_TRUE(result.has_value());
  EXPECT_GT(parts, 2);
  EXPECT_EQ(result->state.step, straight.state.step);
  EXPECT_EQ(GameLines(place.Folder("straight")), GameLines(place.Folder("parts")));
  EXPECT_TRUE(SameWeights(straight.weights, result->weights));
}

}  // namespace
}  // namespace agon::selfplay
