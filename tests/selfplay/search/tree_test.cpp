// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/tree.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace agon::selfplay {
namespace {

constexpr std::size_t kBytes = 1 << 20;

std::uint32_t Grow(SearchTree& tree, int mover, int edges) {
  const std::uint32_t at = tree.AddExpansion(mover, edges);
  for (int i = 0; i < edges; ++i) {
    tree.edges(at)[static_cast<std::size_t>(i)] = {.prior = static_cast<std::uint16_t>(100 - i),
                                                   .move = static_cast<Move>(i)};
  }
  return at;
}

PathStep Step(std::uint32_t expansion, int rank) {
  return {expansion, static_cast<std::uint16_t>(rank)};
}

TEST(PackPrior, KeepsElevenBitsAndOrder) {
  EXPECT_EQ(UnpackPrior(PackPrior(1)), 1.0F);
  EXPECT_EQ(UnpackPrior(PackPrior(0.25F)), 0.25F);
  EXPECT_EQ(UnpackPrior(PackPrior(0)), 0x1p-31F);
  std::uint16_t before = 0;
  for (float prior = 1e-9F; prior < 1; prior *= 1.001F) {
    const std::uint16_t packed = PackPrior(prior);
    EXPECT_LE(std::abs(UnpackPrior(packed) / prior - 1), 0x1p-12F) << prior;
    EXPECT_GE(packed, before) << prior;
    before = packed;
  }
}

TEST(SearchTree, ChildrenTakeRanksInTheOrderOfVisitsAndKeepTheirEdge) {
  SearchTree tree(kBytes);
  tree.root.expansion = Grow(tree, 0, 6);
  const std::uint32_t at = tree.root.expansion;
  tree.AddChild(at, 2);
  tree.child(Step(at, 0)).visits = 12;
  tree.AddChild(at, 5);
  tree.child(Step(at, 1)).visits = 15;
  tree.AddChild(at, 2);
  tree.child(Step(at, 2)).visits = 10;
  std::vector<Move> moves;
  for (const Edge& edge : tree.edges(at)) moves.push_back(edge.move);
  // 2 came first, then 5, then what stood third by then, 0; the rest keeps its order.
  EXPECT_EQ(moves, (std::vector<Move>{2, 5, 0, 1, 3, 4}));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(tree.children(at)[i].visits, 10U + moves[i]);
    EXPECT_EQ(tree.edges(at)[i].prior, 100 - moves[i]);
  }
}

TEST(SearchTree, BackupKeepsMeansForWhoChose) {
  SearchTree tree(kBytes);
  tree.root.expansion = Grow(tree, 1, 2);  // player 1 to move
  tree.AddChild(tree.root.expansion, 0);
  const PathStep first = Step(tree.root.expansion, 0);
  const std::uint32_t below = Grow(tree, 0, 2);
  tree.child(first).expansion = below;
  tree.AddChild(below, 0);
  const std::vector<PathStep> path = {first, Step(below, 0)};
  tree.Backup(path, 0.5F);  // good for player 0
  tree.Backup(path, -0.25F);
  tree.Backup(std::span(path).first(1), 1);
  EXPECT_EQ(tree.root.visits, 3U);
  EXPECT_FLOAT_EQ(tree.root.value, -(0.5F - 0.25F + 1) / 3);
  EXPECT_FLOAT_EQ(tree.child(first).value, -(0.5F - 0.25F + 1) / 3);
  EXPECT_EQ(tree.child(path[1]).visits, 2U);
  EXPECT_FLOAT_EQ(tree.child(path[1]).value, 0.125F);
}

// What a player can be sure of counts where it is known and above, the answer itself below.
TEST(SearchTree, BackupCountsADrawInTheUpperPart) {
  SearchTree tree(kBytes);
  tree.root.expansion = Grow(tree, 0, 2);
  tree.AddChild(tree.root.expansion, 0);
  const PathStep first = Step(tree.root.expansion, 0);
  const std::uint32_t below = Grow(tree, 1, 2);
  tree.child(first).expansion = below;
  tree.AddChild(below, 0);
  const std::vector<PathStep> path = {first, Step(below, 0)};
  tree.Backup(path, 1, 1);
  EXPECT_EQ(tree.root.value, 0);
  EXPECT_EQ(tree.child(path[0]).value, 0);
  EXPECT_EQ(tree.child(path[1]).value, -1);  // player 1 chose it, and it was good for player 0
  EXPECT_EQ(tree.child(path[1]).visits, 1U);
}

// One winning move proves a win; a loss needs all moves, and a draw is the best that is left.
TEST(SearchTree, CarriesProofsUp) {
  SearchTree tree(kBytes);
  const std::uint32_t top = tree.root.expansion = Grow(tree, 0, 2);
  tree.AddChild(top, 0);
  const std::uint32_t below = Grow(tree, 1, 2);
  tree.child(Step(top, 0)).expansion = below;
  tree.AddChild(below, 0);
  std::vector<PathStep> path = {Step(top, 0), Step(below, 0)};
  tree.child(path[1]).proven = Proven::kLoss;
  tree.CarryUp(path);
  EXPECT_EQ(tree.child(path[0]).proven, Proven::kUnknown);  // the other move may be better
  tree.AddChild(below, 1);
  path[1] = Step(below, 1);
  tree.child(path[1]).proven = Proven::kDraw;
  tree.CarryUp(path);
  EXPECT_EQ(tree.child(path[0]).proven, Proven::kDraw);
  EXPECT_EQ(tree.root.proven, Proven::kUnknown);
  tree.AddChild(top, 1);
  path = {Step(top, 1)};
  tree.child(path[0]).proven = Proven::kWin;
  tree.CarryUp(path);
  EXPECT_EQ(tree.root.proven, Proven::kWin);
}

// The kept child with all below it; its value and proof turn to the view of the new root's player.
TEST(SearchTree, KeepsASubtreeAndFreesTheRest) {
  SearchTree tree(kBytes);
  const std::uint32_t top = tree.root.expansion = Grow(tree, 0, 40);
  for (int i = 0; i < 40; ++i) {
    tree.AddChild(top, i);
    const std::uint32_t below = Grow(tree, 1, 3);
    Node& node = tree.child(Step(top, i));
    node.expansion = below;
    node.visits = static_cast<std::uint32_t>(100 + i);
    node.value = 0.25F;
    tree.AddChild(below, 1);
    tree.child(Step(below, 0)).visits = static_cast<std::uint32_t>(i);
  }
  const std::size_t before = tree.used_bytes();
  tree.Keep(7);
  EXPECT_LT(tree.used_bytes(), before / 10);
  EXPECT_EQ(tree.root.visits, 107U);
  EXPECT_EQ(tree.root.value, -0.25F);
  ASSERT_NE(tree.root.expansion, 0U);
  EXPECT_EQ(tree.expansion(tree.root.expansion).mover, 1);
  ASSERT_EQ(tree.edges(tree.root.expansion).size(), 3U);
  EXPECT_EQ(tree.edges(tree.root.expansion)[0].move, 1);
  ASSERT_EQ(tree.children(tree.root.expansion).size(), 1U);
  EXPECT_EQ(tree.children(tree.root.expansion)[0].visits, 7U);
  tree.Keep(0);  // a leaf whose moves are not known: an empty tree
  EXPECT_EQ(tree.root.expansion, 0U);
  EXPECT_EQ(tree.root.visits, 0U);
}

// Outgrown arrays are used again: 300 wide positions that grow together take little more than they
// have children.
TEST(SearchTree, UsesOutgrownMemoryAgain) {
  SearchTree tree(8 << 20);
  std::vector<std::uint32_t> places;
  for (int i = 0; i < 300; ++i) {
    places.push_back(Grow(tree, 0, 64));
    for (int k = 0; k < 33; ++k) tree.AddChild(places.back(), k);
  }
  const double needed = 300.0 * (sizeof(Expansion) + 64 * sizeof(Edge) + 64 * sizeof(Node));
  EXPECT_LT(static_cast<double>(tree.used_bytes()), 1.01 * needed);
}

}  // namespace
}  // namespace agon::selfplay
