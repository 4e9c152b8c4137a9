// SPDX-License-Identifier: Apache-2.0
// The tree search over one game: walks positions, fills batches, knows when a game ends. What it
// keeps and what it chooses is in tree.h and tree_core.h, without the game.
//
// Positions are not stored: a simulation starts from a copy of the root's and plays the moves
// again. The boards of the path go into the history, so that rules of repetition hold in the tree,
// and a path that reaches the game's limit of moves ends there.
//
// Who needs this file: game_of.h. Everybody else holds a Searcher (searcher.h).
//
// Thread safety: one thread at a time.
#pragma once

#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/base/philox.h"
#include "selfplay/games/game.h"
#include "selfplay/search/searcher.h"
#include "selfplay/search/tree_core.h"

namespace agon::selfplay {

template <Game G>
class TreeSearch final : public Searcher {
 public:
  using Position = typename G::Position;

  TreeSearch(const G& rules, const SearchSettings& settings, std::uint64_t seed)
      : rules_(rules), core_(settings, seed) {}

  void Begin(const GameState& state, const SearchRequest& request) override {
    Position position;
    std::memcpy(&position, state.position().bytes, sizeof(Position));
    BeginAt(position, state.history(), static_cast<int>(state.moves().size()), request);
  }
  // The same without a GameState. `ply`: moves played so far.
  void BeginAt(const Position& position, const History& history, int ply,
               const SearchRequest& request);

  int Collect(EvalBatch& batch, int limit) override;
  void Apply(const EvalBatch& batch, int first) override;
  void RunUniform() override;
  [[nodiscard]] bool Done() const override { return pending_.empty() && core_.Done(); }
  [[nodiscard]] SearchResult Result() const override { return core_.Result(); }

  void Advance(Move move) override;
  void Reset() override {
    Clear();
    begun_ = false;
  }
  [[nodiscard]] record::Tree Picture(int most) const override {
    return core_.Picture(most, [this](Move move) { return rules_.MoveText(move); });
  }
  [[nodiscard]] std::size_t tree_bytes() const override { return core_.tree.used_bytes(); }
  [[nodiscard]] const TreeCore& core() const { return core_; }

 private:
  enum class Leaf { kKnown, kEvaluate, kCollision };
  // A leaf that waits for its answer, or a path that ran into one.
  struct Pending {
    std::size_t first = 0, length = 0;  // of its path in steps_
    std::size_t drawn = 0;  // nodes from the root on that count a draw, whatever the answer
    std::uint32_t expansion = 0;
    int player_sign = 1;  // of the side to move at the leaf
    bool collision = false;
  };

  void Clear() {
    core_.tree.Clear();
    core_.ForgetRoot();
    pending_.clear();
    steps_used_ = 0;
  }
  [[nodiscard]] bool Ended(const Position& position, int ply) const {
    return ply >= rules_.MaxMoves() || rules_.Over(position);
  }
  [[nodiscard]] std::span<PathStep> PathOf(const Pending& pending) {
    return std::span(steps_).subspan(pending.first, pending.length);
  }
  // Fills moves_; what history forbids is left out.
  [[nodiscard]] int Generate(const Position& position) {
    return rules_.LegalMoves(position, history_, moves_);
  }
  [[nodiscard]] std::uint32_t Expand(const Position& position, int count);
  void AddRow(EvalBatch& batch, const Position& position, int count);
  // One way from the root to a leaf, into steps_ from steps_used_ on.
  template <bool kUniform>
  Leaf Descend(EvalBatch* batch, Pending& pending);
  void Finish(std::span<const PathStep> path, Node& leaf, int value_for_first, std::size_t drawn);

  G rules_;
  TreeCore core_;
  bool begun_ = false;
  Position root_{};
  int ply_ = 0;
  History history_;  // boards before the root, then of the path
  std::size_t root_history_ = 0;
  std::vector<PathStep> steps_;
  std::size_t steps_used_ = 0;
  std::vector<Pending> pending_;  // in the order of the batch's rows, collisions between
  std::array<Move, kMaxActions> moves_;
};

template <Game G>
void TreeSearch<G>::BeginAt(const Position& position, const History& history, int ply,
                            const SearchRequest& request) {
  const bool same = begun_ && pending_.empty() && core_.settings().reuse_tree && ply == ply_ &&
                    rules_.Hash(position) == rules_.Hash(root_) &&
                    (!G::kForbidsRepetition || history.keys() == history_.keys());
  if (!same) {
    Clear();
    if (history_.keys() != history.keys()) history_ = history;
  }
  begun_ = true;
  root_ = position;
  ply_ = ply;
  root_history_ = history_.size();
  Node& root = core_.tree.root;
  if (Ended(root_, ply_)) {
    Clear();
    root.proven = ProvenOf(ValueFor(OutcomeOf(rules_, root_), rules_.ToMove(root_)));
  }
  core_.Start(request);
}

template <Game G>
std::uint32_t TreeSearch<G>::Expand(const Position& position, int count) {
  const std::uint32_t at = core_.tree.AddExpansion(rules_.ToMove(position), count);
  const std::span<Edge> edges = core_.tree.edges(at);
  for (std::size_t i = 0; i < edges.size(); ++i) edges[i] = {.prior = 0, .move = moves_[i]};
  return at;
}

template <Game G>
void TreeSearch<G>::AddRow(EvalBatch& batch, const Position& position, int count) {
  const std::uint64_t hash = rules_.Hash(position);
  const int symmetry = core_.Symmetry(hash, rules_.Symmetries());
  const int row = batch.Add(MixBits(hash ^ MixBits(static_cast<std::uint64_t>(symmetry))), count);
  rules_.Encode(position, symmetry, batch.planes(row), batch.scalars(row));
  const std::span<Move> legal = batch.legal(row);
  for (std::size_t i = 0; i < legal.size(); ++i) legal[i] = rules_.Transform(moves_[i], symmetry);
}

// A leaf whose result is known.
template <Game G>
void TreeSearch<G>::Finish(std::span<const PathStep> path, Node& leaf, int value_for_first,
                           std::size_t drawn) {
  const int mover = core_.tree.expansion(path.back().expansion).mover;
  leaf.proven = ProvenOf(mover == 0 ? value_for_first : -value_for_first);
  core_.tree.Backup(path, static_cast<float>(value_for_first), drawn);
  if (core_.settings().solver) core_.tree.CarryUp(path);
}

template <Game G>
template <bool kUniform>
auto TreeSearch<G>::Descend(EvalBatch* batch, Pending& pending) -> Leaf {
  SearchTree& tree = core_.tree;
  const std::size_t most = steps_used_ + static_cast<std::size_t>(rules_.MaxMoves() - ply_) + 1;
  if (steps_.size() < most) steps_.resize(most * 2);
  PathStep* const steps = steps_.data() + steps_used_;
  Position position = root_;
  std::uint32_t expansion = tree.root.expansion;
  const Node* node = &tree.root;
  int chooser = tree.expansion(expansion).mover;
  std::size_t depth = 0, drawn = 0;
  Leaf leaf = Leaf::kKnown;
  for (;;) {
    int edge = depth == 0 ? core_.SelectAtRoot() : core_.Select(*node, chooser, expansion);
    // All moves here are known to lose while the position itself waits for an answer.
    if (edge < 0) edge = 0;
    // Below the root a visit to a proven draw tells nothing. The position is worth a draw at least,
    // so that much is counted here and above, and the visit itself helps to prove the rest.
    if (depth > 0 && core_.settings().solver && edge < tree.expansion(expansion).visited &&
        tree.children(expansion)[static_cast<std::size_t>(edge)].proven == Proven::kDraw) {
      if (const int open = core_.SelectOpen(*node, expansion); open >= 0) {
        edge = open;
        drawn = depth;
      }
    }
    const bool fresh = edge >= tree.expansion(expansion).visited;
    if (fresh) edge = core_.Visit(expansion, edge);
    steps[depth] = {expansion, static_cast<std::uint16_t>(edge)};
    ++depth;
    if constexpr (G::kForbidsRepetition) history_.Push(rules_.BoardKey(position));
    rules_.Play(position, tree.edges(expansion)[static_cast<std::size_t>(edge)].move);
    chooser = tree.expansion(expansion).mover;
    Node& child = tree.child(steps[depth - 1]);
    const std::span<const PathStep> path(steps, depth);
    if (fresh && Ended(position, ply_ + static_cast<int>(depth))) {
      Finish(path, child, static_cast<int>(OutcomeOf(rules_, position)), drawn);
      break;
    }
    if (child.proven != Proven::kUnknown) {
      const int value = ValueOf(child.proven);
      tree.Backup(path, static_cast<float>(chooser == 0 ? value : -value), drawn);
      break;
    }
    if (kUniform && fresh) {
      tree.Backup(path, 0);
      break;
    }
    if (child.waiting != 0) {
      leaf = Leaf::kCollision;
      break;
    }
    if (child.expansion == 0) {
      const int count = Generate(position);
      if (count == 0) {  // no move and not over: nobody can go on, which counts as a draw
        Finish(path, child, 0, drawn);
        break;
      }
      const std::uint32_t made = Expand(position, count);
      Node& grown = tree.child(steps[depth - 1]);
      grown.expansion = made;
      if constexpr (kUniform) {
        core_.SetUniform(made);
      } else {
        grown.waiting = 1;
        AddRow(*batch, position, count);
        pending.expansion = made;
        pending.player_sign = rules_.ToMove(position) == 0 ? 1 : -1;
        leaf = Leaf::kEvaluate;
        break;
      }
    }
    node = &tree.child(steps[depth - 1]);
    expansion = node->expansion;
  }
  if constexpr (G::kForbidsRepetition) history_.Shrink(root_history_);
  pending.first = steps_used_;
  pending.length = depth;
  pending.drawn = drawn;
  return leaf;
}

template <Game G>
int TreeSearch<G>::Collect(EvalBatch& batch, int limit) {
  AGON_CHECK(pending_.empty());
  SearchTree& tree = core_.tree;
  steps_used_ = 0;
  limit = std::min(limit, batch.capacity() - batch.size());
  if (limit <= 0 || !begun_) return 0;
  const auto actions = rules_.Actions();
  if (tree.root.expansion == 0) {
    if (core_.Spent() && tree.root.proven != Proven::kUnknown) return 0;
    const int count = Generate(root_);
    if (count == 0) {
      tree.root.proven = Proven::kDraw;
      return 0;
    }
    if (!tree.HasRoom(actions)) {
      core_.SetFull();
      return 0;
    }
    tree.root.expansion = Expand(root_, count);
    tree.root.waiting = 1;
    AddRow(batch, root_, count);
    pending_.push_back(
        {.expansion = tree.root.expansion, .player_sign = rules_.ToMove(root_) == 0 ? 1 : -1});
    return 1;
  }
  int collected = 0, collisions = 0, known = 0;
  constexpr int kLooksAtClock = 256;
  while (collected < limit && !core_.Spent()) {
    if (!tree.HasRoom(actions)) {
      core_.SetFull();
      break;
    }
    Pending pending;
    const Leaf leaf = Descend<false>(&batch, pending);
    if (leaf == Leaf::kKnown) {
      core_.Count(pending.length);
      if (++known % kLooksAtClock == 0 && core_.OutOfTime()) break;
      continue;
    }
    if (leaf == Leaf::kCollision && !core_.SpreadsByCollisions()) break;
    core_.Depart(PathOf(pending));
    pending.collision = leaf == Leaf::kCollision;
    steps_used_ += pending.length;
    pending_.push_back(pending);
    if (leaf == Leaf::kEvaluate) {
      core_.CountDeparture(pending.length);
      ++collected;
    } else if (++collisions >= limit) {
      break;
    }
  }
  // What ran into a waiting leaf only had to push the next ones elsewhere.
  std::erase_if(pending_, [&](const Pending& pending) {
    if (pending.collision) core_.Return(PathOf(pending));
    return pending.collision;
  });
  return collected;
}

template <Game G>
void TreeSearch<G>::Apply(const EvalBatch& batch, int first) {
  SearchTree& tree = core_.tree;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const Pending& pending = pending_[i];
    const int row = first + static_cast<int>(i);
    const std::span<const PathStep> path = PathOf(pending);
    Node& leaf = path.empty() ? tree.root : tree.child(path.back());
    leaf.waiting = 0;
    core_.SetPriors(pending.expansion, batch.logits(row), batch.outcome(row));
    const float value = tree.expansion(pending.expansion).raw_value;
    if (!path.empty()) {
      core_.Return(path);
      core_.CountReturn();
    }
    tree.Backup(path, pending.player_sign > 0 ? value : -value, pending.drawn);
  }
  pending_.clear();
}

template <Game G>
void TreeSearch<G>::RunUniform() {
  if (!begun_) return;
  SearchTree& tree = core_.tree;
  steps_used_ = 0;
  const int actions = rules_.Actions();
  if (tree.root.expansion == 0 && tree.root.proven == Proven::kUnknown) {
    const int count = Generate(root_);
    if (count == 0) {
      tree.root.proven = Proven::kDraw;
      return;
    }
    if (!tree.HasRoom(actions)) return core_.SetFull();
    tree.root.expansion = Expand(root_, count);
    core_.SetUniform(tree.root.expansion);
    tree.Backup({}, 0);
  }
  constexpr std::int64_t kLooksAtClock = 256;
  Pending pending;
  for (std::int64_t i = 1; !core_.Spent(); ++i) {
    if (!tree.HasRoom(actions)) return core_.SetFull();
    Descend<true>(nullptr, pending);
    core_.Count(pending.length);
    if (i % kLooksAtClock == 0 && core_.OutOfTime()) return;
  }
}

template <Game G>
void TreeSearch<G>::Advance(Move move) {
  if (!begun_) return;
  SearchTree& tree = core_.tree;
  if (!pending_.empty()) return Reset();  // its leaves will never be answered
  if (tree.root.expansion == 0) return Reset();
  const std::span<const Edge> edges = tree.edges(tree.root.expansion);
  const auto found =
      std::ranges::find_if(edges, [&](const Edge& edge) { return edge.move == move; });
  if (found == edges.end()) return Reset();  // not a move of this position
  const auto rank = static_cast<int>(found - edges.begin());
  history_.Push(rules_.BoardKey(root_));
  root_history_ = history_.size();
  rules_.Play(root_, move);
  ++ply_;
  if (rank < tree.expansion(tree.root.expansion).visited) {
    tree.Keep(rank);
    core_.ForgetRoot();
  } else {
    Clear();
  }
}

}  // namespace agon::selfplay
