// SPDX-License-Identifier: Apache-2.0
// Games of tic-tac-toe as training and match record them (docs/formats.md, "Games in a recording").
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "tests/viewer/ui/run_fixture.h"

namespace agon::viewer {

[[nodiscard]] inline int CellNamed(const std::string& name) {
  return (3 - (name.at(1) - '0')) * 3 + (name.at(0) - 'a');
}

[[nodiscard]] inline record::Board PositionAfter(const std::vector<std::string>& moves) {
  record::Board board;
  board.width = board.height = 3;
  board.cells.resize(9);
  board.colours.resize(9);
  bool first = true;
  for (const std::string& move : moves) {
    board.cells.at(static_cast<std::size_t>(CellNamed(move))) = first ? "X" : "O";
    board.colours.at(static_cast<std::size_t>(CellNamed(move))) = first ? 1 : 2;
    first = !first;
  }
  board.to_move = first ? "X" : "O";
  board.last_move = moves.empty() ? "" : moves.back();
  for (int cell = 0; cell < 9; ++cell) {
    if (board.colours[static_cast<std::size_t>(cell)] != 0) continue;
    board.legal_moves.push_back(fmt::format("{}{}", "abc"[cell % 3], 3 - cell / 3));
  }
  return board;
}

[[nodiscard]] inline std::string AboutText(const std::string& result, const std::string& ending) {
  return fmt::format(
      R"({{"title":"game 7","game":"tic_tac_toe","first":"","second":"","result":"{}","ending":"{}"}})",
      result, ending);
}

// Every position but the last was searched: all visits went to the move that was played, the side
// to move expects 0.5.
inline void RecordGame(RunFixture& run, const std::string& prefix, std::int64_t step,
                       const std::vector<std::string>& moves, const std::string& result) {
  run.Text(prefix + "/about", step, AboutText("*", ""));
  const std::int64_t first = step;
  for (std::size_t ply = 0; ply <= moves.size(); ++ply) {
    record::Board board =
        PositionAfter({moves.begin(), moves.begin() + static_cast<std::ptrdiff_t>(ply)});
    if (ply == moves.size()) {
      run.Add(prefix + "/board", step, board);
      break;
    }
    const auto cell = static_cast<std::size_t>(CellNamed(moves[ply]));
    std::vector<float> visits(9), prior(9), value(9);
    visits[cell] = 1;
    prior[cell] = 0.25F;
    value[cell] = 0.75F;
    board.overlays = {{"visits", visits}, {"prior", prior}, {"value", value}};
    board.value = 0.5;
    run.Add(prefix + "/board", step, board);
    record::Tree tree;
    tree.nodes = {{-1, "", 10, 1, -0.5}, {0, moves[ply], 9, 0.25, 0.5}};
    if (ply + 1 < moves.size()) tree.nodes.push_back({1, moves[ply + 1], 4, 0.5, -0.5});
    run.Add(prefix + "/tree", step, tree);
    ++step;
  }
  if (result != "*") run.Text(prefix + "/about", first, AboutText(result, ""));
}

}  // namespace agon::viewer
