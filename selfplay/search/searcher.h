// SPDX-License-Identifier: Apache-2.0
// A tree search over one game in progress, seen from outside: who drives it decides when leaves are
// evaluated, so that one thread can run many searches into one batch.
//
//   searcher->Begin(state, {.simulations = 400});
//   while (!searcher->Done()) {
//     batch.Clear();
//     searcher->Collect(batch, 8);    // leaves, under virtual loss; may be none when all were
//     known evaluator.Evaluate(batch); searcher->Apply(batch, 0);
//   }
//   const SearchResult result = searcher->Result();
//
// RunSearch does just that for one search. The tree itself is a template over the game
// (tree_search.h); AnyGame::MakeSearcher makes one.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "runtime/record/items.h"
#include "selfplay/games/any_game.h"
#include "selfplay/search/evaluator.h"
#include "selfplay/search/settings.h"

namespace agon::selfplay {

// What differs from search to search of one game.
struct SearchRequest {
  std::int64_t simulations = 0;  // 0: the settings'
  double max_seconds = -1;       // negative: the settings'
  bool noise = false;            // Dirichlet noise or Gumbel noise at the root, forced playouts
  std::optional<int> symmetry = std::nullopt;  // of every leaf; nothing: random for each
  std::uint64_t seed = 0;                      // of all random choices of this search
};

struct MoveStats {
  Move move = kNoMove;
  std::int64_t visits = 0;
  double prior = 0;   // of the evaluator, without noise
  double value = 0;   // mean, from the side to move at the root, in [-1,1]; proven: exact
  int proven = 2;     // +1 win, 0 draw, -1 loss for the side to move at the root; 2 unknown
  double target = 0;  // the improved policy: what a network should learn (sums to 1)
  std::vector<Move> line = {};  // principal variation, this move first
};

struct SearchResult {
  std::vector<MoveStats> moves;  // every legal move, most promising first
  Move best = kNoMove;           // of highest visits (PUCT), or Gumbel's choice; a proven win first
  std::int64_t visits = 0;       // of the root, those of an inherited tree included
  std::int64_t simulations = 0;  // of this search
  double value = 0;              // of the root after the search, for the side to move
  std::array<float, 3> raw_outcome{};  // the evaluator's own answer for the root
  double raw_value = 0;
  double surprise = 0;  // KL(target || prior)
  int depth = 0;        // of the deepest leaf
  std::size_t tree_bytes = 0;
};

class Searcher {
 public:
  virtual ~Searcher();

  // Starts a search at the present position of a game. When it is the position the tree was moved
  // to by Advance, and the settings say so, the tree is kept.
  virtual void Begin(const GameState& state, const SearchRequest& request) = 0;
  // Adds up to `limit` leaves to the batch and returns how many; fewer, or none, when simulations
  // end at once (game over, proven) or are spent. Each Collect is answered by one Apply.
  virtual int Collect(EvalBatch& batch, int limit) = 0;
  // Rows [first, first + the last Collect's count) of the batch hold the answers.
  virtual void Apply(const EvalBatch& batch, int first) = 0;
  // Instead of both: runs to the end with the uniform evaluator's answers, the same search as one
  // leaf at a time. Positions visited once need no moves yet, so it takes less memory and time.
  virtual void RunUniform() = 0;
  [[nodiscard]] virtual bool Done() const = 0;
  [[nodiscard]] virtual SearchResult Result() const = 0;

  // A move was played (by either side): its subtree becomes the tree.
  virtual void Advance(Move move) = 0;
  virtual void Reset() = 0;
  // The upper part of the tree in preorder, children by visits, at most `most` nodes.
  [[nodiscard]] virtual record::Tree Picture(int most) const = 0;
  [[nodiscard]] virtual std::size_t tree_bytes() const = 0;
};

// Runs a search to its end, `leaves` at a time.
[[nodiscard]] SearchResult RunSearch(Searcher& searcher, const GameState& state,
                                     Evaluator& evaluator, EvalBatch& batch,
                                     const SearchRequest& request, int leaves_per_batch);

// A move drawn with chance proportional to target^(1/temperature); the best at temperature 0, or
// when it is a proven win. The target of PUCT is the share of visits, without forced ones.
// `uniform` in [0,1).
[[nodiscard]] Move ChooseMove(const SearchResult& result, double temperature, double uniform);

}  // namespace agon::selfplay
