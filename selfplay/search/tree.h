// SPDX-License-Identifier: Apache-2.0
// The memory of a tree search, whatever the game: nodes, moves with their priors, statistics.
//
//   Node       what a parent knows of one visited child: 16 bytes. The visited children of a
//              position lie side by side, so that choosing among them reads memory in order.
//   Expansion  a position whose moves are known: header, then one Edge of 4 bytes for each legal
//              move. Edge i belongs to child i; the moves not visited yet follow, best prior first,
//              so that choosing looks at one of them only.
//
// Places are offsets into one arena (0: none). Expansions stay where they are; arrays of children
// move when they grow, so a path is kept as (expansion, rank). Memory of outgrown arrays is used
// again; Keep copies what is left after a move was played and frees the rest.
//
// Who needs this file: tree_core.h, tree_search.h and their tests.
//
// Thread safety: one thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "selfplay/games/game.h"

namespace agon::selfplay {

// A probability in 16 bits, 5 of exponent and 11 of mantissa: from 2^-31 to 1, to 2^-12 of itself.
// Order is kept.
[[nodiscard]] constexpr std::uint16_t PackPrior(float prior) {
  constexpr std::uint32_t kLowest = 96U << 23;  // bits of 2^-31
  const auto bits = std::bit_cast<std::uint32_t>(std::clamp(prior, 0x1p-31F, 1.0F));
  return static_cast<std::uint16_t>((bits - kLowest + (1U << 11)) >> 12);
}
[[nodiscard]] constexpr float UnpackPrior(std::uint16_t packed) {
  return std::bit_cast<float>((std::uint32_t{packed} << 12) + (96U << 23));
}

enum class Proven : std::uint8_t { kUnknown = 0, kLoss = 1, kDraw = 2, kWin = 3 };
[[nodiscard]] constexpr Proven ProvenOf(int value) { return static_cast<Proven>(value + 2); }
[[nodiscard]] constexpr int ValueOf(Proven proven) { return static_cast<int>(proven) - 2; }

struct Node {
  float value = 0;           // mean, for the player who chose this move
  std::uint32_t visits = 0;  // finished ones
  std::uint32_t expansion = 0;
  std::uint16_t in_flight = 0;       // leaves below that wait for their evaluation
  Proven proven = Proven::kUnknown;  // for the player who chose this move
  std::uint8_t waiting = 0;          // this very leaf waits
};
static_assert(sizeof(Node) == 16);

struct Edge {
  std::uint16_t prior;
  Move move;
};

struct Expansion {
  std::uint32_t children = 0;
  float raw_value = 0;        // the evaluator's, for the side to move
  std::uint16_t edges = 0;    // legal moves
  std::uint16_t visited = 0;  // children
  std::uint16_t draw = 0;     // the evaluator's chance of a draw, of 65535
  std::uint16_t mover = 0;    // 0 or 1
};
static_assert(sizeof(Expansion) == 16);

// A step of a path: child `rank` of an expansion.
struct PathStep {
  std::uint32_t expansion = 0;
  std::uint16_t rank = 0;
};

// Words of 4 bytes, handed out in order; arrays of nodes given back are kept by size.
class TreeArena {
 public:
  explicit TreeArena(std::size_t max_bytes) : max_words_(max_bytes / kWord) {}

  // Whether `bytes` more can be handed out.
  [[nodiscard]] bool HasRoom(std::size_t bytes) const {
    return used_ + (bytes + kWord - 1) / kWord <= max_words_;
  }
  // Moves everything when it has to grow. The caller has asked HasRoom.
  [[nodiscard]] std::uint32_t Allocate(std::size_t bytes);
  [[nodiscard]] std::uint32_t AllocateNodes(int count);
  void FreeNodes(std::uint32_t place, int count);
  void Clear();
  void Release();  // its memory too
  [[nodiscard]] std::size_t used_bytes() const { return used_ * kWord; }
  [[nodiscard]] std::size_t capacity_bytes() const { return capacity_ * kWord; }

  template <class T>
  [[nodiscard]] T* At(std::uint32_t place) {
    return reinterpret_cast<T*>(words_.get() + std::size_t{place} * kWord);
  }
  template <class T>
  [[nodiscard]] const T* At(std::uint32_t place) const {
    return reinterpret_cast<const T*>(words_.get() + std::size_t{place} * kWord);
  }

 private:
  static constexpr std::size_t kWord = 4;
  static constexpr std::size_t kFirst = 4;  // place 0 means none
  std::size_t max_words_;
  std::size_t used_ = kFirst, capacity_ = 0;
  std::unique_ptr<std::byte[]> words_;
  std::array<std::uint32_t, kMaxActions + 1> free_{};  // by count, linked through the first word
};

class SearchTree {
 public:
  explicit SearchTree(std::size_t max_bytes) : arena_(max_bytes), spare_(max_bytes) {}

  // The root, seen by the player to move there (nobody chose it).
  Node root;

  void Clear();
  // Child `rank` of the root becomes the root; all else is freed.
  void Keep(int rank);
  // Whether a simulation at positions with at most `actions` moves may go on.
  [[nodiscard]] bool HasRoom(int actions) const {
    const auto most = static_cast<std::size_t>(actions);
    return arena_.HasRoom(most * (sizeof(Edge) + sizeof(Node)) + sizeof(Expansion) + 64);
  }
  // Edges are the caller's to fill in. Moves everything.
  [[nodiscard]] std::uint32_t AddExpansion(int mover, int edges);
  // Edge `edge`, not visited so far, gets a child, and the next rank; the edges between move down.
  void AddChild(std::uint32_t expansion, int edge);

  [[nodiscard]] Expansion& expansion(std::uint32_t at) { return *arena_.At<Expansion>(at); }
  [[nodiscard]] const Expansion& expansion(std::uint32_t at) const {
    return *arena_.At<Expansion>(at);
  }
  [[nodiscard]] std::span<Edge> edges(std::uint32_t at) {
    return {arena_.At<Edge>(at + kHeaderWords), expansion(at).edges};
  }
  [[nodiscard]] std::span<const Edge> edges(std::uint32_t at) const {
    return {arena_.At<Edge>(at + kHeaderWords), expansion(at).edges};
  }
  [[nodiscard]] std::span<Node> children(std::uint32_t at) {
    const Expansion& e = expansion(at);
    return {arena_.At<Node>(e.children), e.visited};
  }
  [[nodiscard]] std::span<const Node> children(std::uint32_t at) const {
    const Expansion& e = expansion(at);
    return {arena_.At<Node>(e.children), e.visited};
  }
  [[nodiscard]] Node& child(PathStep step) { return children(step.expansion)[step.rank]; }

  // A simulation ended with this value for player 0. The root and the first `drawn` nodes count a
  // draw instead.
  void Backup(std::span<const PathStep> path, float value, std::size_t drawn = 0);
  // The last step of the path leads to a proven node: carries it up as far as it goes
  // (MCTS-Solver, Winands et al. 2008, with draws).
  void CarryUp(std::span<const PathStep> path);

  [[nodiscard]] std::size_t used_bytes() const { return arena_.used_bytes(); }
  // Memory held, also what is kept for later.
  [[nodiscard]] std::size_t held_bytes() const {
    return arena_.capacity_bytes() + spare_.capacity_bytes();
  }

 private:
  static constexpr std::uint32_t kHeaderWords = sizeof(Expansion) / 4;
  static constexpr int Capacity(int visited, int edges) {
    return visited == 0
               ? 0
               : std::min(static_cast<int>(std::bit_ceil(static_cast<unsigned>(visited))), edges);
  }
  TreeArena arena_, spare_;
  std::vector<std::uint32_t> copied_;  // places whose contents still lie in the old arena
};

inline void SearchTree::Backup(std::span<const PathStep> path, float value, std::size_t drawn) {
  if (root.expansion != 0) {
    const float first = drawn > 0 ? 0 : value;
    const float seen = expansion(root.expansion).mover == 0 ? first : -first;
    root.visits += 1;
    root.value += (seen - root.value) / static_cast<float>(root.visits);
  }
  for (const PathStep& step : path) {
    const Expansion& e = expansion(step.expansion);
    Node& node = arena_.At<Node>(e.children)[step.rank];
    const float here = drawn > 0 ? 0 : value;
    if (drawn > 0) --drawn;
    const float seen = e.mover == 0 ? here : -here;
    node.visits += 1;
    node.value += (seen - node.value) / static_cast<float>(node.visits);
  }
}

}  // namespace agon::selfplay
