// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/item_loader.h"

#include <algorithm>
#include <atomic>
#include <list>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/base/error.h"

namespace agon::viewer {
namespace {

// Loads that may wait; scrubbing through a run asks for more than anybody sees.
constexpr std::size_t kMostWaiting = 64;
// These are what is on the screen now: they stay even when they are larger than the limit.
constexpr std::size_t kLeastKept = 4;

std::size_t BytesOf(const std::string& text) { return sizeof(std::string) + text.capacity(); }
std::size_t BytesOf(const std::vector<std::string>& texts) {
  std::size_t bytes = 0;
  for (const std::string& text : texts) bytes += BytesOf(text);
  return bytes;
}
std::size_t BytesOf(const record::Scalar&) { return 0; }
std::size_t BytesOf(const record::Text& text) { return BytesOf(text.text); }
std::size_t BytesOf(const record::Image& image) {
  return image.pixels.data.capacity() + BytesOf(image.caption);
}
std::size_t BytesOf(const record::Frame& frame) { return frame.pixels.data.capacity(); }
std::size_t BytesOf(const record::Board& board) {
  std::size_t bytes = BytesOf(board.cells) + BytesOf(board.legal_moves) + board.colours.capacity();
  for (const auto& overlay : board.overlays) {
    bytes += BytesOf(overlay.name) + overlay.values.capacity() * sizeof(float);
  }
  return bytes;
}
std::size_t BytesOf(const record::Tree& tree) {
  std::size_t bytes = 0;
  for (const auto& node : tree.nodes) bytes += sizeof(node) + node.move.capacity();
  return bytes;
}

struct Key {
  const RunTracks* tracks = nullptr;
  std::uint64_t offset = 0;
  std::int64_t step = 0;
  std::uint64_t generation = 0;
  Key(const RunTracks* of, const ItemRef& item)
      : tracks(of), offset(item.offset), step(item.step), generation(of->generation()) {}
  bool operator==(const Key&) const = default;
};

struct KeyHash {
  std::size_t operator()(const Key& key) const {
    constexpr std::size_t kOdd = 0x9E3779B97F4A7C15U;
    std::size_t hash = std::hash<const void*>()(key.tracks);
    hash = hash * kOdd + std::hash<std::uint64_t>()(key.offset);
    return hash * kOdd + std::hash<std::int64_t>()(key.step);
  }
};

struct Entry {
  explicit Entry(const Key& of) : key(of) {}
  Key key;
  std::weak_ptr<RunTracks> tracks;  // another one may come to stand at the same address
  Pending<record::Item> pending;
  std::shared_ptr<std::atomic<bool>> wanted = std::make_shared<std::atomic<bool>>(true);
  std::shared_ptr<const record::Item> item;
  std::string problem;
  std::size_t bytes = sizeof(Entry) + sizeof(record::Item);
  [[nodiscard]] bool waiting() const { return pending.started(); }
};

}  // namespace

struct ItemLoader::Impl {
  using Entries = std::list<Entry>;  // the one asked for last stands first

  Impl(Background& jobs, std::size_t limit) : background(jobs), limit_bytes(limit) {}

  Background& background;
  const std::size_t limit_bytes;
  Entries entries;
  std::unordered_map<Key, Entries::iterator, KeyHash> places;
  std::list<Key> waiting;  // oldest first
  std::size_t bytes = 0;

  void TakeOver();
  void Take(Entry& entry);
  Entries::iterator Ask(const Key& key, const std::shared_ptr<RunTracks>& tracks,
                        const ItemRef& item);
  void Drop(Entries::iterator entry);
  void MakeRoom();
};

// Results that arrived since the last time.
void ItemLoader::Impl::TakeOver() {
  bool any = false;
  for (auto key = waiting.begin(); key != waiting.end();) {
    const auto place = places.find(*key);
    if (place != places.end() && place->second->pending.running()) {
      ++key;
      continue;
    }
    if (place != places.end()) Take(*place->second);
    key = waiting.erase(key);
    any = true;
  }
  if (any) MakeRoom();
}

void ItemLoader::Impl::Take(Entry& entry) {
  entry.item = entry.pending.share();
  entry.problem = entry.pending.error();
  entry.pending = {};
  bytes -= entry.bytes;
  if (entry.item) {
    entry.bytes += std::visit([](const auto& value) { return BytesOf(value); }, *entry.item);
  }
  bytes += entry.bytes;
}

ItemLoader::Impl::Entries::iterator ItemLoader::Impl::Ask(const Key& key,
                                                          const std::shared_ptr<RunTracks>& tracks,
                                                          const ItemRef& item) {
  Entry& entry = entries.emplace_front(key);
  entry.tracks = tracks;
  entry.pending = background.Run<record::Item>([tracks, item, wanted = entry.wanted] {
    if (!wanted->load()) Fail(ErrorKind::kInterrupted, "not wanted any more");
    return tracks->Load(item);
  });
  bytes += entry.bytes;
  places[key] = entries.begin();
  waiting.push_back(key);
  if (waiting.size() > kMostWaiting) {
    const Key oldest = waiting.front();
    waiting.pop_front();
    Drop(places.at(oldest));
  }
  return entries.begin();
}

void ItemLoader::Impl::Drop(Entries::iterator entry) {
  entry->wanted->store(false);
  bytes -= entry->bytes;
  places.erase(entry->key);
  entries.erase(entry);
}

void ItemLoader::Impl::MakeRoom() {
  auto entry = entries.end();
  std::size_t kept = entries.size();
  while (bytes > limit_bytes && kept > kLeastKept) {
    --entry;
    --kept;
    if (!entry->waiting()) Drop(entry++);
  }
}

ItemLoader::ItemLoader(Background& background, std::size_t limit_bytes)
    : impl_(std::make_unique<Impl>(background, limit_bytes)) {}

ItemLoader::~ItemLoader() {
  for (Entry& entry : impl_->entries) entry.wanted->store(false);
}

std::shared_ptr<const record::Item> ItemLoader::Get(const std::shared_ptr<RunTracks>& tracks,
                                                    const ItemRef& item) {
  if (!tracks) return nullptr;
  impl_->TakeOver();
  const Key key(tracks.get(), item);
  auto place = impl_->places.find(key);
  if (place != impl_->places.end() && place->second->tracks.lock() != tracks) {
    std::erase(impl_->waiting, key);
    impl_->Drop(place->second);
    place = impl_->places.end();
  }
  if (place == impl_->places.end()) return impl_->Ask(key, tracks, item)->item;
  impl_->entries.splice(impl_->entries.begin(), impl_->entries, place->second);
  return place->second->item;
}

std::string ItemLoader::Problem(const std::shared_ptr<RunTracks>& tracks,
                                const ItemRef& item) const {
  if (!tracks) return {};
  impl_->TakeOver();
  const auto place = impl_->places.find(Key(tracks.get(), item));
  return place == impl_->places.end() ? std::string() : place->second->problem;
}

bool ItemLoader::idle() const {
  impl_->TakeOver();
  return impl_->waiting.empty();
}

std::size_t ItemLoader::bytes() const { return impl_->bytes; }

}  // namespace agon::viewer
