// SPDX-License-Identifier: Apache-2.0
// Searches against a second, plain implementation of the same rule.
#include <cmath>
#include <map>
#include <memory>
#include <vector>

#include "selfplay/games/connect_four.h"
#include "selfplay/games/tic_tac_toe.h"
#include "tests/selfplay/search/search_helpers.h"

namespace agon::selfplay {
namespace {

// PUCT as the papers write it: recursion, a map of children, every move looked at, double
// precision.
class PlainPuct {
 public:
  PlainPuct(const SearchSettings& settings, Evaluator& evaluator)
      : settings_(settings), evaluator_(evaluator) {}

  struct Position {
    double sum = 0, visits = 0, raw = 0;  // for the side to move
    std::map<Move, double> priors;
    std::map<Move, std::unique_ptr<Position>> children;
    [[nodiscard]] double Mean() const { return sum / visits; }
  };

  double Simulate(Position& at, const ConnectFour::Position& board) {
    double value = 0;
    if (rules_.Over(board)) {
      value = ValueFor(rules_.Result(board), rules_.ToMove(board));
    } else if (at.visits == 0) {
      value = Evaluate(at, board);
    } else {
      const Move move = Choose(at);
      auto& child = at.children[move];
      if (!child) child = std::make_unique<Position>();
      ConnectFour::Position next = board;
      rules_.Play(next, move);
      value = -Simulate(*child, next);
    }
    at.visits += 1;
    at.sum += value;
    return value;
  }

 private:
  [[nodiscard]] Move Choose(const Position& at) const {
    double visited_prior = 0;
    for (const auto& [move, child] : at.children) visited_prior += at.priors.at(move);
    double unvisited = 0;
    if (settings_.fpu == "loss") unvisited = -1;
    if (settings_.fpu == "parent") unvisited = at.Mean();
    if (settings_.fpu == "reduction") {
      unvisited = at.Mean() - settings_.fpu_reduction * std::sqrt(visited_prior);
    }
    const double c =
        settings_.cpuct + std::log((at.visits + settings_.cpuct_base + 1) / settings_.cpuct_base);
    double best = -1e9;
    Move chosen = kNoMove;
    for (const auto& [move, prior] : at.priors) {
      const auto child = at.children.find(move);
      const bool visited = child != at.children.end();
      const double q = visited ? -child->second->Mean() : unvisited;
      const double n = visited ? child->second->visits : 0;
      const double score = q + c * prior * std::sqrt(at.visits) / (1 + n);
      if (score > best) {
        best = score;
        chosen = move;
      }
    }
    return chosen;
  }

  double Evaluate(Position& at, const ConnectFour::Position& board) {
    std::array<Move, kMaxActions> moves;
    const int count = rules_.LegalMoves(board, {}, moves);
    EvalBatch batch(shape_, 1);
    batch.Add(MixBits(rules_.Hash(board) ^ MixBits(0)), count);
    std::copy_n(moves.begin(), count, batch.legal(0).begin());
    evaluator_.Evaluate(batch);
    double sum = 0;
    for (const float logit : batch.logits(0)) sum += std::exp(static_cast<double>(logit));
    for (std::size_t i = 0; i < batch.legal(0).size(); ++i) {
      const double prior = std::exp(static_cast<double>(batch.logits(0)[i])) / sum;
      at.priors[batch.legal(0)[i]] = UnpackPrior(PackPrior(static_cast<float>(prior)));
    }
    return batch.outcome(0)[0] - batch.outcome(0)[2];
  }

  SearchSettings settings_;
  Evaluator& evaluator_;
  ConnectFour rules_;
  GameShape shape_ = StateOf(ConnectFour()).game().Shape();
};

void ExpectSame(const TreeCore& core, const Node& node, const PlainPuct::Position& plain,
                int depth) {
  ASSERT_EQ(node.visits, plain.visits);
  EXPECT_NEAR(depth == 0 ? node.value : -node.value, plain.Mean(), 1e-5);
  if (node.expansion == 0) return;
  const auto children = core.tree.children(node.expansion);
  ASSERT_EQ(children.size(), plain.children.size());
  for (std::size_t i = 0; i < children.size(); ++i) {
    const Move move = core.tree.edges(node.expansion)[i].move;
    ASSERT_TRUE(plain.children.contains(move));
    ExpectSame(core, children[i], *plain.children.at(move), depth + 1);
  }
}

// Every node of the tree: same visits, same value. The solver is off, and endings are near.
TEST(Puct, IsThePlainAlgorithmNodeByNode) {
  const GameState state = Playing<ConnectFour>({"4", "4", "4", "4", "4", "4", "1", "1", "1", "2"});
  ASSERT_FALSE(state.Over());
  AnswerWith network(HashAnswer);
  for (const char* fpu : {"reduction", "parent", "loss", "zero"}) {
    SearchSettings settings;
    settings.fpu = fpu;
    settings.solver = false;
    settings.cpuct_base = 100;  // so that its logarithm counts
    settings.simulations = 1500;
    TreeSearch<ConnectFour> search(ConnectFour(), settings, 0);
    EvalBatch batch(state.game().Shape(), 1);
    (void)RunSearch(search, state, network, batch, {.symmetry = 0}, 1);

    PlainPuct plain(settings, network);
    ConnectFour::Position board;
    std::memcpy(&board, state.position().bytes, sizeof(board));
    PlainPuct::Position root;
    for (int i = 0; i <= settings.simulations; ++i) plain.Simulate(root, board);
    ExpectSame(search.core(), search.core().tree.root, root, 0);
  }
}

// Worked by hand, N counting the root's own evaluation: with Q = 0 for both moves and c = 1, a move
// of prior P and n visits scores P sqrt(N) / (1 + n), so of 5/8 and 3/8 the order is a b a a b a.
TEST(Puct, FollowsTheFormulaByHand) {
  SearchSettings settings;
  settings.cpuct = 1;
  settings.cpuct_base = 1e12;
  settings.fpu = "zero";
  const PuctRule rule(settings);
  EXPECT_NEAR(rule.Scale(16), 4, 1e-5);
  EXPECT_NEAR(rule.Scale(1000000), 1000, 0.01);  // beyond the table
  const std::vector<Edge> edges = {{PackPrior(0.625F), 0}, {PackPrior(0.375F), 1}};
  std::vector<Node> children;
  std::string order;
  for (std::uint32_t visits = 1; visits <= 6; ++visits) {
    const int chosen = rule.Select({.visits = visits, .edges = edges, .children = children}, 0);
    if (chosen == static_cast<int>(children.size())) children.emplace_back();
    children[static_cast<std::size_t>(chosen)].visits += 1;
    order += static_cast<char>('a' + chosen);
  }
  // a: 5/8 5/16 5/24 5/32, b: 3/8 3/16, the largest first.
  EXPECT_EQ(order, "abaaba");
}

// A leaf in flight counts as a lost visit: Q = (0.5 * 4 - 1) / 5 and n = 5.
TEST(Puct, CountsLeavesInFlightAsLosses) {
  Node node;
  node.visits = 4;
  node.value = 0.5F;
  node.in_flight = 1;
  EXPECT_FLOAT_EQ(Worth(node), 0.2F);
  node.proven = Proven::kDraw;
  EXPECT_FLOAT_EQ(Worth(node), 0);
}

}  // namespace
}  // namespace agon::selfplay
