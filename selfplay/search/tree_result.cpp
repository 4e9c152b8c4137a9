// SPDX-License-Identifier: Apache-2.0
// What a finished tree says: the move, the policy target, principal variations, a picture.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <queue>

#include "selfplay/search/tree_core.h"

namespace agon::selfplay {

SearchResult TreeCore::Result() const {
  SearchResult result;
  const Node& root = tree.root;
  result.visits = root.visits;
  result.simulations = simulations_;
  result.depth = static_cast<int>(deepest_);
  result.tree_bytes = tree.used_bytes();
  result.value =
      root.proven != Proven::kUnknown ? ValueOf(root.proven) : static_cast<double>(root.value);
  if (root.expansion == 0 || root_moves_.empty()) {  // the game is over, or nothing was evaluated
    result.raw_value = result.value;
    return result;
  }
  const Expansion& e = tree.expansion(root.expansion);
  const std::span<const Node> children = tree.children(root.expansion);
  result.raw_value = e.raw_value;
  const float draw = static_cast<float>(e.draw) / 65535.0F;
  result.raw_outcome = {(1 - draw + e.raw_value) / 2, draw, (1 - draw - e.raw_value) / 2};

  std::vector<bool> playable;
  MarkPlayable(playable);
  std::vector<double> targets;
  Targets(playable, targets);
  const std::size_t best = BestMove(playable);
  result.best = root_moves_[best].move;
  for (std::size_t i = 0; i < root_moves_.size(); ++i) {
    const RootMove& move = root_moves_[i];
    MoveStats stats;
    stats.move = move.move;
    stats.prior = move.prior;
    stats.target = targets[i];
    stats.line.push_back(move.move);
    if (i < children.size()) {
      const Node& child = children[i];
      stats.visits = child.visits;
      stats.value = child.value;
      if (child.proven != Proven::kUnknown) {
        stats.proven = ValueOf(child.proven);
        stats.value = stats.proven;
      }
      AppendLine(child, stats.line);
    }
    if (targets[i] > 0) {
      result.surprise += targets[i] * std::log(targets[i] / std::max(1e-30, stats.prior));
    }
    result.moves.push_back(std::move(stats));
  }
  result.surprise = std::max(0.0, result.surprise);  // rounding
  std::ranges::sort(result.moves, [&](const MoveStats& a, const MoveStats& b) {
    if ((a.move == result.best) != (b.move == result.best)) return a.move == result.best;
    if (a.visits != b.visits) return a.visits > b.visits;
    if (a.target != b.target) return a.target > b.target;
    return a.prior != b.prior ? a.prior > b.prior : a.move < b.move;
  });
  return result;
}

void TreeCore::MarkPlayable(std::vector<bool>& playable) const {
  const std::span<const Node> children = tree.children(tree.root.expansion);
  // A proven win is the only thing worth playing; a proven result is kept; else all but losses.
  Proven best = Proven::kUnknown;
  for (const Node& child : children) best = std::max(best, child.proven);
  const bool exact = tree.root.proven != Proven::kUnknown || best == Proven::kWin;
  playable.assign(root_moves_.size(), true);
  for (std::size_t i = 0; i < playable.size(); ++i) {
    const Proven proven = i < children.size() ? children[i].proven : Proven::kUnknown;
    playable[i] = exact ? proven == best : proven != Proven::kLoss;
  }
  // All may be lost without the root knowing it, when the solver is off.
  if (std::ranges::find(playable, true) == playable.end()) playable.assign(playable.size(), true);
}

void TreeCore::Targets(const std::vector<bool>& playable, std::vector<double>& targets) const {
  const std::span<const Node> children = tree.children(tree.root.expansion);
  targets.assign(root_moves_.size(), 0);
  if (gumbel_) {
    CompletedScores(targets);
    double highest = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < targets.size(); ++i) {
      targets[i] += std::log(std::max(root_moves_[i].prior, 1e-30F));
      if (playable[i]) highest = std::max(highest, targets[i]);
    }
    for (double& target : targets) target = std::exp(target - highest);
  } else if (forced_) {
    PrunedVisits(targets);
  } else {
    for (std::size_t i = 0; i < children.size(); ++i) targets[i] = children[i].visits;
  }
  double sum = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (!playable[i]) targets[i] = 0;
    sum += targets[i];
  }
  if (sum <= 0) {  // not one visit: the evaluator's own policy
    for (std::size_t i = 0; i < targets.size(); ++i) {
      targets[i] = playable[i] ? std::max(root_moves_[i].prior, 1e-30F) : 0;
      sum += targets[i];
    }
  }
  for (double& target : targets) target /= sum;
}

// Policy target pruning (Wu 2019, section 3.2): from each child but the most visited one up to
// sqrt(2 P N) visits are taken back as long as PUCT would not have chosen it for want of them, and
// a single visit that is left is taken back too.
void TreeCore::PrunedVisits(std::vector<double>& visits) const {
  const std::span<const Node> children = tree.children(tree.root.expansion);
  double total = 0;
  std::size_t most = 0;
  for (std::size_t i = 0; i < children.size(); ++i) {
    visits[i] = children[i].visits;
    total += visits[i];
    if (visits[i] > visits[most]) most = i;
  }
  if (children.empty()) return;
  const double scale = puct_.Scale(tree.root.visits);
  const auto worth = [&](std::size_t i) {
    return children[i].proven != Proven::kUnknown ? ValueOf(children[i].proven)
                                                  : static_cast<double>(children[i].value);
  };
  const double bar = worth(most) + root_moves_[most].searched * scale / (1 + visits[most]);
  for (std::size_t i = 0; i < children.size(); ++i) {
    if (i == most) continue;
    const double forced = std::sqrt(2 * root_moves_[i].searched * total);
    const double gap = bar - worth(i);
    // Q + P s / (1 + n) = bar  at  n = P s / gap - 1; below it PUCT would choose the child.
    const double wanted = gap > 0 ? root_moves_[i].searched * scale / gap - 1 : visits[i];
    const double least = std::ceil(std::max(visits[i] - forced, wanted));
    visits[i] = std::clamp(least, 0.0, visits[i]);
    if (visits[i] <= 1) visits[i] = 0;
  }
}

std::size_t TreeCore::BestMove(const std::vector<bool>& playable) const {
  const std::span<const Node> children = tree.children(tree.root.expansion);
  std::vector<double> scores;
  if (gumbel_) {
    CompletedScores(scores);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      scores[i] += root_moves_[i].gumbel + std::log(std::max(root_moves_[i].prior, 1e-30F));
    }
  } else {
    // Equal visits: the better value decides, then the prior.
    for (std::size_t i = 0; i < root_moves_.size(); ++i) {
      scores.push_back(i < children.size() ? children[i].value : -2.0);
    }
  }
  const auto visits = [&](std::size_t i) -> std::uint32_t {
    if (i >= children.size()) return 0;
    return gumbel_ ? children[i].visits - root_moves_[i].inherited : children[i].visits;
  };
  std::size_t best = root_moves_.size();
  for (std::size_t i = 0; i < root_moves_.size(); ++i) {
    if (!playable[i]) continue;
    if (best == root_moves_.size() || visits(i) > visits(best) ||
        (visits(i) == visits(best) &&
         (scores[i] > scores[best] ||
          (scores[i] == scores[best] && root_moves_[i].prior > root_moves_[best].prior)))) {
      best = i;
    }
  }
  return best;
}

void TreeCore::AppendLine(const Node& node, std::vector<Move>& line) const {
  for (const Node* at = &node; at->expansion != 0;) {
    const std::span<const Node> children = tree.children(at->expansion);
    const Node* best = nullptr;
    const auto better = [](const Node& a, const Node& b) {
      const int won = (a.proven == Proven::kWin) - (b.proven == Proven::kWin);
      const int lost = (a.proven == Proven::kLoss) - (b.proven == Proven::kLoss);
      if (won != 0 || lost != 0) return won > 0 || (won == 0 && lost < 0);
      return a.visits > b.visits;
    };
    for (const Node& child : children) {
      if (child.visits > 0 && (best == nullptr || better(child, *best))) best = &child;
    }
    if (best == nullptr) return;
    line.push_back(
        tree.edges(at->expansion)[static_cast<std::size_t>(best - children.data())].move);
    at = best;
  }
}

record::Tree TreeCore::Picture(int most, const std::function<std::string(Move)>& text) const {
  struct Item {
    const Node* node;
    Edge edge;
    int parent;
    bool operator<(const Item& other) const { return node->visits < other.node->visits; }
  };
  // The nodes of most visits; a parent never has fewer than its child.
  std::vector<Item> chosen;
  std::priority_queue<Item> waiting;
  if (most > 0) waiting.push({&tree.root, {.prior = PackPrior(1), .move = kNoMove}, -1});
  while (!waiting.empty() && static_cast<int>(chosen.size()) < most) {
    const Item item = waiting.top();
    waiting.pop();
    const int place = static_cast<int>(chosen.size());
    chosen.push_back(item);
    if (item.node->expansion == 0) continue;
    const std::span<const Edge> edges = tree.edges(item.node->expansion);
    const std::span<const Node> children = tree.children(item.node->expansion);
    for (std::size_t i = 0; i < children.size(); ++i) {
      if (children[i].visits > 0) waiting.push({&children[i], edges[i], place});
    }
  }
  // Preorder; they were chosen by visits, so children already stand in that order.
  std::vector<std::vector<int>> below(chosen.size());
  for (std::size_t i = 1; i < chosen.size(); ++i) {
    below[static_cast<std::size_t>(chosen[i].parent)].push_back(static_cast<int>(i));
  }
  record::Tree picture;
  const auto add = [&](const auto& self, std::size_t i, int parent) -> void {
    const Node& node = *chosen[i].node;
    const int place = static_cast<int>(picture.nodes.size());
    picture.nodes.push_back(
        {.parent = parent,
         .move = chosen[i].edge.move == kNoMove ? "" : text(chosen[i].edge.move),
         .visits = node.visits,
         .prior = UnpackPrior(chosen[i].edge.prior),
         .value = node.proven != Proven::kUnknown ? ValueOf(node.proven)
                                                  : static_cast<double>(node.value)});
    for (const int child : below[i]) self(self, static_cast<std::size_t>(child), place);
  };
  if (!chosen.empty()) add(add, 0, -1);
  return picture;
}

}  // namespace agon::selfplay
