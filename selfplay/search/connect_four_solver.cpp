// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/connect_four_solver.h"

#include <algorithm>
#include <array>
#include <bit>

#include "runtime/base/error.h"
#include "runtime/base/philox.h"

namespace agon::selfplay {
namespace {

// An entry of the table, from the top: 49 bits of key, 7 of the score + 32, one that says which
// bound it is, 7 of the logarithm of the work. A key is never 0 for a position with a stone.
constexpr int kKeyShift = 15, kScoreShift = 8, kBoundShift = 7;
constexpr int kScoreOffset = 32;
constexpr std::uint64_t kWorkMask = 0x7F;

int ScoreOf(std::uint64_t entry) {
  return static_cast<int>(entry >> kScoreShift & 0x7F) - kScoreOffset;
}
bool IsLowerBound(std::uint64_t entry) { return (entry >> kBoundShift & 1) != 0; }

// Mirrored positions meet early in the game only; later the look is not worth its time.
constexpr int kMirrorUntil = 14;
std::uint64_t TableKey(const FourBoard& board, int stones) {
  return stones < kMirrorUntil ? board.KeyUpToMirror() : board.Key();
}

// Columns from the centre out: cells there lie on more lines.
constexpr std::array<int, FourBoard::kColumns> kFromCentre = {3, 2, 4, 1, 5, 0, 6};

// The first, third and fifth row from below.
constexpr std::uint64_t kOddRows = FourBoard::kBottom * 0b010101;

int WinScore(int stones) { return (FourBoard::kCells + 1 - stones) / 2; }  // of winning at once

}  // namespace

FourSolver::FourSolver(std::int64_t table_bytes) {
  const auto bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(table_bytes, 64 << 10));
  buckets_ = std::bit_floor(bytes) / sizeof(Bucket);
  table_ = std::make_unique<Bucket[]>(buckets_);
}

void FourSolver::Forget() { std::fill(table_.get(), table_.get() + buckets_, Bucket{}); }

FourSolver::Bucket& FourSolver::BucketOf(std::uint64_t key) const {
  return table_[MixBits(key) & (buckets_ - 1)];
}

std::uint64_t FourSolver::Probe(std::uint64_t key) const {
  const Bucket& bucket = BucketOf(key);
  if (bucket.deep >> kKeyShift == key) return bucket.deep;
  if (bucket.latest >> kKeyShift == key) return bucket.latest;
  return 0;
}

void FourSolver::Store(std::uint64_t key, int score, bool is_lower_bound, std::int64_t work) {
  const auto work_bits =
      static_cast<std::uint64_t>(std::bit_width(static_cast<std::uint64_t>(work)));
  const std::uint64_t entry = key << kKeyShift |
                              static_cast<std::uint64_t>(score + kScoreOffset) << kScoreShift |
                              std::uint64_t{is_lower_bound} << kBoundShift | work_bits;
  Bucket& bucket = BucketOf(key);
  if (bucket.deep >> kKeyShift == key || work_bits >= (bucket.deep & kWorkMask)) {
    if (bucket.deep >> kKeyShift != key) bucket.latest = bucket.deep;
    bucket.deep = entry;
  } else {
    bucket.latest = entry;
  }
}

int FourSolver::Search(const FourBoard& board, int stones, int alpha, int beta) {
  ++nodes_;
  const std::uint64_t landing = board.Landing();
  const std::uint64_t others = board.own ^ board.taken;
  const std::uint64_t danger = FourBoard::Threats(others, board.taken);
  // Cells that do not lose at once: a threat that can be filled now must be, and none may be played
  // under a threat.
  std::uint64_t moves = landing;
  if (const std::uint64_t forced = landing & danger; forced != 0) {
    if ((forced & (forced - 1)) != 0) return -WinScore(stones + 1);  // two at once
    moves = forced;
  }
  moves &= ~(danger >> 1);
  if (moves == 0) return -WinScore(stones + 1);
  if (stones >= FourBoard::kCells - 2) return 0;  // neither can win with what is left

  // Neither side wins with its next stone, which bounds the score.
  const int lowest = -WinScore(stones + 3), highest = WinScore(stones + 2);
  if (alpha < lowest) {
    alpha = lowest;
    if (alpha >= beta) return alpha;
  }
  if (beta > highest) {
    beta = highest;
    if (alpha >= beta) return beta;
  }

  if ((moves & (moves - 1)) == 0) {  // one move is no choice: nothing to order or to remember
    return -Search(board.After(moves), stones + 1, -beta, -alpha);
  }

  const std::uint64_t key = TableKey(board, stones);
  if (const std::uint64_t entry = Probe(key); entry != 0) {
    const int score = ScoreOf(entry);
    if (IsLowerBound(entry)) {
      if (score >= beta) return score;
      alpha = std::max(alpha, score);
    } else {
      if (score <= alpha) return score;
      beta = std::min(beta, score);
    }
    if (alpha >= beta) return score;
  }

  // A move that is known to be good enough ends the search at once.
  for (std::uint64_t left = moves; left != 0; left &= left - 1) {
    const FourBoard next = board.After(left & (~left + 1));
    const std::uint64_t entry = Probe(TableKey(next, stones + 1));
    if (entry != 0 && !IsLowerBound(entry) && -ScoreOf(entry) >= beta) return -ScoreOf(entry);
  }

  // Most new threats first, those that fill with the right parity counting more (the first player
  // gets the odd rows when columns fill up, the second the even ones; Allis 1988), then the centre:
  // insertion into a list of at most seven.
  struct Candidate {
    std::uint64_t cell;
    int threats;
  };
  std::array<Candidate, FourBoard::kColumns> order;
  int count = 0;
  const std::uint64_t good_rows = stones % 2 == 0 ? kOddRows : kOddRows << 1;
  for (const int column : kFromCentre) {
    const std::uint64_t cell = moves & FourBoard::Column(column);
    if (cell == 0) continue;
    const std::uint64_t made = FourBoard::Threats(board.own | cell, board.taken | cell);
    const int threats = 2 * std::popcount(made) + std::popcount(made & good_rows);
    int at = count++;
    for (; at > 0 && order[static_cast<std::size_t>(at - 1)].threats < threats; --at) {
      order[static_cast<std::size_t>(at)] = order[static_cast<std::size_t>(at - 1)];
    }
    order[static_cast<std::size_t>(at)] = {.cell = cell, .threats = threats};
  }

  const std::int64_t nodes_before = nodes_;
  const int alpha_before = alpha;
  int best = -FourBoard::kCells;
  for (int i = 0; i < count; ++i) {
    const FourBoard next = board.After(order[static_cast<std::size_t>(i)].cell);
    const int score = -Search(next, stones + 1, -beta, -alpha);
    best = std::max(best, score);
    alpha = std::max(alpha, score);
    if (alpha >= beta) break;
  }
  // With a null window, the only kind there is, a score is one bound or the other.
  Store(key, best, best > alpha_before, nodes_ - nodes_before);
  return best;
}

int FourSolver::Score(const FourBoard& board) {
  AGON_CHECK(!board.IsLost() && board.taken != FourBoard::kAll);
  const int stones = board.stones();
  if (board.WinsAtOnce()) return WinScore(stones);
  // Narrows the range by null windows near 0 first: early wins and losses are rare and, where they
  // occur, found fast.
  int low = -WinScore(stones + 1), high = WinScore(stones + 2);
  while (low < high) {
    int middle = low + (high - low) / 2;
    if (middle <= 0 && low / 2 < middle) middle = low / 2;
    if (middle >= 0 && high / 2 > middle) middle = high / 2;
    const int score = Search(board, stones, middle, middle + 1);
    if (score <= middle) {
      high = score;
    } else {
      low = score;
    }
  }
  return low;
}

int FourSolver::Outcome(const FourBoard& board) {
  AGON_CHECK(!board.IsLost() && board.taken != FourBoard::kAll);
  if (board.WinsAtOnce()) return 1;
  const int stones = board.stones();
  if (Search(board, stones, 0, 1) > 0) return 1;
  return Search(board, stones, -1, 0) < 0 ? -1 : 0;
}

int FourSolver::OfColumn(const FourBoard& board, int column, bool exact) {
  if (board.IsFull(column)) return kNotLegal;
  const FourBoard next = board.AfterColumn(column);
  if (next.IsLost()) return exact ? WinScore(board.stones()) : 1;
  if (next.taken == FourBoard::kAll) return 0;
  return exact ? -Score(next) : -Outcome(next);
}
int FourSolver::ScoreOfColumn(const FourBoard& board, int column) {
  return OfColumn(board, column, true);
}
int FourSolver::OutcomeOfColumn(const FourBoard& board, int column) {
  return OfColumn(board, column, false);
}

}  // namespace agon::selfplay
