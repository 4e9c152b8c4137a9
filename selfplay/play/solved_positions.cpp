// SPDX-License-Identifier: Apache-2.0
// Sets of positions that need no file: made and solved here.
#include <algorithm>
#include <filesystem>
#include <unordered_set>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "selfplay/games/random.h"
#include "selfplay/play/evaluate.h"
#include "selfplay/search/perfect.h"

namespace agon::selfplay {
namespace {

constexpr std::size_t kMostReachable = 1'000'000;
constexpr std::int64_t kDefaultSolved = 500;
constexpr int kDrawsPerPosition = 100;  // before a small game is taken to have no more
constexpr std::string_view kReachable = "reachable", kSolved = "solved";

// Adds a position with every move's worth.
void AddSolved(GameState state, PerfectPlayer& solver, PositionSet& set) {
  std::vector<ScoredMove> moves;
  for (const PerfectMove& move : solver.Moves(state, /*exact=*/true)) {
    const int outcome = (move.outcome > 0) - (move.outcome < 0);
    moves.push_back({.move = move.move, .outcome = outcome, .score = move.score});
  }
  set.moves.push_back(std::move(moves));
  set.states.push_back(std::move(state));
}

}  // namespace

PositionSet ReachablePositions(const Component<AnyGame>& game) {
  PerfectPlayer solver(game, /*seed=*/0);
  PositionSet set;
  set.name = "reachable";
  std::unordered_set<std::uint64_t> seen;
  std::vector<GameState> open{GameState(game)};
  while (!open.empty()) {
    GameState state = std::move(open.back());
    open.pop_back();
    if (state.Over() || !seen.insert(game->Hash(state.position())).second) continue;
    if (seen.size() > kMostReachable) {
      Fail(ErrorKind::kUsage, "{} has more than {} positions; give a file of some", game.name(),
           kMostReachable);
    }
    for (const Move move : state.LegalMoves()) {
      GameState after = state;
      after.Play(move);
      open.push_back(std::move(after));
    }
    AddSolved(std::move(state), solver, set);
  }
  return set;
}

PositionSet SolvedPositions(const Component<AnyGame>& game, std::int64_t count,
                            std::uint64_t seed) {
  PerfectPlayer solver(game, /*seed=*/0);
  // Early positions take the solver minutes, late ones teach nothing.
  const int moves = game->Shape().max_moves;
  const int first = moves / 3;
  const int span = moves * 3 / 4 - first + 1;
  PositionSet set;
  set.name = std::string(kSolved);
  std::unordered_set<std::uint64_t> seen;
  std::uint64_t random = MixBits(seed + 1);
  for (std::int64_t draw = 0; draw < count * kDrawsPerPosition; ++draw) {
    if (std::ssize(set.states) >= count) break;
    GameState state(game);
    const int plies = first + RandomBelow(random, span);
    for (int ply = 0; ply < plies && !state.Over(); ++ply) {
      const std::vector<Move> legal = state.LegalMoves();
      const int choice = RandomBelow(random, static_cast<int>(legal.size()));
      state.Play(legal[static_cast<std::size_t>(choice)]);
    }
    if (state.Over() || !seen.insert(game->Hash(state.position())).second) continue;
    AddSolved(std::move(state), solver, set);
  }
  return set;
}

bool NamesPositionFile(const Path& name) {
  const bool word = name.filename() == kReachable || name.filename() == kSolved;
  return !word || std::filesystem::exists(name);
}

PositionSet PositionsOf(const Path& name, const Component<AnyGame>& game, std::int64_t most) {
  if (NamesPositionFile(name)) return ReadPositions(name, game, most);
  if (name.filename() == kReachable) return ReachablePositions(game);
  const std::int64_t count = most > 0 ? most : kDefaultSolved;
  log::Info("solving {} positions of {}", count, game.name());
  return SolvedPositions(game, count);
}

}  // namespace agon::selfplay
