// SPDX-License-Identifier: Apache-2.0
// A search but for the game: limits, what happens at the root (noise, Gumbel, forced playouts),
// what is chosen below it, and what the finished tree says.
//
// Who needs this file: tree_search.h, which walks positions and calls this.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/clock.h"
#include "selfplay/search/gumbel.h"
#include "selfplay/search/searcher.h"
#include "selfplay/search/select.h"
#include "selfplay/search/tree.h"

namespace agon::selfplay {

class TreeCore {
 public:
  // Error(kConfig) for an algorithm or fpu that SearchSettings does not list.
  TreeCore(const SearchSettings& settings, std::uint64_t seed);

  SearchTree tree;

  [[nodiscard]] const SearchSettings& settings() const { return settings_; }

  // ---- a search begins; the tree is empty or kept ----
  void Start(const SearchRequest& request);
  // The root is another position now.
  void ForgetRoot() { root_moves_.clear(); }
  [[nodiscard]] bool Done() const;
  // As Done, without a look at the clock.
  [[nodiscard]] bool Spent() const {
    return full_ || simulations_ + in_flight_ >= limit_ ||
           ((settings_.solver || tree.root.expansion == 0) && tree.root.proven != Proven::kUnknown);
  }
  [[nodiscard]] bool OutOfTime() const {
    return max_seconds_ > 0 && watch_.Seconds() >= max_seconds_;
  }
  // A leaf's symmetry: the request's, or drawn from seed and position.
  [[nodiscard]] int Symmetry(std::uint64_t hash, int symmetries) const;

  // ---- one step down: the place of an edge; -1 when there is nothing to gain below ----
  [[nodiscard]] int SelectAtRoot();
  [[nodiscard]] int Select(const Node& node, int chooser, std::uint32_t expansion) const;
  // Instead of a child known to be a draw: the most promising one of which nothing is known, to
  // prove the position; -1 when there is none.
  [[nodiscard]] int SelectOpen(const Node& node, std::uint32_t expansion) const;
  // The edge, not visited yet, gets a child; its rank.
  int Visit(std::uint32_t expansion, int edge);

  // ---- what evaluators said; edges hold the moves in the order of the logits ----
  void SetPriors(std::uint32_t expansion, std::span<const float> logits,
                 const std::array<float, 3>& outcome);
  void SetUniform(std::uint32_t expansion);

  // Whether a path that ran into a waiting leaf may stay in flight to push the next ones elsewhere:
  // not beside a schedule that counts visits.
  [[nodiscard]] bool SpreadsByCollisions() const { return !gumbel_; }

  // ---- simulations: started (leaves in flight), finished ----
  void Depart(std::span<const PathStep> path);
  void Return(std::span<const PathStep> path);
  void Count(std::size_t depth) {
    ++simulations_;
    deepest_ = depth > deepest_ ? depth : deepest_;
    if (gumbel_) schedule_.Next();
  }
  void CountDeparture(std::size_t depth) {
    ++in_flight_;
    deepest_ = depth > deepest_ ? depth : deepest_;
    if (gumbel_) schedule_.Next();
  }
  void CountReturn() {
    --in_flight_;
    ++simulations_;
  }
  void SetFull() { full_ = true; }

  [[nodiscard]] SearchResult Result() const;
  [[nodiscard]] record::Tree Picture(int most, const std::function<std::string(Move)>& text) const;

 private:
  // Parallel to the edges of the root.
  struct RootMove {
    Move move = kNoMove;
    float prior = 0;              // the evaluator's
    float searched = 0;           // with temperature and noise
    float gumbel = 0;             // noise
    std::uint32_t inherited = 0;  // visits before this search
  };
  void PrepareRoot();
  void AddNoise();
  [[nodiscard]] int SelectHalving();
  [[nodiscard]] int SelectForced() const;
  // sigma(completed Q) of every move of the root.
  void CompletedScores(std::vector<double>& scores) const;
  // Moves worth playing: those that keep a proven result, or are not proven to lose.
  void MarkPlayable(std::vector<bool>& playable) const;
  void Targets(const std::vector<bool>& playable, std::vector<double>& targets) const;
  void PrunedVisits(std::vector<double>& visits) const;
  [[nodiscard]] std::size_t BestMove(const std::vector<bool>& playable) const;
  void AppendLine(const Node& node, std::vector<Move>& line) const;

  SearchSettings settings_;
  std::uint64_t seed_;
  PuctRule puct_;
  SigmaSettings sigma_;
  bool gumbel_, improved_below_;

  SearchRequest request_;
  std::uint64_t search_seed_ = 0;
  std::int64_t limit_ = 0, simulations_ = 0, in_flight_ = 0;
  double max_seconds_ = 0;
  Stopwatch watch_;
  std::size_t deepest_ = 0;
  bool full_ = false, forced_ = false;
  std::vector<RootMove> root_moves_;
  HalvingSchedule schedule_;
  // Kept between calls: nothing is allocated in a simulation.
  std::vector<double> scores_;
  std::vector<float> priors_;
};

inline int TreeCore::Select(const Node& node, int chooser, std::uint32_t expansion) const {
  const Expansion& e = tree.expansion(expansion);
  const Choice at{.visits = node.visits + node.in_flight,
                  .value = chooser == e.mover ? node.value : -node.value,
                  .edges = tree.edges(expansion),
                  .children = tree.children(expansion)};
  if (improved_below_) return SelectImproved(at, e.raw_value, sigma_, settings_.solver);
  return puct_.Select(at, puct_.reduction());
}

}  // namespace agon::selfplay
