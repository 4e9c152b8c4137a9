// SPDX-License-Identifier: Apache-2.0
#include "attacks/suite_record.h"

#include <algorithm>

#include "runtime/record/items.h"

namespace agon::attacks {
namespace {

// Of one example under one attack: enough to see how it moves.
constexpr std::int64_t kMostPoints = 48;
// Of all examples under one attack: they come at once, and the recorder's queue drops pictures
// beyond 256.
constexpr std::int64_t kMostAtOnce = 200;
constexpr std::int64_t kMostBytes = std::int64_t{4} << 20;  // uncompressed
constexpr std::int64_t kFewestPoints = 2;

// [...,C,H,W] in [0,1] to uint8. Also for candidates the harness rejected: NaN is shown as 0.
Tensor ToBytes(const Tensor& images) {
  return images.nan_to_num(0).clamp(0, 1).mul(255).round().to(at::kByte);
}

// Grey or RGB pixels of an image [C,H,W] uint8 on the CPU.
formats::Pixels PixelsOf(const Tensor& image) {
  const Tensor shown = image.size(0) == 3
                           ? image
                           : image.to(at::kFloat).mean(0, /*keepdim=*/true).round().to(at::kByte);
  const Tensor rows = shown.permute({1, 2, 0}).contiguous();  // [H,W,C]
  formats::Pixels pixels{.width = static_cast<int>(rows.size(1)),
                         .height = static_cast<int>(rows.size(0)),
                         .channels = static_cast<int>(rows.size(2)),
                         .data = {}};
  const auto* const data = rows.data_ptr<std::uint8_t>();
  pixels.data.assign(data, data + rows.numel());
  return pixels;
}

record::Image ImageOf(const Tensor& image, std::string caption) {
  return {.pixels = PixelsOf(image), .low = 0, .high = 1, .caption = std::move(caption)};
}

}  // namespace

void RecordSettings::Describe(config::Fields<RecordSettings>& f) {
  f.Field(&RecordSettings::examples, "examples",
          "examples whose way to the adversarial image is recorded step by step for the viewer; "
          "0: none")
      .Min(0)
      .Max(64);
}

ExampleTrace::ExampleTrace(Tensor places, std::int64_t batch_size, std::size_t most_points)
    : places_(std::move(places)),
      present_(at::arange(batch_size, places_.options())),
      most_points_(most_points) {
  stretches_.push_back({places_, at::ones_like(places_, places_.options().dtype(at::kBool))});
}

void ExampleTrace::Step(std::int64_t step, const Tensor& x, const Tensor& loss) {
  const std::size_t stretch = stretches_.size() - 1;
  const Tensor& row = stretches_.back().row;
  losses_.push_back({step, stretch, loss.index_select(0, row)});
  if (step % stride_ != 0) return;
  if (points_.size() >= most_points_) {
    stride_ *= 2;
    std::erase_if(points_, [&](const Sample& sample) { return sample.step % stride_ != 0; });
    if (step % stride_ != 0) return;
  }
  points_.push_back({step, stretch, ToBytes(x.index_select(0, row))});
}

void ExampleTrace::Keep(const Tensor& rows) {
  present_ = present_.index_select(0, rows);
  if (present_.size(0) == 0) return;                                    // no step follows
  const Tensor match = places_.unsqueeze(1).eq(present_.unsqueeze(0));  // [k,M]
  stretches_.push_back({match.to(at::kByte).argmax(1), match.any(1)});
}

std::vector<ExampleTrace::Seen> ExampleTrace::Take() const {
  const auto k = static_cast<std::size_t>(places_.size(0));
  std::vector<Seen> seen(k);
  std::vector<Tensor> there;  // [k] of each stretch
  there.reserve(stretches_.size());
  for (const Stretch& stretch : stretches_) there.push_back(stretch.there.to(at::kCPU));
  if (losses_.empty()) return seen;
  std::vector<Tensor> values;
  values.reserve(losses_.size());
  for (const Sample& sample : losses_) values.push_back(sample.value);
  const Tensor losses = at::stack(values).to(at::kCPU, at::kDouble);  // [S,k]
  values.clear();
  for (const Sample& sample : points_) values.push_back(sample.value);
  const Tensor points = at::stack(values).to(at::kCPU);  // [P,k,C,H,W]
  for (std::size_t i = 0; i < k; ++i) {
    const auto column = static_cast<std::int64_t>(i);
    const auto is_there = [&](const Sample& sample) {
      return there[sample.stretch].data_ptr<bool>()[i];
    };
    for (std::size_t s = 0; s < losses_.size(); ++s) {
      if (!is_there(losses_[s])) continue;
      seen[i].losses.emplace_back(losses_[s].step, losses.data_ptr<double>()[s * k + i]);
      seen[i].last_step = losses_[s].step;
    }
    for (std::size_t p = 0; p < points_.size(); ++p) {
      if (!is_there(points_[p])) continue;
      seen[i].points.emplace_back(points_[p].step, points[static_cast<std::int64_t>(p)][column]);
    }
  }
  return seen;
}

SuiteRecorder::SuiteRecorder(const SuiteOptions& options, const data::Dataset& dataset,
                             const Batch& all, const SuiteResult& result)
    : recorder_(options.recorder),
      track_(options.track),
      first_index_(dataset.first),
      class_names_(dataset.class_names) {
  const std::int64_t bytes = std::max<std::int64_t>(all.images[0].numel(), 1);
  // One less: the picture that was handed in comes on top.
  const std::int64_t each = kMostAtOnce / std::max<std::int64_t>(options.record.examples, 1) - 1;
  most_points_ = static_cast<std::size_t>(
      std::clamp(std::min(kMostBytes / bytes, each), kFewestPoints, kMostPoints));
  if (recorder_ == nullptr) return;
  const Tensor right = result.clean_prediction.eq(result.label).nonzero().squeeze(1);
  const Tensor chosen = right.slice(0, 0, options.record.examples);
  images_ = ToBytes(all.images.index_select(0, chosen));
  for (std::int64_t i = 0; i < chosen.size(0); ++i) {
    rows_.push_back(chosen[i].item<std::int64_t>());
    label_.push_back(result.label[rows_.back()].item<std::int64_t>());
  }
}

std::string SuiteRecorder::Track(std::int64_t row) const {
  return fmt::format("{}/example/{}", track_, first_index_ + row);
}

std::string SuiteRecorder::ClassName(std::int64_t label) const {
  const auto place = static_cast<std::size_t>(label);
  return place < class_names_.size() ? class_names_[place] : std::to_string(label);
}

void SuiteRecorder::Start(const SuiteResult& result) const {
  if (recorder_ == nullptr) return;
  recorder_->Scalar(track_ + "/robust_accuracy", 0, result.clean_accuracy);
  for (std::size_t place = 0; place < result.attacks.size(); ++place) {
    if (result.attacks[place].finished) Finished(result, place);
  }
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    recorder_->Image(
        Track(rows_[i]) + "/clean", 0,
        ImageOf(images_[static_cast<std::int64_t>(i)], "label " + ClassName(label_[i])));
  }
}

std::optional<ExampleTrace> SuiteRecorder::Trace(const Tensor& rows, at::Device device) const {
  std::vector<std::int64_t> places;
  const auto* const data = rows.data_ptr<std::int64_t>();
  for (std::int64_t place = 0; place < rows.size(0); ++place) {
    if (std::binary_search(rows_.begin(), rows_.end(), data[place])) places.push_back(place);
  }
  if (places.empty()) return std::nullopt;
  return ExampleTrace(at::tensor(places, rows.options()).to(device), rows.size(0), most_points_);
}

void SuiteRecorder::Finished(const Pass& pass, const Tensor& rows, const ExampleTrace& trace,
                             const Outcome& outcome) const {
  const auto* const row_data = rows.data_ptr<std::int64_t>();
  const std::vector<ExampleTrace::Seen> seen = trace.Take();
  std::size_t next = 0;
  for (std::int64_t place = 0; place < rows.size(0); ++place) {
    const std::int64_t row = row_data[place];
    if (!std::binary_search(rows_.begin(), rows_.end(), row)) continue;
    const ExampleTrace::Seen& steps = seen[next++];
    const bool fell = outcome.fell[place].item<bool>();
    if (pass.restart > 0 && !fell) continue;
    std::string track = fmt::format("{}/{}.{}", Track(row), pass.place, pass.attack);
    if (pass.restart > 0) track += fmt::format("#{}", pass.restart);
    for (const auto& [step, loss] : steps.losses) recorder_->Scalar(track + "/loss", step, loss);
    for (const auto& [step, point] : steps.points) {
      recorder_->Image(track, step, ImageOf(point, fmt::format("step {}", step)));
    }
    const std::string caption =
        fell ? "broken, seen as " + ClassName(outcome.prediction[place].item<std::int64_t>())
        : outcome.inside[place].item<bool>()
            ? "stands, seen as " + ClassName(outcome.prediction[place].item<std::int64_t>())
            : "rejected: outside the ball or the box, or not finite";
    recorder_->Image(track, steps.last_step + 1,
                     ImageOf(ToBytes(outcome.candidates[place]), caption));
  }
}

void SuiteRecorder::Finished(const SuiteResult& result, std::size_t place) const {
  if (recorder_ == nullptr) return;
  const AttackRow& row = result.attacks[place];
  recorder_->Scalar(track_ + "/robust_accuracy", static_cast<std::int64_t>(place) + 1,
                    row.robust_accuracy_after);
  const std::string track = fmt::format("{}/{}.{}/loss", track_, place, row.name);
  for (std::size_t step = 0; step < row.mean_loss.size(); ++step) {
    recorder_->Scalar(track, static_cast<std::int64_t>(step), row.mean_loss[step]);
  }
}

}  // namespace agon::attacks
