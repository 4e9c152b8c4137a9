// SPDX-License-Identifier: Apache-2.0
// A game that was played, looked at move by move: what the player thinks the position was worth,
// which move it prefers, and what the move played gave away.
//
// Who needs this file: `agon selfplay evaluate --record`.
//
// Thread safety: free functions; the player belongs to the calling thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "selfplay/games/game_record.h"
#include "selfplay/play/player.h"

namespace agon::selfplay {

struct MoveAnalysis {
  int number = 0;          // in the record, from 1
  int player = 0;          // who moved
  std::string move, best;  // played, and what the analyst prefers
  double value = 0;        // of the position before the move, for who moved, in [-1,1]
  double value_after = 0;  // of the position after it, for the same player
  double loss = 0;         // value - value_after, not below 0
  double share = 0;        // of the search's visits that went to the move played
  std::string line;        // what the analyst expects, its best move first
};

struct GameAnalysis {
  std::vector<MoveAnalysis> moves;
  double mean_loss[2] = {0, 0};  // of the first and the second player
  [[nodiscard]] nlohmann::json ToJson() const;
};

// Error(kUsage) when the player has nothing to tell about positions; Error(kData) for an illegal
// move, naming `name` and the move's number; Error(kInterrupted).
[[nodiscard]] GameAnalysis AnalyseRecord(const GameRecord& record, const Component<AnyGame>& game,
                                         Player& player, std::string_view name);

}  // namespace agon::selfplay
