// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/replay.h"

#include <cmath>
#include <fstream>
#include <map>

#include "runtime/base/error.h"
#include "selfplay/games/game_record.h"
#include "tests/selfplay/learn/learn_helpers.h"

namespace agon::selfplay {
namespace {

ReplaySettings Settings(std::int64_t shard_positions) {
  ReplaySettings settings;
  settings.start = 1000;
  settings.shard_positions = shard_positions;
  settings.merge = "none";
  return settings;
}

class Replay : public testing::Test {
 protected:
  [[nodiscard]] ReplayWindow Window(const ReplaySettings& settings, std::uint64_t seed = 1) const {
    return ReplayWindow(settings, game_->Shape(), GameText(game_), folder_, seed);
  }
  // Games numbered [first, first + count).
  std::int64_t AddGames(ReplayWindow& window, std::int64_t first, std::int64_t count) const {
    std::int64_t positions = 0;
    for (std::int64_t number = first; number < first + count; ++number) {
      const auto samples = RandomSamples(game_, number, static_cast<std::uint64_t>(number));
      window.AddGame(number, samples);
      positions += static_cast<std::int64_t>(samples.size());
    }
    return positions;
  }
  [[nodiscard]] std::vector<Path> Files(const std::string& ending) const {
    std::vector<Path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      if (entry.path().extension() == ending) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
  }
  Workplace place_;
  Component<AnyGame> game_ = GameNamed("tic_tac_toe");
  Path folder_ = place_.Folder("replay");
};

// Wu 2019, appendix C: with KataGo's constants the window is c at c positions, grows by 0.4 for
// each new one there, and is about 3.8 million at 20 million (c = 250,000).
TEST(WindowSize, FollowsThePowerLaw) {
  ReplaySettings settings;
  settings.start = 250'000;
  settings.exponent = 0.75;
  settings.scale = 0.4;
  settings.most = 100'000'000;
  EXPECT_EQ(WindowSize(settings, 1), 1);
  EXPECT_EQ(WindowSize(settings, 100'000), 100'000);  // everything
  EXPECT_EQ(WindowSize(settings, 250'000), 250'000);
  EXPECT_NEAR(static_cast<double>(WindowSize(settings, 260'000)), 254'000, 30);
  const double n = 20e6, c = 250e3;
  const double wanted = c * (1 + 0.4 * (std::pow(n / c, 0.75) - 1) / 0.75);
  EXPECT_NEAR(static_cast<double>(WindowSize(settings, 20'000'000)), wanted, 1);
  settings.most = 300'000;
  EXPECT_EQ(WindowSize(settings, 20'000'000), 300'000);
}

TEST_F(Replay, KeepsEveryFinishedGameOnDisk) {
  std::int64_t positions = 0;
  {
    ReplayWindow window = Window(Settings(50));
    window.Open();
    positions = AddGames(window, 0, 20);
    EXPECT_GT(Files(".safetensors").size(), 1U);
    EXPECT_EQ(Files(".tail").size(), 1U);
  }  // as if the process had died: the tail was not closed
  ReplayWindow again = Window(Settings(50));
  again.Open();
  EXPECT_EQ(again.games(), 20);
  EXPECT_EQ(again.Mark().next_game, 20);
  EXPECT_TRUE(again.damaged().empty());
  again.CloseShard();
  EXPECT_EQ(again.positions(), positions);
  EXPECT_EQ(again.window_positions(), positions);
}

// What is drawn depends on seed, number and window alone, also after the window was read again.
TEST_F(Replay, DrawsTheSameAgain) {
  ReplayWindow window = Window(Settings(50));
  window.Open();
  AddGames(window, 0, 30);
  window.CloseShard();
  ReplayWindow again = Window(Settings(50));
  again.Open();
  const auto a = window.Draw(7, 64), b = again.Draw(7, 64), c = window.Draw(8, 64);
  bool other = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].shard->number, b[i].shard->number);
    EXPECT_EQ(a[i].row, b[i].row);
    EXPECT_EQ(a[i].random, b[i].random);
    EXPECT_EQ(a[i].shard->block.At(a[i].row).policy, b[i].shard->block.At(b[i].row).policy);
    other = other || a[i].row != c[i].row || a[i].shard != c[i].shard;
  }
  EXPECT_TRUE(other);
}

// Every copy has the same chance: a row of weight 3 comes three times as often as one of 1.
TEST_F(Replay, DrawsByWeight) {
  ReplaySettings settings = Settings(1000);
  ReplayWindow window = Window(settings);
  window.Open();
  auto samples = RandomSamples(game_, 0, 1);
  samples.resize(2);
  samples[0].weight = 3;
  window.AddGame(0, samples);
  window.CloseShard();
  std::map<std::size_t, int> counts;
  constexpr int kDraws = 20000;
  for (const auto& row : window.Draw(1, kDraws)) ++counts[row.row];
  // Standard deviation of the share: sqrt(0.75 * 0.25 / 20000) = 0.003.
  EXPECT_NEAR(counts[0] / static_cast<double>(kDraws), 0.75, 0.02);
}

// The window drops its oldest shards as it grows slower than what is added; their files go one
// checkpoint later.
TEST_F(Replay, ForgetsWhatLeftTheWindow) {
  ReplaySettings settings = Settings(50);
  settings.start = 100;
  settings.scale = 0.1;
  ReplayWindow window = Window(settings);
  window.Open();
  AddGames(window, 0, 100);
  window.CloseShard();
  const std::int64_t size = WindowSize(settings, window.positions());
  EXPECT_GE(window.window_positions(), size);
  EXPECT_LT(window.window_positions(), size + 70);  // less than a shard more
  const std::size_t all = Files(".safetensors").size();
  window.ForgetOld();
  EXPECT_EQ(Files(".safetensors").size(), all);
  window.ForgetOld();
  EXPECT_LT(Files(".safetensors").size(), all);
  ReplayWindow again = Window(settings);
  again.Open();
  EXPECT_EQ(again.window_positions(), window.window_positions());
  EXPECT_EQ(again.positions(), window.positions());
}

// A limit of memory holds whatever the settings of the window say.
TEST_F(Replay, StaysWithinItsMemory) {
  ReplaySettings settings = Settings(5000);
  settings.start = 1'000'000;
  settings.max_megabytes = 1;
  ReplayWindow window = Window(settings);
  window.Open();
  AddGames(window, 0, 3000);
  window.CloseShard();
  EXPECT_GT(window.positions(), window.window_positions());
  EXPECT_LE(window.bytes(), std::size_t{2} << 20);  // and what is not yet in a shard
}

TEST_F(Replay, SkipsDamagedShardsAndNamesThem) {
  {
    ReplayWindow window = Window(Settings(50));
    window.Open();
    AddGames(window, 0, 40);
    window.CloseShard();
  }
  const std::vector<Path> files = Files(".safetensors");
  ASSERT_GE(files.size(), 4U);
  std::filesystem::resize_file(files[0], 100);                        // cut
  std::ofstream(files[1], std::ios::binary) << "not a shard at all";  // overwritten
  {
    std::fstream harm(files[2], std::ios::binary | std::ios::in | std::ios::out);
    harm.seekp(-40, std::ios::end);
    harm << std::string(40, '\xff');
  }
  ReplayWindow window = Window(Settings(50));
  window.Open();
  EXPECT_EQ(window.damaged().size(), 3U);
  EXPECT_EQ(window.damaged().back(), files[0].filename().string());
  EXPECT_GT(window.window_positions(), 0);
  // What is whole can be drawn from, and the numbers go on.
  EXPECT_EQ(window.Draw(1, 10).size(), 10U);
  AddGames(window, 40, 20);
  window.CloseShard();
  EXPECT_GT(Files(".safetensors").size(), files.size());
}

// A tail that ends in half a record keeps the whole ones, and can be appended to.
TEST_F(Replay, CutsAHalfWrittenTail) {
  {
    ReplayWindow window = Window(Settings(5000));
    window.Open();
    AddGames(window, 0, 5);
  }
  const Path tail = Files(".tail").at(0);
  const auto size = std::filesystem::file_size(tail);
  std::filesystem::resize_file(tail, size - 11);
  {
    ReplayWindow window = Window(Settings(5000));
    window.Open();
    EXPECT_EQ(window.games(), 4);
    EXPECT_EQ(window.damaged().size(), 1U);
    AddGames(window, 9, 2);
  }
  ReplayWindow window = Window(Settings(5000));
  window.Open();
  EXPECT_EQ(window.games(), 6);
  EXPECT_EQ(window.Mark().next_game, 11);
  EXPECT_TRUE(window.damaged().empty());
}

// The death of the run between writing a shard and removing its tail counts no game twice.
TEST_F(Replay, AShardReplacesItsTail) {
  ReplayWindow window = Window(Settings(5000));
  window.Open();
  AddGames(window, 0, 5);
  const Path tail = Files(".tail").at(0);
  const Bytes content = ReadFileBytes(tail);
  window.CloseShard();
  WriteFileAtomic(tail, content);
  ReplayWindow again = Window(Settings(5000));
  again.Open();
  EXPECT_EQ(again.games(), 5);
  EXPECT_EQ(Files(".tail").size(), 1U);
}

// The deterministic mode goes back to what the checkpoint knew.
TEST_F(Replay, ReturnsToAMark) {
  ReplayWindow window = Window(Settings(5000));
  window.Open();
  AddGames(window, 0, 5);
  window.CloseShard();
  const ReplayMark mark = window.Mark();
  const std::int64_t positions = window.positions();
  AddGames(window, 5, 5);
  window.CloseShard();
  AddGames(window, 10, 1);
  ReplayWindow again = Window(Settings(5000));
  again.Open(mark);
  EXPECT_EQ(again.games(), 5);
  EXPECT_EQ(again.positions(), positions);
  EXPECT_EQ(again.Mark().next_game, 5);
}

TEST_F(Replay, RefusesPositionsOfAnotherGame) {
  {
    ReplayWindow window = Window(Settings(5000));
    window.Open();
    AddGames(window, 0, 5);
    window.CloseShard();
  }
  const auto other = GameNamed("connect_four");
  ReplayWindow window(Settings(5000), other->Shape(), GameText(other), folder_, 1);
  try {
    window.Open();
    FAIL() << "a shard of tic_tac_toe was taken for connect_four";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    EXPECT_NE(std::string(error.what()).find("tic_tac_toe"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("connect_four"), std::string::npos);
  }
}

}  // namespace
}  // namespace agon::selfplay
