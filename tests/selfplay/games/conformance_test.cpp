// SPDX-License-Identifier: Apache-2.0
// What every game must do, checked for every registered one: whoever adds a game is tested without
// writing a test.
#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "runtime/base/error.h"
#include "selfplay/games/grid.h"
#include "selfplay/games/random.h"
#include "tests/selfplay/games/game_helpers.h"

namespace agon::selfplay {
namespace {

// Every registered game as it comes, and some with other settings.
std::vector<std::string> AllGames() {
  (void)MakeGame("tic_tac_toe");  // registers them
  std::vector<std::string> games = GlobalRegistry().Names(AnyGame::kKind);
  for (const char* more : {"{name: othello, size: 6}", "{name: go, width: 6, height: 4}",
                           "{name: go, size: 3, suicide: true, komi: 0}"}) {
    games.emplace_back(more);
  }
  return games;
}

struct Encoded {
  std::vector<std::uint64_t> words;
  std::vector<float> scalars;
  friend bool operator==(const Encoded&, const Encoded&) = default;
};

class EveryGame : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] Encoded Encode(const AnyPosition& position, int symmetry) const {
    const GameShape shape = game_->Shape();
    Encoded encoded;
    encoded.words.resize(static_cast<std::size_t>(shape.plane_words()), ~std::uint64_t{0});
    encoded.scalars.resize(static_cast<std::size_t>(shape.scalars));
    game_->Encode(position, symmetry, encoded.words, encoded.scalars);
    return encoded;
  }
  // Plays random games and calls visit(state) for every position on the way, ends included.
  template <class Visit>
  void Walk(int games, const Visit& visit) {
    for (int i = 0; i < games; ++i) {
      GameState state(game_);
      visit(state);
      while (!state.Over()) {
        state.Play(RandomMove(state));
        visit(state);
      }
    }
  }
  Move RandomMove(const GameState& state) {
    const std::vector<Move> moves = state.LegalMoves();
    return moves.at(static_cast<std::size_t>(RandomBelow(random_, static_cast<int>(moves.size()))));
  }
  [[nodiscard]] std::string Text(const GameState& state) const {
    return game_->Text(state.position());
  }

  const Component<AnyGame> game_ = MakeGame(GetParam());
  std::uint64_t random_ = 7;
};

TEST_P(EveryGame, KeepsTheBoundsOfBuffers) {
  const GameShape shape = game_->Shape();
  EXPECT_GE(shape.cells(), 1);
  EXPECT_LE(shape.cells(), kMaxCells);
  EXPECT_GE(shape.actions, 1);
  EXPECT_LE(shape.actions, kMaxActions);
  EXPECT_GE(shape.symmetries, 1);
  EXPECT_LE(game_->PositionBytes(), static_cast<std::size_t>(kMaxPositionBytes));
}

TEST_P(EveryGame, EndsWithinItsLimitWithAResult) {
  Walk(20, [&](const GameState& state) {
    const auto played = static_cast<int>(state.moves().size());
    ASSERT_LE(played, game_->Shape().max_moves);
    EXPECT_EQ(state.Over(), state.LegalMoves().empty());
    if (!state.Over()) return;
    const int result = static_cast<int>(state.Result());
    EXPECT_TRUE(result >= -1 && result <= 1) << result;
    EXPECT_EQ(ValueFor(state.Result(), 0), -ValueFor(state.Result(), 1));
  });
}

TEST_P(EveryGame, ListsLegalMovesInRisingOrder) {
  Walk(5, [&](const GameState& state) {
    const std::vector<Move> moves = state.LegalMoves();
    EXPECT_TRUE(std::is_sorted(moves.begin(), moves.end()));
    EXPECT_EQ(std::adjacent_find(moves.begin(), moves.end()), moves.end());
    for (const Move move : moves) EXPECT_LT(move, game_->Shape().actions);
  });
}

TEST_P(EveryGame, ToMoveIsOneOfTwoPlayersAndTheFirstBegins) {
  EXPECT_EQ(GameState(game_).to_move(), 0);
  Walk(5,
       [&](const GameState& state) { EXPECT_TRUE(state.to_move() == 0 || state.to_move() == 1); });
}

TEST_P(EveryGame, HashesEqualExactlyWhereTextsAre) {
  std::map<std::string, std::uint64_t> hash_of;
  std::map<std::uint64_t, std::string> text_of;
  Walk(60, [&](const GameState& state) {
    const std::string text = Text(state);
    const std::uint64_t hash = game_->Hash(state.position());
    EXPECT_EQ(hash_of.emplace(text, hash).first->second, hash) << text;
    EXPECT_EQ(text_of.emplace(hash, text).first->second, text);
  });
  EXPECT_GT(text_of.size(), 10U);
}

TEST_P(EveryGame, ReadsTheMovesItWrites) {
  std::set<std::string> texts;
  for (int move = 0; move < game_->Shape().actions; ++move) {
    const std::string text = game_->MoveText(static_cast<Move>(move));
    EXPECT_TRUE(texts.insert(text).second) << text << " means two moves";
    EXPECT_EQ(game_->ParseMove(text), move) << text;
    EXPECT_EQ(text.find_first_of(" \t\n"), std::string::npos) << "GTP takes words";
  }
  for (const char* text :
       {"", "?", "a0", "a", "99", "a99999999999", "i3", "z1", "pass.", "resign"}) {
    EXPECT_EQ(game_->ParseMove(text), kNoMove) << text;
  }
}

TEST_P(EveryGame, SymmetriesPermuteMovesAndAreUndone) {
  const GameShape shape = game_->Shape();
  for (int symmetry = 0; symmetry < shape.symmetries; ++symmetry) {
    const int inverse = game_->Inverse(symmetry);
    ASSERT_TRUE(inverse >= 0 && inverse < shape.symmetries);
    std::set<Move> images;
    for (int i = 0; i < shape.actions; ++i) {
      const auto move = static_cast<Move>(i);
      const Move image = game_->Transform(move, symmetry);
      ASSERT_LT(image, shape.actions);
      images.insert(image);
      EXPECT_EQ(game_->Transform(image, inverse), move) << "symmetry " << symmetry;
      EXPECT_TRUE(symmetry != 0 || image == move);
    }
    EXPECT_EQ(static_cast<int>(images.size()), shape.actions);
  }
}

// Under a symmetry of the game the planes are those of the identity with their cells moved by one
// of the grid's symmetries; which one has to be the same in all positions. Where moves are cells it
// is the one that moves them.
TEST_P(EveryGame, EncodesUnderASymmetryByMovingCells) {
  const GameShape shape = game_->Shape();
  const int cells = shape.cells();
  std::vector<std::set<int>> fitting(static_cast<std::size_t>(shape.symmetries));
  for (auto& candidates : fitting) {
    for (int s = 0; s < (shape.width == shape.height ? 8 : 4); ++s) candidates.insert(s);
  }
  Walk(3, [&](const GameState& state) {
    const Encoded plain = Encode(state.position(), 0);
    for (int symmetry = 0; symmetry < shape.symmetries; ++symmetry) {
      const Encoded turned = Encode(state.position(), symmetry);
      EXPECT_EQ(turned.scalars, plain.scalars);
      auto& candidates = fitting[static_cast<std::size_t>(symmetry)];
      for (auto it = candidates.begin(); it != candidates.end();) {
        std::vector<std::uint64_t> moved(plain.words.size(), 0);
        for (int bit = 0; bit < shape.planes * cells; ++bit) {
          if ((plain.words[static_cast<std::size_t>(bit / 64)] >> (bit % 64) & 1) == 0) continue;
          SetPlaneBit(moved, cells, bit / cells,
                      TransformCell(bit % cells, shape.width, shape.height, *it));
        }
        it = moved == turned.words ? std::next(it) : candidates.erase(it);
      }
    }
  });
  for (int symmetry = 0; symmetry < shape.symmetries; ++symmetry) {
    const auto& candidates = fitting[static_cast<std::size_t>(symmetry)];
    EXPECT_EQ(candidates.size(), 1U) << "symmetry " << symmetry;
    const bool moves_are_cells = shape.actions == cells || shape.actions == cells + 1;
    for (int cell = 0; cell < cells && moves_are_cells && candidates.size() == 1; ++cell) {
      EXPECT_EQ(game_->Transform(static_cast<Move>(cell), symmetry),
                TransformCell(cell, shape.width, shape.height, *candidates.begin()));
    }
  }
}

// A game played with moved moves looks like the game under the symmetry, at every step; so do its
// legal moves. (Where the start looks the same: Othello's does not under a mirror.)
TEST_P(EveryGame, PlaysAlikeUnderASymmetry) {
  const GameShape shape = game_->Shape();
  const AnyPosition start = GameState(game_).position();
  for (int symmetry = 0; symmetry < shape.symmetries; ++symmetry) {
    if (Encode(start, symmetry) != Encode(start, 0)) continue;
    GameState state(game_);
    GameState turned(game_);
    while (!state.Over()) {
      const Move move = RandomMove(state);
      state.Play(move);
      turned.Play(game_->Transform(move, symmetry));
      ASSERT_EQ(Encode(turned.position(), 0), Encode(state.position(), symmetry));
      std::vector<Move> images;
      for (const Move legal : state.LegalMoves()) {
        images.push_back(game_->Transform(legal, symmetry));
      }
      std::sort(images.begin(), images.end());
      ASSERT_EQ(turned.LegalMoves(), images);
    }
    ASSERT_TRUE(turned.Over());
    EXPECT_EQ(turned.Result(), state.Result());
  }
}

TEST_P(EveryGame, PositionsAreCopiedByMemcpy) {
  Walk(2, [&](const GameState& state) {
    AnyPosition copy;
    std::memset(copy.bytes, 0x5A, sizeof(copy.bytes));  // what lies behind must not matter
    std::memcpy(copy.bytes, state.position().bytes, game_->PositionBytes());
    EXPECT_EQ(game_->Text(copy), Text(state));
    EXPECT_EQ(game_->Hash(copy), game_->Hash(state.position()));
    EXPECT_EQ(game_->BoardKey(copy), game_->BoardKey(state.position()));
    if (state.Over()) return;
    const Move move = RandomMove(state);
    GameState played = state;
    played.Play(move);
    game_->Play(copy, move);
    EXPECT_EQ(game_->Text(copy), Text(played));
  });
}

TEST_P(EveryGame, RefusesIllegalMovesAndStaysAsItWas) {
  const int actions = game_->Shape().actions;
  Walk(2, [&](const GameState& state) {
    const std::vector<Move> legal = state.LegalMoves();
    GameState tried = state;
    for (int i = 0; i <= actions; ++i) {
      const auto move = static_cast<Move>(i);
      if (std::binary_search(legal.begin(), legal.end(), move)) continue;
      EXPECT_FALSE(tried.IsLegal(move));
      try {
        tried.Play(move);
        ADD_FAILURE() << "played the illegal move " << i;
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kUsage);
        const std::string name = i < actions ? game_->MoveText(move) : std::to_string(i);
        EXPECT_NE(std::string(error.what()).find("move " + name), std::string::npos)
            << error.what();
      }
    }
    EXPECT_EQ(Text(tried), Text(state));
    EXPECT_EQ(tried.moves(), state.moves());
    EXPECT_EQ(tried.history().keys(), state.history().keys());
  });
}

TEST_P(EveryGame, UndoGoesBackMoveByMove) {
  std::vector<std::string> texts;
  GameState state(game_);
  EXPECT_FALSE(state.Undo());
  while (!state.Over() && texts.size() < 60) {
    texts.push_back(Text(state));
    state.Play(RandomMove(state));
  }
  while (!texts.empty()) {
    ASSERT_TRUE(state.Undo());
    EXPECT_EQ(Text(state), texts.back());
    texts.pop_back();
    EXPECT_EQ(state.moves().size(), texts.size());
    EXPECT_EQ(state.history().size(), texts.size());
  }
  EXPECT_FALSE(state.Undo());
}

TEST_P(EveryGame, PicturesShowTheBoardAndTheMoves) {
  Walk(2, [&](const GameState& state) {
    const record::Board board = state.Picture();
    const auto cells = static_cast<std::size_t>(game_->Shape().cells());
    ASSERT_EQ(board.width * board.height, static_cast<int>(cells));
    EXPECT_EQ(board.cells.size(), cells);
    EXPECT_EQ(board.colours.size(), cells);
    EXPECT_FALSE(board.to_move.empty());
    EXPECT_EQ(board.legal_moves.size(), state.LegalMoves().size());
    EXPECT_EQ(board.last_move.empty(), state.moves().empty());
  });
}

TEST_P(EveryGame, RolloutsEndLikeGamesAndDrawAnew) {
  std::set<int> outcomes;
  const GameState state(game_);
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t before = random_;
    outcomes.insert(static_cast<int>(game_->Rollout(state.position(), state.history(), random_)));
    EXPECT_NE(random_, before);
  }
  EXPECT_GE(outcomes.size(), 2U) << "200 random games with one outcome";
  for (const int outcome : outcomes) EXPECT_TRUE(outcome >= -1 && outcome <= 1);
}

std::string NameOfCase(const testing::TestParamInfo<std::string>& info) {
  std::string name;
  for (const char c : info.param) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
    if (c == '_' || c == ',') name += '_';
  }
  return name;
}
INSTANTIATE_TEST_SUITE_P(Games, EveryGame, testing::ValuesIn(AllGames()), NameOfCase);

}  // namespace
}  // namespace agon::selfplay
