// SPDX-License-Identifier: Apache-2.0
// Pure Monte Carlo tree search over a game known when it is compiled: UCT with one random game from
// every new leaf. The opponent "mcts"; callers use RolloutSearch of baselines.h.
//
// Thread safety: a search belongs to one thread.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "selfplay/games/random.h"
#include "selfplay/search/baselines.h"
#include "selfplay/search/rollout.h"

namespace agon::selfplay {

template <Game G>
class RolloutTree {
 public:
  using Position = typename G::Position;

  // `history` holds the boards before `root`, one for every move so far.
  RolloutTree(const G& rules, const Position& root, const History& history,
              const RolloutSettings& settings, std::uint64_t& random)
      : rules_(rules), root_(root), history_(history), settings_(settings), random_(random) {
    moves_so_far_ = static_cast<int>(history.size());
    nodes_.reserve(static_cast<std::size_t>(std::min<std::int64_t>(settings.simulations, 1 << 16)) *
                   8);
    nodes_.emplace_back();
    Expand(0, root_);
  }

  // Every legal move, in order of the rules.
  std::vector<RolloutMove> Run() {
    for (std::int64_t i = 0; i < settings_.simulations && nodes_[0].proven == kUnknown; ++i) {
      Simulate();
    }
    std::vector<RolloutMove> moves;
    for (std::uint32_t i = 0; i < nodes_[0].children; ++i) {
      const Node& child = nodes_[nodes_[0].first + i];
      const double mean = child.visits > 0 ? static_cast<double>(child.total) / child.visits : 0.0;
      moves.push_back({.move = child.move,
                       .visits = child.visits,
                       .value = child.proven == kUnknown ? mean : child.proven,
                       .proven = child.proven});
    }
    std::ranges::sort(moves, {}, &RolloutMove::move);
    return moves;
  }

 private:
  static constexpr std::int8_t kUnknown = 2;
  // Results are those of the player who moved here.
  struct Node {
    std::uint32_t first = 0;  // children lie side by side, in random order; 0: none yet
    std::uint16_t children = 0;
    Move move = kNoMove;
    std::uint32_t tried = 0;  // the first so many children have been visited
    std::int32_t visits = 0;
    std::int32_t total = 0;  // of results
    std::int8_t mover = 0;
    std::int8_t proven = kUnknown;
  };

  bool AtEnd(const Position& position, int depth) const {
    return rules_.Over(position) || moves_so_far_ + depth >= rules_.MaxMoves();
  }

  void Expand(std::uint32_t node, const Position& position) {
    const int count = rules_.LegalMoves(position, history_, legal_);
    const auto mover = static_cast<std::int8_t>(rules_.ToMove(position));
    nodes_[node].first = static_cast<std::uint32_t>(nodes_.size());
    nodes_[node].children = static_cast<std::uint16_t>(count);
    for (int i = count; i > 0; --i) {  // a shuffle, one draw at a time
      const auto last = static_cast<std::size_t>(i - 1);
      std::swap(legal_[last], legal_[static_cast<std::size_t>(RandomBelow(random_, i))]);
      nodes_.emplace_back();
      nodes_.back().move = legal_[last];
      nodes_.back().mover = mover;
    }
  }

  // UCB1 among the tried, but an untried child first. Proven losses are left alone: there is
  // another child, or the node would be proven itself.
  std::uint32_t Select(std::uint32_t index) {
    Node& node = nodes_[index];
    if (node.tried < node.children) return node.first + node.tried++;
    const double log_visits = std::log(static_cast<double>(node.visits));
    std::uint32_t best = node.first;
    double best_score = -1e30;
    for (std::uint32_t i = node.first; i < node.first + node.children; ++i) {
      const Node& child = nodes_[i];
      if (child.proven == -1) continue;
      const double visits = child.visits;
      const double value = child.proven == kUnknown ? child.total / visits : child.proven;
      const double score = value + settings_.uct_c * std::sqrt(log_visits / visits);
      if (score > best_score) {
        best_score = score;
        best = i;
      }
    }
    return best;
  }

  void Simulate() {
    Position position = root_;
    path_.assign(1, 0);
    Outcome outcome = Outcome::kDraw;
    for (;;) {
      const std::uint32_t at = path_.back();
      const int depth = static_cast<int>(path_.size()) - 1;
      if (nodes_[at].proven != kUnknown) {
        outcome = ForFirst(nodes_[at].proven, nodes_[at].mover);
        break;
      }
      if (AtEnd(position, depth)) {
        outcome = OutcomeOf(rules_, position);
        if (settings_.solver) {
          nodes_[at].proven = static_cast<std::int8_t>(ValueFor(outcome, nodes_[at].mover));
          ProveAncestors();
        }
        break;
      }
      if (at != 0 && nodes_[at].visits == 0) {
        outcome = RandomGame(rules_, position, history_, random_);
        break;
      }
      if (nodes_[at].first == 0) Expand(at, position);
      const std::uint32_t next = Select(at);
      if constexpr (G::kForbidsRepetition) history_.Push(rules_.BoardKey(position));
      rules_.Play(position, nodes_[next].move);
      path_.push_back(next);
    }
    for (const std::uint32_t at : path_) {
      nodes_[at].visits += 1;
      nodes_[at].total += ValueFor(outcome, nodes_[at].mover);
    }
    history_.Shrink(static_cast<std::size_t>(moves_so_far_));
  }

  static Outcome ForFirst(int value, int player) {
    return static_cast<Outcome>(player == 0 ? value : -value);
  }

  // What the children's results prove, for the one who chooses among them.
  std::int8_t BestProven(const Node& node) const {
    std::int8_t best = -1;
    bool all_known = true;
    for (std::uint32_t i = node.first; i < node.first + node.children; ++i) {
      if (nodes_[i].proven == 1) return 1;
      if (nodes_[i].proven == kUnknown) {
        all_known = false;
      } else {
        best = std::max(best, nodes_[i].proven);
      }
    }
    return all_known ? best : kUnknown;
  }

  // The last node of the path has just been proven.
  void ProveAncestors() {
    for (std::size_t i = path_.size() - 1; i > 0; --i) {
      Node& parent = nodes_[path_[i - 1]];
      const std::int8_t best = BestProven(parent);
      if (best == kUnknown) return;
      const bool same_side = parent.mover == nodes_[path_[i]].mover;  // after a pass, say
      parent.proven = static_cast<std::int8_t>(same_side ? best : -best);
    }
  }

  const G& rules_;
  const Position root_;
  History history_;
  const RolloutSettings settings_;
  std::uint64_t& random_;
  int moves_so_far_ = 0;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> path_;
  std::array<Move, kMaxActions> legal_{};
};

}  // namespace agon::selfplay
