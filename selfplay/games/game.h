// SPDX-License-Identifier: Apache-2.0
// What a board game is: a class of rules whose positions are plain values. No heap, no virtual
// calls; a position is copied by memcpy, so that a search keeps thousands and many threads share
// none. Given up: games with chance, hidden information, more than two players or unbounded state.
//
// Who needs this file: whoever adds a game (tic_tac_toe.h is the shortest complete one) and the
// search. Code that holds "some game" (commands, players, protocols) uses any_game.h instead.
//
// The rules object G holds the settings (board size, komi) and is immutable once made; all its
// members are const and may be called from any thread. Moves are places in the policy: a number in
// [0, Actions()), the same for both players.
//
// Repetition. A rule such as Go's positional superko forbids boards that have occurred before. What
// has occurred is not part of a position: whoever walks (a game, a search) keeps a History of board
// keys and hands it to LegalMoves. Games with kForbidsRepetition = false ignore it.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "runtime/record/items.h"

namespace agon::selfplay {

using Move = std::uint16_t;
inline constexpr Move kNoMove = 0xFFFF;
// Bounds that every game keeps, so that walkers can hold buffers of fixed size.
inline constexpr int kMaxActions = 512;
inline constexpr int kMaxCells = 512;
inline constexpr int kMaxPositionBytes = 4096;

// Player 0 moves first (X, Black); player 1 second (O, White).
enum class Outcome : std::int8_t { kSecondWins = -1, kDraw = 0, kFirstWins = 1 };

// +1, 0 or -1 from the view of `player`.
[[nodiscard]] constexpr int ValueFor(Outcome outcome, int player) {
  return player == 0 ? static_cast<int>(outcome) : -static_cast<int>(outcome);
}

// The boards that may not come back: keys of a game so far, then of the path below it. Bounded
// memory is the walker's business; Contains is exact.
// Thread safety: a value; one thread.
class History {
 public:
  void Push(std::uint64_t key) {
    keys_.push_back(key);
    filter_[Slot(key)] += 1;
  }
  void Pop() {
    filter_[Slot(keys_.back())] -= 1;
    keys_.pop_back();
  }
  // Back to the first `size` keys: how a search leaves a path.
  void Shrink(std::size_t size) {
    while (keys_.size() > size) Pop();
  }
  void Clear() { Shrink(0); }
  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] const std::vector<std::uint64_t>& keys() const { return keys_; }
  [[nodiscard]] bool Contains(std::uint64_t key) const {
    if (filter_[Slot(key)] == 0) return false;
    return std::find(keys_.rbegin(), keys_.rend(), key) != keys_.rend();
  }

 private:
  static constexpr std::size_t kSlots = 4096;
  static std::size_t Slot(std::uint64_t key) { return (key ^ (key >> 29)) % kSlots; }
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint16_t> filter_ = std::vector<std::uint16_t>(kSlots, 0);  // a counting filter
};

// A plane is Cells() bits, row by row from the top left; planes follow one another without gaps in
// 64-bit words, bit i of the whole at word i / 64, bit i % 64 (least significant first).
[[nodiscard]] constexpr int PlaneWords(int planes, int cells) { return (planes * cells + 63) / 64; }
constexpr void SetPlaneBit(std::span<std::uint64_t> words, int cells, int plane, int cell) {
  const int bit = plane * cells + cell;
  words[static_cast<std::size_t>(bit / 64)] |= std::uint64_t{1} << (bit % 64);
}
// All cells of a plane, a word at a time.
constexpr void FillPlane(std::span<std::uint64_t> words, int cells, int plane) {
  for (int bit = plane * cells, left = cells; left > 0;) {
    const int count = left < 64 - bit % 64 ? left : 64 - bit % 64;
    words[static_cast<std::size_t>(bit / 64)] |= ~std::uint64_t{0} >> (64 - count) << (bit % 64);
    bit += count;
    left -= count;
  }
}

template <class G>
concept Game = std::is_trivially_copyable_v<typename G::Position> && sizeof(typename G::Position) <=
               kMaxPositionBytes&& std::copy_constructible<G>&& requires(
                   const G& rules, typename G::Position& position, const typename G::Position& at,
                   const History& history, Move move, std::span<Move> moves,
                   std::span<std::uint64_t> words, std::span<float> scalars, std::string_view text,
                   int number) {
  { G::kForbidsRepetition } -> std::convertible_to<bool>;
  // ---- shape: constant for one rules object ----
  { rules.Width() } -> std::same_as<int>;  // cells a row; Cells() = Width() x Height()
  { rules.Height() } -> std::same_as<int>;
  { rules.Actions() } -> std::same_as<int>;   // size of the policy, passes included
  { rules.Planes() } -> std::same_as<int>;    // binary planes
  { rules.Scalars() } -> std::same_as<int>;   // numbers that hold for the whole board
  { rules.MaxMoves() } -> std::same_as<int>;  // a game that is not over by then is a draw or scored
  { rules.Symmetries() } -> std::same_as<int>;  // 1 when the board has none; 0 is the identity
  // ---- rules ----
  { rules.Start() } -> std::same_as<typename G::Position>;
  { rules.ToMove(at) } -> std::same_as<int>;  // 0 or 1
  { rules.Over(at) } -> std::same_as<bool>;
  // Of a position that is over.
  { rules.Result(at) } -> std::same_as<Outcome>;
  // Fills `moves` (room for Actions()) in rising order; none when the position is over.
  { rules.LegalMoves(at, history, moves) } -> std::same_as<int>;
  // The move must be legal.
  { rules.Play(position, move) } -> std::same_as<void>;
  // Equal positions, equal keys: board, side to move, and all else that decides what may follow,
  // but for the history.
  { rules.Hash(at) } -> std::same_as<std::uint64_t>;
  // The board alone, as the rule of repetition compares it.
  { rules.BoardKey(at) } -> std::same_as<std::uint64_t>;
  // ---- what a network sees, always from the side to move ----
  // Planes under a symmetry into zeroed words (PlaneWords(Planes(), Cells()) of them).
  { rules.Encode(at, number, words, scalars) } -> std::same_as<void>;
  // Where a move goes under a symmetry, and the symmetry that undoes one.
  { rules.Transform(move, number) } -> std::same_as<Move>;
  { rules.Inverse(number) } -> std::same_as<int>;
  // ---- text ----
  { rules.MoveText(move) } -> std::same_as<std::string>;
  // kNoMove when the text is none of the game's moves (legal or not).
  { rules.ParseMove(text) } -> std::same_as<Move>;
  // Several lines, the board first; equal positions give equal texts.
  { rules.Text(at) } -> std::same_as<std::string>;
  // Width, height, cells, colours, side to move; the rest is filled in by the caller.
  { rules.Picture(at) } -> std::same_as<record::Board>;
};

// The outcome of a game that ends here: by its rules, or else at the limit of moves, where a game
// that counts points (double Score(position), first player minus second) is counted as it stands
// and any other is a draw.
template <class G>
[[nodiscard]] Outcome OutcomeOf(const G& rules, const typename G::Position& position) {
  if (rules.Over(position)) return rules.Result(position);
  if constexpr (requires { rules.Score(position); }) {
    const double score = rules.Score(position);
    return score > 0 ? Outcome::kFirstWins : score < 0 ? Outcome::kSecondWins : Outcome::kDraw;
  } else {
    return Outcome::kDraw;
  }
}

}  // namespace agon::selfplay
