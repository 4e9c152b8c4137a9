// SPDX-License-Identifier: Apache-2.0
// Our Go beside a twin that knows nothing of chains, counts or keys: it floods the board anew for
// every question and compares whole boards with all earlier ones.
#include <set>

#include "selfplay/games/random.h"
#include "tests/selfplay/games/go_test_game.h"

namespace agon::selfplay {
namespace {

class Twin {
 public:
  Twin(int width, int height, bool suicide)
      : width_(width), suicide_(suicide), board_(static_cast<std::size_t>(width * height), '.') {}

  [[nodiscard]] int Cells() const { return static_cast<int>(board_.size()); }
  [[nodiscard]] std::string Picture() const {
    std::string picture;
    for (int cell = 0; cell < Cells(); ++cell) {
      if (cell > 0 && cell % width_ == 0) picture += '/';
      picture += At(board_, cell);
    }
    return picture;
  }
  [[nodiscard]] std::vector<Move> LegalMoves(char colour) const {
    std::vector<Move> moves;
    for (int cell = 0; cell < Cells(); ++cell) {
      if (At(board_, cell) != '.') continue;
      const std::string after = After(cell, colour);
      // Its own stone gone: a suicide.
      if (At(after, cell) == '.' && !suicide_) continue;
      if (after == board_ || earlier_.count(after) > 0) continue;
      moves.push_back(static_cast<Move>(cell));
    }
    moves.push_back(static_cast<Move>(Cells()));
    return moves;
  }
  void Play(Move move, char colour) {
    earlier_.insert(board_);
    if (move < Cells()) board_ = After(move, colour);
  }
  [[nodiscard]] int Score() const {
    int score = 0;
    for (int cell = 0; cell < Cells(); ++cell) {
      const std::set<int> region = Flood(board_, cell);
      bool black = At(board_, cell) == 'x';
      bool white = At(board_, cell) == 'o';
      for (const int member : region) {
        for (const int n : Neighbours(member)) {
          if (At(board_, cell) != '.') continue;
          black |= At(board_, n) == 'x';
          white |= At(board_, n) == 'o';
        }
      }
      score += static_cast<int>(black && !white) - static_cast<int>(white && !black);
    }
    return score;
  }

 private:
  [[nodiscard]] static char At(const std::string& board, int cell) {
    return board[static_cast<std::size_t>(cell)];
  }
  [[nodiscard]] std::vector<int> Neighbours(int cell) const {
    std::vector<int> all;
    const int x = cell % width_;
    if (x > 0) all.push_back(cell - 1);
    if (x + 1 < width_) all.push_back(cell + 1);
    if (cell >= width_) all.push_back(cell - width_);
    if (cell + width_ < Cells()) all.push_back(cell + width_);
    return all;
  }
  // The cells of one colour, or empty ones, that hang together with this one.
  [[nodiscard]] std::set<int> Flood(const std::string& board, int start) const {
    std::set<int> found{start};
    std::vector<int> open{start};
    while (!open.empty()) {
      const int cell = open.back();
      open.pop_back();
      for (const int n : Neighbours(cell)) {
        if (At(board, n) == At(board, start) && found.insert(n).second) open.push_back(n);
      }
    }
    return found;
  }
  void TakeIfDead(std::string& board, int cell) const {
    const std::set<int> chain = Flood(board, cell);
    for (const int member : chain) {
      for (const int n : Neighbours(member)) {
        if (At(board, n) == '.') return;
      }
    }
    for (const int member : chain) board[static_cast<std::size_t>(member)] = '.';
  }
  [[nodiscard]] std::string After(int cell, char colour) const {
    std::string board = board_;
    board[static_cast<std::size_t>(cell)] = colour;
    for (const int n : Neighbours(cell)) {
      if (At(board, n) != '.' && At(board, n) != colour) TakeIfDead(board, n);
    }
    TakeIfDead(board, cell);
    return board;
  }

  int width_;
  bool suicide_;
  std::string board_;
  std::set<std::string> earlier_;
};

struct Size {
  int width, height, games;
};

class GoTwin : public testing::TestWithParam<std::tuple<Size, bool>> {};

// Passes are rare here, so that games run deep into superko; on the small boards they then have to
// end because nothing else is legal.
TEST_P(GoTwin, AgreesOnMovesBoardsAndScores) {
  const auto [size, suicide] = GetParam();
  std::uint64_t random = 11;
  std::size_t forbidden = 0;
  for (int i = 0; i < size.games; ++i) {
    GoGame game{Go(size.width, size.height, 0, suicide)};
    Twin twin(size.width, size.height, suicide);
    for (int played = 0; played < 400 && !game.rules.Over(game.position); ++played) {
      const char colour = game.position.to_move == 0 ? 'x' : 'o';
      std::vector<Move> moves = game.LegalMoves();
      ASSERT_EQ(moves, twin.LegalMoves(colour)) << game.rules.Text(game.position);
      const std::string picture = game.Picture();
      forbidden += static_cast<std::size_t>(std::count(picture.begin(), picture.end(), '.')) + 1 -
                   moves.size();
      const bool may_pass = RandomBelow(random, 20) == 0;
      if (moves.size() > 1 && !may_pass) moves.pop_back();
      const Move move =
          moves[static_cast<std::size_t>(RandomBelow(random, static_cast<int>(moves.size())))];
      game.Play(move);
      twin.Play(move, colour);
      ASSERT_EQ(game.Picture(), twin.Picture());
      ASSERT_EQ(game.rules.Score(game.position), twin.Score()) << game.Picture();
    }
  }
  EXPECT_GT(forbidden, 0U) << "nothing was ever forbidden: the games tested little";
}

std::string NameOfCase(const testing::TestParamInfo<GoTwin::ParamType>& info) {
  const auto [size, suicide] = info.param;
  return std::to_string(size.width) + "x" + std::to_string(size.height) +
         (suicide ? "WithSuicide" : "WithoutSuicide");
}
INSTANTIATE_TEST_SUITE_P(
    Boards, GoTwin,
    testing::Combine(testing::Values(Size{1, 1, 3}, Size{2, 1, 20}, Size{2, 2, 40}, Size{3, 2, 30},
                                     Size{3, 3, 25}, Size{7, 1, 20}, Size{1, 5, 20}, Size{4, 3, 10},
                                     Size{4, 4, 7}, Size{5, 5, 4}, Size{6, 5, 3}, Size{9, 9, 1}),
                     testing::Bool()),
    NameOfCase);

}  // namespace
}  // namespace agon::selfplay
