// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/truth.h"

#include <fmt/format.h>

#include "cyclegan/video/steady.h"
#include "cyclegan/video/temporal_metrics.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/philox.h"
#include "runtime/base/stop.h"

namespace agon::cyclegan {
namespace {

// What a translation of savanna should reach, by the project's own measure: see docs/cyclegan.md.
constexpr double kMostColourRatio = 0.25;
constexpr double kStripeTolerance = 0.2;
constexpr double kLeastIou = 0.8;
constexpr double kMostBackground = 0.06;
constexpr double kMostSteadied = 0.6;

constexpr std::uint64_t kRealForEach = 2;  // real pictures of B for each translation
constexpr std::size_t kPicturesAtOnce = 16;
constexpr double kFinest = 0.5;      // cycles a pixel; finer stripes no picture holds
constexpr std::uint64_t kTries = 8;  // scenes looked at for each that is judged, at most
constexpr std::uint64_t kClips = 3;
constexpr std::int64_t kClipFrames = 10;
constexpr double kStillSpan = 1.0;  // seconds

void CheckStop() {
  if (StopSignal() != 0) Fail(ErrorKind::kInterrupted, "stopped while the translation was judged");
}

media::Picture AsPicture(const formats::Pixels& pixels) {
  return {.width = pixels.width, .height = pixels.height, .bits = 8, .data = pixels.data};
}

// The mean warping error along a clip.
double ErrorOf(const std::vector<media::Picture>& frames, const std::vector<SavannaFrame>& truth) {
  double sum = 0;
  for (std::size_t t = 0; t + 1 < frames.size(); ++t) {
    sum += WarpingError(frames[t], frames[t + 1], truth[t].flow, truth[t].flow_valid);
  }
  return sum / static_cast<double>(frames.size() - 1);
}

}  // namespace

double StillTime(std::uint64_t index) {
  return kStillSpan *
         UnitFloat(Philox4x32(0x57111U, {{static_cast<std::uint32_t>(index),
                                          static_cast<std::uint32_t>(index >> 32), 0, 0}})
                       .word[0]);
}

nlohmann::json ClipErrors::ToJson() const {
  nlohmann::json json = {{"pairs", pairs}, {"input", input}, {"output", output}};
  json["steadied"] = steadied ? nlohmann::json(*steadied) : nlohmann::json(nullptr);
  return json;
}

ClipErrors ClipErrors::FromJson(const nlohmann::json& json) {
  ClipErrors errors;
  json.at("pairs").get_to(errors.pairs);
  json.at("input").get_to(errors.input);
  json.at("output").get_to(errors.output);
  if (!json.at("steadied").is_null()) errors.steadied = json.at("steadied").get<double>();
  return errors;
}

std::vector<TruthVerdict::Line> TruthVerdict::Lines() const {
  const SavannaVerdict& s = savanna;
  std::vector<Line> lines = {
      {.name = "colour distance to real B inside the mask, as a share of the input's",
       .value = fmt::format("{:.3f}", s.ColourRatio()),
       .limit = fmt::format("at most {}", kMostColourRatio),
       .met = s.ColourRatio() <= kMostColourRatio},
      {.name = "stripe energy in the band of the true frequency, as a share of real B's",
       .value = fmt::format("{:.3f}", s.StripeRatio()),
       .limit = fmt::format("{} to {}", 1 - kStripeTolerance, 1 + kStripeTolerance),
       .met = std::abs(s.StripeRatio() - 1) <= kStripeTolerance},
      {.name = "overlap (IoU) of what changed by more than 0.15 with the true mask",
       .value = fmt::format("{:.3f}", s.change_iou),
       .limit = fmt::format("at least {}", kLeastIou),
       .met = s.change_iou >= kLeastIou},
      {.name = "change of the background, of full scale",
       .value = fmt::format("{:.4f}", s.background_change),
       .limit = fmt::format("at most {}", kMostBackground),
       .met = s.background_change <= kMostBackground}};
  if (clip.steadied && clip.output > 0) {
    const double ratio = *clip.steadied / clip.output;
    lines.push_back({.name = "warping error with the filter at strong, as a share of that without",
                     .value = fmt::format("{:.3f}", ratio),
                     .limit = fmt::format("at most {}", kMostSteadied),
                     .met = ratio <= kMostSteadied});
  }
  return lines;
}

bool TruthVerdict::Met() const {
  for (const Line& line : Lines()) {
    if (!line.met) return false;
  }
  return true;
}

std::string TruthVerdict::Sentence() const {
  std::string missed;
  for (const Line& line : Lines()) {
    if (!line.met) {
      missed += fmt::format("{}{}: {} ({})", missed.empty() ? "" : "; ", line.name, line.value,
                            line.limit);
    }
  }
  const std::string judged = fmt::format(
      "Judged by the truth of {} scenes that were never trained on, {}", savanna.translated,
      missed.empty() ? "the translation meets every requirement" : "the translation misses ");
  return missed.empty() ? judged + "." : judged + missed + ".";
}

nlohmann::json TruthVerdict::ToJson() const {
  nlohmann::json json = savanna.ToJson();
  json["colour_ratio"] = savanna.ColourRatio();
  json["stripe_ratio"] = savanna.StripeRatio();
  json["warping_error"] = clip.ToJson();
  json["met"] = Met();
  json["sentence"] = Sentence();
  return json;
}

Truth::~Truth() = default;

TruthVerdict SavannaTruth::Judge(const TranslatePictures& a2b, std::int64_t count) const {
  SavannaJudge judge;
  const auto number = static_cast<std::uint64_t>(count);
  ForScenes(Coat::kStriped, number * kRealForEach, [&](SavannaFrame&& frame, double frequency) {
    judge.AddReal(frame.picture, frame.mask, frequency);
  });
  std::vector<formats::Pixels> inputs;
  std::vector<std::vector<std::uint8_t>> masks;
  std::vector<double> frequencies;
  const auto translate = [&] {
    if (inputs.empty()) return;
    const std::vector<formats::Pixels> outputs = a2b(inputs);
    AGON_CHECK(outputs.size() == inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      judge.AddTranslated(inputs[i], outputs[i], masks[i], frequencies[i]);
    }
    inputs.clear();
    masks.clear();
    frequencies.clear();
  };
  ForScenes(Coat::kPlain, number, [&](SavannaFrame&& frame, double frequency) {
    inputs.push_back(std::move(frame.picture));
    masks.push_back(std::move(frame.mask));
    frequencies.push_back(frequency);
    if (inputs.size() == kPicturesAtOnce) translate();
  });
  translate();
  return {.savanna = judge.Verdict(), .clip = JudgeClips(a2b)};
}

void SavannaTruth::ForScenes(Coat coat, std::uint64_t count, const SeeScene& see) const {
  std::uint64_t seen = 0;
  for (std::uint64_t i = 0; seen < count; ++i) {
    if (i > kTries * count) {
      Fail(ErrorKind::kData,
           "pictures of {0}x{0} cannot be judged: hardly a stripe is a pixel wide; set a larger "
           "domains.size",
           settings_.size);
    }
    CheckStop();
    const SavannaScene scene(settings_, coat, seed_, first_ + i);
    const double frequency = scene.StripeFrequency();
    if (frequency > kFinest) continue;
    see(scene.RenderStill(StillTime(first_ + i)), frequency);
    ++seen;
  }
}

ClipErrors SavannaTruth::JudgeClips(const TranslatePictures& a2b) const {
  ClipErrors errors;
  double steadied = 0;
  bool can_steady = true;
  for (std::uint64_t clip = 0; clip < kClips; ++clip) {
    const SavannaScene scene(settings_, Coat::kPlain, seed_, first_ + clip);
    std::vector<SavannaFrame> truth;
    std::vector<formats::Pixels> inputs;
    for (std::int64_t t = 0; t < kClipFrames; ++t) {
      truth.push_back(scene.Render(static_cast<double>(t) / settings_.frame_rate));
      inputs.push_back(truth.back().picture);
    }
    std::vector<media::Picture> before, after;
    for (const formats::Pixels& pixels : inputs) before.push_back(AsPicture(pixels));
    for (const formats::Pixels& pixels : a2b(inputs)) after.push_back(AsPicture(pixels));
    errors.input += ErrorOf(before, truth) / kClips;
    errors.output += ErrorOf(after, truth) / kClips;
    errors.pairs += kClipFrames - 1;
    try {
      SteadyFilter filter(Steadiness::kStrong);
      for (std::size_t t = 0; t < before.size(); ++t) filter.Apply(before[t], after[t]);
      steadied += ErrorOf(after, truth) / kClips;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kData) throw;
      if (can_steady) log::Warning("the steady filter is not measured: {}", error.what());
      can_steady = false;
    }
    CheckStop();
  }
  if (can_steady) errors.steadied = steadied;
  return errors;
}

}  // namespace agon::cyclegan
