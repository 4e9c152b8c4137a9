// SPDX-License-Identifier: Apache-2.0
#include "viewer/game/search_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace agon::viewer {
namespace {

// As `agon selfplay gtp` writes it.
constexpr const char* kAnalysis =
    R"({"moves":[{"line":["4","3"],"move":"4","prior":0.5,"proven":1,"value":1.0,"visits":30},)"
    R"({"line":["1"],"move":"1","prior":0.25,"value":-0.5,"visits":10}],)"
    R"("simulations":40,"to_move":"white","value":0.75,"visits":40})";

TEST(ReadAnalysis, ReadsWhatTheProgramSays) {
  const auto analysis = ReadAnalysis(kAnalysis);
  ASSERT_TRUE(analysis.has_value());
  EXPECT_EQ(analysis->black, false);
  EXPECT_EQ(analysis->value, 0.75);
  ASSERT_EQ(analysis->moves.size(), 2U);
  EXPECT_EQ(analysis->moves[0].share, 0.75);
  EXPECT_EQ(analysis->moves[0].proven, 1);
  EXPECT_EQ(analysis->moves[0].line, (std::vector<std::string>{"4", "3"}));
  EXPECT_EQ(analysis->moves[1].proven, std::nullopt);
}

TEST(ReadAnalysis, AnythingElseIsNone) {
  for (const char* const text :
       {"", "{", "[]", "null", "{}", R"({"moves":7,"to_move":"black","value":0,"visits":0})",
        R"({"moves":[{"move":3}],"to_move":"black","value":0,"visits":0})",
        R"({"moves":[],"to_move":"black","value":"much","visits":0})"}) {
    EXPECT_FALSE(ReadAnalysis(text).has_value()) << text;
  }
}

std::string BoardJson(const std::string& more) {
  return R"({"width":2,"height":1,"cells":["X",""],"colours":[1,0],"overlays":[],"legal_moves":["b1"],)"
         R"("to_move":"O","last_move":"a1","value":0.0,"game":"{name: tiny}","move_number":1,)"
         R"("over":false,"result":"*")" +
         more + "}";
}

TEST(ReadBoard, ReadsWhatTheProgramSays) {
  const auto served = ReadBoard(BoardJson(R"(,"legal_cells":[1],"last_cell":0)"));
  ASSERT_TRUE(served.has_value());
  ASSERT_EQ(served->legal.size(), 1U);
  EXPECT_EQ(served->legal[0].text, "b1");
  EXPECT_EQ(served->legal[0].cell, 1);
  EXPECT_EQ(served->last_cell, 0);
  EXPECT_EQ(served->result, "*");
}

TEST(ReadBoard, FindsMovesByTheirNamesWhereItIsNotTold) {
  const auto served = ReadBoard(BoardJson(""));
  ASSERT_TRUE(served.has_value());
  EXPECT_EQ(served->legal.at(0).cell, 1);
  EXPECT_EQ(served->last_cell, 0);
}

// A board is used to index arrays: numbers that do not go together are no board.
TEST(ReadBoard, RefusesNumbersThatDoNotGoTogether) {
  EXPECT_FALSE(ReadBoard(BoardJson(R"(,"legal_cells":[],"last_cell":0)")).has_value());
  EXPECT_FALSE(ReadBoard(BoardJson(R"(,"legal_cells":[2],"last_cell":0)")).has_value());
  EXPECT_FALSE(ReadBoard(BoardJson(R"(,"legal_cells":[1],"last_cell":2)")).has_value());
  for (const char* const width : {"3", "0", "-2", "2000000"}) {
    std::string text = BoardJson(R"(,"legal_cells":[1],"last_cell":0)");
    text.replace(text.find("\"width\":2") + 8, 1, width);
    EXPECT_FALSE(ReadBoard(text).has_value()) << width;
  }
}

record::Tree SmallTree() {
  record::Tree tree;
  //                   parent move visits prior value (of whoever chose the move)
  tree.nodes = {{-1, "", 10, 1, -0.4}, {0, "a", 3, 0.2, 0.1}, {1, "x", 2, 0.5, 0},
                {0, "b", 6, 0.7, 0.5}, {3, "y", 1, 0.1, 0},   {3, "z", 4, 0.9, -0.3}};
  return tree;
}

TEST(TreeIndex, WalksByVisits) {
  const record::Tree tree = SmallTree();
  const TreeIndex index(tree);
  EXPECT_EQ(index.children(0), (std::vector<int>{3, 1}));
  EXPECT_EQ(index.children(3), (std::vector<int>{5, 4}));
  EXPECT_TRUE(index.children(5).empty());
  EXPECT_TRUE(index.children(-1).empty());
  EXPECT_TRUE(index.children(99).empty());
  EXPECT_EQ(index.PathTo(tree, 4), (std::vector<std::string>{"b", "y"}));
  EXPECT_TRUE(index.PathTo(tree, 0).empty());
  EXPECT_EQ(index.LineFrom(tree, 0), (std::vector<std::string>{"b", "z"}));
  EXPECT_EQ(index.LineFrom(tree, 1), (std::vector<std::string>{"a", "x"}));
}

TEST(AnalysisOf, IsTheRootsMoves) {
  const Analysis analysis = AnalysisOf(SmallTree());
  EXPECT_EQ(analysis.visits, 10);
  EXPECT_EQ(analysis.value, 0.4);  // of the side to move
  ASSERT_EQ(analysis.moves.size(), 2U);
  EXPECT_EQ(analysis.moves[0].move, "b");
  EXPECT_EQ(analysis.moves[0].value, 0.5);
  EXPECT_NEAR(analysis.moves[0].share, 6.0 / 9, 1e-12);
  EXPECT_EQ(analysis.moves[0].line, (std::vector<std::string>{"b", "z"}));
  EXPECT_TRUE(AnalysisOf({}).moves.empty());
}

TEST(AnalysisOf, ABoardsOverlaysDoWithoutATree) {
  record::Board board;
  board.width = 3;
  board.height = 1;
  board.cells.resize(3);
  board.colours = {0, 0, 1};
  board.legal_moves = {"a1", "b1", "pass"};
  board.value = 0.25;
  EXPECT_TRUE(AnalysisOf(board, LookOf("go")).moves.empty());
  board.overlays = {{"visits", {0.25F, 0.75F, 0}}, {"value", {0.5F, 0.75F, 0}}};
  const Analysis analysis = AnalysisOf(board, LookOf("go"));
  EXPECT_EQ(analysis.value, 0.25);
  ASSERT_EQ(analysis.moves.size(), 2U);
  EXPECT_EQ(analysis.moves[0].move, "b1");
  EXPECT_EQ(analysis.moves[0].share, 0.75);
  EXPECT_EQ(analysis.moves[0].value, 0.5);
  EXPECT_EQ(analysis.moves[1].value, 0);
}

TEST(ReadTree, KeepsParentsBeforeChildren) {
  const auto tree = ReadTree(R"({"nodes":[{"parent":-1,"move":"","visits":2,"prior":1,"value":0},)"
                             R"({"parent":0,"move":"a","visits":1,"prior":1,"value":0.5}]})");
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ(tree->nodes.at(1).move, "a");
  EXPECT_FALSE(ReadTree(R"({"nodes":[{"parent":0,"move":"","visits":2,"prior":1,"value":0}]})"));
  EXPECT_FALSE(ReadTree(R"({"nodes":[{"parent":-2,"move":"","visits":2,"prior":1,"value":0}]})"));
  EXPECT_FALSE(ReadTree(R"({"nodes":3})"));
}

TEST(HeatOf, PutsMovesWhereTheyShow) {
  record::Board board;
  board.width = 3;
  board.height = 1;
  const std::vector<LegalMove> legal{{"A1", 0}, {"b1", 1}, {"pass", -1}};
  Analysis analysis;
  analysis.moves = {{.move = "a1", .visits = 3, .share = 0.75, .prior = 0.5, .value = 0.5},
                    {.move = "pass", .visits = 1, .share = 0.25, .prior = 0.25, .value = 0},
                    {.move = "b1", .visits = 0, .share = 0, .prior = 0.25, .value = 0}};
  EXPECT_EQ(HeatOf(board, analysis, legal, HeatKind::kVisits), (std::vector<float>{0.75F, 0, 0}));
  EXPECT_EQ(HeatOf(board, analysis, legal, HeatKind::kPrior), (std::vector<float>{0.5F, 0.25F, 0}));
  // 0 is where nothing was looked at, not a loss.
  EXPECT_EQ(HeatOf(board, analysis, legal, HeatKind::kValue), (std::vector<float>{0.75F, 0, 0}));
  EXPECT_TRUE(HeatOf(board, analysis, legal, HeatKind::kNone).empty());
}

TEST(HeatOf, ShowsRecordedOverlaysWithoutWhatIsNoNumber) {
  record::Board board;
  board.width = 3;
  board.height = 1;
  const float infinite = std::numeric_limits<float>::infinity();
  board.overlays = {{"visits", {0.5F, std::nanf(""), infinite}}, {"prior", {2.0F, -1.0F, 0.25F}}};
  EXPECT_EQ(HeatOf(board, HeatKind::kVisits), (std::vector<float>{0.5F, 0, 0}));
  EXPECT_EQ(HeatOf(board, HeatKind::kPrior), (std::vector<float>{1, 0, 0.25F}));
  EXPECT_TRUE(HeatOf(board, HeatKind::kValue).empty());
}

TEST(ValueText, SaysWhatIsProven) {
  EXPECT_EQ(ValueText(0.421), "+0.42");
  EXPECT_EQ(ValueText(-1.0), "-1.00");
  EXPECT_EQ(ValueText(1.0, 1), "won");
  EXPECT_EQ(ValueText(0.0, 0), "draw");
  EXPECT_EQ(ValueText(-1.0, -1), "lost");
}

}  // namespace
}  // namespace agon::viewer
