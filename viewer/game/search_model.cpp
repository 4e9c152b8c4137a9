// SPDX-License-Identifier: Apache-2.0
#include "viewer/game/search_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace agon::viewer {
namespace {

using Json = nlohmann::json;

constexpr int kMostSide = 1024;  // docs/formats.md, "Recording", kind 6
constexpr std::size_t kMostNodes = 1 << 20;
constexpr std::size_t kLongestLine = 100;  // moves

// What a program says may be anything: a wrong type, or a field that is missing, is no answer.
template <class F>
auto Read(std::string_view text, F read) -> std::optional<decltype(read(Json()))> {
  try {
    return read(Json::parse(text));
  } catch (const Json::exception&) {
    return std::nullopt;
  } catch (const std::out_of_range&) {
    return std::nullopt;
  }
}

Candidate ReadCandidate(const Json& json) {
  Candidate move;
  json.at("move").get_to(move.move);
  json.at("visits").get_to(move.visits);
  json.at("prior").get_to(move.prior);
  json.at("value").get_to(move.value);
  json.at("line").get_to(move.line);
  if (json.contains("proven")) move.proven = json.at("proven").get<int>();
  return move;
}

void FillShares(Analysis& analysis) {
  std::int64_t total = 0;
  for (const Candidate& move : analysis.moves) total += std::max<std::int64_t>(move.visits, 0);
  for (Candidate& move : analysis.moves) {
    move.share = total > 0 ? static_cast<double>(move.visits) / static_cast<double>(total) : 0;
  }
}

double WinChance(double value) { return 0.5 + 0.5 * std::clamp(value, -1.0, 1.0); }

std::string_view OverlayName(HeatKind heat) {
  switch (heat) {
    case HeatKind::kVisits:
      return "visits";
    case HeatKind::kPrior:
      return "prior";
    case HeatKind::kValue:
      return "value";
    case HeatKind::kNone:
      break;
  }
  return {};
}

}  // namespace

std::optional<Analysis> ReadAnalysis(std::string_view text) {
  return Read(text, [](const Json& json) {
    Analysis analysis;
    analysis.black = json.at("to_move").get<std::string>() == "black";
    json.at("value").get_to(analysis.value);
    json.at("visits").get_to(analysis.visits);
    for (const Json& move : json.at("moves")) analysis.moves.push_back(ReadCandidate(move));
    FillShares(analysis);
    return analysis;
  });
}

std::optional<record::Tree> ReadTree(std::string_view text) {
  return Read(text, [](const Json& json) {
    record::Tree tree;
    for (const Json& entry : json.at("nodes")) {
      if (tree.nodes.size() == kMostNodes) throw std::out_of_range("nodes");
      record::Tree::Node node;
      entry.at("parent").get_to(node.parent);
      entry.at("move").get_to(node.move);
      entry.at("visits").get_to(node.visits);
      entry.at("prior").get_to(node.prior);
      entry.at("value").get_to(node.value);
      const auto place = static_cast<std::int32_t>(tree.nodes.size());
      if (node.parent < -1 || node.parent >= place) throw std::out_of_range("parent");
      tree.nodes.push_back(std::move(node));
    }
    return tree;
  });
}

std::optional<ServedBoard> ReadBoard(std::string_view text) {
  return Read(text, [](const Json& json) {
    ServedBoard served;
    record::Board& board = served.board;
    json.at("width").get_to(board.width);
    json.at("height").get_to(board.height);
    json.at("cells").get_to(board.cells);
    json.at("colours").get_to(board.colours);
    json.at("legal_moves").get_to(board.legal_moves);
    json.at("to_move").get_to(board.to_move);
    json.at("last_move").get_to(board.last_move);
    json.at("value").get_to(board.value);
    for (const Json& entry : json.at("overlays")) {
      board.overlays.push_back({.name = entry.at("name").get<std::string>(),
                                .values = entry.at("values").get<std::vector<float>>()});
    }
    if (board.width < 1 || board.height < 1 || board.width > kMostSide ||
        board.height > kMostSide) {
      throw std::out_of_range("width or height");
    }
    const auto cells =
        static_cast<std::size_t>(board.width) * static_cast<std::size_t>(board.height);
    if (board.cells.size() != cells || board.colours.size() != cells) {
      throw std::out_of_range("cells");
    }
    json.at("game").get_to(served.game);
    json.at("move_number").get_to(served.move_number);
    json.at("over").get_to(served.over);
    json.at("result").get_to(served.result);
    const GameLook look = LookOf(served.game);
    served.legal = LegalMovesOf(board, look);
    served.last_cell = CellOfMove(board, board.last_move, look, MoveTime::kLast);
    // Programs of before do not say where moves show; their games' names of cells are known.
    if (!json.contains("legal_cells")) return served;
    json.at("last_cell").get_to(served.last_cell);
    const auto places = json.at("legal_cells").get<std::vector<int>>();
    for (std::size_t i = 0; i < board.legal_moves.size(); ++i) {
      const int cell = places.at(i);
      if (cell >= static_cast<int>(cells)) throw std::out_of_range("legal_cells");
      served.legal[i].cell = cell;
    }
    if (served.last_cell >= static_cast<int>(cells)) throw std::out_of_range("last_cell");
    return served;
  });
}

TreeIndex::TreeIndex(const record::Tree& tree) : children_(tree.nodes.size()) {
  for (std::size_t i = 1; i < tree.nodes.size(); ++i) {
    const std::int32_t parent = tree.nodes[i].parent;
    if (parent < 0 || static_cast<std::size_t>(parent) >= i) continue;
    children_[static_cast<std::size_t>(parent)].push_back(static_cast<int>(i));
  }
  for (std::vector<int>& below : children_) {
    std::stable_sort(below.begin(), below.end(), [&](int a, int b) {
      return tree.nodes[static_cast<std::size_t>(a)].visits >
             tree.nodes[static_cast<std::size_t>(b)].visits;
    });
  }
}

const std::vector<int>& TreeIndex::children(int node) const {
  static const std::vector<int> none;
  const auto at = static_cast<std::size_t>(node);
  return node >= 0 && at < children_.size() ? children_[at] : none;
}

std::vector<std::string> TreeIndex::PathTo(const record::Tree& tree, int node) const {
  std::vector<std::string> path;
  while (node > 0 && static_cast<std::size_t>(node) < tree.nodes.size()) {
    path.push_back(tree.nodes[static_cast<std::size_t>(node)].move);
    node = tree.nodes[static_cast<std::size_t>(node)].parent;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::vector<std::string> TreeIndex::LineFrom(const record::Tree& tree, int node) const {
  std::vector<std::string> line;
  while (node >= 0 && static_cast<std::size_t>(node) < tree.nodes.size() &&
         line.size() < kLongestLine) {
    if (node > 0) line.push_back(tree.nodes[static_cast<std::size_t>(node)].move);
    const std::vector<int>& below = children(node);
    node = below.empty() ? -1 : below.front();
  }
  return line;
}

Analysis AnalysisOf(const record::Tree& tree) {
  Analysis analysis;
  if (tree.nodes.empty()) return analysis;
  const TreeIndex index(tree);
  analysis.visits = tree.nodes.front().visits;
  analysis.value = -tree.nodes.front().value;  // of whoever moved there
  for (const int child : index.children(0)) {
    const record::Tree::Node& node = tree.nodes[static_cast<std::size_t>(child)];
    Candidate move;
    move.move = node.move;
    move.visits = node.visits;
    move.prior = node.prior;
    move.value = node.value;
    move.line = index.LineFrom(tree, child);
    analysis.moves.push_back(std::move(move));
  }
  FillShares(analysis);
  return analysis;
}

Analysis AnalysisOf(const record::Board& board, const GameLook& look) {
  Analysis analysis;
  const std::vector<float> visits = HeatOf(board, HeatKind::kVisits);
  const std::vector<float> prior = HeatOf(board, HeatKind::kPrior);
  const std::vector<float> value = HeatOf(board, HeatKind::kValue);
  if (visits.empty()) return analysis;
  analysis.value = board.value;
  for (const LegalMove& legal : LegalMovesOf(board, look)) {
    if (legal.cell < 0) continue;
    const auto at = static_cast<std::size_t>(legal.cell);
    Candidate move;
    move.move = legal.text;
    move.share = visits[at];
    if (!prior.empty()) move.prior = prior[at];
    if (!value.empty()) move.value = 2.0 * value[at] - 1;
    move.line = {legal.text};
    analysis.moves.push_back(std::move(move));
  }
  std::stable_sort(analysis.moves.begin(), analysis.moves.end(),
                   [](const Candidate& a, const Candidate& b) { return a.share > b.share; });
  return analysis;
}

std::vector<float> HeatOf(const record::Board& board, const Analysis& analysis,
                          const std::vector<LegalMove>& legal, HeatKind heat) {
  if (heat == HeatKind::kNone || analysis.moves.empty()) return {};
  std::vector<float> cells(static_cast<std::size_t>(board.width) *
                           static_cast<std::size_t>(board.height));
  for (const Candidate& move : analysis.moves) {
    const auto place = std::find_if(legal.begin(), legal.end(), [&](const LegalMove& one) {
      return SameMove(one.text, move.move);
    });
    if (place == legal.end() || place->cell < 0) continue;
    const auto at = static_cast<std::size_t>(place->cell);
    if (at >= cells.size()) continue;
    double share = heat == HeatKind::kVisits ? move.share : move.prior;
    if (heat == HeatKind::kValue) share = move.looked_at() ? WinChance(move.value) : 0;
    cells[at] = std::clamp(static_cast<float>(share), 0.0F, 1.0F);
  }
  return cells;
}

std::vector<float> HeatOf(const record::Board& board, HeatKind heat) {
  const record::Board::Overlay* const overlay = FindOverlay(board, OverlayName(heat));
  if (overlay == nullptr) return {};
  std::vector<float> cells = overlay->values;
  for (float& value : cells) value = std::isfinite(value) ? std::clamp(value, 0.0F, 1.0F) : 0.0F;
  return cells;
}

std::string ValueText(double value, std::optional<int> proven) {
  if (proven) return *proven > 0 ? "won" : *proven < 0 ? "lost" : "draw";
  return fmt::format("{:+.2f}", value);
}

}  // namespace agon::viewer
