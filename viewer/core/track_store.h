// SPDX-License-Identifier: Apache-2.0
// The tracks of one recording in bounded memory: curves, and the places of all other items.
//
// Who needs this file: run_tracks.cpp only. Thread safety: one thread (RunTracks guards it).
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "runtime/record/recording_index.h"
#include "viewer/core/run_tracks.h"
#include "viewer/core/scalar_series.h"

namespace agon::viewer {

struct TrackKey {
  std::string name;
  TrackKind kind;
};
// The same without a copy of the name: what is looked for.
struct TrackKeyView {
  std::string_view name;
  TrackKind kind;
  TrackKeyView(std::string_view its_name, TrackKind its_kind) : name(its_name), kind(its_kind) {}
  explicit TrackKeyView(const TrackKey& key) : name(key.name), kind(key.kind) {}
};
[[nodiscard]] inline bool operator<(const TrackKeyView& a, const TrackKeyView& b) {
  return std::tie(a.name, a.kind) < std::tie(b.name, b.kind);
}
[[nodiscard]] inline bool operator<(const TrackKey& a, const TrackKey& b) {
  return TrackKeyView(a) < TrackKeyView(b);
}
[[nodiscard]] inline bool operator<(const TrackKey& a, const TrackKeyView& b) {
  return TrackKeyView(a) < b;
}
[[nodiscard]] inline bool operator<(const TrackKeyView& a, const TrackKey& b) {
  return a < TrackKeyView(b);
}

struct StoredTrack {
  TrackKind kind = TrackKind::kScalar;
  ScalarSeries series;         // of a scalar
  std::vector<ItemRef> items;  // of anything else, steps and times rising
  [[nodiscard]] std::size_t count() const {
    return kind == TrackKind::kScalar ? series.size() : items.size();
  }
};

// What is kept; tests have smaller ones.
struct TrackLimits {
  std::size_t tracks = RunTracks::kMaxTracks;
  std::size_t items = RunTracks::kMaxItems;
  std::size_t all_items = RunTracks::kMaxAllItems;
  std::size_t points = RunTracks::kMaxPoints;
  std::size_t name_bytes = RunTracks::kMaxNameBytes;
};

class TrackStore {
 public:
  explicit TrackStore(const TrackLimits& limits = {}) : limits_(limits) {}

  // False: a track it belongs to was never defined, and not for want of room.
  bool Add(const record::IndexedRecord& record);

  using Tracks = std::map<TrackKey, StoredTrack, std::less<>>;
  [[nodiscard]] const Tracks& tracks() const { return tracks_; }
  [[nodiscard]] const StoredTrack* Find(std::string_view name, TrackKind kind) const;
  [[nodiscard]] std::optional<TimelineRange> Range() const;
  // Definitions, and first items of a kind, there was no room for.
  [[nodiscard]] std::size_t left_out() const { return left_out_; }

 private:
  static constexpr std::size_t kKinds = 6;
  struct Defined {
    std::string name;
    std::array<StoredTrack*, kKinds> by_kind{};
    bool left_out = false;  // counted
  };
  void Define(const record::IndexedRecord& record);
  [[nodiscard]] StoredTrack* TrackOf(Defined& defined, TrackKind kind);
  void AddItem(StoredTrack& track, const record::IndexedRecord& record);
  void AddPoint(StoredTrack& track, const record::IndexedRecord& record);
  void ThinItems();
  void ThinPoints();

  TrackLimits limits_;
  Tracks tracks_;
  std::unordered_map<std::uint32_t, Defined> defined_;
  std::size_t name_bytes_ = 0, left_out_ = 0;
  std::size_t items_ = 0, points_ = 0, curves_ = 0;
};

[[nodiscard]] TrackInfo InfoOf(const std::string& name, const StoredTrack& track);

}  // namespace agon::viewer
