// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/symmetry.h"

#include <algorithm>
#include <bit>

#include "runtime/base/error.h"
#include "selfplay/games/grid.h"
#include "selfplay/games/random.h"

namespace agon::selfplay {
namespace {

constexpr int kGames = 4;
constexpr int kMovesOfAGame = 60;

void Permute(const GameShape& shape, std::span<const std::uint16_t> cells,
             std::span<const std::uint64_t> from, std::span<std::uint64_t> to) {
  std::fill(to.begin(), to.end(), 0);
  for (std::size_t w = 0; w < from.size(); ++w) {
    for (std::uint64_t bits = from[w]; bits != 0; bits &= bits - 1) {
      const int bit = static_cast<int>(64 * w) + std::countr_zero(bits);
      const int cell = bit % shape.cells();
      SetPlaneBit(to, shape.cells(), bit / shape.cells(), cells[static_cast<std::size_t>(cell)]);
    }
  }
}

std::vector<std::uint16_t> GridCells(const GameShape& shape, int symmetry) {
  std::vector<std::uint16_t> cells;
  for (int cell = 0; cell < shape.cells(); ++cell) {
    cells.push_back(
        static_cast<std::uint16_t>(TransformCell(cell, shape.width, shape.height, symmetry)));
  }
  return cells;
}

// Positions of random games; always the same ones.
std::vector<AnyPosition> RandomPositions(const Component<AnyGame>& game) {
  std::vector<AnyPosition> positions;
  std::uint64_t random = 0x5a3;
  for (int number = 0; number < kGames; ++number) {
    GameState state(game);
    positions.push_back(state.position());
    for (int ply = 0; ply < kMovesOfAGame && !state.Over(); ++ply) {
      const std::vector<Move> moves = state.LegalMoves();
      const int choice = RandomBelow(random, static_cast<int>(moves.size()));
      state.Play(moves[static_cast<std::size_t>(choice)]);
      positions.push_back(state.position());
    }
  }
  return positions;
}

}  // namespace

SymmetryTables::SymmetryTables(const Component<AnyGame>& game) : shape_(game->Shape()) {
  const std::vector<AnyPosition> positions = RandomPositions(game);
  const auto words = static_cast<std::size_t>(shape_.plane_words());
  std::vector<float> scalars(static_cast<std::size_t>(shape_.scalars));
  const int transformations = shape_.width == shape_.height ? 8 : 4;
  for (int s = 0; s < shape_.symmetries; ++s) {
    int found = -1;
    for (int t = 0; t < transformations && found < 0; ++t) {
      const std::vector<std::uint16_t> cells = GridCells(shape_, t);
      std::vector<std::uint64_t> plain(words), turned(words), wanted(words);
      const bool explains =
          std::all_of(positions.begin(), positions.end(), [&](const AnyPosition& position) {
            game->Encode(position, 0, plain, scalars);
            game->Encode(position, s, wanted, scalars);
            Permute(shape_, cells, plain, turned);
            return turned == wanted;
          });
      if (explains) found = t;
    }
    if (found < 0) {
      Fail(ErrorKind::kInternal,
           "game {}: its planes under symmetry {} are no turned or mirrored planes", game.name(),
           s);
    }
    cells_.push_back(GridCells(shape_, found));
    std::vector<Move> moves;
    for (int move = 0; move < shape_.actions; ++move) {
      moves.push_back(game->Transform(static_cast<Move>(move), s));
    }
    moves_.push_back(std::move(moves));
  }
}

void SymmetryTables::TurnPlanes(std::span<const std::uint64_t> from, int symmetry,
                                std::span<std::uint64_t> to) const {
  Permute(shape_, cells(symmetry), from, to);
}

}  // namespace agon::selfplay
