// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/evaluation_cache.h"

#include <gmock/gmock.h>

#include <thread>

#include "selfplay/games/random.h"
#include "selfplay/search/evaluator_service.h"
#include "tests/selfplay/search/row_evaluator.h"

namespace agon::selfplay {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kMegabyte = 1 << 20;

void ExpectOwnAnswers(const EvalBatch& batch, int first = 0) {
  for (int i = first; i < batch.size(); ++i) ExpectOwnAnswer(batch, i);
}
// The key says nothing but which content it is.
int AddKnown(EvalBatch& batch, std::uint64_t content) {
  return AddRow(batch, MixBits(content), content);
}

TEST(EvaluationCache, AsksTheBackEndForMissesOnlyAndInOneBatch) {
  auto backend = std::make_shared<RowEvaluator>();
  EvaluationCache cache(backend, kSmallShape, kMegabyte);
  EvalBatch batch(kSmallShape, 16);
  for (const std::uint64_t content : {1, 2, 3, 4}) AddKnown(batch, content);
  cache.Evaluate(batch);
  ExpectOwnAnswers(batch);
  batch.Clear();
  for (const std::uint64_t content : {3, 9, 1, 8, 9}) AddKnown(batch, content);
  cache.Evaluate(batch);
  ExpectOwnAnswers(batch);
  batch.Clear();
  for (const std::uint64_t content : {9, 2}) AddKnown(batch, content);
  cache.Evaluate(batch);
  ExpectOwnAnswers(batch);
  EXPECT_THAT(backend->sizes(), ElementsAre(4, 2));  // 9 stood there twice
  const EvaluationCacheStatistics statistics = cache.Statistics();
  EXPECT_EQ(statistics.lookups, 4 + 5 + 2);
  EXPECT_EQ(statistics.hits, 2 + 2);
  EXPECT_EQ(statistics.duplicates, 1);
  EXPECT_EQ(statistics.insertions, 6);
  EXPECT_EQ(statistics.collisions, 0);
}

TEST(EvaluationCache, LeavesRowsBeforeTheFirstAlone) {
  auto backend = std::make_shared<RowEvaluator>();
  EvaluationCache cache(backend, kSmallShape, kMegabyte);
  EvalBatch batch(kSmallShape, 4);
  for (const std::uint64_t content : {1, 2, 3}) AddKnown(batch, content);
  batch.outcome(0) = {7, 7, 7};
  cache.Evaluate(batch, 1);
  ExpectOwnAnswers(batch, 1);
  EXPECT_EQ(batch.outcome(0)[0], 7);
  EXPECT_THAT(backend->sizes(), ElementsAre(2));
}

// Rows of one key that differ in a plane, in a scalar or in a move.
TEST(EvaluationCache, TakesNoOtherRowsAnswerWhenKeysCollide) {
  constexpr std::uint64_t kKey = 42;
  const std::vector<std::function<void(EvalBatch&, int)>> changes = {
      [](EvalBatch&, int) {},
      [](EvalBatch& batch, int row) { batch.planes(row).back() ^= 1; },
      [](EvalBatch& batch, int row) { batch.scalars(row)[1] += 1; },
      [](EvalBatch& batch, int row) { batch.legal(row).back() = 25; },
  };
  std::uint64_t content = 0;
  while (MixBits(content) % 26 == 25) ++content;  // not all moves legal: 25 is free
  const auto add = [&](EvalBatch& batch, std::size_t change) {
    changes[change](batch, AddRow(batch, kKey, content));
  };
  auto backend = std::make_shared<RowEvaluator>();
  EvaluationCache cache(backend, kSmallShape, kMegabyte);
  EvalBatch batch(kSmallShape, 16);
  // Each alone, when those before it are known.
  for (std::size_t change = 0; change < changes.size(); ++change) {
    batch.Clear();
    add(batch, change);
    cache.Evaluate(batch);
    ExpectOwnAnswers(batch);
    EXPECT_EQ(backend->sizes().size(), change + 1);
  }
  EXPECT_EQ(cache.Statistics().collisions, 0 + 1 + 2 + 3);
  EXPECT_EQ(cache.Statistics().hits, 0);
  // All are known now, under one key.
  batch.Clear();
  for (std::size_t change = 0; change < changes.size(); ++change) add(batch, change);
  cache.Evaluate(batch);
  ExpectOwnAnswers(batch);
  EXPECT_EQ(backend->sizes().size(), changes.size());
  EXPECT_EQ(cache.Statistics().hits, 4);
  // And all are different rows of one batch.
  cache.Clear();
  batch.Clear();
  for (std::size_t change = 0; change < changes.size(); ++change) add(batch, change);
  cache.Evaluate(batch);
  ExpectOwnAnswers(batch);
  EXPECT_EQ(backend->sizes().back(), 4);
}

TEST(EvaluationCache, KeepsItsBoundAndForgetsTheOldest) {
  for (const std::int64_t bound : {std::int64_t{0}, std::int64_t{500}, 20'000L, 300'000L}) {
    auto backend = std::make_shared<RowEvaluator>();
    EvaluationCache cache(backend, kSmallShape, bound, 2);
    EXPECT_LE(cache.Statistics().bytes, bound);
    EvalBatch batch(kSmallShape, 16);
    for (std::uint64_t content = 0; content < 20'000; ++content) {
      batch.Clear();
      AddKnown(batch, content);
      cache.Evaluate(batch);
      ExpectOwnAnswers(batch);
      if (content % 7 != 0 || content < 3) continue;
      batch.Clear();  // what has just been
      AddKnown(batch, content);
      AddKnown(batch, content - 1);
      cache.Evaluate(batch);
      ExpectOwnAnswers(batch);
    }
    EXPECT_LE(cache.Statistics().bytes, bound);
    const std::size_t calls = backend->sizes().size();
    batch.Clear();
    AddKnown(batch, 3);  // long ago
    cache.Evaluate(batch);
    EXPECT_EQ(backend->sizes().size(), calls + 1);
    if (bound < 1000) continue;
    EXPECT_EQ(calls, 20'000U) << "something recent was asked for again";
    batch.Clear();
    for (std::uint64_t content = 19'990; content < 20'000; ++content) AddKnown(batch, content);
    cache.Evaluate(batch);
    EXPECT_EQ(backend->sizes().size(), calls + 1);
  }
}

TEST(EvaluationCache, ClearForgetsAlsoWhatIsUnderWay) {
  auto backend = std::make_shared<RowEvaluator>();
  EvaluationCache cache(backend, kSmallShape, kMegabyte);
  EvalBatch batch(kSmallShape, 4);
  AddKnown(batch, 1);
  cache.Evaluate(batch);
  cache.Clear();
  CacheMisses misses(kSmallShape, 4);
  cache.Begin(batch, 0, misses);
  EXPECT_EQ(misses.batch.size(), 1);
  backend->Evaluate(misses.batch, 0);
  cache.Clear();  // new weights, while the old ones were at work
  cache.End(batch, misses);
  ExpectOwnAnswers(batch);
  cache.Begin(batch, 0, misses);
  EXPECT_EQ(misses.batch.size(), 1);
}

TEST(EvaluationCache, IsRightUnderManyThreads) {
  auto backend = std::make_shared<RowEvaluator>();
  EvaluationCache cache(backend, kSmallShape, 100'000, 4);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::uint64_t random = static_cast<std::uint64_t>(t);
      EvalBatch batch(kSmallShape, 32);
      for (int round = 0; round < 200; ++round) {
        batch.Clear();
        for (int i = RandomBelow(random, 32); i >= 0; --i) {
          const auto content = static_cast<std::uint64_t>(RandomBelow(random, 1500));
          AddRow(batch, content % 700, content);  // many contents share a key
        }
        cache.Evaluate(batch);
        ExpectOwnAnswers(batch);
        if (t == 0 && round % 50 == 49) cache.Clear();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const EvaluationCacheStatistics statistics = cache.Statistics();
  EXPECT_GT(statistics.hits, 0);
  EXPECT_GT(statistics.collisions, 0);
  EXPECT_GT(statistics.duplicates, 0);
}

TEST(EvaluationCache, StandsInFrontOfAServiceWithTickets) {
  auto backend = std::make_shared<RowEvaluator>();
  EvaluatorService service(backend, {.buckets = {4, 8}, .clients = 2});
  EvaluationCache cache(nullptr, kSmallShape, kMegabyte);
  const auto play = [&](std::uint64_t random) {
    std::array<EvalBatch, 2> batches = {EvalBatch(kSmallShape, 8), EvalBatch(kSmallShape, 8)};
    std::array<CacheMisses, 2> misses = {CacheMisses(kSmallShape, 8), CacheMisses(kSmallShape, 8)};
    std::array<EvaluatorService::Ticket, 2> tickets;
    for (int round = 0; round < 100; ++round) {
      const auto half = static_cast<std::size_t>(round % 2);
      tickets[half].Wait();
      if (round >= 2) {
        cache.End(batches[half], misses[half]);
        ExpectOwnAnswers(batches[half]);
      }
      batches[half].Clear();
      for (int i = 0; i < 6; ++i) {
        AddKnown(batches[half], static_cast<std::uint64_t>(RandomBelow(random, 200)));
      }
      cache.Begin(batches[half], 0, misses[half]);
      tickets[half] = service.Submit(misses[half].batch);
    }
  };
  std::thread one([&] { play(1); }), other([&] { play(2); });
  one.join();
  other.join();
  EXPECT_GT(cache.Statistics().hits, 200);
  EXPECT_LT(service.Statistics().rows, 1000);
}

}  // namespace
}  // namespace agon::selfplay
