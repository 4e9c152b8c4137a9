// SPDX-License-Identifier: Apache-2.0
#include "attacks/suite.h"

#include <cmath>

#include "attacks/suite_record.h"
#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/progress.h"
#include "runtime/base/stop.h"
#include "runtime/base/text.h"

namespace agon::attacks {
namespace {

constexpr std::int64_t kStands = -1;
constexpr std::int64_t kWrongWhenClean = -2;

// Sums the loss of each step on the device, and follows the recorded examples; looked at after the
// attack.
class LossProbe final : public Probe {
 public:
  // Thrown out of an attack when the program is asked to stop: a batch of many steps takes minutes.
  struct Stopped {};

  LossProbe(bool may_stop, std::optional<ExampleTrace> trace)
      : may_stop_(may_stop), trace_(std::move(trace)) {}

  void Step(std::int64_t step, const Tensor& x, const Tensor& loss) override {
    if (may_stop_ && StopSignal() != 0) throw Stopped{};
    if (trace_) trace_->Step(step, x, loss);
    const auto place = static_cast<std::size_t>(step);
    if (sums_.size() <= place) {
      sums_.resize(place + 1);
      counts_.resize(place + 1);
    }
    sums_[place] = loss.sum();
    counts_[place] = static_cast<double>(loss.size(0));
  }

  void Keep(const Tensor& rows) override {
    if (trace_) trace_->Keep(rows);
  }
  [[nodiscard]] const std::optional<ExampleTrace>& trace() const { return trace_; }

  void AddTo(AttackRow& row) const {
    if (row.mean_loss.size() < sums_.size()) {
      row.mean_loss.resize(sums_.size());
      row.loss_weight.resize(sums_.size());
    }
    if (sums_.empty()) return;
    const Tensor sums = at::stack(sums_).to(at::kCPU, at::kDouble);
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      const double weight = row.loss_weight[i] + counts_[i];
      const double total = row.mean_loss[i] * row.loss_weight[i] + sums.data_ptr<double>()[i];
      row.mean_loss[i] = total / weight;
      row.loss_weight[i] = weight;
    }
  }

 private:
  bool may_stop_;
  std::optional<ExampleTrace> trace_;
  std::vector<Tensor> sums_;
  std::vector<double> counts_;
};

// What the attacker aims at, per example [N]: the true class (to be left), or the target class. A
// target that is the true class is replaced by the next one.
Tensor GoalLabels(const std::string& word, const Batch& batch, const Tensor& logits,
                  std::uint64_t seed) {
  const std::int64_t classes = logits.size(1);
  Tensor next = (batch.labels + 1).remainder(classes);
  if (word == "none") return batch.labels;
  if (word == "next") return next;
  if (word == "random") {
    ExampleRandom random = RandomSource(seed).Stream("target").For(batch.indices);
    return (batch.labels + 1 + random.Integers(classes - 1)).remainder(classes);
  }
  if (word == "least_likely") {
    const Tensor least = logits.argmin(1);
    return at::where(least.eq(batch.labels), next, least);
  }
  const std::int64_t chosen = ParseInteger(word).value_or(-1);
  if (chosen < 0 || chosen >= classes) {
    Fail(ErrorKind::kConfig, "threat.target: class {} does not exist; the model has {} classes",
         word, classes);
  }
  const Tensor target = at::full_like(batch.labels, chosen);
  return at::where(target.eq(batch.labels), next, target);
}

SuiteResult Begin(Target& target, const Batch& all, const Threat& threat,
                  const SuiteSettings& suite, const SuiteOptions& options, at::Device device) {
  SuiteResult result;
  result.model = target.traits().name;
  result.threat = threat;
  result.suite = suite.name;
  result.examples = all.size();
  result.label = all.labels;
  result.adversarial = all.images.clone();
  result.clean_prediction = at::empty_like(all.labels);
  result.goal_label = at::empty_like(all.labels);
  for (std::int64_t begin = 0; begin < all.size(); begin += options.batch_size) {
    const std::int64_t end = std::min(begin + options.batch_size, all.size());
    const Batch batch = all.Select(at::arange(begin, end, all.labels.options())).To(device);
    target.Begin(batch.size(), device);
    const Tensor logits = target.Logits(batch.images);  // [B,K]
    if (!logits.isfinite().all().item<bool>()) {
      Fail(ErrorKind::kModel,
           "{}: the class scores of examples {} to {} are not finite; check the weights and the "
           "normalisation (mean, std)",
           target.traits().name, begin, end - 1);
    }
    const Tensor probabilities = logits.to(at::kFloat).softmax(1);
    if (begin == 0) {
      result.clean_probabilities = at::empty({all.size(), logits.size(1)});
    }
    result.clean_probabilities.slice(0, begin, end).copy_(probabilities);
    result.clean_prediction.slice(0, begin, end).copy_(logits.argmax(1));
    result.goal_label.slice(0, begin, end)
        .copy_(GoalLabels(options.target, batch, logits, options.seed));
  }
  result.adversarial_probabilities = result.clean_probabilities.clone();
  result.prediction = result.clean_prediction.clone();
  result.queries = at::zeros_like(all.labels);
  result.broken_by =
      at::where(result.clean_prediction.eq(all.labels), at::full_like(all.labels, kStands),
                at::full_like(all.labels, kWrongWhenClean));
  for (const SuiteEntry& entry : suite.entries) {
    AttackRow row;
    row.name = entry.attack.name();
    result.attacks.push_back(row);
  }
  return result;
}

void Tally(SuiteResult& result) {
  const auto n = static_cast<double>(result.examples);
  const auto wrong = result.broken_by.eq(kWrongWhenClean).sum().item<std::int64_t>();
  const auto stands = result.broken_by.eq(kStands).sum().item<std::int64_t>();
  result.clean_accuracy = static_cast<double>(result.examples - wrong) / n;
  result.robust_accuracy = static_cast<double>(stands) / n;
}

// Attacks the examples `rows` of `all` once, judges the candidates, and books what fell. With
// `may_stop`, false when the program was asked to stop meanwhile; `result` is then as it was.
bool AttackBatch(Target& target, const Batch& all, const Tensor& rows, const Threat& threat,
                 const SuiteEntry& entry, const SuiteRecorder::Pass& pass, ExampleRandom random,
                 at::Device device, bool may_stop, const SuiteRecorder& recorder,
                 SuiteResult& result) {
  AttackRow& row = result.attacks[static_cast<std::size_t>(pass.place)];
  Batch batch = all.Select(rows).To(device);
  batch.labels = result.goal_label.index_select(0, rows).to(device);
  LossProbe probe(may_stop, recorder.Trace(rows, device));
  Context context{std::move(random), probe};

  const CallCounts before = target.counts();
  target.Begin(batch.size(), device);
  const Stopwatch watch;
  Tensor candidates;  // [B,C,H,W]
  try {
    candidates = entry.attack->Run(target, batch, threat, context);
  } catch (const LossProbe::Stopped&) {
    return false;
  }
  const Tensor queries = target.QueriesPerExample().to(at::kCPU);  // synchronises the device
  row.seconds += watch.Seconds();
  row.forwards += target.counts().forwards - before.forwards;
  row.backwards += target.counts().backwards - before.backwards;
  row.queries += queries.sum().item<std::int64_t>();
  result.queries.index_add_(0, rows, queries);
  probe.AddTo(row);

  AGON_CHECK(candidates.sizes() == batch.images.sizes());
  const Tensor inside = threat.Around(batch.images).Contains(candidates);  // [B]
  target.Begin(batch.size(), device);
  // Values that are not finite must not reach the network; such candidates are rejected anyway.
  const Tensor logits =
      target.Logits(at::where(PerExample(inside, candidates), candidates, batch.images));  // [B,K]
  const Tensor prediction = logits.argmax(1);
  const Tensor fell = (inside & threat.Succeeded(prediction, batch.labels)).to(at::kCPU);
  const auto rejected = inside.logical_not().sum().item<std::int64_t>();
  if (rejected > 0) {
    row.rejected += rejected;
    log::Warning("{}: {} candidates were outside the ball or the box, or not finite; rejected",
                 row.name, rejected);
  }
  const Tensor fallen = rows.masked_select(fell);  // [F]
  row.broken += fallen.size(0);
  const SuiteRecorder::Outcome outcome{.candidates = candidates.to(at::kCPU),
                                       .inside = inside.to(at::kCPU),
                                       .fell = fell,
                                       .prediction = prediction.to(at::kCPU)};
  const Tensor places = fell.nonzero().squeeze(1);  // [F] in the batch
  result.adversarial.index_copy_(0, fallen, outcome.candidates.index_select(0, places));
  result.prediction.index_copy_(0, fallen, outcome.prediction.masked_select(fell));
  result.broken_by.index_fill_(0, fallen, pass.place);
  if (result.adversarial_probabilities.defined()) {
    result.adversarial_probabilities.index_copy_(
        0, fallen, logits.to(at::kFloat).softmax(1).to(at::kCPU).index_select(0, places));
  }
  if (probe.trace()) recorder.Finished(pass, rows, *probe.trace(), outcome);
  return true;
}

// Users store adversarial images as pictures: judged again after rounding to k/255.
double AccuracyAfterRounding(Target& target, const SuiteResult& result, std::int64_t batch_size,
                             at::Device device) {
  Tensor stands = result.broken_by.eq(kStands);  // [N]
  const Tensor fallen = result.broken_by.ge(0).nonzero().squeeze(1);
  for (std::int64_t begin = 0; begin < fallen.size(0); begin += batch_size) {
    const Tensor rows = fallen.slice(0, begin, begin + batch_size);
    const Tensor rounded =
        result.adversarial.index_select(0, rows).mul(255).round().div(255).to(device);
    target.Begin(rows.size(0), device);
    const Tensor prediction = target.Logits(rounded).argmax(1).to(at::kCPU);
    const Tensor goal = result.goal_label.index_select(0, rows);
    stands.index_copy_(0, rows, result.threat.Succeeded(prediction, goal).logical_not());
  }
  return static_cast<double>(stands.sum().item<std::int64_t>()) /
         static_cast<double>(result.examples);
}

}  // namespace

SuiteResult RunSuite(Target& target, const data::Dataset& dataset, const Threat& threat,
                     const SuiteSettings& suite, const SuiteOptions& options, at::Device device,
                     const SuiteResult* resume) {
  CheckCompatible(suite, threat);
  const Batch all = data::Slice(dataset, 0, dataset.size());
  target.SetQueryBudget(std::numeric_limits<std::int64_t>::max());
  SuiteResult result =
      resume != nullptr ? *resume : Begin(target, all, threat, suite, options, device);
  Tally(result);
  const SuiteRecorder recorder(options, dataset, all, result);
  recorder.Start(result);

  std::int64_t passes = 0;
  for (const SuiteEntry& entry : suite.entries) passes += entry.restarts;
  std::optional<Progress> progress;
  if (!options.progress_label.empty()) {
    progress.emplace(options.progress_label, passes * result.examples, "image",
                     result.next_pass * result.examples + result.next_example);
  }

  std::int64_t pass = 0;
  for (std::size_t place = 0; place < suite.entries.size(); ++place) {
    const SuiteEntry& entry = suite.entries[place];
    AttackRow& row = result.attacks[place];
    for (std::int64_t restart = 0; restart < entry.restarts; ++restart, ++pass) {
      if (pass < result.next_pass) continue;
      // Examples from next_example on are untouched by this pass, so a resumed pass forms the same
      // batches as an uninterrupted one.
      const Tensor standing =
          result.broken_by.eq(kStands).slice(0, result.next_example).nonzero().squeeze(1) +
          result.next_example;
      const RandomSource source =
          RandomSource(options.seed)
              .Stream(row.name + "#" + std::to_string(place), static_cast<std::uint64_t>(restart));
      for (std::int64_t begin = 0; begin < standing.size(0); begin += options.batch_size) {
        const Tensor rows = standing.slice(0, begin, begin + options.batch_size);
        const Tensor indices = all.indices.index_select(0, rows).to(device);
        target.SetQueryBudget(threat.query_budget);
        const SuiteRecorder::Pass what{row.name, static_cast<std::int64_t>(place), restart};
        const auto attack = [&](bool may_stop) {
          return AttackBatch(target, all, rows, threat, entry, what,
                             options.draws_per_batch
                                 ? RandomSource::PerBatch(
                                       options.seed + static_cast<std::uint64_t>(restart), indices)
                                 : source.For(indices),
                             device, may_stop, recorder, result);
        };
        if (!attack(options.after_batch != nullptr)) {
          if (!options.after_batch(result)) return result;
          (void)attack(false);  // whoever is in charge goes on all the same
        }
        target.SetQueryBudget(std::numeric_limits<std::int64_t>::max());
        const std::int64_t reached = rows[-1].item<std::int64_t>() + 1;
        const std::int64_t advance = reached - result.next_example;
        result.next_example = reached;
        Tally(result);
        row.robust_accuracy_after = result.robust_accuracy;
        if (progress) {
          progress->Advance(
              advance, fmt::format("{}, robust {:.1f} %", row.name, 100 * result.robust_accuracy));
        }
        if (options.after_batch && !options.after_batch(result)) return result;
      }
      if (progress) progress->Advance(result.examples - result.next_example);
      result.next_pass = pass + 1;
      result.next_example = 0;
    }
    if (row.finished) continue;  // before a resume
    row.robust_accuracy_after = result.robust_accuracy;
    row.finished = true;
    recorder.Finished(result, place);
  }
  result.robust_accuracy_8bit = AccuracyAfterRounding(target, result, options.batch_size, device);
  const std::int64_t sample = std::min<std::int64_t>(all.size(), options.batch_size);
  result.flags =
      MaskingFlags(target, result, all.Select(at::arange(sample, all.labels.options())).To(device));
  return result;
}

}  // namespace agon::attacks
