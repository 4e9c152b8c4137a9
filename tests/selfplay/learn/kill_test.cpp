// SPDX-License-Identifier: Apache-2.0
// A training that is killed as kill -9 does, again and again: while games are written, while a
// shard or a checkpoint is, in the midst of a learner's step. Resumed, it goes on and has lost
// nothing but the games in flight.
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "runtime/base/text.h"
#include "selfplay/games/game_record.h"
#include "tests/selfplay/learn/learn_helpers.h"

namespace agon::selfplay {
namespace {

constexpr const char* kFolder = "AGON_TEST_VICTIM";

SelfplayConfig VictimsConfig() {
  return SmallConfig(
      "max_games: 1500, checkpoint_every: 0.05, pace: {batch_size: 16, passes: 1, "
      "generation_steps: 20, lag: 500}");
}

// The process that is killed: this program, started by the test below.
TEST(SelfplayVictim, Trains) {
  const char* const folder = std::getenv(kFolder);
  if (folder == nullptr) GTEST_SKIP() << "only runs as a child of SelfplayKill";
  const SelfplayConfig config = VictimsConfig();
  const bool resume = std::filesystem::exists(Path(folder) / "manifest.json");
  const SelfplayResult result = resume ? ResumeIn(config, folder) : TrainIn(config, folder);
  EXPECT_EQ(result.ended, "completed");
}

struct OnDisk {
  std::int64_t games = 0, positions = 0, lines = 0;
};

// What a resumed run would find, read as it reads it.
OnDisk Look(const Path& folder) {
  const auto game = GameNamed("tic_tac_toe");
  const Path copy = folder.parent_path() / "copy";
  std::filesystem::remove_all(copy);
  std::filesystem::create_directories(copy);
  OnDisk found;
  if (std::filesystem::exists(folder / "replay")) {
    std::filesystem::copy(folder / "replay", copy);
    ReplayWindow window(VictimsConfig().replay, game->Shape(), GameText(game), copy, 5);
    window.Open();
    EXPECT_TRUE(window.damaged().empty());
    found.games = window.games();
    window.CloseShard();
    found.positions = window.positions();
  }
  if (std::filesystem::exists(folder / "games")) {
    std::set<std::int64_t> numbers;
    for (const std::string& line : GameLines(folder)) {
      const auto json = nlohmann::json::parse(line, nullptr, false);
      if (json.is_discarded()) continue;  // cut in the midst of the line
      EXPECT_TRUE(numbers.insert(json.at("game").get<std::int64_t>()).second) << line;
    }
    found.lines = static_cast<std::int64_t>(numbers.size());
  }
  return found;
}

TEST(SelfplayKill, LosesNothingButGamesInFlight) {
  const Workplace place;
  std::filesystem::create_directories(place.Folder("victim"));
  const Path folder = place.Folder("victim/run");
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string victim = fmt::format("{}='{}' '{}' --gtest_filter=SelfplayVictim.Trains",
                                         kFolder, folder.string(), self);
  OnDisk before;
  int killed = 0;
  bool done = false;
  for (int round = 0; round < 40 && !done; ++round) {
    // By place for the first rounds (behind the making of the run), then by time.
    const std::string how = round < 8 ? fmt::format("AGON_KILL_AT={} ", 40 + 37 * round * round)
                                      : fmt::format("AGON_VICTIM=1 timeout -s KILL {}.{} env ",
                                                    1 + round / 4, round % 4);
    const int status = std::system((how + victim + " >/dev/null 2>&1").c_str());
    done = status == 0;
    killed += done ? 0 : 1;
    const OnDisk now = Look(folder);
    EXPECT_GE(now.games, before.games) << "round " << round;
    EXPECT_GE(now.positions, before.positions) << "round " << round;
    EXPECT_GE(now.lines, before.lines) << "round " << round;
    // A game's positions are written before its line.
    EXPECT_GE(now.games, now.lines) << "round " << round;
    EXPECT_LE(now.games, now.lines + 1 + killed) << "round " << round;
    before = now;
  }
  EXPECT_TRUE(done);
  EXPECT_GE(killed, 5);
  // The games in flight at each kill have no line; all others have.
  EXPECT_GE(before.games, 1500 - killed * VictimsConfig().selfplay.games_in_flight);
}

}  // namespace
}  // namespace agon::selfplay
