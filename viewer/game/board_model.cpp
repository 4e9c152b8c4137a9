// SPDX-License-Identifier: Apache-2.0
#include "viewer/game/board_model.h"

#include <algorithm>
#include <charconv>

namespace agon::viewer {
namespace {

constexpr std::string_view kLetters = "abcdefghjklmnopqrstuvwxyz";  // no i, as GTP

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::size_t At(int i) { return static_cast<std::size_t>(i); }

std::optional<int> Number(std::string_view text) {
  int number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size() || text.empty()) {
    return std::nullopt;
  }
  return number;
}

bool Taken(const record::Board& board, int cell) {
  return At(cell) < board.colours.size() && board.colours[At(cell)] != 0;
}

// Where the next stone of a column lands, or where the last one lies.
int CellOfColumn(const record::Board& board, int column, MoveTime time) {
  int top = board.height;  // the topmost stone
  while (top > 0 && Taken(board, (top - 1) * board.width + column)) --top;
  const int row = time == MoveTime::kNext ? top - 1 : top;
  return row >= 0 && row < board.height ? row * board.width + column : -1;
}

}  // namespace

std::string GameName(std::string_view game) {
  constexpr std::string_view kKey = "name:";
  if (!game.starts_with('{')) return std::string(game);
  std::size_t at = game.find(kKey);
  if (at == std::string_view::npos) return {};
  at = game.find_first_not_of(" \"'", at + kKey.size());
  if (at == std::string_view::npos) return {};
  return std::string(game.substr(at, game.find_first_of(",}\"' ", at) - at));
}

GameLook LookOf(std::string_view game) {
  GameLook look{.name = GameName(game)};
  if (look.name == "go") look.style = BoardStyle::kPoints;
  if (look.name == "connect_four") look.style = BoardStyle::kColumns;
  if (look.name == "othello") {
    look.style = BoardStyle::kDiscs;
    look.rows_from_top = true;
  }
  return look;
}

std::string CellName(const record::Board& board, int cell, const GameLook& look) {
  if (cell < 0 || board.width <= 0 || At(board.width) > kLetters.size() ||
      cell >= board.width * board.height) {
    return {};
  }
  const int y = cell / board.width;
  return kLetters[At(cell % board.width)] +
         std::to_string(look.rows_from_top ? y + 1 : board.height - y);
}

int CellOfMove(const record::Board& board, std::string_view move, const GameLook& look,
               MoveTime time) {
  if (move.empty() || board.width <= 0 || board.height <= 0) return -1;
  if (const auto column = Number(move)) {
    return *column >= 1 && *column <= board.width ? CellOfColumn(board, *column - 1, time) : -1;
  }
  const std::size_t x = kLetters.find(Lower(move.front()));
  const auto row = Number(move.substr(1));
  if (x >= At(board.width) || !row || *row < 1 || *row > board.height) return -1;
  const int y = look.rows_from_top ? *row - 1 : board.height - *row;
  return y * board.width + static_cast<int>(x);
}

bool SameMove(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

std::vector<LegalMove> LegalMovesOf(const record::Board& board, const GameLook& look) {
  std::vector<LegalMove> moves;
  moves.reserve(board.legal_moves.size());
  for (const std::string& text : board.legal_moves) {
    moves.push_back({.text = text, .cell = CellOfMove(board, text, look, MoveTime::kNext)});
  }
  return moves;
}

const LegalMove* MoveAt(const record::Board& board, const std::vector<LegalMove>& moves, int cell) {
  if (cell < 0 || board.width <= 0) return nullptr;
  const auto exact = std::find_if(moves.begin(), moves.end(),
                                  [&](const LegalMove& move) { return move.cell == cell; });
  if (exact != moves.end()) return &*exact;
  const auto column = std::find_if(moves.begin(), moves.end(), [&](const LegalMove& move) {
    return move.cell >= 0 && Number(move.text) && move.cell % board.width == cell % board.width;
  });
  return column != moves.end() ? &*column : nullptr;
}

std::optional<bool> FirstToMove(const record::Board& board) {
  if (SameMove(board.to_move, "black") || SameMove(board.to_move, "X")) return true;
  if (SameMove(board.to_move, "white") || SameMove(board.to_move, "O")) return false;
  for (std::size_t i = 0; i < std::min(board.cells.size(), board.colours.size()); ++i) {
    if (board.colours[i] == 0 || board.cells[i] != board.to_move) continue;
    return board.colours[i] == 1;
  }
  return std::nullopt;
}

std::optional<double> ValueForFirst(const record::Board& board) {
  const auto first = FirstToMove(board);
  if (board.overlays.empty() || !first) return std::nullopt;
  const double value = std::clamp(board.value, -1.0, 1.0);
  return *first ? value : -value;
}

const record::Board::Overlay* FindOverlay(const record::Board& board, std::string_view name) {
  const auto found =
      std::find_if(board.overlays.begin(), board.overlays.end(),
                   [&](const record::Board::Overlay& overlay) { return overlay.name == name; });
  const bool whole =
      found != board.overlays.end() && found->values.size() == At(board.width * board.height);
  return whole ? &*found : nullptr;
}

}  // namespace agon::viewer
