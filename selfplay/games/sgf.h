// SPDX-License-Identifier: Apache-2.0
// SGF, the Smart Game Format FF[4] (red-bean.com/sgf), for Go: one game, its main line. Reading is
// forgiving about what other programs write and strict about what it means; docs/formats.md, "SGF",
// lists what is read, ignored and refused.
//
// Who needs this file: game_record.h, which plays what was read, and the GTP server.
//
// Thread safety: free functions and values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agon::selfplay {

inline constexpr std::size_t kMaxSgfBytes = std::size_t{16} << 20;
inline constexpr int kMaxSgfDepth = 1000;     // of nested variations
inline constexpr int kMaxSgfMoves = 100'000;  // of the main line
inline constexpr int kMaxSgfSide = 52;        // a..z, A..Z

// One stone, or a pass: player 0 is Black. Cells row by row from the top left.
struct SgfMove {
  int player = 0;
  std::optional<int> cell;  // nothing: a pass
  friend bool operator==(const SgfMove&, const SgfMove&) = default;
};

struct Sgf {
  int width = 19, height = 19;
  std::optional<double> komi;
  int handicap = 0;
  std::string rules;                          // "Chinese"; as written
  std::string black, white;                   // names of the players
  std::string result;                         // "B+3.5", "W+R", "0"; as written
  std::vector<int> black_setup, white_setup;  // AB and AW before the first move
  std::optional<int> first_to_move;           // PL before the first move
  std::vector<SgfMove> moves;                 // of the main line
  int games = 1;                              // in the collection; the others are ignored
};

// The first game of a collection. `name` stands in messages: Error(kData) with the line of what is
// wrong. A stone set or taken away after the first move is an error, since no game can follow it.
[[nodiscard]] Sgf ParseSgf(std::string_view text, std::string_view name);

// A collection of one game; ParseSgf gives the same back.
[[nodiscard]] std::string FormatSgf(const Sgf& game);

}  // namespace agon::selfplay
