// SPDX-License-Identifier: Apache-2.0
// What happens at the root only: noise, temperature, forced playouts, sequential halving, and the
// policy targets that come of it.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "selfplay/games/connect_four.h"
#include "selfplay/games/tic_tac_toe.h"
#include "tests/selfplay/search/search_helpers.h"

namespace agon::selfplay {
namespace {

// Seven moves, each with a value of its own for whoever plays it at the start, whatever follows.
class SevenMoves {
 public:
  static constexpr bool kForbidsRepetition = false;
  struct Position {
    std::int16_t first = -1, ply = 0;
  };
  template <class D>
  static void Describe(D&) {}
  int Width() const { return 7; }
  int Height() const { return 1; }
  int Actions() const { return 7; }
  int Planes() const { return 1; }
  int Scalars() const { return 2; }
  int MaxMoves() const { return 10000; }
  int Symmetries() const { return 1; }
  Position Start() const { return {}; }
  int ToMove(const Position& p) const { return p.ply % 2; }
  bool Over(const Position&) const { return false; }
  Outcome Result(const Position&) const { return Outcome::kDraw; }
  int LegalMoves(const Position&, const History&, std::span<Move> moves) const {
    std::iota(moves.begin(), moves.begin() + 7, Move{0});
    return 7;
  }
  void Play(Position& p, Move move) const {
    if (p.ply++ == 0) p.first = static_cast<std::int16_t>(move);
  }
  std::uint64_t Hash(const Position& p) const { return static_cast<std::uint64_t>(p.ply); }
  std::uint64_t BoardKey(const Position& p) const { return Hash(p); }
  void Encode(const Position& p, int, std::span<std::uint64_t>, std::span<float> scalars) const {
    scalars[0] = p.first;
    scalars[1] = p.ply;
  }
  Move Transform(Move move, int) const { return move; }
  int Inverse(int symmetry) const { return symmetry; }
  std::string MoveText(Move move) const { return std::to_string(move); }
  Move ParseMove(std::string_view) const { return kNoMove; }
  std::string Text(const Position&) const { return ""; }
  record::Board Picture(const Position&) const { return {}; }
};

class KnownMoves final : public Evaluator {
 public:
  KnownMoves(std::vector<float> logits, std::vector<float> values)
      : logits_(std::move(logits)), values_(std::move(values)) {}
  void Evaluate(EvalBatch& batch, int first) override {
    for (int i = first; i < batch.size(); ++i) {
      std::ranges::copy(logits_, batch.logits(i).begin());
      const auto [move, ply] = std::pair(batch.scalars(i)[0], batch.scalars(i)[1]);
      float value = move < 0 ? 0 : values_[static_cast<std::size_t>(move)];
      if (static_cast<int>(ply) % 2 == 1) value = -value;  // the other player's view
      batch.outcome(i) = {(1 + value) / 2, 0, (1 - value) / 2};
    }
  }

 private:
  std::vector<float> logits_, values_;
};

template <Game G>
std::vector<float> RootPriors(const TreeSearch<G>& search) {
  std::vector<float> priors(7);
  for (const Edge& edge : search.core().tree.edges(search.core().tree.root.expansion)) {
    priors[edge.move] = UnpackPrior(edge.prior);
  }
  return priors;
}

std::vector<float> PriorsAfterNoise(SearchSettings settings, std::uint64_t seed, bool noise) {
  settings.simulations = 0;
  TreeSearch<ConnectFour> search(ConnectFour(), settings, 0);
  const auto uniform = MakeUniformEvaluator();
  search.Begin(StateOf(ConnectFour()), {.noise = noise, .seed = seed});
  search.RunUniform();
  return RootPriors(search);
}

// A Dirichlet distribution over k moves with total concentration c has mean 1/k and variance
// (1/k)(1 - 1/k) / (c + 1); each game has its own noise.
TEST(RootNoise, IsDirichletOfTheConcentrationOverTheMoves) {
  SearchSettings settings;
  settings.noise_fraction = 1;
  for (const double concentration : {0.7, 10.83}) {
    settings.noise_concentration = concentration;
    double sum = 0, squares = 0;
    constexpr int kDraws = 3000;
    for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
      const std::vector<float> priors = PriorsAfterNoise(settings, seed, true);
      EXPECT_NEAR(std::accumulate(priors.begin(), priors.end(), 0.0), 1, 1e-3);
      sum += priors[2];
      squares += static_cast<double>(priors[2]) * priors[2];
    }
    const double mean = sum / kDraws;
    const double variance = 1.0 / 7 * (6.0 / 7) / (concentration + 1);
    EXPECT_NEAR(mean, 1.0 / 7, 4 * std::sqrt(variance / kDraws));
    EXPECT_NEAR((squares / kDraws - mean * mean) / variance, 1, 0.15);
  }
}

TEST(RootNoise, IsMixedInAndOnlyWhereAskedFor) {
  SearchSettings settings;
  settings.noise_fraction = 0.25;
  const std::vector<float> noisy = PriorsAfterNoise(settings, 3, true);
  settings.noise_fraction = 1;
  const std::vector<float> noise = PriorsAfterNoise(settings, 3, true);
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_NEAR(noisy[i], 0.75 / 7 + 0.25 * noise[i], 1e-4);
    EXPECT_NEAR(PriorsAfterNoise(settings, 3, false)[i], 1.0 / 7, 1e-4);
  }
}

TEST(RootTemperature, IsAPowerOfThePrior) {
  SearchSettings settings;
  settings.simulations = 0;
  settings.policy_temperature = 2;
  KnownMoves network({0, 1, 2, 3, 2, 1, 0}, std::vector<float>(7, 0));
  TreeSearch<SevenMoves> search(SevenMoves(), settings, 0);
  EvalBatch batch(StateOf(SevenMoves()).game().Shape(), 1);
  const SearchResult result =
      RunSearch(search, StateOf(SevenMoves()), network, batch, {.noise = true, .symmetry = 0}, 1);
  const std::vector<float> priors = RootPriors(search);
  EXPECT_NEAR(priors[3] / priors[0], std::exp(1.5), 0.01);
  // What is reported, and learned from, is the evaluator's own.
  EXPECT_NEAR(StatsOf(result, 3).prior / StatsOf(result, 0).prior, std::exp(3.0), 1e-3);
}

// Wu 2019, section 3.2: every child tried has at least sqrt(2 P N) visits, with N all visits of
// children before its last; what was forced on hopeless moves is not learned.
TEST(ForcedPlayouts, VisitEveryTriedMoveAndAreTakenBack) {
  KnownMoves network({1, 0, 1, 2, 1, 0, 1}, {-0.9F, -0.9F, -0.9F, 0.9F, -0.9F, -0.9F, -0.9F});
  SearchSettings settings;
  settings.simulations = 600;
  settings.fpu = "zero";
  const GameState state = StateOf(SevenMoves());
  EvalBatch batch(state.game().Shape(), 1);
  std::map<bool, SearchResult> results;
  for (const bool forced : {false, true}) {
    settings.forced_playouts = forced;
    const auto search = state.game().MakeSearcher(settings, 0);
    results[forced] = RunSearch(*search, state, network, batch, {.noise = true, .symmetry = 0}, 1);
  }
  for (const MoveStats& move : results[true].moves) {
    ASSERT_GT(move.visits, 0);
    EXPECT_GE(static_cast<double>(move.visits), std::floor(std::sqrt(2 * move.prior * 599)));
    if (move.move == 3) continue;
    EXPECT_LT(StatsOf(results[false], move.move).visits, move.visits);
    // Two visits at most are what PUCT itself would spend on them.
    EXPECT_LE(move.target, 2.0 / 500) << "move " << move.move << " was forced, not wanted";
  }
}

// Where PUCT itself would have made the visits they stay: the pruned target is close to the target
// of the same search without force.
TEST(ForcedPlayouts, LeaveTheTargetAsPuctWantsIt) {
  KnownMoves network({0, 0.5F, 1, 1.5F, 1, 0.5F, 0}, {0.1F, 0, 0.1F, 0.1F, 0.2F, 0, 0});
  SearchSettings settings;
  settings.simulations = 2000;
  const GameState state = StateOf(SevenMoves());
  EvalBatch batch(state.game().Shape(), 1);
  std::map<bool, SearchResult> results;
  for (const bool forced : {false, true}) {
    settings.forced_playouts = forced;
    const auto search = state.game().MakeSearcher(settings, 0);
    results[forced] = RunSearch(*search, state, network, batch, {.noise = true, .symmetry = 0}, 1);
  }
  for (const MoveStats& move : results[true].moves) {
    EXPECT_NEAR(move.target, StatsOf(results[false], move.move).target, 0.03) << move.move;
  }
  // Without noise at the root there is no force either.
  const auto search = state.game().MakeSearcher(settings, 0);
  const SearchResult calm = RunSearch(*search, state, network, batch, {.symmetry = 0}, 1);
  for (const MoveStats& move : calm.moves) {
    EXPECT_NEAR(move.target, static_cast<double>(move.visits) / 2000, 1e-9);
  }
}

// 4 of 7 moves considered, 64 simulations, 2 rounds: 4 x 8, then 2 x 16.
TEST(GumbelRoot, HalvesTheConsideredMoves) {
  for (const char* algorithm : {"gumbel", "gumbel_root"}) {
    KnownMoves network({3, 2, 1, 0, -1, -2, -3}, {0.1F, -0.5F, 0.4F, 0.6F, 0, 0, 0});
    SearchSettings settings;
    settings.algorithm = algorithm;
    settings.simulations = 64;
    settings.gumbel_considered = 4;
    settings.gumbel_value = 0.2;
    const GameState state = StateOf(SevenMoves());
    const auto search = state.game().MakeSearcher(settings, 0);
    EvalBatch batch(state.game().Shape(), 1);
    const SearchResult result = RunSearch(*search, state, network, batch, {.symmetry = 0}, 1);
    EXPECT_EQ(StatsOf(result, 0).visits, 8);
    EXPECT_EQ(StatsOf(result, 1).visits, 8);
    EXPECT_EQ(StatsOf(result, 2).visits, 24);
    EXPECT_EQ(StatsOf(result, 3).visits, 24);
    EXPECT_EQ(result.best, 3);
    // The target is softmax(logits + sigma(completed Q)), worked out from what is reported.
    double visited_prior = 0, weighted = 0;
    for (const MoveStats& move : result.moves) {
      if (move.visits == 0) continue;
      visited_prior += move.prior;
      weighted += move.prior * move.value;
    }
    const double mixed = (result.raw_value + 64 * weighted / visited_prior) / 65;
    std::map<Move, double> expected;
    double sum = 0;
    for (const MoveStats& move : result.moves) {
      const double q = move.visits > 0 ? move.value : mixed;
      sum += expected[move.move] = move.prior * std::exp((50 + 24) * 0.2 * q);
    }
    for (const MoveStats& move : result.moves) {
      EXPECT_NEAR(move.target, expected[move.move] / sum, 1e-6);
    }
  }
}

// Gumbel's trick: with one simulation the move is drawn from the policy itself.
TEST(GumbelRoot, DrawsFromThePolicyByItsNoise) {
  KnownMoves network({0, 0, 0, 1, 0, 0, 0}, std::vector<float>(7, 0));
  SearchSettings settings;
  settings.algorithm = "gumbel_root";
  settings.simulations = 1;
  settings.reuse_tree = false;
  const GameState state = StateOf(SevenMoves());
  const auto search = state.game().MakeSearcher(settings, 0);
  EvalBatch batch(state.game().Shape(), 1);
  int drawn = 0;
  constexpr int kSearches = 4000;
  for (std::uint64_t seed = 0; seed < kSearches; ++seed) {
    const SearchRequest request{.noise = true, .symmetry = 0, .seed = seed};
    drawn += RunSearch(*search, state, network, batch, request, 1).best == 3 ? 1 : 0;
  }
  const double chance = std::exp(1.0) / (std::exp(1.0) + 6);
  EXPECT_NEAR(drawn, chance * kSearches, 4 * std::sqrt(chance * (1 - chance) * kSearches));
  const SearchRequest calm{.symmetry = 0};
  EXPECT_EQ(RunSearch(*search, state, network, batch, calm, 1).best, 3);
}

}  // namespace
}  // namespace agon::selfplay
