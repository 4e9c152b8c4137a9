// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/training.h"

#include <algorithm>

#include "cyclegan/learn/report.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/run/live_settings.h"

namespace agon::cyclegan {
namespace {

// Iterations between two looks at the losses: long enough that the device never waits, short enough
// that a curve has detail, and shorter for a short training.
constexpr std::int64_t kWindow = 50;
constexpr std::int64_t kLeastWindow = 5;
constexpr std::int64_t kWindowsATraining = 80;
constexpr std::int64_t kRows = 200;  // of the history, at most

std::int64_t WindowOf(std::int64_t total) {
  return std::clamp(total / kWindowsATraining, kLeastWindow, kWindow);
}

std::int64_t RowOf(std::int64_t total) {
  const std::int64_t window = WindowOf(total);
  return window * std::max<std::int64_t>(1, (total + kRows * window - 1) / (kRows * window));
}

}  // namespace

Training::Training(const CycleganConfig& config, const DomainPair& domains, run::Run& run,
                   const DevicePolicy& device, const CycleganTrainOptions& options)
    : config_(config),
      domains_(domains),
      options_(options),
      run_(run),
      folder_(options.folder.empty() ? run.folder() : options.folder),
      device_(device.device),
      largest_(std::max(domains.a->size(), domains.b->size())),
      total_(config.TotalIterations(largest_)),
      window_(WindowOf(total_)),
      row_(RowOf(total_)),
      learner_(config, device),
      snapshot_(learner_, device.device),
      max_minutes_(config.max_minutes),
      checkpoint_every_(config.checkpoint_every) {
  MakeFolder(folder_ / kSampleFolder);
  if (options.resume) Restore();
}

CycleganResult Training::Go() {
  Learn();
  return Finish();
}

void Training::Learn() {
  Progress progress("training " + config_.domains.name(), total_, "iteration", state_.step);
  progress_ = &progress;
  if (state_.ended.empty()) {
    feed_.emplace(domains_,
                  FeedSettings{.batch_size = config_.batch_size,
                               .crop = config_.pictures.crop,
                               .flip = config_.pictures.flip},
                  RandomSource(static_cast<std::uint64_t>(config_.seed)).Stream("pictures"),
                  device_, state_.step);
  }
  while (state_.ended.empty()) {
    // Before a step, so that a run that is resumed here does first what was due.
    if (SampleDue()) Sample();
    if (JudgeDue()) Judge();
    Step();
    if (state_.step % window_ == 0 || state_.step == total_) CloseWindow();
    if (state_.ended.empty() && state_.step >= total_) state_.ended = "completed";
    Attend();
  }
  progress_ = nullptr;
  feed_.reset();
}

void Training::Step() {
  const PictureBatch batch = feed_->Next();
  learner_.Step(batch, LearningRate(state_.step), Share());
  ++state_.step;
  progress_->Advance(1, note_);
}

void Training::CloseWindow() {
  const StepFigures window = learner_.Drain();
  if (window.steps == 0) return;
  if (!window.Finite()) Diverged("a loss");
  constexpr std::array<const char*, 2> kMade{"a2b", "b2a"};
  constexpr std::array<const char*, 2> kDomain{"a", "b"};
  for (std::size_t i = 0; i < 2; ++i) {
    Record(std::string("loss/gan_") + kMade[i], window.gan[i]);
    Record(std::string("loss/discriminator_") + kDomain[1 - i], window.discriminator[i]);
    Record(std::string("loss/cycle_") + kDomain[i], window.cycle[i]);
    if (config_.loss.identity > 0) {
      Record(std::string("loss/identity_") + kDomain[i], window.identity[i]);
    }
    if (config_.loss.consistency > 0) {
      Record(std::string("loss/consistency_") + kMade[i], window.consistency[i]);
    }
    Record(std::string("change/") + kMade[i], window.change[i]);
  }
  Record("learning_rate", LearningRate(state_.step - 1));
  note_ = fmt::format("cycle {:.3f}, gan {:.3f}, discriminators {:.3f}",
                      (window.cycle[0] + window.cycle[1]) / 2, (window.gan[0] + window.gan[1]) / 2,
                      (window.discriminator[0] + window.discriminator[1]) / 2);
  state_.open.Add(window);
  if (state_.step % row_ == 0 || state_.step >= total_) CloseRow();
  WatchForCollapse(window);
}

void Training::CloseRow() {
  if (state_.open.steps == 0) return;
  TrainRow row{.step = state_.step,
               .minutes = Seconds() / 60,
               .learning_rate = LearningRate(state_.step - 1),
               .iterations_per_second = static_cast<double>(state_.open.steps) /
                                        std::max(1e-6, Seconds() - state_.row_seconds),
               .figures = state_.open};
  state_.rows.push_back(row);
  state_.open = {};
  state_.row_seconds = Seconds();
}

void Training::WatchForCollapse(const StepFigures& window) {
  const std::optional<Collapse> collapse = state_.watch.Look(window, state_.step, Share());
  if (!collapse) return;
  if (!state_.collapse) state_.collapse = collapse;
  if (config_.halt_on_collapse) {
    state_.ended = "collapsed";
    return;
  }
  log::Warning("training {}", collapse->message);
  run_.AddNote(collapse->message);
}

void Training::Diverged(const std::string& what) const {
  Fail(ErrorKind::kModel,
       "training diverged: {} is not finite at iteration {} or the {} before it; the last "
       "checkpoint is good; lower optimizer.learning_rate, or set precision: float32",
       what, state_.step, window_);
}

// ---- looking ----

bool Training::SampleDue() const {
  return config_.sample_every > 0 && state_.step > 0 && state_.step % config_.sample_every == 0 &&
         (state_.sampled.empty() || state_.sampled.back() < state_.step);
}

bool Training::JudgeDue() const {
  return domains_.truth && config_.evaluate.count > 0 && config_.evaluate.every > 0 &&
         state_.step > 0 && state_.step % config_.evaluate.every == 0 &&
         (state_.judged.empty() || state_.judged.back().step < state_.step);
}

std::vector<SampleRow> Training::SamplesOf(std::size_t from) const {
  std::vector<SampleRow> rows;
  for (const formats::Pixels& input : from == 0 ? domains_.samples_a : domains_.samples_b) {
    const Tensor picture = ToTensor(input);
    const Tensor made = snapshot_.Forward(from, picture);
    rows.push_back({.input = input,
                    .translated = ToPixels(made),
                    .back = ToPixels(snapshot_.Forward(1 - from, made)),
                    .same = ToPixels(snapshot_.Forward(1 - from, picture))});
  }
  return rows;
}

void Training::Sample() {
  snapshot_.Take(learner_);
  for (std::size_t from = 0; from < 2; ++from) {
    formats::Pixels grid = SampleGrid(SamplesOf(from));
    WriteFileAtomic(folder_ / SampleFile(state_.step, from), formats::EncodePng(grid));
    RecordPicture(from == 0 ? "samples/a2b" : "samples/b2a", std::move(grid),
                  from == 0 ? "A, to B, back to A, A by b2a" : "B, to A, back to B, B by a2b");
  }
  state_.sampled.push_back(state_.step);
}

void Training::Judge() {
  snapshot_.Take(learner_);
  JudgedRow row{.step = state_.step, .minutes = Seconds() / 60, .verdict = {}};
  try {
    row.verdict = domains_.truth->Judge(
        [this](const std::vector<formats::Pixels>& pictures) {
          return snapshot_.Translate(0, pictures);
        },
        config_.evaluate.count);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInterrupted) throw;
    Interrupt();  // it is judged again when the run is resumed
  }
  const SavannaVerdict& verdict = row.verdict.savanna;
  Record("judge/colour_ratio", verdict.ColourRatio());
  Record("judge/stripe_ratio", verdict.StripeRatio());
  Record("judge/change_iou", verdict.change_iou);
  Record("judge/background_change", verdict.background_change);
  Record("judge/background_checkerboard", verdict.background_checkerboard);
  log::Info("iteration {}: colour {:.2f}, stripes {:.2f}, IoU {:.2f}, background {:.3f}",
            state_.step, verdict.ColourRatio(), verdict.StripeRatio(), verdict.change_iou,
            verdict.background_change);
  state_.judged.push_back(row);
}

// ---- the run ----

void Training::Attend() {
  const run::Run::Requests requests = run_.Tick();
  run::ChangeLive(run_, requests.changes,
                  {{"max_minutes", max_minutes_}, {"checkpoint_every", checkpoint_every_}},
                  fmt::format("iteration {}", state_.step));
  if (requests.stop) Interrupt();
  if (!state_.ended.empty()) return;
  if (requests.checkpoint || since_checkpoint_.Seconds() >= checkpoint_every_) Save();
  if (max_minutes_ > 0 && Seconds() >= 60 * max_minutes_) state_.ended = "time";
}

void Training::Interrupt() {
  Save();
  SaveWeights();
  Fail(ErrorKind::kInterrupted, "stopped after iteration {} of {}; a checkpoint was saved",
       state_.step, total_);
}

void Training::Record(const std::string& track, double value) {
  run_.recorder().Scalar(options_.track_prefix + track, state_.step, value);
}

void Training::RecordPicture(const std::string& track, formats::Pixels pixels,
                             const char* caption) {
  run_.recorder().Image(options_.track_prefix + track, state_.step,
                        {.pixels = std::move(pixels), .low = -1, .high = 1, .caption = caption});
}

// ---- how far ----

double Training::Seconds() const {
  return over_ ? state_.seconds : state_.seconds + clock_.Seconds();
}

double Training::Share() const {
  return static_cast<double>(state_.step) / static_cast<double>(total_);
}

double Training::Epochs() const {
  return static_cast<double>(state_.step * config_.batch_size) / static_cast<double>(largest_);
}

double Training::LearningRate(std::int64_t step) const {
  return config_.optimizer->learning_rate() * config_.RateFactor(step, largest_);
}

}  // namespace agon::cyclegan
