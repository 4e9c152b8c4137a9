// SPDX-License-Identifier: Apache-2.0
// Stones on a Go board: chains, their liberties, captures, and the Zobrist key of the board, kept
// up to date stone by stone. What is legal and who wins is the business of go.h, the only user.
//
// One layout serves every size: points lie row by row with one border column between rows, so a 9x9
// game touches the first 900 bytes alone and a copy is one memcpy.
//
// Liberties are counted as pairs of a stone and an empty neighbour ("pseudo-liberties"). That is
// zero exactly when the chain has none, needs no sets, and one pair is one subtraction.
//
// Thread safety: values and const members.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "selfplay/games/grid.h"

namespace agon::selfplay {

enum GoColour : std::uint8_t { kEmpty = 0, kBlack = 1, kWhite = 2, kBorder = 3 };
[[nodiscard]] constexpr GoColour Opposite(GoColour colour) {
  return static_cast<GoColour>(kBlack + kWhite - colour);
}

struct GoPoint {
  std::uint16_t head;       // the point that stands for the chain and holds its counts
  std::uint16_t next;       // of the chain, in a ring
  std::uint16_t liberties;  // pairs; of the head
  GoColour colour;
  std::uint8_t stones;  // of the head; stays at 255
};

inline constexpr int kMaxGoSide = 19;
inline constexpr std::size_t kMaxGoCells = std::size_t{kMaxGoSide} * kMaxGoSide;
inline constexpr int kMaxGoPoints = (kMaxGoSide + 2) * (kMaxGoSide + 1) + 1;

// The board of a position: `key` is the exclusive or of a number for every stone.
struct GoStones {
  std::uint64_t key = 0;
  std::array<GoPoint, kMaxGoPoints> points{};
};

class GoBoard {
 public:
  constexpr GoBoard(int width, int height) : width_(width), height_(height), stride_(width + 1) {}

  [[nodiscard]] constexpr int Cells() const { return width_ * height_; }
  // Of a cell, counted row by row without borders.
  [[nodiscard]] constexpr int PointOf(int cell) const {
    return cell + Row(cell) + stride_ + 1;  // as many borders as rows, and those above and left
  }
  [[nodiscard]] constexpr int PointAt(int x, int y) const { return (y + 1) * stride_ + x + 1; }

  [[nodiscard]] Move CellOf(int point) const {
    return static_cast<Move>((point / stride_ - 1) * width_ + point % stride_ - 1);
  }

  [[nodiscard]] GoStones Empty() const {
    GoStones stones;
    for (GoPoint& point : stones.points) point.colour = kBorder;
    for (int cell = 0; cell < Cells(); ++cell) At(stones, PointOf(cell)).colour = kEmpty;
    return stones;
  }

  // Calls visit(point) for the four neighbours, borders included.
  template <class Visit>
  void ForNeighbours(int point, const Visit& visit) const {
    visit(point - stride_);
    visit(point - 1);
    visit(point + 1);
    visit(point + stride_);
  }
  template <class Visit>
  static void ForChain(const GoStones& stones, int head, const Visit& visit) {
    int point = head;
    do {
      visit(point);
      point = At(stones, point).next;
    } while (point != head);
  }

  [[nodiscard]] bool HasEmptyNeighbour(const GoStones& stones, int point) const {
    return At(stones, point - 1).colour == kEmpty || At(stones, point + 1).colour == kEmpty ||
           At(stones, point - stride_).colour == kEmpty ||
           At(stones, point + stride_).colour == kEmpty;
  }

  // What a stone on an empty point would do: whether it would live (it or its chain keeps a
  // liberty, by capture if need be), and the key of the board afterwards, suicide carried out.
  struct Prospect {
    bool lives = false;
    std::uint64_t key = 0;
  };
  [[nodiscard]] Prospect Try(const GoStones& stones, int point, GoColour colour) const {
    Prospect prospect{.lives = false, .key = stones.key ^ Number(point, colour)};
    const std::array<int, 4> around{point - stride_, point - 1, point + 1, point + stride_};
    for (int i = 0; i < 4; ++i) {
      const GoPoint& neighbour = At(stones, around[Index(i)]);
      if (neighbour.colour == kEmpty) prospect.lives = true;
      if (neighbour.colour == kEmpty || neighbour.colour == kBorder) continue;
      const bool last = At(stones, neighbour.head).liberties <= 4 &&
                        At(stones, neighbour.head).liberties == Touching(stones, around, i);
      if (neighbour.colour == colour) {
        prospect.lives |= !last;
      } else if (last) {
        prospect.lives = true;
        if (IsFirst(stones, around, i)) prospect.key ^= ChainKey(stones, neighbour.head);
      }
    }
    if (!prospect.lives) {
      prospect.key = stones.key;
      for (int i = 0; i < 4; ++i) {
        const GoPoint& neighbour = At(stones, around[Index(i)]);
        if (neighbour.colour != colour || !IsFirst(stones, around, i)) continue;
        prospect.key ^= ChainKey(stones, neighbour.head);
      }
    }
    return prospect;
  }

  // Puts a stone on an empty point, takes what it captures, then its own chain if that has no
  // liberty. Calls removed(point) for every stone taken and returns how many of the other colour.
  template <class Removed>
  int Place(GoStones& stones, int point, GoColour colour, const Removed& removed) const {
    int pairs = 0;
    ForNeighbours(point, [&](int n) {
      if (At(stones, n).colour == kEmpty) {
        ++pairs;
      } else {
        --At(stones, At(stones, n).head).liberties;  // a border's means nothing
      }
    });
    At(stones, point) = {.head = static_cast<std::uint16_t>(point),
                         .next = static_cast<std::uint16_t>(point),
                         .liberties = static_cast<std::uint16_t>(pairs),
                         .colour = colour,
                         .stones = 1};
    stones.key ^= Number(point, colour);
    int captured = 0;
    ForNeighbours(point, [&](int n) {
      const GoPoint& neighbour = At(stones, n);
      if (neighbour.colour == colour) {
        if (neighbour.head != At(stones, point).head) {
          Join(stones, neighbour.head, At(stones, point).head);
        }
      } else if (neighbour.colour == Opposite(colour) &&
                 At(stones, neighbour.head).liberties == 0) {
        captured += Remove(stones, neighbour.head, removed);
      }
    });
    const int head = At(stones, point).head;
    if (At(stones, head).liberties == 0) Remove(stones, head, removed);
    return captured;
  }

  // Liberties of a chain, each counted once; 3 stands for three and more.
  [[nodiscard]] int Liberties(const GoStones& stones, int head) const {
    const int pairs = At(stones, head).liberties;
    if (pairs <= 1) return pairs;
    if (pairs > 8) return 3;  // an empty point makes four pairs at most
    std::array<int, 3> found{};
    int count = 0;
    int point = head;
    do {
      ForNeighbours(point, [&](int n) {
        if (count == 3 || At(stones, n).colour != kEmpty) return;
        if (std::find(found.begin(), found.begin() + count, n) == found.begin() + count) {
          found[Index(count++)] = n;
        }
      });
      point = At(stones, point).next;
    } while (point != head && count < 3);
    return count;
  }

  // Stones and surrounded empty points of Black less those of White. An empty region counts for the
  // one colour that it reaches (Tromp and Taylor's rules, tromp.github.io/go.html).
  [[nodiscard]] int Area(const GoStones& stones) const {
    std::array<bool, kMaxGoPoints> seen{};
    std::array<std::uint16_t, kMaxGoCells> region;
    std::array<int, 4> area{};  // by the colours reached, as bits
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        const int start = PointAt(x, y);
        const GoColour colour = At(stones, start).colour;
        if (colour != kEmpty) ++area[colour];
        if (colour != kEmpty || seen[Index(start)]) continue;
        int size = 1;
        unsigned reached = 0;
        region[0] = static_cast<std::uint16_t>(start);
        seen[Index(start)] = true;
        for (int i = 0; i < size; ++i) {
          ForNeighbours(region[Index(i)], [&](int n) {
            const GoColour there = At(stones, n).colour;
            if (there == kBlack || there == kWhite) reached |= there;
            if (there != kEmpty || seen[Index(n)]) return;
            seen[Index(n)] = true;
            region[Index(size++)] = static_cast<std::uint16_t>(n);
          });
        }
        area[reached] += size;
      }
    }
    return area[kBlack] - area[kWhite];
  }

  [[nodiscard]] static const GoPoint& At(const GoStones& stones, int point) {
    return stones.points[Index(point)];
  }
  [[nodiscard]] static GoPoint& At(GoStones& stones, int point) {
    return stones.points[Index(point)];
  }

 private:
  static constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }
  // cell / width_, by multiplication: cell x (rounding < width) stays below 2^16.
  [[nodiscard]] constexpr int Row(int cell) const {
    return static_cast<int>(static_cast<unsigned>(cell) * kReciprocal[Index(width_)] >> 16);
  }
  static constexpr std::array<unsigned, kMaxGoSide + 1> kReciprocal = [] {
    std::array<unsigned, kMaxGoSide + 1> table{};
    for (unsigned width = 1; width <= kMaxGoSide; ++width) table[width] = (65535 + width) / width;
    return table;
  }();

  [[nodiscard]] static std::uint64_t Number(int point, GoColour colour) {
    return kNumbers[Index(2 * point + (colour == kWhite ? 1 : 0))];
  }
  static constexpr std::array<std::uint64_t, std::size_t{2}* kMaxGoPoints> kNumbers = [] {
    std::array<std::uint64_t, std::size_t{2} * kMaxGoPoints> table{};
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = ZobristNumber(i);
    return table;
  }();
  [[nodiscard]] static std::uint64_t ChainKey(const GoStones& stones, int head) {
    std::uint64_t key = 0;
    ForChain(stones, head, [&](int point) { key ^= Number(point, At(stones, point).colour); });
    return key;
  }

  // How many of the four neighbours belong to the chain of number i.
  [[nodiscard]] static int Touching(const GoStones& stones, const std::array<int, 4>& around,
                                    int i) {
    const int head = At(stones, around[Index(i)]).head;
    int count = 0;
    for (const int n : around) {
      const GoPoint& neighbour = At(stones, n);
      count += static_cast<int>(neighbour.head == head && neighbour.colour != kEmpty);
    }
    return count;
  }
  [[nodiscard]] static bool IsFirst(const GoStones& stones, const std::array<int, 4>& around,
                                    int i) {
    for (int j = 0; j < i; ++j) {
      const GoPoint& neighbour = At(stones, around[Index(j)]);
      if (neighbour.head == At(stones, around[Index(i)]).head && neighbour.colour != kEmpty) {
        return false;
      }
    }
    return true;
  }

  // Two chains become one; the smaller is renamed.
  static void Join(GoStones& stones, int a, int b) {
    if (At(stones, a).stones < At(stones, b).stones) std::swap(a, b);
    ForChain(stones, b, [&](int point) { At(stones, point).head = static_cast<std::uint16_t>(a); });
    std::swap(At(stones, a).next, At(stones, b).next);
    GoPoint& head = At(stones, a);
    head.liberties = static_cast<std::uint16_t>(head.liberties + At(stones, b).liberties);
    head.stones = static_cast<std::uint8_t>(std::min(255, head.stones + At(stones, b).stones));
  }

  template <class Removed>
  int Remove(GoStones& stones, int head, const Removed& removed) const {
    int count = 0;
    int point = head;
    do {
      GoPoint& stone = At(stones, point);
      stones.key ^= Number(point, stone.colour);
      stone.colour = kEmpty;
      ForNeighbours(point, [&](int n) {
        if (At(stones, n).colour != kEmpty) ++At(stones, At(stones, n).head).liberties;
      });
      removed(point);
      ++count;
      point = stone.next;
    } while (point != head);
    return count;
  }

  int width_, height_, stride_;
};

}  // namespace agon::selfplay
