// SPDX-License-Identifier: Apache-2.0
// Remembers answers of an evaluator. A row is found by its key and given only when planes, scalars
// and legal moves are equal too: a key that two different rows share is a miss, counted, never a
// wrong answer. Rows that occur twice in a batch are evaluated once.
//
// Memory is one ring of bytes per shard, allocated once (pages are touched as they fill): the
// oldest answer gives way to the newest. Nothing is allocated later.
//
// Who needs this file: whoever evaluates the same positions again, in other games or in the next
// search. Behind a call that waits, use it as an Evaluator; with tickets of an EvaluatorService use
// Begin and End around Submit and Wait:
//
//   cache.Begin(batch, 0, misses);
//   ticket = service.Submit(misses.batch);
//   ...
//   ticket.Wait();
//   cache.End(batch, misses);
//
// Thread safety: all members, from any thread; a CacheMisses belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "selfplay/search/evaluator.h"

namespace agon::selfplay {

// The rows of one batch that the cache could not answer. Reuse it: it holds the memory.
struct CacheMisses {
  CacheMisses(const GameShape& shape, int capacity) : batch(shape, capacity) {}

  EvalBatch batch;  // each different row once, in order of first occurrence; to be evaluated
  struct Link {
    int row = 0;   // of the asking batch,
    int miss = 0;  // is answered by this row of `batch`
  };
  std::vector<Link> links;
  std::uint64_t generation = 0;  // of the cache when they were looked up
  std::vector<int> slots;        // scratch: hash table of the rows of `batch`
};

struct EvaluationCacheStatistics {
  std::int64_t lookups = 0;
  std::int64_t hits = 0;
  std::int64_t duplicates = 0;  // rows answered by another row of their own batch
  std::int64_t collisions = 0;  // equal keys of different rows
  std::int64_t insertions = 0;
  std::int64_t bytes = 0;  // allocated, the bound it was made with at most
  [[nodiscard]] double hit_rate() const {
    return lookups > 0 ? static_cast<double>(hits) / static_cast<double>(lookups) : 0.0;
  }
};

class EvaluationCache final : public Evaluator {
 public:
  // `max_bytes` for everything; 0 makes a cache that only joins duplicates. `shards` locks. The
  // back end is asked by Evaluate alone; it may be null where only Begin and End are used.
  EvaluationCache(std::shared_ptr<Evaluator> backend, const GameShape& shape,
                  std::int64_t max_bytes, int shards = 16);
  ~EvaluationCache() override;

  [[nodiscard]] bool uniform() const override;
  // Begin, the back end on the misses (not called when there are none), End.
  void Evaluate(EvalBatch& batch, int first = 0) override;

  // Answers the known ones of rows [first, batch.size()) and puts the others into `misses`, which
  // is cleared first and must have room for them all.
  void Begin(EvalBatch& batch, int first, CacheMisses& misses);
  // Copies the answers in misses.batch to the rows that asked, and keeps them, unless Clear came
  // in between: they may then be another network's.
  void End(EvalBatch& batch, const CacheMisses& misses);

  // Forgets all; call it when the evaluator's weights change.
  void Clear();
  [[nodiscard]] EvaluationCacheStatistics Statistics() const;
  void ResetStatistics();

 private:
  class Shard;
  [[nodiscard]] Shard& ShardOf(std::uint64_t key);
  std::unique_ptr<CacheMisses> TakeScratch(int rows);
  void ReturnScratch(std::unique_ptr<CacheMisses> scratch);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agon::selfplay
