// SPDX-License-Identifier: Apache-2.0
// Connect Four solved exactly: alpha-beta with null windows over bitboards, a transposition table,
// and moves ordered by the threats they make. Score of a position, after Pons
// (blog.gamesolver.org): k > 0 when the side to move wins with its k-th last stone, 0 for a draw, k
// < 0 when it loses so.
//
// Who needs this file: perfect.h, its only caller, and tests.
//
// Thread safety: a solver belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "selfplay/search/four_board.h"

namespace agon::selfplay {

class FourSolver {
 public:
  // A table of the largest power of two of bytes within the bound (at least 64 KiB).
  explicit FourSolver(std::int64_t table_bytes);

  static constexpr int kNotLegal = -1000;
  // Of a position that is not over.
  [[nodiscard]] int Score(const FourBoard& board);
  // +1, 0 or -1: faster, and enough early in the game.
  [[nodiscard]] int Outcome(const FourBoard& board);
  // Of playing a column, for the side that plays it; kNotLegal for a full one.
  [[nodiscard]] int ScoreOfColumn(const FourBoard& board, int column);
  [[nodiscard]] int OutcomeOfColumn(const FourBoard& board, int column);

  [[nodiscard]] std::int64_t nodes() const { return nodes_; }  // searched so far
  void Forget();                                               // empties the table

 private:
  // Two answers of equal index: the one that took more work, and the latest.
  struct Bucket {
    std::uint64_t deep = 0, latest = 0;
  };
  // Fail-soft; the side to move must not be able to win at once.
  [[nodiscard]] int Search(const FourBoard& board, int stones, int alpha, int beta);
  [[nodiscard]] int OfColumn(const FourBoard& board, int column, bool exact);
  [[nodiscard]] std::uint64_t Probe(std::uint64_t key) const;
  void Store(std::uint64_t key, int score, bool is_lower_bound, std::int64_t work);
  [[nodiscard]] Bucket& BucketOf(std::uint64_t key) const;

  std::unique_ptr<Bucket[]> table_;
  std::size_t buckets_ = 0;  // a power of two
  std::int64_t nodes_ = 0;
};

}  // namespace agon::selfplay
