// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/game_recorder.h"

#include <nlohmann/json.hpp>

#include "runtime/record/recording.h"
#include "selfplay/play/match.h"
#include "tests/selfplay/play/play_helpers.h"

namespace agon::selfplay {
namespace {

std::vector<record::Record> RecordsOf(const Path& run, std::string_view track) {
  record::RecordingReader reader(run / "recording");
  std::vector<record::Record> records;
  while (auto next = reader.Next()) {
    if (next->track == track) records.push_back(std::move(*next));
  }
  return records;
}

RecordedPosition Position(const GameState& state) {
  return {.board = state.Picture(), .tree = std::nullopt};
}

// Games come one after another on one axis of steps, each told when it begins and when it is over.
TEST(GameRecorder, RecordsGamesOneAfterAnother) {
  const TestFolder folder;
  const Component<AnyGame> game = MakeGame("tic_tac_toe");
  {
    record::Recorder recorder(folder.path());
    GameRecorder games(recorder, "x");
    games.Add(Position(After(game, "")));  // of no game: dropped
    games.Begin({.title = "one", .game = "tic_tac_toe", .first = "a", .second = "b"}, 5);
    EXPECT_TRUE(games.recording());
    games.Add(Position(After(game, "")));
    RecordedPosition second = Position(After(game, "b2"));
    second.tree = record::Tree{.nodes = {{-1, "", 3, 1, 0}}};
    games.Add(second);
    games.End("1-0", "resigned");
    EXPECT_FALSE(games.recording());
    // The learner has not come past the last board: the next step is taken.
    games.Begin({.title = "two", .game = "tic_tac_toe", .first = {}, .second = {}}, 6);
    games.Add(Position(After(game, "")));
    games.Begin({.title = "three", .game = "tic_tac_toe", .first = {}, .second = {}}, 100);
    EXPECT_EQ(games.next_step(), 100);
  }
  std::vector<std::int64_t> steps;
  for (const record::Record& record : RecordsOf(folder.path(), "x/board")) {
    steps.push_back(record.step);
  }
  EXPECT_EQ(steps, (std::vector<std::int64_t>{5, 6, 7}));
  const auto trees = RecordsOf(folder.path(), "x/tree");
  ASSERT_EQ(trees.size(), 1U);
  EXPECT_EQ(trees[0].step, 6);
  const auto about = RecordsOf(folder.path(), "x/about");
  ASSERT_EQ(about.size(), 4U);
  const auto json = [&](std::size_t i) {
    return nlohmann::json::parse(std::get<record::Text>(about[i].item).text);
  };
  EXPECT_EQ(json(0).at("result"), "*");
  EXPECT_EQ(about[1].step, 5);
  EXPECT_EQ(json(1).at("result"), "1-0");
  EXPECT_EQ(json(1).at("ending"), "resigned");
  EXPECT_EQ(json(1).at("second"), "b");
  EXPECT_EQ(about[2].step, 7);
  EXPECT_EQ(about[3].step, 100);
}

TEST(WholeGame, HasEveryPositionFromTheStart) {
  const Component<AnyGame> game = MakeGame("tic_tac_toe");
  const GameState end = After(game, "b2 a3 c1");
  std::vector<std::optional<RecordedPosition>> searched(2);
  searched[1] = Position(After(game, "b2"));
  searched[1]->board.value = 0.25;
  const auto positions = WholeGame(end, searched);
  ASSERT_EQ(positions.size(), 4U);
  EXPECT_EQ(positions[0].board.last_move, "");
  EXPECT_EQ(positions[1].board.value, 0.25);
  EXPECT_EQ(positions[2].board.last_move, "a3");
  EXPECT_EQ(positions[3].board.last_move, "c1");
}

// What a player found out stands at its own moves; the opening's were drawn.
TEST(Match, PicturesTheGamesItIsAskedTo) {
  const Component<AnyGame> game = MakeGame("tic_tac_toe");
  const auto perfect = Source("perfect", game), random = Source("random", game);
  MatchSettings settings;
  settings.games = 4;
  settings.pictured = [](std::int64_t number) { return number == 1; };
  std::map<std::int64_t, PlayedGame> games;
  settings.finished = [&](const PlayedGame& played) { games.emplace(played.number, played); };
  (void)PlayMatch(*perfect, *random, game, settings);
  ASSERT_EQ(games.size(), 4U);
  EXPECT_TRUE(games.at(0).searched.empty());
  const PlayedGame& pictured = games.at(1);  // the second player moves first
  ASSERT_EQ(pictured.searched.size(), pictured.state.moves().size());
  EXPECT_FALSE(pictured.searched[0].has_value());  // a random opening of one move
  ASSERT_TRUE(pictured.searched[1].has_value());   // the perfect player's
  EXPECT_EQ(pictured.searched[1]->board.overlays.size(), 3U);
  const auto whole = WholeGame(pictured.state, pictured.searched);
  for (std::size_t ply = 0; ply < whole.size(); ++ply) {
    const std::string expected = ply == 0 ? "" : game->MoveText(pictured.state.moves()[ply - 1]);
    EXPECT_EQ(whole[ply].board.last_move, expected);
  }
}

}  // namespace
}  // namespace agon::selfplay
