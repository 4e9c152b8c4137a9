// SPDX-License-Identifier: Apache-2.0
#include "selfplay/games/grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "runtime/base/error.h"

namespace agon::selfplay {
namespace {

constexpr std::string_view kLetters = "abcdefghjklmnopqrstuvwxyz";  // no i

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::size_t At(int i) { return static_cast<std::size_t>(i); }
int RowNumber(int y, int height, FirstRow first) {
  return first == FirstRow::kTop ? y + 1 : height - y;
}

}  // namespace

std::string CellText(int cell, int width, int height, FirstRow first) {
  AGON_CHECK(cell >= 0 && cell < width * height && width <= static_cast<int>(kLetters.size()));
  return fmt::format("{}{}", kLetters[At(cell % width)], RowNumber(cell / width, height, first));
}

Move ParseCell(std::string_view text, int width, int height, FirstRow first) {
  if (text.size() < 2 || text[1] < '1' || text[1] > '9') return kNoMove;
  const std::size_t x = kLetters.find(Lower(text[0]));
  int row = 0;
  const auto [end, problem] = std::from_chars(text.data() + 1, text.data() + text.size(), row);
  if (x >= At(width) || problem != std::errc{} || end != text.data() + text.size() ||
      row > height) {
    return kNoMove;
  }
  const int y = first == FirstRow::kTop ? row - 1 : height - row;
  return static_cast<Move>(y * width + static_cast<int>(x));
}

bool IsPass(std::string_view text) {
  return std::equal(text.begin(), text.end(), std::string_view("pass").begin(),
                    std::string_view("pass").end(), [](char a, char b) { return Lower(a) == b; });
}

record::Board EmptyGrid(int width, int height, std::string to_move) {
  record::Board board;
  board.width = width;
  board.height = height;
  board.cells.resize(At(width * height));
  board.colours.resize(At(width * height), 0);
  board.to_move = std::move(to_move);
  return board;
}

void PutStone(record::Board& board, int cell, int player, std::string_view text) {
  board.cells[At(cell)] = text;
  board.colours[At(cell)] = static_cast<std::uint8_t>(player + 1);
}

std::string GridText(const record::Board& board, FirstRow first) {
  std::string letters = "  ";
  for (int x = 0; x < board.width; ++x) letters += fmt::format(" {}", kLetters[At(x)]);
  std::string text = letters + "\n";
  for (int y = 0; y < board.height; ++y) {
    const int row = RowNumber(y, board.height, first);
    text += fmt::format("{:>2}", row);
    for (int x = 0; x < board.width; ++x) {
      const std::string& cell = board.cells[At(y * board.width + x)];
      text += fmt::format(" {}", cell.empty() ? "." : cell);
    }
    text += fmt::format(" {}\n", row);
  }
  return text + fmt::format("{}\n{} to move\n", letters, board.to_move);
}

}  // namespace agon::selfplay
