// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/tree_core.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/error.h"
#include "selfplay/games/random.h"
#include "selfplay/search/noise.h"

namespace agon::selfplay {
namespace {

// Purposes of random numbers, so that one search's never coincide.
constexpr std::uint64_t kSymmetry = 0x5359, kDirichlet = 0x4449, kGumbel = 0x4755;

}  // namespace

TreeCore::TreeCore(const SearchSettings& settings, std::uint64_t seed)
    : tree(static_cast<std::size_t>(settings.max_tree_bytes)),
      settings_(settings),
      seed_(seed),
      puct_(settings),
      sigma_{.visit = settings.gumbel_visit, .value = settings.gumbel_value},
      gumbel_(settings.algorithm != "puct"),
      improved_below_(settings.algorithm == "gumbel") {
  if (settings.algorithm != "puct" && settings.algorithm != "gumbel" &&
      settings.algorithm != "gumbel_root") {
    Fail(ErrorKind::kConfig, "search.algorithm: {} is none of puct, gumbel, gumbel_root",
         settings.algorithm);
  }
  if (settings.fpu != "reduction" && settings.fpu != "parent" && settings.fpu != "loss" &&
      settings.fpu != "zero") {
    Fail(ErrorKind::kConfig, "search.fpu: {} is none of reduction, parent, loss, zero",
         settings.fpu);
  }
}

void TreeCore::Start(const SearchRequest& request) {
  request_ = request;
  search_seed_ = MixBits(seed_ ^ MixBits(request.seed));
  limit_ = request.simulations > 0 ? request.simulations : settings_.simulations;
  max_seconds_ = request.max_seconds >= 0 ? request.max_seconds : settings_.max_seconds;
  watch_.Restart();
  simulations_ = in_flight_ = 0;
  deepest_ = 0;
  full_ = false;
  forced_ = !gumbel_ && request.noise && settings_.forced_playouts;
  if (tree.root.expansion != 0) PrepareRoot();
}

bool TreeCore::Done() const {
  if (in_flight_ > 0) return false;
  // Without a position at the root nothing can be answered yet.
  if (tree.root.expansion == 0 && tree.root.proven == Proven::kUnknown && !full_) return false;
  return Spent() || OutOfTime();
}

int TreeCore::Symmetry(std::uint64_t hash, int symmetries) const {
  if (symmetries == 1) return 0;
  if (request_.symmetry) return *request_.symmetry % symmetries;
  const std::uint64_t bits = MixBits(search_seed_ ^ MixBits(hash ^ kSymmetry));
  return static_cast<int>(bits % static_cast<std::uint64_t>(symmetries));
}

void TreeCore::PrepareRoot() {
  const std::uint32_t at = tree.root.expansion;
  const std::span<Edge> edges = tree.edges(at);
  const std::span<const Node> children = tree.children(at);
  if (root_moves_.size() != edges.size()) {
    root_moves_.clear();
    for (const Edge& edge : edges) {
      root_moves_.push_back({.move = edge.move, .prior = UnpackPrior(edge.prior)});
    }
  }
  for (std::size_t i = 0; i < edges.size(); ++i) {
    root_moves_[i].searched = root_moves_[i].prior;
    root_moves_[i].gumbel = 0;
    root_moves_[i].inherited = i < children.size() ? children[i].visits : 0;
  }
  if (request_.noise) AddNoise();
  // The order that selection relies on, among the moves not visited.
  std::sort(root_moves_.begin() + static_cast<std::ptrdiff_t>(children.size()), root_moves_.end(),
            [](const RootMove& a, const RootMove& b) {
              return a.searched != b.searched ? a.searched > b.searched : a.move < b.move;
            });
  for (std::size_t i = 0; i < edges.size(); ++i) {
    edges[i] = {.prior = PackPrior(root_moves_[i].searched), .move = root_moves_[i].move};
  }
  if (gumbel_) {
    const auto considered =
        std::min(settings_.gumbel_considered, static_cast<std::int64_t>(edges.size()));
    schedule_ = HalvingSchedule(static_cast<int>(considered), limit_);
  }
}

void TreeCore::AddNoise() {
  // Every move has numbers of its own, whatever the order of the edges.
  const auto stream = [&](std::uint64_t purpose, Move move) {
    return MixBits(search_seed_ ^ MixBits(purpose << 32 | move));
  };
  if (gumbel_) {
    for (RootMove& move : root_moves_) {
      std::uint64_t random = stream(kGumbel, move.move);
      move.gumbel = static_cast<float>(settings_.gumbel_scale * GumbelVariate(random));
    }
    return;
  }
  double sum = 0;
  for (RootMove& move : root_moves_) {
    move.searched = static_cast<float>(
        std::pow(std::max(move.prior, 1e-30F), 1 / settings_.policy_temperature));
    sum += move.searched;
  }
  const double fraction = settings_.noise_fraction;
  const double concentration =
      settings_.noise_concentration / static_cast<double>(root_moves_.size());
  std::vector<double> shares(root_moves_.size());
  double share_sum = 0;
  for (std::size_t i = 0; i < shares.size() && fraction > 0; ++i) {
    std::uint64_t random = stream(kDirichlet, root_moves_[i].move);
    shares[i] = GammaVariate(concentration, random);
    share_sum += shares[i];
  }
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const double noise =
        share_sum > 0 ? shares[i] / share_sum : 1.0 / static_cast<double>(shares.size());
    root_moves_[i].searched =
        static_cast<float>((1 - fraction) * root_moves_[i].searched / sum + fraction * noise);
  }
}

int TreeCore::SelectAtRoot() {
  if (gumbel_) return SelectHalving();
  if (forced_) {
    if (const int forced = SelectForced(); forced >= 0) return forced;
  }
  const Choice at{.visits = tree.root.visits + tree.root.in_flight,
                  .value = tree.root.value,
                  .edges = tree.edges(tree.root.expansion),
                  .children = tree.children(tree.root.expansion)};
  // No reduction beside noise: it is there so that new moves are tried (KataGo).
  return puct_.Select(at, request_.noise ? 0.0F : puct_.reduction());
}

int TreeCore::SelectOpen(const Node& node, std::uint32_t expansion) const {
  const std::span<const Node> children = tree.children(expansion);
  const std::span<const Edge> edges = tree.edges(expansion);
  const float scale = puct_.Scale(node.visits + node.in_flight);
  int chosen = -1;
  float best = 0;
  for (std::size_t i = 0; i < std::min(children.size() + 1, edges.size()); ++i) {
    float value = 0;
    float visits = 1;
    if (i < children.size()) {
      const Node& child = children[i];
      if (child.proven != Proven::kUnknown) continue;
      value = Worth(child);
      visits += static_cast<float>(child.visits + child.in_flight);
    }
    const float score = value + UnpackPrior(edges[i].prior) * scale / visits;
    if (chosen < 0 || score > best) {
      best = score;
      chosen = static_cast<int>(i);
    }
  }
  return chosen;
}

// A child with fewer than sqrt(2 P N) of the N visits is visited at once (Wu 2019, section 3.2).
int TreeCore::SelectForced() const {
  const std::span<const Node> children = tree.children(tree.root.expansion);
  const double total = tree.root.visits + tree.root.in_flight - 1.0;
  for (std::size_t i = 0; i < children.size(); ++i) {
    const Node& child = children[i];
    if (child.proven != Proven::kUnknown) continue;
    const double visits = child.visits + child.in_flight;
    if (visits < std::sqrt(2.0 * root_moves_[i].searched * total)) return static_cast<int>(i);
  }
  return -1;
}

int TreeCore::SelectHalving() {
  CompletedScores(scores_);
  const std::span<const Node> children = tree.children(tree.root.expansion);
  const auto had = [&](std::size_t i) {
    return i < children.size()
               ? children[i].visits + children[i].in_flight - root_moves_[i].inherited
               : 0;
  };
  int chosen = -1;
  double best = 0;
  for (std::size_t i = 0; i < root_moves_.size(); ++i) {
    if (had(i) != schedule_.visits()) continue;
    const RootMove& move = root_moves_[i];
    const double score = move.gumbel + std::log(std::max(move.prior, 1e-30F)) + scores_[i];
    if (chosen < 0 || score > best) {
      best = score;
      chosen = static_cast<int>(i);
    }
  }
  AGON_CHECK(chosen >= 0);  // the schedule and the visits go together
  return chosen;
}

void TreeCore::CompletedScores(std::vector<double>& scores) const {
  const Expansion& e = tree.expansion(tree.root.expansion);
  const std::span<const Node> children = tree.children(tree.root.expansion);
  double sum_visits = 0, most = 0, rated_prior = 0, weighted = 0;
  scores.assign(root_moves_.size(), 0);
  for (std::size_t i = 0; i < children.size(); ++i) {
    const Node& child = children[i];
    const double visits = child.visits + child.in_flight;
    sum_visits += visits;
    most = std::max(most, visits);
    if (child.visits == 0) continue;
    scores[i] =
        child.proven != Proven::kUnknown ? ValueOf(child.proven) : static_cast<double>(child.value);
    rated_prior += root_moves_[i].prior;
    weighted += root_moves_[i].prior * scores[i];
  }
  const double mixed = MixedValue(e.raw_value, sum_visits, weighted, rated_prior);
  const double scale = sigma_.Scale(most);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (i >= children.size() || children[i].visits == 0) scores[i] = mixed;
    scores[i] *= scale;
  }
}

int TreeCore::Visit(std::uint32_t expansion, int edge) {
  tree.AddChild(expansion, edge);
  const int rank = tree.expansion(expansion).visited - 1;
  if (expansion == tree.root.expansion && rank != edge) {
    const auto first = root_moves_.begin();
    std::rotate(first + rank, first + edge, first + edge + 1);
  }
  return rank;
}

void TreeCore::SetPriors(std::uint32_t expansion, std::span<const float> logits,
                         const std::array<float, 3>& outcome) {
  const std::span<Edge> edges = tree.edges(expansion);
  AGON_CHECK(logits.size() == edges.size());
  Expansion& e = tree.expansion(expansion);
  e.raw_value = outcome[0] - outcome[2];
  const float highest = *std::ranges::max_element(logits);
  priors_.resize(logits.size());
  float sum = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    priors_[i] = std::exp(logits[i] - highest);
    sum += priors_[i];
  }
  if (!std::isfinite(sum) || !std::isfinite(e.raw_value)) {
    Fail(ErrorKind::kModel,
         "the evaluator answered with numbers that are not finite; check the network's weights");
  }
  e.draw = static_cast<std::uint16_t>(std::lround(std::clamp(outcome[1], 0.0F, 1.0F) * 65535.0F));
  const bool root = expansion == tree.root.expansion;
  if (root) root_moves_.clear();
  for (std::size_t i = 0; i < edges.size(); ++i) {
    edges[i].prior = PackPrior(priors_[i] / sum);
    if (root) root_moves_.push_back({.move = edges[i].move, .prior = priors_[i] / sum});
  }
  if (root) {
    PrepareRoot();
  } else {
    std::ranges::sort(edges, [](const Edge& a, const Edge& b) {
      return a.prior != b.prior ? a.prior > b.prior : a.move < b.move;
    });
  }
}

void TreeCore::SetUniform(std::uint32_t expansion) {
  const std::span<Edge> edges = tree.edges(expansion);
  Expansion& e = tree.expansion(expansion);
  e.raw_value = 0;
  e.draw = static_cast<std::uint16_t>(std::lround(65535.0F * kEvenOutcome[1]));
  const float prior = 1.0F / static_cast<float>(edges.size());
  const std::uint16_t packed = PackPrior(prior);
  for (Edge& edge : edges) edge.prior = packed;
  if (expansion != tree.root.expansion) return;
  root_moves_.clear();
  for (const Edge& edge : edges) root_moves_.push_back({.move = edge.move, .prior = prior});
  PrepareRoot();
}

void TreeCore::Depart(std::span<const PathStep> path) {
  tree.root.in_flight += 1;
  for (const PathStep& step : path) tree.child(step).in_flight += 1;
}

void TreeCore::Return(std::span<const PathStep> path) {
  tree.root.in_flight -= 1;
  for (const PathStep& step : path) tree.child(step).in_flight -= 1;
}

}  // namespace agon::selfplay
