// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/evaluator_service.h"

#include <gmock/gmock.h>

#include <numeric>
#include <optional>
#include <thread>

#include "runtime/base/error.h"
#include "selfplay/games/random.h"
#include "tests/selfplay/search/row_evaluator.h"

namespace agon::selfplay {
namespace {

using testing::AnyOf;
using testing::Each;
using testing::ElementsAre;

constexpr double kForever = 1e6;  // seconds: who waits for this never comes back

void Fill(EvalBatch& batch, int rows, std::uint64_t& random) {
  batch.Clear();
  for (int i = 0; i < rows; ++i) AddRow(batch, NextRandom(random), NextRandom(random));
}
void ExpectOwnAnswers(const EvalBatch& batch, int first = 0) {
  for (int i = first; i < batch.size(); ++i) ExpectOwnAnswer(batch, i);
}

// Threads with two batches each, one under way while the other is filled, as actors have.
void Hammer(EvaluatorService& service, int threads, int rounds, std::atomic<std::int64_t>& rows) {
  std::vector<std::thread> clients;
  for (int t = 0; t < threads; ++t) {
    clients.emplace_back([&, t] {
      std::uint64_t random = static_cast<std::uint64_t>(t) + 1;
      EvalBatch one(kSmallShape, 64), other(kSmallShape, 40);
      std::array<EvalBatch*, 2> halves = {&one, &other};
      std::array<EvaluatorService::Ticket, 2> tickets;
      std::array<int, 2> firsts{};
      for (int round = 0; round < rounds; ++round) {
        const auto half = static_cast<std::size_t>(round % 2);
        tickets[half].Wait();
        ExpectOwnAnswers(*halves[half], firsts[half]);
        Fill(*halves[half], RandomBelow(random, 41), random);
        firsts[half] = RandomBelow(random, halves[half]->size() + 1);
        rows += halves[half]->size() - firsts[half];
        tickets[half] = service.Submit(*halves[half], firsts[half]);
      }
      for (const std::size_t half : {0U, 1U}) {
        tickets[half].Wait();
        ExpectOwnAnswers(*halves[half], firsts[half]);
      }
    });
  }
  for (std::thread& client : clients) client.join();
}

TEST(EvaluatorService, AnswersEveryRowOfManyThreadsInBucketsOnly) {
  for (const bool deterministic : {false, true}) {
    for (const int servers : {0, 1, 3}) {
      auto backend = std::make_shared<RowEvaluator>();
      EvaluatorService service(backend, {.servers = servers,
                                         .buckets = {1, 4, 16, 32},
                                         .max_wait = 0.0005,
                                         .clients = 4,
                                         .deterministic = deterministic});
      std::atomic<std::int64_t> rows = 0;
      Hammer(service, 4, 60, rows);
      if (deterministic) {
        EXPECT_THAT(backend->sizes(), Each(32));
      } else {
        EXPECT_THAT(backend->sizes(), Each(AnyOf(1, 4, 16, 32)));
      }
      const EvaluatorServiceStatistics statistics = service.Statistics();
      const std::vector<int> sizes = backend->sizes();
      EXPECT_EQ(statistics.rows, rows);
      EXPECT_EQ(statistics.submissions, 4 * 60);
      EXPECT_EQ(statistics.batches, static_cast<std::int64_t>(sizes.size()));
      EXPECT_EQ(statistics.slots, std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}));
      EXPECT_EQ(std::accumulate(statistics.bucket_rows.begin(), statistics.bucket_rows.end(),
                                std::int64_t{0}),
                rows);
    }
  }
}

// Four clients of seven rows wait: nobody else can come, so one batch of 32 goes at once although
// it would have waited for ever.
TEST(EvaluatorService, MergesAndDoesNotWaitWhenAllClientsDo) {
  auto backend = std::make_shared<RowEvaluator>();
  EvaluatorService service(backend,
                           {.servers = 1, .buckets = {8, 32}, .max_wait = kForever, .clients = 4});
  std::vector<std::thread> clients;
  for (int t = 0; t < 4; ++t) {
    clients.emplace_back([&, t] {
      std::uint64_t random = static_cast<std::uint64_t>(t);
      EvalBatch batch(kSmallShape, 32);
      Fill(batch, 7, random);
      service.Evaluate(batch);
      ExpectOwnAnswers(batch);
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_THAT(backend->sizes(), ElementsAre(32));
  EXPECT_DOUBLE_EQ(service.Statistics().fill(), 28.0 / 32);
  EXPECT_EQ(service.Statistics().in_place, 0);
}

TEST(EvaluatorService, SendsAFullBatchWithoutWaiting) {
  auto backend = std::make_shared<RowEvaluator>();
  EvaluatorService service(backend, {.buckets = {4, 8}, .max_wait = kForever});
  std::uint64_t random = 1;
  EvalBatch one(kSmallShape, 8), other(kSmallShape, 8);
  Fill(one, 5, random);
  Fill(other, 3, random);
  EvaluatorService::Ticket first = service.Submit(one), second = service.Submit(other);
  first.Wait();
  second.Wait();
  ExpectOwnAnswers(one);
  ExpectOwnAnswers(other);
  EXPECT_THAT(backend->sizes(), ElementsAre(8));
}

TEST(EvaluatorService, WaitsForOthersOnlySoLong) {
  EvaluatorService service(std::make_shared<RowEvaluator>(), {.max_wait = 0.001});
  std::uint64_t random = 1;
  EvalBatch batch(kSmallShape, 8);
  Fill(batch, 3, random);
  service.Evaluate(batch);
  ExpectOwnAnswers(batch);
}

// 20 rows fill 5/8 of 32: 16 go, and 4 follow in the bucket of 8. 26 rows fill more than 3/4.
TEST(EvaluatorService, DividesRatherThanPadsALot) {
  auto backend = std::make_shared<RowEvaluator>();
  EvaluatorService service(backend, {.buckets = {8, 16, 32}, .clients = 1});
  std::uint64_t random = 1;
  EvalBatch batch(kSmallShape, 64);
  for (const int rows : {20, 26, 0, 64}) {
    Fill(batch, rows, random);
    service.Evaluate(batch);
    ExpectOwnAnswers(batch);
  }
  EXPECT_THAT(backend->sizes(), ElementsAre(16, 8, 32, 32, 32));
  EXPECT_THAT(service.Statistics().bucket_rows, ElementsAre(4, 16, 26 + 64));
  EXPECT_THAT(service.Statistics().bucket_batches, ElementsAre(1, 1, 3));
  service.ResetStatistics();
  EXPECT_EQ(service.Statistics().rows, 0);
  EXPECT_THAT(service.Statistics().bucket_rows, ElementsAre(0, 0, 0));
}

TEST(EvaluatorService, EvaluatesALoneBatchInPlaceWhereItHasRoom) {
  for (const int servers : {0, 1}) {
    auto backend = std::make_shared<RowEvaluator>();
    EvaluatorService service(backend, {.servers = servers, .buckets = {8}, .clients = 1});
    std::uint64_t random = 1;
    EvalBatch roomy(kSmallShape, 8), tight(kSmallShape, 6);
    Fill(roomy, 6, random);
    Fill(tight, 6, random);
    service.Evaluate(roomy);
    service.Evaluate(tight);
    EXPECT_EQ(roomy.size(), 6);
    EXPECT_EQ(tight.size(), 6);
    ExpectOwnAnswers(roomy);
    ExpectOwnAnswers(tight);
    EXPECT_EQ(backend->batches()[0], &roomy);
    EXPECT_NE(backend->batches()[1], &tight);
    EXPECT_THAT(backend->sizes(), Each(8));
    EXPECT_EQ(service.Statistics().in_place, 1);
  }
}

TEST(EvaluatorService, DeliversTheBackEndsErrorToEveryoneInTheBatchAndGoesOn) {
  for (const int servers : {0, 2}) {
    auto backend = std::make_shared<RowEvaluator>();
    std::atomic<bool> broken = true;
    backend->before = [&](EvalBatch&, int) {
      if (broken) Fail(ErrorKind::kModel, "weights have gone bad; load others");
    };
    EvaluatorService service(backend, {.servers = servers, .buckets = {4, 16}, .clients = 3});
    std::atomic<int> caught = 0;
    std::vector<std::thread> clients;
    for (int t = 0; t < 3; ++t) {
      clients.emplace_back([&, t] {
        std::uint64_t random = static_cast<std::uint64_t>(t);
        EvalBatch batch(kSmallShape, 16);
        Fill(batch, 4, random);
        try {
          service.Evaluate(batch);
        } catch (const Error& error) {
          EXPECT_EQ(error.kind(), ErrorKind::kModel);
          EXPECT_STREQ(error.what(), "weights have gone bad; load others");
          ++caught;
        }
        EXPECT_EQ(batch.size(), 4);
      });
    }
    for (std::thread& client : clients) client.join();
    EXPECT_EQ(caught, 3);
    broken = false;
    std::uint64_t random = 9;
    EvalBatch batch(kSmallShape, 16);
    Fill(batch, 4, random);
    service.Evaluate(batch);
    ExpectOwnAnswers(batch);
  }
}

TEST(EvaluatorService, AnswersWhatWasSubmittedBeforeItEnds) {
  std::uint64_t random = 1;
  EvalBatch batch(kSmallShape, 16);
  Fill(batch, 5, random);
  std::optional<EvaluatorService> service;
  service.emplace(std::make_shared<RowEvaluator>(),
                  EvaluatorServiceSettings{.servers = 2, .max_wait = kForever});
  EvaluatorService::Ticket ticket = service->Submit(batch);
  EXPECT_FALSE(ticket.Done());
  service->Shutdown();
  EXPECT_TRUE(ticket.Done());
  EXPECT_THROW((void)service->Submit(batch), Error);
  service.reset();  // a ticket may outlive the service
  ticket.Wait();
  EXPECT_TRUE(ticket.Done());
  ExpectOwnAnswers(batch);
}

TEST(EvaluatorService, ATicketThatIsDroppedWaitsForItsRows) {
  auto backend = std::make_shared<RowEvaluator>();
  EvaluatorService service(backend, {.buckets = {4}});
  std::uint64_t random = 1;
  EvalBatch batch(kSmallShape, 4);
  Fill(batch, 4, random);
  { const EvaluatorService::Ticket dropped = service.Submit(batch); }
  ExpectOwnAnswers(batch);
  EvaluatorService::Ticket ticket = service.Submit(batch);
  EvaluatorService::Ticket moved = std::move(ticket);
  ticket = EvaluatorService::Ticket();
  EXPECT_TRUE(ticket.Done());
  moved.Wait();
}

TEST(EvaluatorService, RefusesSettingsThatMakeNoSense) {
  const auto make = [](EvaluatorServiceSettings settings) {
    EvaluatorService service(std::make_shared<RowEvaluator>(), std::move(settings));
  };
  EXPECT_THROW(make({.buckets = {}}), Error);
  EXPECT_THROW(make({.buckets = {8, 8}}), Error);
  EXPECT_THROW(make({.buckets = {0, 8}}), Error);
  EXPECT_THROW(make({.servers = -1}), Error);
  EXPECT_THROW(make({.max_wait = -1}), Error);
}

}  // namespace
}  // namespace agon::selfplay
