// SPDX-License-Identifier: Apache-2.0
// SGF files and lists of moves: any bytes either parse or throw agon::Error; what an SGF file says
// is written and read back as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "runtime/base/error.h"
#include "selfplay/games/game_record.h"
#include "selfplay/games/sgf.h"

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace agon::selfplay;  // NOLINT(google-build-using-namespace): a program of one
                                   // function
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    (void)ReadGameRecord(text, "fuzz");
  } catch (const agon::Error&) {
    // Refused with a reason: what damaged input deserves.
  }
  try {
    const Sgf game = ParseSgf(text, "fuzz");
    const Sgf again = ParseSgf(FormatSgf(game), "again");
    if (again.moves != game.moves || again.black_setup != game.black_setup ||
        again.white_setup != game.white_setup || again.komi != game.komi ||
        again.black != game.black || again.result != game.result) {
      std::abort();
    }
  } catch (const agon::Error&) {
    // As above.
  }
  return 0;
}
