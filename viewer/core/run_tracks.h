// SPDX-License-Identifier: Apache-2.0
// What a run recorded, by track, while it is being written and afterwards: scalars in memory, of
// everything else the place in the file. Follows RUN/recording; memory stays bounded.
//
// Who needs this file: every panel. Panels ask for what stood at the timeline's moment:
//
//   const auto item = tracks.At("selfplay/board", TrackKind::kBoard, moment);
//   if (item) if (const auto board = loader.GetAs<record::Board>(tracks, *item)) Draw(*board);
//
// Lists are copies: ask for them again when version() changed, not every frame.
//
// Thread safety: all members; Poll from one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/files.h"
#include "runtime/record/recording_index.h"
#include "viewer/core/scalar_series.h"
#include "viewer/core/timeline.h"

namespace agon::viewer {

using TrackKind = record::ItemKind;

// Where an item stands.
struct ItemRef {
  std::int64_t step = 0;
  double wall_time = 0;
  std::uint64_t offset = 0;  // of its payload in the recording
  std::uint32_t bytes = 0;
};

struct TrackInfo {
  std::string name;
  TrackKind kind = TrackKind::kScalar;
  std::size_t count = 0;
  std::int64_t first_step = 0, last_step = 0;
  double first_time = 0, last_time = 0;
};

class RunTracks {
 public:
  // A track of one name may be of several kinds: each is a track of its own. Beyond these limits
  // tracks are left out and counted, the oldest items of a track are thinned out.
  static constexpr std::size_t kMaxTracks = 65'536;
  static constexpr std::size_t kMaxItems = 65'536;                     // of one track
  static constexpr std::size_t kMaxAllItems = std::size_t{2} << 20;    // of all tracks together
  static constexpr std::size_t kMaxPoints = std::size_t{4} << 20;      // of all curves together
  static constexpr std::size_t kMaxNameBytes = std::size_t{16} << 20;  // of all tracks together

  explicit RunTracks(Path recording);
  ~RunTracks();
  RunTracks(const RunTracks&) = delete;
  RunTracks& operator=(const RunTracks&) = delete;

  // Reads on for at most about `seconds`. True when something new was found (call again soon).
  // Never throws: what is wrong is told by problem().
  bool Poll(double seconds);

  [[nodiscard]] const Path& file() const;
  // Changes whenever anything was read.
  [[nodiscard]] std::uint64_t version() const;
  // Changes when the recording was replaced by another one: items of before are not there any more.
  [[nodiscard]] std::uint64_t generation() const;
  // No more whole records when last polled (a run that goes on may write more). False until the
  // first Poll; true, too, when there is no recording to read.
  [[nodiscard]] bool at_end() const;
  // One line, for people: no recording, of another version, damaged in N places, tracks left out.
  // Empty when all is well.
  [[nodiscard]] std::string problem() const;

  // Sorted by name.
  [[nodiscard]] std::vector<TrackInfo> Tracks() const;
  [[nodiscard]] std::optional<TrackInfo> Find(std::string_view track, TrackKind kind) const;
  // Over all tracks; nothing when there are none.
  [[nodiscard]] std::optional<TimelineRange> Range() const;

  // Calls `look` under the lock, with nullptr when there is no such track.
  void WithSeries(std::string_view track,
                  const std::function<void(const ScalarSeries*)>& look) const;

  // Pictures, frames, boards, trees, texts (of a curve: WithSeries).
  // The newest item at or before the moment (by step, or by wall time); the first one when all
  // are later and `or_first`.
  [[nodiscard]] std::optional<ItemRef> At(std::string_view track, TrackKind kind,
                                          const Moment& moment, bool or_first = true) const;
  // All items of a track, oldest first.
  [[nodiscard]] std::vector<ItemRef> Items(std::string_view track, TrackKind kind) const;
  // Reads and decodes; slow, so in the background (ItemLoader). Error(kData) when the bytes are not
  // there any more or damaged.
  [[nodiscard]] record::Item Load(const ItemRef& item) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace agon::viewer
