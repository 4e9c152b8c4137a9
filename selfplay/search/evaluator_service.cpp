// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/evaluator_service.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "runtime/base/error.h"

namespace agon::selfplay {
namespace {

using Clock = std::chrono::steady_clock;

double Seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

// A bucket that would be filled less than so is not taken while a smaller one can be filled whole:
// the rest follows in the next batch, with whoever came meanwhile.
constexpr double kWorthPadding = 0.75;

void Check(const EvaluatorServiceSettings& settings) {
  const auto& buckets = settings.buckets;
  if (buckets.empty() || buckets.front() < 1 ||
      std::ranges::adjacent_find(buckets, std::greater_equal<>()) != buckets.end()) {
    Fail(ErrorKind::kUsage,
         "evaluator service: buckets must be sizes of at least 1 that rise, such as [8, 32, 64]");
  }
  if (settings.servers < 0 || settings.clients < 0 || settings.max_wait < 0) {
    Fail(ErrorKind::kUsage,
         "evaluator service: servers, clients and max_wait must not be negative (found {}, {}, {})",
         settings.servers, settings.clients, settings.max_wait);
  }
}

}  // namespace

void EvaluatorServiceSettings::Describe(config::Fields<EvaluatorServiceSettings>& f) {
  f.Field(&EvaluatorServiceSettings::servers, "servers",
          "threads that call the network; 0: the threads that play do, unmerged")
      .Min(0)
      .Max(256);
  f.Field(&EvaluatorServiceSettings::buckets, "buckets", "sizes of batches, rising");
  f.Field(&EvaluatorServiceSettings::max_wait, "max_wait", "how long a row waits for others")
      .Min(0)
      .Unit("seconds");
  f.Field(&EvaluatorServiceSettings::clients, "clients",
          "threads that submit: when all wait, no batch waits for more; 0: unknown")
      .Min(0);
  f.Field(&EvaluatorServiceSettings::deterministic, "deterministic",
          "merge nothing and pad every batch to the largest size");
}

// Lives in its Ticket; the queue points to it until all its rows are taken, batches under way until
// they are answered.
struct EvaluatorService::Submission {
  EvalBatch* batch = nullptr;
  int next = 0;  // the first row that no batch has taken yet
  int end = 0;
  int open = 0;  // rows without an answer
  Clock::time_point since;
  std::exception_ptr error;
  std::condition_variable done;  // with the core's mutex
};

class EvaluatorService::Core {
 public:
  Core(std::shared_ptr<Evaluator> backend, EvaluatorServiceSettings settings)
      : backend_(std::move(backend)), settings_(std::move(settings)) {
    ResetStatistics();
  }
  ~Core() { Shutdown(); }
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  void StartServers() {
    for (std::int64_t i = 0; i < settings_.servers; ++i) threads_.emplace_back([this] { Serve(); });
  }

  void Submit(Submission& submission) {
    const GameShape& shape = submission.batch->shape();
    std::unique_lock lock(mutex_);
    if (closing_) Fail(ErrorKind::kInternal, "evaluator service: rows submitted after its end");
    if (!shape_) shape_ = shape;
    if (shape != *shape_) {
      Fail(ErrorKind::kInternal, "evaluator service: batches of two games in one service");
    }
    ++statistics_.submissions;
    if (submission.open == 0) return;
    submission.since = Clock::now();
    queue_.push_back(&submission);
    pending_ += submission.open;
    if (settings_.servers == 0) {
      EvaluateHere(submission, lock);
      return;
    }
    lock.unlock();
    work_.notify_one();
  }

  // Waits and throws nothing.
  void Await(Submission& submission) {
    std::unique_lock lock(mutex_);
    if (submission.open == 0) return;
    const Clock::time_point start = Clock::now();
    ++blocked_;
    // Perhaps nobody is left who could add to the batch that a server is waiting to fill.
    if (settings_.clients > 0 && blocked_ >= settings_.clients) work_.notify_one();
    submission.done.wait(lock, [&] { return submission.open == 0; });
    --blocked_;
    statistics_.blocked_seconds += Seconds(Clock::now() - start);
  }

  bool IsDone(const Submission& submission) {
    const std::lock_guard lock(mutex_);
    return submission.open == 0;
  }

  void Shutdown() {
    std::vector<std::thread> threads;
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
      threads.swap(threads_);
    }
    work_.notify_all();
    for (std::thread& thread : threads) thread.join();
  }

  EvaluatorServiceStatistics Statistics() const {
    const std::lock_guard lock(mutex_);
    return statistics_;
  }
  void ResetStatistics() {
    const std::lock_guard lock(mutex_);
    statistics_ = {};
    statistics_.bucket = settings_.buckets;
    statistics_.bucket_batches.resize(settings_.buckets.size());
    statistics_.bucket_rows.resize(settings_.buckets.size());
  }
  const EvaluatorServiceSettings& settings() const { return settings_; }
  bool uniform() const { return backend_->uniform(); }

 private:
  // Rows [first, first + count) of a submission.
  struct Piece {
    Submission* submission;
    int first;
    int count;
  };
  // What goes into one call of the back end; kept from call to call for its memory.
  struct Work {
    std::vector<Piece> pieces;
    std::size_t bucket = 0;
    int rows = 0;
    std::unique_ptr<EvalBatch> merged;  // made when first needed
    bool in_place = false;
  };

  int BucketSize(std::size_t bucket) const { return static_cast<int>(settings_.buckets[bucket]); }

  // How many of `rows` go next, and in which bucket.
  std::pair<int, std::size_t> Portion(int rows) const {
    const std::size_t last = settings_.buckets.size() - 1;
    if (rows >= BucketSize(last) || settings_.deterministic) {
      return {std::min(rows, BucketSize(last)), last};
    }
    const auto above = static_cast<std::size_t>(std::ranges::lower_bound(settings_.buckets, rows) -
                                                settings_.buckets.begin());
    if (above == 0 || rows >= kWorthPadding * BucketSize(above)) return {rows, above};
    return {BucketSize(above - 1), above - 1};
  }

  // A batch need not wait (longer). With the lock; there are rows.
  bool Ready(Clock::time_point now) const {
    return settings_.deterministic || closing_ ||
           pending_ >= BucketSize(settings_.buckets.size() - 1) ||
           (settings_.clients > 0 && blocked_ >= settings_.clients) || now >= Deadline();
  }
  Clock::time_point Deadline() const {
    return queue_.front()->since + std::chrono::duration_cast<Clock::duration>(
                                       std::chrono::duration<double>(settings_.max_wait));
  }

  // Takes the next batch out of the queue. With the lock; there are rows.
  void Take(Work& work) {
    work.pieces.clear();
    const int at_hand = settings_.deterministic || settings_.servers == 0
                            ? queue_.front()->end - queue_.front()->next
                            : pending_;
    std::tie(work.rows, work.bucket) = Portion(at_hand);
    const Clock::time_point now = Clock::now();
    for (int left = work.rows; left > 0;) {
      Submission& from = *queue_.front();
      const int count = std::min(left, from.end - from.next);
      work.pieces.push_back({.submission = &from, .first = from.next, .count = count});
      from.next += count;
      left -= count;
      statistics_.queue_seconds += count * Seconds(now - from.since);
      if (from.next == from.end) queue_.pop_front();
    }
    pending_ -= work.rows;
  }

  // Without the lock.
  std::exception_ptr Run(Work& work) {
    const int size = BucketSize(work.bucket);
    const Piece& only = work.pieces.front();
    EvalBatch& asked = *only.submission->batch;
    work.in_place = work.pieces.size() == 1 && only.first + only.count == only.submission->end &&
                    only.first + size <= asked.capacity();
    std::exception_ptr error;
    try {
      if (work.in_place) {
        for (int i = work.rows; i < size; ++i) asked.AddCopy(asked, only.first);
        backend_->Evaluate(asked, only.first);
      } else {
        if (!work.merged) {
          work.merged =
              std::make_unique<EvalBatch>(asked.shape(), BucketSize(settings_.buckets.size() - 1));
        }
        Merge(work, size);
      }
    } catch (...) {
      error = std::current_exception();
    }
    if (work.in_place) asked.Truncate(only.submission->end);
    return error;
  }

  void Merge(Work& work, int size) {
    EvalBatch& merged = *work.merged;
    merged.Clear();
    for (const Piece& piece : work.pieces) {
      for (int i = 0; i < piece.count; ++i) {
        merged.AddCopy(*piece.submission->batch, piece.first + i);
      }
    }
    while (merged.size() < size) merged.AddCopy(merged, 0);
    backend_->Evaluate(merged, 0);
    int row = 0;
    for (const Piece& piece : work.pieces) {
      EvalBatch& batch = *piece.submission->batch;
      for (int i = piece.first; i < piece.first + piece.count; ++i, ++row) {
        std::ranges::copy(std::as_const(merged).logits(row), batch.logits(i).begin());
        batch.outcome(i) = merged.outcome(row);
      }
    }
  }

  // With the lock: a waiter that is told so leaves, and its submission with it, only afterwards.
  void Answer(const Work& work, const std::exception_ptr& error, double seconds) {
    for (const Piece& piece : work.pieces) {
      Submission& submission = *piece.submission;
      if (error && !submission.error) submission.error = error;
      submission.open -= piece.count;
      if (submission.open == 0) submission.done.notify_one();
    }
    statistics_.rows += work.rows;
    statistics_.slots += BucketSize(work.bucket);
    ++statistics_.batches;
    statistics_.in_place += work.in_place ? 1 : 0;
    ++statistics_.bucket_batches[work.bucket];
    statistics_.bucket_rows[work.bucket] += work.rows;
    statistics_.evaluate_seconds += seconds;
  }

  void RunAndAnswer(Work& work, std::unique_lock<std::mutex>& lock) {
    lock.unlock();
    const Clock::time_point start = Clock::now();
    const std::exception_ptr error = Run(work);
    const double seconds = Seconds(Clock::now() - start);
    lock.lock();
    Answer(work, error, seconds);
  }

  void Serve() {
    Work work;
    std::unique_lock lock(mutex_);
    for (;;) {
      const Clock::time_point idle_since = Clock::now();
      for (;;) {
        if (pending_ == 0) {
          if (closing_) return;
          work_.wait(lock);
        } else if (Ready(Clock::now())) {
          break;
        } else {
          work_.wait_until(lock, Deadline());
        }
      }
      statistics_.idle_seconds += Seconds(Clock::now() - idle_since);
      Take(work);
      if (pending_ > 0) work_.notify_one();  // another server sees to the rest
      RunAndAnswer(work, lock);
    }
  }

  // servers: 0. The submission, just queued, is the only one this thread takes from; those of other
  // threads never stay in the queue outside the lock.
  void EvaluateHere(Submission& submission, std::unique_lock<std::mutex>& lock) {
    std::vector<Work> works;
    while (submission.next < submission.end) {
      works.emplace_back();
      if (!spare_.empty()) {
        works.back() = std::move(spare_.back());
        spare_.pop_back();
      }
      Take(works.back());
    }
    for (Work& work : works) {
      RunAndAnswer(work, lock);
      spare_.push_back(std::move(work));
    }
  }

  const std::shared_ptr<Evaluator> backend_;
  const EvaluatorServiceSettings settings_;
  mutable std::mutex mutex_;
  std::condition_variable work_;
  // All below with the lock.
  std::deque<Submission*> queue_;
  int pending_ = 0;           // rows in the queue
  std::int64_t blocked_ = 0;  // clients inside Await
  bool closing_ = false;
  std::optional<GameShape> shape_;
  std::vector<Work> spare_;  // of EvaluateHere
  EvaluatorServiceStatistics statistics_;
  std::vector<std::thread> threads_;
};

EvaluatorService::Ticket::Ticket() = default;
EvaluatorService::Ticket::Ticket(Ticket&& other) noexcept = default;
EvaluatorService::Ticket::Ticket(std::shared_ptr<Core> core, std::unique_ptr<Submission> submission)
    : core_(std::move(core)), submission_(std::move(submission)) {}
EvaluatorService::Ticket& EvaluatorService::Ticket::operator=(Ticket&& other) noexcept {
  if (this == &other) return *this;
  if (submission_) core_->Await(*submission_);
  core_ = std::move(other.core_);
  submission_ = std::move(other.submission_);
  return *this;
}
EvaluatorService::Ticket::~Ticket() {
  if (submission_) core_->Await(*submission_);
}

bool EvaluatorService::Ticket::Done() const { return !submission_ || core_->IsDone(*submission_); }

void EvaluatorService::Ticket::Wait() {
  if (!submission_) return;
  core_->Await(*submission_);
  const std::unique_ptr<Submission> finished = std::move(submission_);
  if (finished->error) std::rethrow_exception(finished->error);
}

EvaluatorService::EvaluatorService(std::shared_ptr<Evaluator> backend,
                                   EvaluatorServiceSettings settings) {
  AGON_CHECK(backend != nullptr);
  Check(settings);
  core_ = std::make_shared<Core>(std::move(backend), std::move(settings));
  core_->StartServers();
}
EvaluatorService::~EvaluatorService() { core_->Shutdown(); }

EvaluatorService::Ticket EvaluatorService::Submit(EvalBatch& batch, int first) {
  auto submission = std::make_unique<Submission>();
  submission->batch = &batch;
  submission->next = first;
  submission->end = batch.size();
  submission->open = batch.size() - first;
  core_->Submit(*submission);
  return {core_, std::move(submission)};
}

void EvaluatorService::Evaluate(EvalBatch& batch, int first) { Submit(batch, first).Wait(); }
bool EvaluatorService::uniform() const { return core_->uniform(); }
void EvaluatorService::Shutdown() { core_->Shutdown(); }
EvaluatorServiceStatistics EvaluatorService::Statistics() const { return core_->Statistics(); }
void EvaluatorService::ResetStatistics() { core_->ResetStatistics(); }
const EvaluatorServiceSettings& EvaluatorService::settings() const { return core_->settings(); }

}  // namespace agon::selfplay
