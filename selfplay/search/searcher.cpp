// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/searcher.h"

#include <algorithm>
#include <cmath>

namespace agon::selfplay {

Searcher::~Searcher() = default;

SearchResult RunSearch(Searcher& searcher, const GameState& state, Evaluator& evaluator,
                       EvalBatch& batch, const SearchRequest& request, int leaves_per_batch) {
  searcher.Begin(state, request);
  if (evaluator.uniform()) {
    searcher.RunUniform();
    return searcher.Result();
  }
  while (!searcher.Done()) {
    batch.Clear();
    if (searcher.Collect(batch, std::min(leaves_per_batch, batch.capacity())) > 0) {
      evaluator.Evaluate(batch);
    }
    searcher.Apply(batch, 0);
  }
  return searcher.Result();
}

Move ChooseMove(const SearchResult& result, double temperature, double uniform) {
  if (result.moves.empty()) return kNoMove;
  if (temperature <= 0 || result.moves.front().proven == 1) return result.best;
  // Relative to the largest, so that a low temperature does not underflow.
  double largest = 0;
  for (const MoveStats& move : result.moves) largest = std::max(largest, move.target);
  if (largest <= 0) return result.best;
  const auto weight = [&](const MoveStats& move) {
    return move.target <= 0 ? 0.0 : std::pow(move.target / largest, 1 / temperature);
  };
  double total = 0;
  for (const MoveStats& move : result.moves) total += weight(move);
  double left = uniform * total;
  for (const MoveStats& move : result.moves) {
    left -= weight(move);
    if (left < 0) return move.move;
  }
  return result.best;
}

}  // namespace agon::selfplay
