// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/track_store.h"

#include <algorithm>
#include <cmath>

namespace agon::viewer {
namespace {

// Every second of the older half goes: what is old gets sparse, what is new stays.
void ThinOut(std::vector<ItemRef>& items) {
  const std::size_t half = items.size() / 2;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i >= half || i % 2 == 0) items[kept++] = items[i];
  }
  items.resize(kept);
}

}  // namespace

TrackInfo InfoOf(const std::string& name, const StoredTrack& track) {
  TrackInfo info;
  info.name = name;
  info.kind = track.kind;
  info.count = track.count();
  if (info.count == 0) return info;
  const auto set = [&](const auto& first, const auto& last) {
    info.first_step = first.step;
    info.last_step = last.step;
    info.first_time = first.wall_time;
    info.last_time = last.wall_time;
  };
  if (track.kind == TrackKind::kScalar) {
    set(track.series.front(), track.series.back());
  } else {
    set(track.items.front(), track.items.back());
  }
  return info;
}

bool TrackStore::Add(const record::IndexedRecord& record) {
  if (!record.kind) {
    Define(record);
    return true;
  }
  const auto defined = defined_.find(record.track);
  if (defined == defined_.end()) return left_out_ > 0;
  StoredTrack* const track = TrackOf(defined->second, *record.kind);
  if (track == nullptr) return true;
  if (track->kind == TrackKind::kScalar) {
    AddPoint(*track, record);
  } else {
    AddItem(*track, record);
  }
  return true;
}

void TrackStore::Define(const record::IndexedRecord& record) {
  const auto known = defined_.find(record.track);
  const std::size_t known_bytes = known == defined_.end() ? 0 : known->second.name.size();
  const bool room = known != defined_.end() || defined_.size() < limits_.tracks;
  if (!room || name_bytes_ - known_bytes + record.name.size() > limits_.name_bytes) {
    ++left_out_;
    if (known != defined_.end()) {  // its number stands for another track now
      name_bytes_ -= known_bytes;
      defined_.erase(known);
    }
    return;
  }
  name_bytes_ += record.name.size() - known_bytes;
  defined_[record.track] = {record.name, {}, false};
}

StoredTrack* TrackStore::TrackOf(Defined& defined, TrackKind kind) {
  StoredTrack*& track = defined.by_kind.at(static_cast<std::size_t>(kind));
  if (track != nullptr) return track;
  const auto found = tracks_.find(TrackKeyView(defined.name, kind));
  if (found != tracks_.end()) return track = &found->second;
  if (tracks_.size() >= limits_.tracks) {
    if (!defined.left_out) ++left_out_;
    defined.left_out = true;
    return nullptr;
  }
  track = &tracks_[TrackKey{defined.name, kind}];
  track->kind = kind;
  if (kind == TrackKind::kScalar) ++curves_;
  return track;
}

void TrackStore::AddPoint(StoredTrack& track, const record::IndexedRecord& record) {
  const std::size_t before = track.series.size();
  track.series.Append({record.step, record.wall_time, record.value});
  points_ = points_ - before + track.series.size();
  if (points_ > limits_.points) ThinPoints();
}

void TrackStore::AddItem(StoredTrack& track, const record::IndexedRecord& record) {
  std::vector<ItemRef>& items = track.items;
  const std::size_t before = items.size();
  if (!items.empty() && record.step <= items.back().step) {  // resumed: the later ones count
    const auto from =
        std::lower_bound(items.begin(), items.end(), record.step,
                         [](const ItemRef& item, std::int64_t step) { return item.step < step; });
    items.erase(from, items.end());
  }
  if (items.size() >= limits_.items) ThinOut(items);
  const double earliest = items.empty() ? 0.0 : items.back().wall_time;
  const double time =
      std::isfinite(record.wall_time) ? std::max(record.wall_time, earliest) : earliest;
  items.push_back({record.step, time, record.place.offset, record.place.bytes});
  items_ = items_ - before + items.size();
  if (items_ > limits_.all_items) ThinItems();
}

// All tracks that hold at least half of an average share: that is always half of everything or
// more, so the next time is far away, and small tracks stay whole.
void TrackStore::ThinPoints() {
  const std::size_t share = limits_.points / std::max<std::size_t>(curves_, 1) / 2;
  points_ = 0;
  for (auto& [key, track] : tracks_) {
    if (track.series.size() >= share) track.series.Thin();
    points_ += track.series.size();
  }
}

void TrackStore::ThinItems() {
  const std::size_t tracks = std::max<std::size_t>(tracks_.size() - curves_, 1);
  const std::size_t share = limits_.all_items / tracks / 2;
  items_ = 0;
  for (auto& [key, track] : tracks_) {
    if (track.items.size() >= share) ThinOut(track.items);
    items_ += track.items.size();
  }
}

const StoredTrack* TrackStore::Find(std::string_view name, TrackKind kind) const {
  const auto found = tracks_.find(TrackKeyView(name, kind));
  return found == tracks_.end() ? nullptr : &found->second;
}

std::optional<TimelineRange> TrackStore::Range() const {
  std::optional<TimelineRange> range;
  for (const auto& [key, track] : tracks_) {
    if (track.count() == 0) continue;
    const TrackInfo info = InfoOf({}, track);
    if (!range) {
      range = TimelineRange{info.first_step, info.last_step, info.first_time, info.last_time};
      continue;
    }
    range->first_step = std::min(range->first_step, info.first_step);
    range->last_step = std::max(range->last_step, info.last_step);
    range->first_time = std::min(range->first_time, info.first_time);
    range->last_time = std::max(range->last_time, info.last_time);
  }
  return range;
}

}  // namespace agon::viewer
