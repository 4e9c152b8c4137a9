// SPDX-License-Identifier: Apache-2.0
// GTP commands that tell what the player thinks: Leela Zero's and KataGo's lines, which Sabaki,
// Lizzie and KaTrain read, and our own JSON.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "selfplay/play/gtp_server.h"
#include "selfplay/play/overlay.h"
#include "selfplay/play/vertex.h"

namespace agon::selfplay {
namespace {

constexpr double kDefaultInterval = 0.5;  // seconds
constexpr int kTreeNodes = 1000;

// From a value in [-1,1] to the chance of a win, a draw counting half.
double WinRate(double value) { return 0.5 + 0.5 * std::clamp(value, -1.0, 1.0); }

bool IsTold(const MoveStats& move) { return move.visits > 0 || move.proven != 2; }

std::string LineText(const GameState& state, const MoveStats& move) {
  std::string text;
  for (const Move step : move.line) text += " " + VertexText(state, step);
  return text.empty() ? " " + VertexText(state, move.move) : text;
}

// "info move D4 visits 12 winrate 5012 prior 800 lcb 5012 order 0 pv D4 Q16 info move ...", shares
// in ten-thousandths, from the side to move.
std::string LzReport(const GameState& state, const SearchResult& result) {
  const auto scaled = [](double share) { return std::lround(10'000 * share); };
  std::string text;
  int order = 0;
  for (const MoveStats& move : result.moves) {
    if (!IsTold(move)) continue;
    text += fmt::format("{}info move {} visits {} winrate {} prior {} lcb {} order {} pv{}",
                        order == 0 ? "" : " ", VertexText(state, move.move), move.visits,
                        scaled(WinRate(move.value)), scaled(move.prior),
                        scaled(WinRate(move.value)), order, LineText(state, move));
    ++order;
  }
  return text;
}

std::string KataReport(const GameState& state, const SearchResult& result) {
  std::string text;
  int order = 0;
  for (const MoveStats& move : result.moves) {
    if (!IsTold(move)) continue;
    text += fmt::format(
        "info move {} visits {} utility {:.6f} winrate {:.6f} prior {:.6f} lcb {:.6f} order {} "
        "pv{} ",
        VertexText(state, move.move), move.visits, move.value, WinRate(move.value), move.prior,
        WinRate(move.value), order, LineText(state, move));
    ++order;
  }
  return text + fmt::format("rootInfo visits {} utility {:.6f} winrate {:.6f}", result.visits,
                            result.value, WinRate(result.value));
}

std::string JsonReport(const GameState& state, const SearchResult& result) {
  nlohmann::json moves = nlohmann::json::array();
  for (const MoveStats& move : result.moves) {
    nlohmann::json line = nlohmann::json::array();
    for (const Move step : move.line) line.push_back(VertexText(state, step));
    nlohmann::json entry = {{"move", VertexText(state, move.move)},
                            {"visits", move.visits},
                            {"prior", move.prior},
                            {"value", move.value},
                            {"line", line}};
    if (move.proven != 2) entry["proven"] = move.proven;
    moves.push_back(std::move(entry));
  }
  return nlohmann::json{{"to_move", ColourText(state.to_move())},
                        {"value", result.value},
                        {"visits", result.visits},
                        {"simulations", result.simulations},
                        {"moves", moves}}
      .dump();
}

// [colour] [centiseconds] [interval centiseconds] and words of other engines' with one value each,
// in any order, as clients write them.
struct AnalyzeWords {
  std::optional<int> colour;
  double interval = kDefaultInterval;
};

AnalyzeWords ReadWords(const GtpLine& line) {
  AnalyzeWords words;
  for (std::size_t i = 0; i < line.arguments.size(); ++i) {
    const std::string word = LowerCase(line.arguments[i]);
    if (const auto colour = ParseColour(word)) {
      words.colour = colour;
      continue;
    }
    const bool named = word == "interval";
    if (named) ++i;
    const auto number = i < line.arguments.size() ? ParseInteger(line.arguments[i]) : std::nullopt;
    if (number && *number >= 0) {
      words.interval = std::max(0.01 * static_cast<double>(*number), 0.01);
      continue;
    }
    if (named || word == "avoid" || word == "allow") {
      Fail(ErrorKind::kUsage, "syntax error: {} is not understood here", word);
    }
    ++i;  // minmoves, maxmoves, ownership, rootinfo, pvvisits and the like: nothing of ours
  }
  return words;
}

}  // namespace

// The reply begins at once and ends when another line has come.
std::string GtpServer::Analyze(const GtpLine& line, Reporter reporter) {
  const AnalyzeWords words = ReadWords(line);
  const GameState state = WithTurn(words.colour.value_or(state_.to_move()));
  bool began = false;
  const auto report = [&](const SearchResult& result) {
    if (!began) output_("=" + line.id + "\n");
    began = true;
    replied_ = true;
    const std::string text = reporter(state, result);
    if (!text.empty()) output_(text + "\n");
    search_ = result;
    searched_ = state.moves();
  };
  const auto stop = [&] { return !waiting_ || waiting_(); };
  if (!player_->Analyse(state, words.interval, report, stop)) {
    Fail(ErrorKind::kUsage, "{} has nothing to tell about a position", player_->name());
  }
  output_("\n");
  return {};
}

std::string GtpServer::GenMoveAnalyze(const GtpLine& line, Reporter reporter) {
  const AnalyzeWords words = ReadWords(line);
  GameState state = WithTurn(words.colour.value_or(state_.to_move()));
  const Move move = Think(state);
  std::string text = "\n";
  if (search_) text += reporter(state, *search_) + "\n";
  if (move == kNoMove) return text + "play resign";
  text += "play " + VertexText(state, move);
  state.Play(move);
  state_ = std::move(state);
  return text;
}

std::string GtpServer::LzAnalyze(const GtpLine& line) { return Analyze(line, &LzReport); }
std::string GtpServer::KataAnalyze(const GtpLine& line) { return Analyze(line, &KataReport); }
std::string GtpServer::AgonAnalyze(const GtpLine& line) { return Analyze(line, &JsonReport); }
std::string GtpServer::LzGenMoveAnalyze(const GtpLine& line) {
  return GenMoveAnalyze(line, &LzReport);
}
std::string GtpServer::KataGenMoveAnalyze(const GtpLine& line) {
  return GenMoveAnalyze(line, &KataReport);
}

std::string GtpServer::AgonGenMoveAnalyze(const GtpLine& line) {
  return GenMoveAnalyze(line, &JsonReport);
}

std::string GtpServer::AgonBoard(const GtpLine&) {
  const bool searched = search_.has_value() && searched_ == state_.moves();
  nlohmann::json json = BoardJson(BoardWithSearch(state_, searched ? &search_.value() : nullptr));
  // Where moves show, so that whoever draws the board needs to know no game's names of cells.
  nlohmann::json cells = nlohmann::json::array();
  for (const Move move : state_.LegalMoves()) cells.push_back(CellOfMove(state_, move));
  json["legal_cells"] = std::move(cells);
  json["last_cell"] = LastCell();
  json["game"] = GameText(state_.component());
  json["move_number"] = state_.moves().size();
  json["over"] = state_.Over();
  json["result"] = ResultText(state_.Over() ? std::optional(state_.Result()) : std::nullopt);
  return json.dump();
}

int GtpServer::LastCell() const {
  GameState before = state_;
  if (!before.Undo()) return -1;
  return CellOfMove(before, state_.moves().back());
}

std::string GtpServer::AgonTree(const GtpLine&) {
  nlohmann::json nodes = nlohmann::json::array();
  const std::optional<record::Tree> tree = player_->Tree(kTreeNodes);
  if (!tree) Fail(ErrorKind::kUsage, "{} searches no tree", player_->name());
  for (const record::Tree::Node& node : tree->nodes) {
    nodes.push_back({{"parent", node.parent},
                     {"move", node.move},
                     {"visits", node.visits},
                     {"prior", node.prior},
                     {"value", node.value}});
  }
  return nlohmann::json{{"nodes", nodes}}.dump();
}

}  // namespace agon::selfplay
