// SPDX-License-Identifier: Apache-2.0
// Whole games as OpenSpiel wrote them down, step by step: board, side to move, legal actions,
// returns
// (../shared/data/playthroughs). Its Go has komi 4.5, no suicide, and points counted from a1.
#include <fstream>
#include <sstream>

#include "tests/selfplay/games/game_helpers.h"

namespace agon::selfplay {
namespace {

struct Step {
  std::vector<std::string> board;  // the comment below "# State N"; empty where left out
  std::optional<bool> terminal;
  int player = 0;
  std::vector<int> legal, returns;
  std::optional<int> action;  // the move that follows
};

std::vector<int> Numbers(const std::string& list) {
  std::vector<int> numbers;
  std::istringstream in(list.substr(list.find('[') + 1));
  for (int number = 0; in >> number; in.ignore(1)) numbers.push_back(number);
  return numbers;
}

std::string After(const std::string& line, const std::string& key) {
  return line.rfind(key, 0) == 0 ? line.substr(key.size()) : "";
}

std::vector<Step> ReadSteps(const Path& file) {
  std::vector<Step> steps;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("# State ", 0) == 0) {
      steps.emplace_back();
    } else if (steps.empty()) {
      continue;
    } else if (line.rfind("# Apply", 0) != 0 && line.rfind('#', 0) == 0) {
      steps.back().board.push_back(line.substr(1));
    } else if (const std::string terminal = After(line, "IsTerminal() = "); !terminal.empty()) {
      steps.back().terminal = terminal == "True";
    } else if (const std::string player = After(line, "CurrentPlayer() = "); !player.empty()) {
      steps.back().player = std::stoi(player);
    } else if (const std::string legal = After(line, "LegalActions() = "); !legal.empty()) {
      steps.back().legal = Numbers(legal);
    } else if (const std::string returns = After(line, "Returns() = "); !returns.empty()) {
      steps.back().returns = Numbers(returns);
    } else if (const std::string action = After(line, "action: "); !action.empty()) {
      steps.back().action = std::stoi(action);
    }
  }
  return steps;
}

// The lines that show `width` cells, as Cells() writes them.
std::string BoardOf(const std::vector<std::string>& lines, int width) {
  std::string text;
  for (const std::string& line : lines) {
    std::string row;
    for (const char c : line) {
      if (c == 'x' || c == 'X') row += 'X';
      if (c == 'o' || c == 'O') row += 'O';
      if (c == '.' || c == '-' || c == '+') row += '.';
    }
    const bool words = line.find("play") != std::string::npos;  // "Black (x) to play:"
    if (!words && static_cast<int>(row.size()) == width) text += row + "\n";
  }
  return text;
}

struct Replay {
  std::string file, game;
  std::size_t states;  // in the file, so that a reader that sees none of them fails
};

class Playthrough : public testing::TestWithParam<Replay> {};

TEST_P(Playthrough, IsReplayedStepByStep) {
  const Path file = TestData() / "playthroughs" / GetParam().file;
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file.string() << " is missing";
  const Component<AnyGame> game = MakeGame(GetParam().game);
  const GameShape shape = game->Shape();
  const bool rows_from_below = game.name() == "go";
  const auto ours = [&](int action) {
    if (!rows_from_below || action == shape.cells()) return static_cast<Move>(action);
    const int row = shape.height - 1 - action / shape.width;
    return static_cast<Move>(row * shape.width + action % shape.width);
  };

  GameState state(game);
  const std::vector<Step> steps = ReadSteps(file);
  ASSERT_EQ(steps.size(), GetParam().states);
  std::size_t printed = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    SCOPED_TRACE(fmt::format("state {} of {}", i, GetParam().file));
    const Step& step = steps[i];
    if (step.terminal) {
      ++printed;
      EXPECT_EQ(Cells(state.Picture()), BoardOf(step.board, shape.width));
      EXPECT_EQ(state.Over(), *step.terminal);
      std::vector<Move> legal;
      for (const int action : step.legal) legal.push_back(ours(action));
      std::sort(legal.begin(), legal.end());
      EXPECT_EQ(state.LegalMoves(), legal);
      if (!*step.terminal) {
        EXPECT_EQ(state.to_move(), step.player);
      }
      const int result = state.Over() ? static_cast<int>(state.Result()) : 0;
      EXPECT_EQ(step.returns, (std::vector<int>{result, -result}));
    }
    if (step.action) state.Play(ours(*step.action));
  }
  EXPECT_GE(printed, 3U);
  EXPECT_TRUE(state.Over());
}

INSTANTIATE_TEST_SUITE_P(OpenSpiel, Playthrough,
                         testing::Values(Replay{"tic_tac_toe.txt", "tic_tac_toe", 8},
                                         Replay{"connect_four.txt", "connect_four", 18},
                                         Replay{"othello.txt", "othello", 61},
                                         Replay{"go.txt", "{name: go, size: 7, komi: 4.5}", 70}),
                         [](const testing::TestParamInfo<Replay>& info) {
                           return info.param.file.substr(0, info.param.file.find('.'));
                         });

}  // namespace
}  // namespace agon::selfplay
