// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/run_tracks.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>

#include "runtime/base/error.h"
#include "viewer/core/track_store.h"

namespace agon::viewer {
namespace {

using record::IndexedRecord;
using record::ItemPlace;
using record::ItemReader;
using record::RecordingIndexer;

// Records read without the lock, then taken over with it: what draws never waits for the disk.
constexpr std::size_t kBatch = 1024;
constexpr double kLongest = 1e6;  // seconds of one Poll

}  // namespace

struct RunTracks::Impl {
  explicit Impl(Path path) : file(std::move(path)) {}

  const Path file;

  // Of Poll alone.
  std::mutex polling;
  std::optional<RecordingIndexer> indexer;
  std::optional<ItemPlace> last;  // the last item, and its checksum: what it takes to see whether
  std::optional<std::uint32_t> last_checksum;  // the file was written anew under our hands

  // Of everybody.
  mutable std::mutex mutex;
  std::shared_ptr<const ItemReader> reader;
  TrackStore store;
  std::uint64_t version = 0, generation = 0;
  bool at_end = false;
  bool gone = false;
  std::int64_t damaged = 0, homeless = 0;
  std::string trouble;  // why it cannot be read at all
  mutable std::optional<TimelineRange> range;
  mutable std::uint64_t range_version = 0;

  bool Look();
  void Open();
  void Forget();
  bool ReadOn(std::chrono::steady_clock::time_point until);
};

// Whether there is something to read; opens the file, and notices when it is another one.
bool RunTracks::Impl::Look() {
  if (indexer) {
    const ItemReader::Identity identity = reader->Check();
    {
      const std::scoped_lock lock(mutex);
      gone = identity == ItemReader::Identity::kGone;
      at_end = at_end || gone;
    }
    if (identity == ItemReader::Identity::kGone) return false;  // what was read stays
    const bool same = identity == ItemReader::Identity::kSame && reader->size() >= indexer->end() &&
                      (!last || reader->Checksum(*last) == last_checksum);
    if (same) return true;
    Forget();
  }
  Open();
  return true;
}

void RunTracks::Impl::Open() {
  auto opened = std::make_shared<const ItemReader>(file);
  indexer.emplace(file);
  const std::scoped_lock lock(mutex);
  reader = std::move(opened);
}

void RunTracks::Impl::Forget() {
  indexer.reset();
  last.reset();
  last_checksum.reset();
  TrackStore old;  // destroyed without the lock
  const std::scoped_lock lock(mutex);
  std::swap(store, old);
  damaged = homeless = 0;
  ++version;
  ++generation;
}

bool RunTracks::Impl::ReadOn(std::chrono::steady_clock::time_point until) {
  bool any = false;
  std::vector<IndexedRecord> batch;
  for (bool more = true; more;) {
    batch.clear();
    while (batch.size() < kBatch) {
      std::optional<IndexedRecord> record = indexer->Next();
      if (!record) {
        more = false;
        break;
      }
      if (record->kind) last = record->place;
      batch.push_back(std::move(*record));
      if (std::chrono::steady_clock::now() >= until) break;
    }
    any = any || !batch.empty();
    const bool ended = !more;
    if (std::chrono::steady_clock::now() >= until) more = false;
    const std::scoped_lock lock(mutex);
    for (const IndexedRecord& record : batch) {
      if (!store.Add(record)) ++homeless;
    }
    at_end = ended;
    trouble.clear();
    if (!batch.empty() || damaged != indexer->damaged()) ++version;
    damaged = indexer->damaged();
  }
  if (last) last_checksum = reader->Checksum(*last);
  return any;
}

RunTracks::RunTracks(Path recording) : impl_(std::make_unique<Impl>(std::move(recording))) {}
RunTracks::~RunTracks() = default;

bool RunTracks::Poll(double seconds) {
  const std::scoped_lock polling(impl_->polling);
  const auto until = std::chrono::steady_clock::now() +
                     std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                         std::chrono::duration<double>(std::clamp(seconds, 0.0, kLongest)));
  try {
    if (impl_->Look()) return impl_->ReadOn(until);
    return false;
  } catch (const std::exception& error) {
    std::error_code ignored;
    const bool exists = std::filesystem::exists(impl_->file, ignored);
    if (impl_->indexer) impl_->Forget();
    const std::scoped_lock lock(impl_->mutex);
    impl_->at_end = true;
    impl_->trouble = exists ? error.what() : "nothing was recorded here yet";
    return false;
  }
}

const Path& RunTracks::file() const { return impl_->file; }

std::uint64_t RunTracks::version() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->version;
}

std::uint64_t RunTracks::generation() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->generation;
}

bool RunTracks::at_end() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->at_end;
}

std::string RunTracks::problem() const {
  const std::scoped_lock lock(impl_->mutex);
  if (!impl_->trouble.empty()) return impl_->trouble;
  std::string problem;
  const auto add = [&](const std::string& more) {
    problem += (problem.empty() ? "" : "; ") + more;
  };
  if (impl_->gone) add("the recording was deleted; what was read of it is shown");
  if (const std::int64_t places = impl_->damaged + impl_->homeless; places > 0) {
    add(fmt::format("the recording is damaged in {} {}; the rest is shown", places,
                    places == 1 ? "place" : "places"));
  }
  if (const std::size_t left_out = impl_->store.left_out(); left_out > 0) {
    add(fmt::format("too many tracks: {} are left out", left_out));
  }
  return problem;
}

std::vector<TrackInfo> RunTracks::Tracks() const {
  const std::scoped_lock lock(impl_->mutex);
  std::vector<TrackInfo> tracks;
  tracks.reserve(impl_->store.tracks().size());
  for (const auto& [key, track] : impl_->store.tracks()) {
    tracks.push_back(InfoOf(key.name, track));
  }
  return tracks;
}

std::optional<TrackInfo> RunTracks::Find(std::string_view track, TrackKind kind) const {
  const std::scoped_lock lock(impl_->mutex);
  const StoredTrack* const found = impl_->store.Find(track, kind);
  return found == nullptr ? std::nullopt : std::optional(InfoOf(std::string(track), *found));
}

std::optional<TimelineRange> RunTracks::Range() const {
  const std::scoped_lock lock(impl_->mutex);
  if (impl_->range_version != impl_->version) {
    impl_->range = impl_->store.Range();
    impl_->range_version = impl_->version;
  }
  return impl_->range;
}

void RunTracks::WithSeries(std::string_view track,
                           const std::function<void(const ScalarSeries*)>& look) const {
  const std::scoped_lock lock(impl_->mutex);
  const StoredTrack* const found = impl_->store.Find(track, TrackKind::kScalar);
  look(found == nullptr ? nullptr : &found->series);
}

std::optional<ItemRef> RunTracks::At(std::string_view track, TrackKind kind, const Moment& moment,
                                     bool or_first) const {
  const std::scoped_lock lock(impl_->mutex);
  const StoredTrack* const found = impl_->store.Find(track, kind);
  if (found == nullptr || found->items.empty()) return std::nullopt;
  const auto& items = found->items;
  const auto after = std::partition_point(items.begin(), items.end(), [&](const ItemRef& item) {
    return moment.mode == TimelineMode::kStep ? item.step <= moment.step
                                              : item.wall_time <= moment.wall_time;
  });
  if (after != items.begin()) return *std::prev(after);
  return or_first ? std::optional(items.front()) : std::nullopt;
}

std::vector<ItemRef> RunTracks::Items(std::string_view track, TrackKind kind) const {
  const std::scoped_lock lock(impl_->mutex);
  const StoredTrack* const found = impl_->store.Find(track, kind);
  return found == nullptr ? std::vector<ItemRef>() : found->items;
}

record::Item RunTracks::Load(const ItemRef& item) const {
  std::shared_ptr<const ItemReader> reader;
  {
    const std::scoped_lock lock(impl_->mutex);
    reader = impl_->reader;
  }
  if (!reader) {
    Fail(ErrorKind::kData, "{}: nothing was recorded here yet", impl_->file.string());
  }
  return reader->Read({item.offset, item.bytes}, item.step);
}

}  // namespace agon::viewer
