// SPDX-License-Identifier: Apache-2.0
// One evaluator for many threads: collects the leaves of all actors, merges them into batches of a
// few fixed sizes (buckets) and has server threads put them through a back end. A thread may hand
// in the leaves of one half of its games and work on the other half meanwhile:
//
//   EvaluatorService service(network, {.servers = 2, .clients = actor_threads});
//   EvaluatorService::Ticket ticket = service.Submit(first_half);
//   ...  // collect leaves of the second half
//   ticket.Wait();   // answers are in first_half; throws what the back end threw
//
// A batch waits for company at most `max_wait` seconds, and not at all when it fills the largest
// bucket or when every client waits, so that nobody else could come. What does not fill a bucket is
// padded with copies of a row: the back end sees bucket sizes only, and what batches cost is known.
// A submission that goes alone is evaluated in place, without a copy.
//
// `deterministic` merges nothing and pads every batch to the largest bucket: what a row is answered
// then does not depend on who else was there (floating-point sums depend on the size of a batch).
//
// Who needs this file: self-play, matches of many games, benchmarks. Put EvaluationCache in front
// of the service, not behind it: the back end of a service should see full buckets.
//
// Thread safety: all members, from any thread; a Ticket belongs to one thread. The back end must
// take calls of `servers` threads at once (of the clients', with 0 servers).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/config/fields.h"
#include "selfplay/search/evaluator.h"

namespace agon::selfplay {

struct EvaluatorServiceSettings {
  // Threads that call the back end. 0: the client's own thread does, at once and unmerged; for as
  // many clients as cores and a back end that runs on the CPU.
  std::int64_t servers = 1;
  std::vector<std::int64_t> buckets = {1, 8, 16, 32, 64, 128, 256};  // rising
  double max_wait = 0.002;   // seconds that a row waits for others at most
  std::int64_t clients = 0;  // threads that submit; 0: unknown, then only time and fill end a wait
  bool deterministic = false;

  static void Describe(config::Fields<EvaluatorServiceSettings>& f);
};

// Since the start or the last ResetStatistics.
struct EvaluatorServiceStatistics {
  std::int64_t rows = 0;   // answered
  std::int64_t slots = 0;  // rows of the buckets they went in
  std::int64_t batches = 0;
  std::int64_t submissions = 0;
  std::int64_t in_place = 0;                 // batches evaluated without copying
  std::vector<std::int64_t> bucket;          // sizes of the buckets,
  std::vector<std::int64_t> bucket_batches;  // and for each: batches
  std::vector<std::int64_t> bucket_rows;     // and rows
  double queue_seconds = 0;     // summed over rows: from Submit to the start of their evaluation
  double evaluate_seconds = 0;  // summed over servers: inside the back end
  double idle_seconds = 0;      // summed over servers: waiting for rows
  double blocked_seconds = 0;   // summed over clients: inside Wait
  [[nodiscard]] double fill() const {
    return slots > 0 ? static_cast<double>(rows) / static_cast<double>(slots) : 0.0;
  }
  [[nodiscard]] double mean_batch() const {
    return batches > 0 ? static_cast<double>(rows) / static_cast<double>(batches) : 0.0;
  }
};

class EvaluatorService final : public Evaluator {
 private:
  class Core;
  struct Submission;

 public:
  // Of rows under way. Until Wait returns their batch must not be touched, moved or destroyed; the
  // destructor waits too.
  class Ticket {
   public:
    Ticket();
    Ticket(Ticket&& other) noexcept;
    Ticket& operator=(Ticket&& other) noexcept;
    ~Ticket();

    // True when Wait would return at once; also of an empty ticket.
    [[nodiscard]] bool Done() const;
    // Returns when the answers are in the batch, or throws what the back end threw. The ticket is
    // empty afterwards; an empty ticket does not wait.
    void Wait();

   private:
    friend class EvaluatorService;
    Ticket(std::shared_ptr<Core> core, std::unique_ptr<Submission> submission);
    std::shared_ptr<Core> core_;
    std::unique_ptr<Submission> submission_;
  };

  // Error(kUsage) for settings that make no sense (no bucket, buckets that do not rise).
  EvaluatorService(std::shared_ptr<Evaluator> backend, EvaluatorServiceSettings settings);
  ~EvaluatorService() override;
  EvaluatorService(const EvaluatorService&) = delete;
  EvaluatorService& operator=(const EvaluatorService&) = delete;

  // Hands in rows [first, batch.size()). All batches of a service have one shape. An empty range
  // gives a ticket that is done.
  [[nodiscard]] Ticket Submit(EvalBatch& batch, int first = 0);
  [[nodiscard]] bool uniform() const override;
  // Submit and Wait.
  void Evaluate(EvalBatch& batch, int first = 0) override;

  // Answers what was submitted, then ends the servers; Submit throws Error(kInternal) afterwards.
  // The destructor does it too.
  void Shutdown();

  [[nodiscard]] EvaluatorServiceStatistics Statistics() const;
  void ResetStatistics();
  [[nodiscard]] const EvaluatorServiceSettings& settings() const;
  [[nodiscard]] std::int64_t largest_bucket() const { return settings().buckets.back(); }

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace agon::selfplay
