// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/tree.h"

#include <cstring>
#include <utility>

#include "runtime/base/error.h"

namespace agon::selfplay {

std::uint32_t TreeArena::Allocate(std::size_t bytes) {
  const std::size_t words = (bytes + kWord - 1) / kWord;
  const std::size_t need = used_ + words;
  if (need > capacity_) {
    constexpr std::size_t kLeast = 4096;
    std::size_t grown = std::max({kLeast, need, std::min(capacity_ * 2, max_words_)});
    auto moved = std::make_unique_for_overwrite<std::byte[]>(grown * kWord);
    if (words_) std::memcpy(moved.get(), words_.get(), used_ * kWord);
    words_ = std::move(moved);
    capacity_ = grown;
  }
  const auto place = static_cast<std::uint32_t>(used_);
  used_ = need;
  return place;
}

std::uint32_t TreeArena::AllocateNodes(int count) {
  std::uint32_t& first = free_[static_cast<std::size_t>(count)];
  if (first == 0) return Allocate(static_cast<std::size_t>(count) * sizeof(Node));
  const std::uint32_t place = first;
  first = *At<std::uint32_t>(place);
  return place;
}

void TreeArena::FreeNodes(std::uint32_t place, int count) {
  std::uint32_t& first = free_[static_cast<std::size_t>(count)];
  *At<std::uint32_t>(place) = first;
  first = place;
}

void TreeArena::Clear() {
  used_ = kFirst;
  free_.fill(0);
}

void TreeArena::Release() {
  Clear();
  words_.reset();
  capacity_ = 0;
}

void SearchTree::Clear() {
  root = {};
  arena_.Clear();
}

std::uint32_t SearchTree::AddExpansion(int mover, int edges) {
  AGON_CHECK(edges >= 1 && edges <= kMaxActions);
  const std::uint32_t at =
      arena_.Allocate(sizeof(Expansion) + static_cast<std::size_t>(edges) * sizeof(Edge));
  Expansion& made = *arena_.At<Expansion>(at);
  made = {};
  made.edges = static_cast<std::uint16_t>(edges);
  made.mover = static_cast<std::uint16_t>(mover);
  return at;
}

void SearchTree::AddChild(std::uint32_t at, int edge) {
  const int visited = expansion(at).visited;
  const int count = expansion(at).edges;
  const int capacity = Capacity(visited, count);
  if (visited == capacity) {
    const int grown = Capacity(visited + 1, count);
    const std::uint32_t fresh = arena_.AllocateNodes(grown);
    Expansion& e = expansion(at);
    if (visited > 0) {
      std::copy_n(arena_.At<Node>(e.children), visited, arena_.At<Node>(fresh));
      arena_.FreeNodes(e.children, capacity);
    }
    e.children = fresh;
  }
  Expansion& e = expansion(at);
  const std::span<Edge> all = edges(at);
  if (edge != visited) {
    std::rotate(all.begin() + visited, all.begin() + edge, all.begin() + edge + 1);
  }
  arena_.At<Node>(e.children)[visited] = Node{};
  e.visited = static_cast<std::uint16_t>(visited + 1);
}

void SearchTree::CarryUp(std::span<const PathStep> path) {
  for (std::size_t i = path.size(); i-- > 0;) {
    const Expansion& e = expansion(path[i].expansion);
    const std::span<const Node> all = children(path[i].expansion);
    Proven best = all[path[i].rank].proven;
    if (best != Proven::kWin) {
      if (e.visited != e.edges) return;
      for (const Node& node : all) {
        if (node.proven == Proven::kUnknown) return;
        best = std::max(best, node.proven);
      }
    }
    if (i == 0) {
      root.proven = best;
      return;
    }
    Node& above = child(path[i - 1]);
    if (above.proven != Proven::kUnknown) return;
    const bool same = expansion(path[i - 1].expansion).mover == e.mover;
    above.proven = ProvenOf(same ? ValueOf(best) : -ValueOf(best));
  }
}

void SearchTree::Keep(int rank) {
  spare_.Clear();
  const PathStep step{root.expansion, static_cast<std::uint16_t>(rank)};
  const std::uint16_t chooser = expansion(root.expansion).mover;
  Node kept = child(step);
  copied_.clear();
  // Copies the expansion of a node that already lies in the new arena, and its children.
  const auto copy = [&](std::uint32_t old_place) {
    const Expansion& from = *arena_.At<Expansion>(old_place);
    const std::size_t bytes = sizeof(Expansion) + from.edges * sizeof(Edge);
    const std::uint32_t place = spare_.Allocate(bytes);
    std::memcpy(spare_.At<std::byte>(place), arena_.At<std::byte>(old_place), bytes);
    if (from.visited > 0) {
      const std::uint32_t nodes = spare_.AllocateNodes(Capacity(from.visited, from.edges));
      std::copy_n(arena_.At<Node>(from.children), from.visited, spare_.At<Node>(nodes));
      spare_.At<Expansion>(place)->children = nodes;
      for (std::uint32_t i = from.visited; i-- > 0;) {
        const std::uint32_t node = nodes + i * static_cast<std::uint32_t>(sizeof(Node) / 4);
        if (spare_.At<Node>(node)->expansion != 0) copied_.push_back(node);
      }
    }
    return place;
  };
  if (kept.expansion != 0) {
    if (arena_.At<Expansion>(kept.expansion)->mover != chooser) {
      kept.value = -kept.value;
      if (kept.proven != Proven::kUnknown) kept.proven = ProvenOf(-ValueOf(kept.proven));
    }
    kept.expansion = copy(kept.expansion);
    while (!copied_.empty()) {
      const std::uint32_t node = copied_.back();
      copied_.pop_back();
      const std::uint32_t place = copy(spare_.At<Node>(node)->expansion);
      spare_.At<Node>(node)->expansion = place;
    }
  } else {
    kept = {};  // seen once, its moves unknown: nothing to keep
  }
  std::swap(arena_, spare_);
  root = kept;
  // A large tree is rare: its memory goes back instead of being held twice.
  constexpr std::size_t kWorthKeeping = 16 << 20;
  if (spare_.capacity_bytes() > kWorthKeeping) spare_.Release();
}

}  // namespace agon::selfplay
