// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/four_board.h"

#include <algorithm>
#include <cstring>

#include "selfplay/games/any_game.h"
#include "selfplay/games/connect_four.h"

namespace agon::selfplay {

std::uint64_t FourBoard::Threats(std::uint64_t stones, std::uint64_t taken) {
  // Upright: three below.
  std::uint64_t found = stones << 1 & stones << 2 & stones << 3;
  // Along a row and both diagonals, `d` apart: the missing cell at either end or in between.
  for (const int d : {kStride, kStride - 1, kStride + 1}) {
    const std::uint64_t left_pair = stones << d & stones << 2 * d;
    const std::uint64_t right_pair = stones >> d & stones >> 2 * d;
    found |= left_pair & (stones << 3 * d | stones >> d);
    found |= right_pair & (stones >> 3 * d | stones << d);
  }
  return found & kAll & ~taken;
}

std::uint64_t FourBoard::KeyUpToMirror() const {
  std::uint64_t mirrored = 0;
  for (int column = 0; column < kColumns; ++column) {
    const std::uint64_t digit = Key() >> (column * kStride) & 0x7F;
    mirrored |= digit << ((kColumns - 1 - column) * kStride);
  }
  return std::min(Key(), mirrored);
}

bool FourBoard::IsLost() const {
  const std::uint64_t other = own ^ taken;
  for (const int d : {1, kStride, kStride - 1, kStride + 1}) {
    const std::uint64_t pairs = other & other >> d;
    if ((pairs & pairs >> 2 * d) != 0) return true;
  }
  return false;
}

std::optional<FourBoard> FourBoard::From(const GameState& state) {
  if (dynamic_cast<const ConnectFour*>(&state.game()) == nullptr) return std::nullopt;
  ConnectFour::Position position;  // its bits lie as ours
  std::memcpy(&position, state.position().bytes, sizeof(position));
  return FourBoard{.own = position.stones[position.to_move],
                   .taken = position.stones[0] | position.stones[1]};
}

}  // namespace agon::selfplay
