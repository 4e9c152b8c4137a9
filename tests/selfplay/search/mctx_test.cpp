// SPDX-License-Identifier: Apache-2.0
// A whole search tree of DeepMind's mctx, made again by our search: its stored priors and values
// are the evaluator's answers, and every node has to get the same visits and the same value, in the
// same order. (The other two stored trees have rewards on the way and a discount of 0.997, which no
// board game has; our nodes keep no rewards, and would grow by a third for them.)
#include <cmath>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/selfplay/search/search_helpers.h"

namespace agon::selfplay {
namespace {

struct StoredNode {
  double raw_value = 0, value = 0;
  std::int64_t visits = 0;
  int evaluation = -1;
  std::vector<float> priors;
  std::vector<int> children;  // places in the list; -1 where the stored search never went
};

// Positions are places in the stored tree; moves lead where the stored search went.
class StoredGame {
 public:
  static constexpr bool kForbidsRepetition = false;
  struct Position {
    std::int32_t node = 0;
    std::int32_t to_move = 0;
  };
  template <class D>
  static void Describe(D&) {}

  StoredGame() = default;
  explicit StoredGame(std::shared_ptr<const std::vector<StoredNode>> tree)
      : tree_(std::move(tree)) {}

  int Width() const { return 1; }
  int Height() const { return 1; }
  int Actions() const { return static_cast<int>((*tree_)[0].priors.size()); }
  int Planes() const { return 1; }
  int Scalars() const { return 1; }
  int MaxMoves() const { return 1000; }
  int Symmetries() const { return 1; }
  Position Start() const { return {}; }
  int ToMove(const Position& p) const { return p.to_move; }
  bool Over(const Position&) const { return false; }
  Outcome Result(const Position&) const { return Outcome::kDraw; }
  int LegalMoves(const Position&, const History&, std::span<Move> moves) const {
    for (int move = 0; move < Actions(); ++move) {
      moves[static_cast<std::size_t>(move)] = static_cast<Move>(move);
    }
    return Actions();
  }
  void Play(Position& p, Move move) const {
    p.node = p.node < 0 ? -1 : (*tree_)[static_cast<std::size_t>(p.node)].children[move];
    p.to_move ^= 1;
  }
  std::uint64_t Hash(const Position& p) const { return static_cast<std::uint64_t>(p.node); }
  std::uint64_t BoardKey(const Position& p) const { return Hash(p); }
  void Encode(const Position& p, int, std::span<std::uint64_t>, std::span<float> scalars) const {
    scalars[0] = static_cast<float>(p.node);
  }
  Move Transform(Move move, int) const { return move; }
  int Inverse(int symmetry) const { return symmetry; }
  std::string MoveText(Move move) const { return std::to_string(move); }
  Move ParseMove(std::string_view) const { return kNoMove; }
  std::string Text(const Position& p) const { return std::to_string(p.node); }
  record::Board Picture(const Position&) const { return {}; }

 private:
  std::shared_ptr<const std::vector<StoredNode>> tree_;
};

int ReadNode(const nlohmann::json& json, std::vector<StoredNode>& tree) {
  const int place = static_cast<int>(tree.size());
  StoredNode node;
  node.raw_value = json.at("raw_value_view").get<double>();
  node.value = json.at("value_view").get<double>();
  node.visits = json.at("visit").get<std::int64_t>();
  node.evaluation = json.at("evaluation_index").get<int>();
  tree.push_back(node);
  for (const auto& child : json.at("child_stats")) {
    node.priors.push_back(child.at("prior").get<float>());
    node.children.push_back(child.contains("visit") ? ReadNode(child, tree) : -1);
  }
  tree[static_cast<std::size_t>(place)] = std::move(node);
  return place;
}

// Our node against the stored one, and all below. Stored values are from the view of the player to
// move at the node; ours, but for the root, from that of the player who chose the move.
int Compare(const TreeCore& core, const Node& node, const std::vector<StoredNode>& tree, int place,
            int depth) {
  const StoredNode& stored = tree[static_cast<std::size_t>(place)];
  EXPECT_EQ(node.visits, stored.visits) << "stored node " << stored.evaluation;
  const double ours = depth == 0 ? node.value : -node.value;
  EXPECT_NEAR(ours, stored.value, 2e-6) << "stored node " << stored.evaluation;
  int compared = 1, visited = 0;
  const auto edges = core.tree.edges(node.expansion);
  const auto children = core.tree.children(node.expansion);
  for (std::size_t i = 0; i < children.size(); ++i) {
    const int below = stored.children[edges[i].move];
    EXPECT_GE(below, 0) << "the stored search never played " << edges[i].move << " at node "
                        << stored.evaluation;
    if (below < 0) continue;
    ++visited;
    compared += Compare(core, children[i], tree, below, depth + 1);
  }
  EXPECT_EQ(visited, std::ranges::count_if(stored.children, [](int at) { return at >= 0; }));
  return compared;
}

TEST(Mctx, GumbelTreeComesOutNodeByNode) {
  const Path path = TestData() / "mctx" / "gumbel_muzero_tree.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path.string() << " is not there";
  std::ifstream file(path);
  const auto json = nlohmann::json::parse(file);
  auto tree = std::make_shared<std::vector<StoredNode>>();
  ReadNode(json.at("tree"), *tree);
  const auto& config = json.at("algorithm_config");
  const auto& transform = config.at("qtransform_kwargs");
  ASSERT_EQ(config.at("gumbel_scale"), 0.0);
  ASSERT_EQ(transform.at("rescale_values"), false);
  ASSERT_EQ(json.at("env_config").at("discount"), -1.0);

  SearchSettings settings;
  settings.algorithm = "gumbel";
  settings.simulations = (*tree)[0].visits - 1;  // theirs counts the root's own evaluation
  settings.gumbel_considered = config.at("max_num_considered_actions").get<std::int64_t>();
  settings.gumbel_visit = transform.at("maxvisit_init").get<double>();
  settings.gumbel_value = transform.at("value_scale").get<double>();
  const StoredGame rules(tree);
  const GameState state = StateOf(rules);

  int asked = 0;
  AnswerWith replay([&](EvalBatch& batch, int row) {
    const auto place = static_cast<int>(batch.scalars(row)[0]);
    ASSERT_GE(place, 0) << "question " << asked << " is a position the stored search never saw";
    const StoredNode& node = (*tree)[static_cast<std::size_t>(place)];
    EXPECT_EQ(node.evaluation, asked) << "asked in another order";
    ++asked;
    for (std::size_t i = 0; i < batch.legal(row).size(); ++i) {
      batch.logits(row)[i] = std::log(node.priors[batch.legal(row)[i]]);
    }
    const auto value = static_cast<float>(node.raw_value);
    batch.outcome(row) = {(1 + value) / 2, 0, (1 - value) / 2};
  });
  TreeSearch<StoredGame> search(rules, settings, 0);
  EvalBatch batch(state.game().Shape(), 1);
  const SearchResult result = RunSearch(search, state, replay, batch, {}, 1);
  EXPECT_EQ(result.visits, (*tree)[0].visits);
  EXPECT_EQ(Compare(search.core(), search.core().tree.root, *tree, 0, 0),
            static_cast<int>(tree->size()));
}

}  // namespace
}  // namespace agon::selfplay
