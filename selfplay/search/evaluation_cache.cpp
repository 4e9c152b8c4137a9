// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/evaluation_cache.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <mutex>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/base/philox.h"

namespace agon::selfplay {
namespace {

// Every record starts so; then planes, scalars, logits and legal moves, padded to whole words.
struct Header {
  std::uint64_t key;
  std::uint64_t before;  // place of the next older record with the same slot of the table
  std::array<float, 3> outcome;
  std::uint32_t legal_count;
};
static_assert(sizeof(Header) % sizeof(std::uint64_t) == 0);
constexpr std::size_t kHeaderWords = sizeof(Header) / sizeof(std::uint64_t);

template <class T>
bool SameBytes(const std::byte* stored, std::span<const T> asked) {
  return asked.empty() || std::memcmp(stored, asked.data(), asked.size_bytes()) == 0;
}
template <class T>
std::byte* Put(std::byte* at, std::span<const T> values) {
  if (!values.empty()) std::memcpy(at, values.data(), values.size_bytes());
  return at + values.size_bytes();
}

bool SameRow(const EvalBatch& a, int i, const EvalBatch& b, int j) {
  return std::ranges::equal(a.legal(i), b.legal(j)) &&
         std::ranges::equal(a.planes(i), b.planes(j)) &&
         std::ranges::equal(a.scalars(i), b.scalars(j));
}

void CopyAnswer(const EvalBatch& from, int i, EvalBatch& to, int j) {
  std::ranges::copy(from.logits(i), to.logits(j).begin());
  to.outcome(j) = from.outcome(i);
}

}  // namespace

// Records lie in a ring of words, in order of arrival. A place counts all words ever written, so
// that a record is gone exactly when its place is more than a ring behind; the chains of the hash
// table run from young to old, and end where a record is gone. Nothing has ever to be taken out.
class alignas(64) EvaluationCache::Shard {
 public:
  // A quarter of the memory would be table for the smallest records; for others it is less.
  void Allocate(std::size_t bytes, std::size_t record_words) {
    const std::size_t records = bytes / (record_words * sizeof(std::uint64_t) + 8);
    if (records < 2) return;
    heads_.assign(std::bit_floor(records), kNone);
    ring_words_ = (bytes - heads_.size() * sizeof(std::uint64_t)) / sizeof(std::uint64_t);
    ring_ = std::make_unique_for_overwrite<std::uint64_t[]>(ring_words_);
  }
  std::size_t bytes() const { return (heads_.size() + ring_words_) * sizeof(std::uint64_t); }

  bool Find(EvalBatch& batch, int i) {
    const std::lock_guard lock(mutex_);
    ++statistics_.lookups;
    const std::byte* const record = FindRecord(batch, i, &statistics_.collisions);
    if (record == nullptr) return false;
    ++statistics_.hits;
    Header header;
    std::memcpy(&header, record, sizeof(Header));
    batch.outcome(i) = header.outcome;
    const std::span<float> logits = batch.logits(i);
    const std::byte* const stored =
        record + sizeof(Header) + batch.planes(i).size_bytes() + batch.scalars(i).size_bytes();
    std::memcpy(logits.data(), stored, logits.size_bytes());
    return true;
  }

  // Unless the cache was cleared since the row was looked up.
  void Insert(const EvalBatch& batch, int i, const std::atomic<std::uint64_t>& generation,
              std::uint64_t expected) {
    const std::lock_guard lock(mutex_);
    if (heads_.empty() || generation.load() != expected) return;
    if (FindRecord(batch, i, nullptr) != nullptr) return;  // another thread was faster
    const std::size_t words = Words(batch, i);
    if (words > ring_words_) return;
    // A record does not run over the end of the ring.
    if (next_ % ring_words_ + words > ring_words_) next_ += ring_words_ - next_ % ring_words_;
    std::uint64_t& head = HeadOf(batch.key(i));
    const Header header = {.key = batch.key(i),
                           .before = head,
                           .outcome = batch.outcome(i),
                           .legal_count = static_cast<std::uint32_t>(batch.legal(i).size())};
    head = next_;
    std::byte* at = At(next_);
    std::memcpy(at, &header, sizeof(Header));
    at = Put(at + sizeof(Header), batch.planes(i));
    at = Put(at, batch.scalars(i));
    at = Put(at, batch.logits(i));
    Put(at, batch.legal(i));
    next_ += words;
    ++statistics_.insertions;
  }

  void CountDuplicate() {
    const std::lock_guard lock(mutex_);
    ++statistics_.lookups;
    ++statistics_.duplicates;
  }
  void Clear() {
    const std::lock_guard lock(mutex_);
    std::ranges::fill(heads_, kNone);
  }
  void AddTo(EvaluationCacheStatistics& sum) const {
    const std::lock_guard lock(mutex_);
    sum.lookups += statistics_.lookups;
    sum.hits += statistics_.hits;
    sum.duplicates += statistics_.duplicates;
    sum.collisions += statistics_.collisions;
    sum.insertions += statistics_.insertions;
    sum.bytes += static_cast<std::int64_t>(bytes());
  }
  void ResetStatistics() {
    const std::lock_guard lock(mutex_);
    statistics_ = {};
  }

 private:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  static std::size_t Words(const EvalBatch& batch, int i) {
    const std::size_t bytes = batch.planes(i).size_bytes() + batch.scalars(i).size_bytes() +
                              batch.logits(i).size_bytes() + batch.legal(i).size_bytes();
    return kHeaderWords + (bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
  }
  std::uint64_t& HeadOf(std::uint64_t key) { return heads_[MixBits(key) & (heads_.size() - 1)]; }
  std::byte* At(std::uint64_t place) {
    return reinterpret_cast<std::byte*>(ring_.get() + place % ring_words_);
  }

  // With the lock. Null when there is none; counts equal keys of other rows.
  const std::byte* FindRecord(const EvalBatch& batch, int i, std::int64_t* collisions) {
    if (heads_.empty()) return nullptr;
    const std::uint64_t key = batch.key(i);
    std::uint64_t place = HeadOf(key);
    while (place != kNone && next_ - place <= ring_words_) {
      const std::byte* const record = At(place);
      Header header;
      std::memcpy(&header, record, sizeof(Header));
      if (header.key == key) {
        if (Matches(record, header, batch, i)) return record;
        if (collisions != nullptr) ++*collisions;
      }
      // An older record may have been overwritten by a younger one; its place is then out of date.
      place = header.before;
    }
    return nullptr;
  }

  static bool Matches(const std::byte* record, const Header& header, const EvalBatch& batch,
                      int i) {
    if (header.legal_count != batch.legal(i).size()) return false;
    const std::byte* at = record + sizeof(Header);
    if (!SameBytes(at, batch.planes(i))) return false;
    at += batch.planes(i).size_bytes();
    if (!SameBytes(at, batch.scalars(i))) return false;
    at += batch.scalars(i).size_bytes() + batch.logits(i).size_bytes();
    return SameBytes(at, batch.legal(i));
  }

  mutable std::mutex mutex_;
  std::unique_ptr<std::uint64_t[]> ring_;
  std::size_t ring_words_ = 0;
  std::uint64_t next_ = 0;            // place of the next record
  std::vector<std::uint64_t> heads_;  // [power of two] youngest record of a slot
  EvaluationCacheStatistics statistics_;
};

struct EvaluationCache::State {
  std::shared_ptr<Evaluator> backend;
  GameShape shape;
  std::vector<Shard> shards;
  std::atomic<std::uint64_t> generation{0};
  std::mutex scratch_mutex;
  std::vector<std::unique_ptr<CacheMisses>> scratch;  // of calls of Evaluate that are over
};

EvaluationCache::EvaluationCache(std::shared_ptr<Evaluator> backend, const GameShape& shape,
                                 std::int64_t max_bytes, int shards)
    : state_(std::make_unique<State>()) {
  AGON_CHECK(shards >= 1 && max_bytes >= 0);
  state_->backend = std::move(backend);
  state_->shape = shape;
  state_->shards = std::vector<Shard>(static_cast<std::size_t>(shards));
  // A row whose legal moves are a third of all: what the table is sized for, not what fits.
  const auto record_bytes =
      sizeof(Header) + static_cast<std::size_t>(shape.plane_words()) * sizeof(std::uint64_t) +
      static_cast<std::size_t>(shape.scalars) * sizeof(float) +
      static_cast<std::size_t>((shape.actions + 2) / 3) * (sizeof(float) + sizeof(Move));
  for (Shard& shard : state_->shards) {
    shard.Allocate(static_cast<std::size_t>(max_bytes / shards),
                   (record_bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t));
  }
}
EvaluationCache::~EvaluationCache() = default;

// The high bits: the table of a shard uses the low ones.
EvaluationCache::Shard& EvaluationCache::ShardOf(std::uint64_t key) {
  return state_->shards[(MixBits(key) >> 32) % state_->shards.size()];
}

bool EvaluationCache::uniform() const { return state_->backend && state_->backend->uniform(); }

void EvaluationCache::Evaluate(EvalBatch& batch, int first) {
  AGON_CHECK(state_->backend != nullptr);
  std::unique_ptr<CacheMisses> misses = TakeScratch(batch.size() - first);
  Begin(batch, first, *misses);
  if (misses->batch.size() > 0) state_->backend->Evaluate(misses->batch, 0);
  End(batch, *misses);
  ReturnScratch(std::move(misses));
}

void EvaluationCache::Begin(EvalBatch& batch, int first, CacheMisses& misses) {
  AGON_CHECK(batch.shape() == state_->shape);
  misses.batch.Clear();
  misses.links.clear();
  misses.generation = state_->generation.load();
  const auto rows = static_cast<std::size_t>(std::max(batch.size() - first, 1));
  misses.slots.assign(std::bit_ceil(2 * rows), -1);
  const std::size_t mask = misses.slots.size() - 1;
  for (int i = first; i < batch.size(); ++i) {
    Shard& shard = ShardOf(batch.key(i));
    std::size_t slot = MixBits(batch.key(i)) & mask;
    while (misses.slots[slot] >= 0 && !SameRow(misses.batch, misses.slots[slot], batch, i)) {
      slot = (slot + 1) & mask;
    }
    if (misses.slots[slot] >= 0) {
      shard.CountDuplicate();
    } else if (shard.Find(batch, i)) {
      continue;
    } else {
      misses.slots[slot] = misses.batch.AddCopy(batch, i);
    }
    misses.links.push_back({.row = i, .miss = misses.slots[slot]});
  }
}

void EvaluationCache::End(EvalBatch& batch, const CacheMisses& misses) {
  for (const CacheMisses::Link& link : misses.links) {
    CopyAnswer(misses.batch, link.miss, batch, link.row);
  }
  for (int i = 0; i < misses.batch.size(); ++i) {
    ShardOf(misses.batch.key(i)).Insert(misses.batch, i, state_->generation, misses.generation);
  }
}

void EvaluationCache::Clear() {
  // First the number, so that whoever inserts after a shard was emptied sees it.
  state_->generation.fetch_add(1);
  for (Shard& shard : state_->shards) shard.Clear();
}

EvaluationCacheStatistics EvaluationCache::Statistics() const {
  EvaluationCacheStatistics sum;
  for (const Shard& shard : state_->shards) shard.AddTo(sum);
  return sum;
}
void EvaluationCache::ResetStatistics() {
  for (Shard& shard : state_->shards) shard.ResetStatistics();
}

std::unique_ptr<CacheMisses> EvaluationCache::TakeScratch(int rows) {
  {
    const std::lock_guard lock(state_->scratch_mutex);
    for (auto& scratch : state_->scratch) {
      if (scratch->batch.capacity() < rows) continue;
      std::swap(scratch, state_->scratch.back());
      std::unique_ptr<CacheMisses> taken = std::move(state_->scratch.back());
      state_->scratch.pop_back();
      return taken;
    }
  }
  return std::make_unique<CacheMisses>(
      state_->shape, static_cast<int>(std::bit_ceil(static_cast<unsigned>(std::max(rows, 1)))));
}
void EvaluationCache::ReturnScratch(std::unique_ptr<CacheMisses> scratch) {
  const std::lock_guard lock(state_->scratch_mutex);
  // No more than calls that ran at once, and the larger ones serve the smaller.
  state_->scratch.push_back(std::move(scratch));
}

}  // namespace agon::selfplay
