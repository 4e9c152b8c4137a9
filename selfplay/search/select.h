// SPDX-License-Identifier: Apache-2.0
// Which move of an expanded position the next simulation follows: PUCT, or the deterministic rule
// that Gumbel AlphaZero uses below the root.
//
// Who needs this file: tree_core.h.
//
// Thread safety: a rule is immutable.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "selfplay/search/settings.h"
#include "selfplay/search/tree.h"

namespace agon::selfplay {

// A position as its selection sees it.
struct Choice {
  std::uint32_t visits = 0;  // of the position, its own evaluation and leaves in flight included
  float value = 0;           // mean, for the side to move
  std::span<const Edge> edges;
  std::span<const Node> children;
};

// What a child is worth to the chooser. Every leaf in flight below counts as a loss (virtual loss),
// so that the leaves of one batch spread.
[[nodiscard]] inline float Worth(const Node& child) {
  if (child.proven != Proven::kUnknown) return static_cast<float>(ValueOf(child.proven));
  const auto visits = static_cast<float>(child.visits);
  const auto waiting = static_cast<float>(child.in_flight);
  return (child.value * visits - waiting) / (visits + waiting);
}

// argmax Q + c(N) P sqrt(N) / (1 + n),  c(N) = cpuct + log((1 + N + base) / base)
// (Silver et al. 2018; N counts the position's own evaluation, as MuZero's reference does).
class PuctRule {
 public:
  explicit PuctRule(const SearchSettings& settings);

  // c(N) sqrt(N)
  [[nodiscard]] float Scale(std::uint32_t visits) const {
    return visits < kTable ? scale_[visits] : Exact(visits);
  }
  // The place of the chosen edge; -1 when all moves are known to lose. `reduction` of unvisited
  // moves per root of visited prior.
  [[nodiscard]] int Select(const Choice& at, float reduction) const;
  [[nodiscard]] float reduction() const { return reduction_; }

 private:
  enum class Fpu { kReduction, kLoss, kZero };
  static constexpr std::uint32_t kTable = 4096;
  [[nodiscard]] float Exact(std::uint32_t visits) const;
  double cpuct_, base_;
  Fpu fpu_;
  float reduction_;
  bool solver_;
  std::vector<float> scale_;
};

inline int PuctRule::Select(const Choice& at, float reduction) const {
  const float scale = Scale(at.visits);
  float best = -std::numeric_limits<float>::infinity();
  float visited_prior = 0;
  int chosen = -1;
  const int visited = static_cast<int>(at.children.size());
  const Node* const children = at.children.data();
  const Edge* const edges = at.edges.data();
  for (int i = 0; i < visited; ++i) {
    const Node& child = children[i];
    const float prior = UnpackPrior(edges[i].prior);
    visited_prior += prior;
    std::uint32_t visits = child.visits;
    float value = child.value;
    if ((child.in_flight | static_cast<unsigned>(child.proven)) != 0) {
      if (child.proven == Proven::kLoss && solver_) continue;
      value = Worth(child);
      visits += child.in_flight;
    }
    const float score = value + prior * scale / static_cast<float>(1 + visits);
    if (score > best) {
      best = score;
      chosen = i;
    }
  }
  // The moves not visited share one value: the first, of highest prior, is the best of them.
  if (visited < static_cast<int>(at.edges.size())) {
    float value = 0;
    if (fpu_ == Fpu::kLoss) value = -1;
    if (fpu_ == Fpu::kReduction) value = at.value - reduction * std::sqrt(visited_prior);
    if (value + UnpackPrior(edges[visited].prior) * scale > best) chosen = visited;
  }
  return chosen;
}

}  // namespace agon::selfplay
