// SPDX-License-Identifier: Apache-2.0
// The replay window: the newest positions of self-play, in memory to be drawn from and on disk to
// survive. It grows with a power of all positions so far, as KataGo's (Wu 2019, appendix C):
//
//   window(N) = c (1 + scale ((N / c)^exponent - 1) / exponent)   for N > c, else N
//
// On disk: RUN/replay/<number>.safetensors, shards of finished games, each written at once and
// never changed; and <number>.tail, the games since, appended one by one (append_file.h), which
// becomes the next shard. A shard is made like this: equal positions are joined (sample.h,
// MergeEqual) and weights rounded to whole copies by chance. Joining within a shard, not over the
// window, keeps shards independent of one another: they can be dropped, damaged and read alone.
//
// Positions are counted as they were recorded, joined ones as many as they were.
//
// Who needs this file: the trainer. Thread safety: all members; draws are made from a snapshot.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/files.h"
#include "runtime/config/fields.h"
#include "selfplay/learn/append_file.h"
#include "selfplay/learn/sample.h"

namespace agon::selfplay {

struct ReplaySettings {
  std::int64_t start = 20000;           // c, positions
  double exponent = 0.75;               // KataGo's
  double scale = 0.4;                   // KataGo's: how fast the window grows at its start
  std::int64_t most = 1'000'000;        // positions
  std::int64_t min_positions = 2000;    // before learning begins
  std::int64_t shard_positions = 2048;  // games are put into a shard when they have as many
  double surprise_share = 0.5;          // KataGo's
  std::string merge = "log";            // none, log, sum, one
  std::int64_t max_megabytes = 1024;    // of memory for positions
  bool keep_old = false;                // files of positions that left the window
  static void Describe(config::Fields<ReplaySettings>& f);
};

// Positions in the window when `positions` have been recorded.
[[nodiscard]] std::int64_t WindowSize(const ReplaySettings& settings, std::int64_t positions);

struct ReplayShard {
  explicit ReplayShard(const GameShape& shape) : block(shape) {}
  std::int64_t number = 0;
  std::int64_t positions = 0, positions_before = 0;  // recorded in it, in all shards before it
  std::int64_t games = 0, games_before = 0;
  std::int64_t next_game = 0;         // above every number of a game so far
  SampleBlock block;                  // weights are whole numbers, at least 1
  std::vector<std::uint32_t> copies;  // each row as often as its weight says
};

// Where the files stand: what a checkpoint remembers of them.
struct ReplayMark {
  std::int64_t next_shard = 0;
  std::int64_t next_game = 0;
};

class ReplayWindow {
 public:
  // `game` is the resolved configuration of the game as text: shards of another one are refused.
  ReplayWindow(const ReplaySettings& settings, const GameShape& shape, std::string game,
               Path folder, std::uint64_t seed);

  // Reads what is there; call it once, first. Damaged files are skipped, counted and named in a
  // warning. With `from`, everything written after that mark is removed first. Error(kConfig) when
  // a shard is of another game.
  void Open(const std::optional<ReplayMark>& from = std::nullopt);

  // A finished game. When it returns, the death of this process loses nothing of it.
  void AddGame(std::int64_t number, const std::vector<Sample>& samples);
  // Makes a shard of the games since the last one, if there are any.
  void CloseShard();
  // After a checkpoint: removes the files of shards that had left the window at the checkpoint
  // before that one (a run falls back to it when the newest is damaged).
  void ForgetOld();

  [[nodiscard]] ReplayMark Mark() const;
  [[nodiscard]] std::int64_t positions() const;  // in all shards ever
  [[nodiscard]] std::int64_t games() const;      // in all shards ever and the tail
  [[nodiscard]] std::int64_t window_positions() const;
  [[nodiscard]] std::int64_t window_rows() const;  // after joining and rounding
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] const std::vector<std::string>& damaged() const { return damaged_; }

  // Waits until more than `positions` are in shards, at most `seconds`.
  void WaitForMore(std::int64_t positions, double seconds) const;

  struct Row {
    std::shared_ptr<const ReplayShard> shard;
    std::size_t row = 0;
    std::uint64_t random = 0;  // for whatever else is to be drawn for it
  };
  // `count` rows, each copy of each with the same chance, with replacement; the same for the same
  // seed, `draw` and window. The window must not be empty.
  [[nodiscard]] std::vector<Row> Draw(std::uint64_t draw, std::size_t count) const;

 private:
  [[nodiscard]] Path ShardPath(std::int64_t number) const;
  [[nodiscard]] Path TailPath(std::int64_t number) const;
  void RemoveAfter(const ReplayMark& mark);
  [[nodiscard]] std::shared_ptr<ReplayShard> ReadShard(const Path& file, std::int64_t number) const;
  void ReadTails();
  void ReportDamage(const Path& file, const std::string& reason);
  void CloseLocked();
  void Trim();

  const ReplaySettings settings_;
  const GameShape shape_;
  const std::string game_;
  const Path folder_;
  const std::uint64_t seed_;

  mutable std::mutex mutex_;
  mutable std::condition_variable grown_;
  std::deque<std::shared_ptr<const ReplayShard>> shards_;  // oldest first
  std::unique_ptr<AppendFile> tail_;
  SampleBlock pending_;  // what the tail holds
  std::int64_t pending_games_ = 0;
  std::int64_t next_shard_ = 0, next_game_ = 0;
  std::int64_t positions_ = 0, games_ = 0;  // in shards
  std::int64_t window_positions_ = 0, window_copies_ = 0;
  std::size_t window_bytes_ = 0;
  std::vector<std::int64_t> dropped_, doomed_;  // shards that left the window
  std::vector<std::string> damaged_;
};

}  // namespace agon::selfplay
