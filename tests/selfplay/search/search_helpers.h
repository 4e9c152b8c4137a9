// SPDX-License-Identifier: Apache-2.0
// What the tests of the search share.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "runtime/base/files.h"
#include "runtime/base/philox.h"
#include "runtime/config/value.h"
#include "selfplay/search/game_of.h"

namespace agon::selfplay {

// Where the real data lies; see the README there.
inline Path TestData() {
  const char* folder = std::getenv("AGON_TEST_DATA");
  return folder != nullptr ? Path(folder) : Path(AGON_SOURCE_DIR) / ".." / "shared" / "data";
}

// A game that is registered nowhere: rules of the test's own.
template <Game G>
GameState StateOf(G rules) {
  return GameState(Component<AnyGame>(std::make_shared<GameOf<G>>(std::move(rules)), "test",
                                      config::Value::Mapping()));
}

template <Game G>
GameState Playing(const std::vector<std::string>& moves, G rules = {}) {
  GameState state = StateOf(std::move(rules));
  for (const std::string& move : moves) state.Play(state.game().ParseMove(move));
  return state;
}

// Answers row by row with a function of the test's.
class AnswerWith final : public Evaluator {
 public:
  using Answer = std::function<void(EvalBatch&, int row)>;
  explicit AnswerWith(Answer answer) : answer_(std::move(answer)) {}
  void Evaluate(EvalBatch& batch, int first) override {
    for (int i = first; i < batch.size(); ++i, ++rows) answer_(batch, i);
  }
  int rows = 0;

 private:
  Answer answer_;
};

// A network made of hashes: any answer, the same for the same row.
inline void HashAnswer(EvalBatch& batch, int row) {
  const std::uint64_t key = MixBits(batch.key(row));
  const auto unit = [&](std::uint64_t salt) {
    return UnitFloat(static_cast<std::uint32_t>(MixBits(key ^ salt)));
  };
  for (std::size_t i = 0; i < batch.logits(row).size(); ++i) {
    batch.logits(row)[i] = 3 * unit(i + 1);
  }
  const float win = unit(1000) * 0.8F;
  batch.outcome(row) = {win, 0.2F, 0.8F - win};
}

inline const MoveStats& StatsOf(const SearchResult& result, Move move) {
  for (const MoveStats& stats : result.moves) {
    if (stats.move == move) return stats;
  }
  ADD_FAILURE() << "move " << move << " is not in the result";
  static const MoveStats none;
  return none;
}

}  // namespace agon::selfplay
