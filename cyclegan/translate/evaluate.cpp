// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/translate/evaluate.h"

#include <torch/torch.h>

#include <algorithm>
#include <optional>

#include "cyclegan/learn/resize.h"
#include "cyclegan/translate/feature_distance.h"
#include "cyclegan/translate/samples.h"
#include "cyclegan/translate/translate_report.h"
#include "cyclegan/video/temporal_metrics.h"
#include "cyclegan/video/thumbnail.h"
#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/base/progress.h"
#include "runtime/base/text.h"

namespace agon::cyclegan {
namespace {

using nlohmann::json;
using record::HtmlReport;

constexpr std::int64_t kBatch = 16;   // pictures through the feature network at once
constexpr std::int64_t kSamples = 6;  // pairs of frames on the page
constexpr int kSampleSide = 320;

std::unique_ptr<media::VideoReader> Open(const Path& file, const DevicePolicy& device,
                                         int height = 0) {
  return media::Videos().Open(file, {.height = height, .threads = device.threads});
}

void AddFiles(const Path& input, const std::vector<std::string>& names, std::vector<Path>& files) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(input, ignored)) {
    files.push_back(input);
    return;
  }
  for (const std::string& name : names) files.push_back(input / name);
}

// Collects pictures as the network wants them, and what it says of them.
class Features {
 public:
  Features(nn::Network& network, at::Device device) : network_(network), device_(device) {}

  void Add(const media::Picture& picture) {
    const Shape& shape = network_.info().input;
    const formats::Pixels pixels =
        ResizeBicubic(Thumbnail(picture), static_cast<int>(shape[2]), static_cast<int>(shape[1]));
    const Tensor image = at::from_blob(const_cast<std::uint8_t*>(pixels.data.data()),
                                       {shape[1], shape[2], 3}, at::kByte);
    waiting_.push_back(image.permute({2, 0, 1}).to(at::kFloat).div(255));
    if (std::ssize(waiting_) == kBatch) Compute();
  }
  [[nodiscard]] Tensor All() {  // [N,D]
    Compute();
    return done_.empty() ? at::empty({0, network_.info().classes}) : at::cat(done_);
  }

 private:
  void Compute() {
    if (waiting_.empty()) return;
    const at::NoGradGuard no_grad;
    done_.push_back(network_.Forward(at::stack(waiting_).to(device_)).to(at::kCPU));
    waiting_.clear();
  }
  nn::Network& network_;
  const at::Device device_;
  std::vector<Tensor> waiting_, done_;
};

}  // namespace

void EvaluateConfig::Describe(config::Fields<EvaluateConfig>& f) {
  using C = EvaluateConfig;
  f.Field(&C::seed, "seed", "of the subsets that the kernel distance is a mean of").Min(0);
  f.Field(&C::plugins, "plugins", "libraries with further models");
  f.Field(&C::input, "input", "the source: a video or a folder of pictures").Required();
  f.Field(&C::output, "output", "its translation").Required();
  f.Field(&C::reference, "reference", "real pictures of the target domain: a folder or a video");
  f.Field(&C::features, "features", "a model; its outputs are the features");
  f.Field(&C::every, "every", "optical flow is computed for every so many pairs of frames").Min(1);
  f.Check([](const C& c) {
    return c.reference.empty() == !c.features
               ? std::string()
               : std::string("`features` and `reference` need one another");
  });
}

struct Evaluation::Impl {
  Impl(const EvaluateConfig& given, const DevicePolicy& policy) : config(given), device(policy) {
    input = Open(config.input, device);
    output = Open(config.output, device);
    CheckIsMoving(input->info());
    CheckIsMoving(output->info());
    MatchSizes();
    if (!config.features) return;
    reference = Open(config.reference, device);
    // Pictures as they are, unless the model says its `input`.
    network = config.features->Build({.input = {3, output->info().height, output->info().width}}, 0,
                                     config.features.name());
    const Shape& shape = network->info().input;
    if (shape.size() != 3 || shape[0] != 3) {
      Fail(ErrorKind::kModel,
           "features: the model takes no pictures of three colours; give it "
           "input: [3, HEIGHT, WIDTH]");
    }
    network->To(device.device);
  }

  static void CheckIsMoving(const media::VideoInfo& source) {
    if (source.picture_files && source.frames == 1) {
      Fail(
          ErrorKind::kUsage,
          "{}: holds one picture, and how steady it is cannot be told; give a video or a folder of "
          "pictures",
          source.file.string());
    }
  }

  // The translation may have been scaled (--height); then the source is scaled in the same way.
  void MatchSizes() {
    const auto differ = [&] {
      return input->info().width != output->info().width ||
             input->info().height != output->info().height;
    };
    if (differ()) input = Open(config.input, device, output->info().height);
    if (!differ()) return;
    const media::VideoInfo& a = input->info();
    const media::VideoInfo& b = output->info();
    Fail(ErrorKind::kUsage, "{} is of {} x {}, {} of {} x {}: not the frames of one another{}",
         a.file.string(), a.source_width, a.source_height, b.file.string(), b.width, b.height,
         b.width == 2 * a.width ? "; a side-by-side file cannot be measured" : "");
  }

  void Tick(run::Run& run) const {
    if (run.Tick().stop) Fail(ErrorKind::kInterrupted, "stopped");
  }

  void MeasurePairs(run::Run& run) {
    const std::int64_t total = input->info().frames;
    Progress progress("evaluate", total, "frame");
    std::optional<Features> features;
    if (network != nullptr) features.emplace(*network, device.device);
    media::VideoFrame a, b;
    std::int64_t first = 0;
    const std::int64_t sample_every = std::max<std::int64_t>(1, total / kSamples);
    while (true) {
      const bool more_a = input->Next(a), more_b = output->Next(b);
      if (!more_a || !more_b) {
        if (more_a != more_b) {
          notes.push_back(fmt::format("{} has more frames than {}; {} were compared",
                                      (more_a ? config.input : config.output).string(),
                                      (more_a ? config.output : config.input).string(), frames));
        }
        break;
      }
      if (frames == 0) first = a.pts;
      const double seconds = static_cast<double>(a.pts - first) * input->info().time_base.value();
      if (a.picture.width != b.picture.width || a.picture.height != b.picture.height) {
        Fail(ErrorKind::kData, "frame {}: {} x {} in {}, {} x {} in {}", frames, a.picture.width,
             a.picture.height, config.input.string(), b.picture.width, b.picture.height,
             config.output.string());
      }
      metrics.Add(a.picture, b.picture, seconds);
      if (!metrics.rows().empty()) {
        RecordRow(run.recorder(), "evaluate", metrics.rows().back());
      }
      if (features) features->Add(b.picture);
      if (frames % sample_every == 0 && frames / sample_every < 2 * kSamples) {
        samples.push_back(
            {frames, Thumbnail(a.picture, kSampleSide), Thumbnail(b.picture, kSampleSide)});
        run.recorder().Frame("evaluate/input", frames, {samples.back().input, seconds});
        run.recorder().Frame("evaluate/output", frames, {samples.back().output, seconds});
      }
      ++frames;
      progress.Advance();
      Tick(run);
    }
    for (const auto* const reader : {input.get(), output.get()}) {
      for (const std::string& note : reader->notes()) notes.push_back(note);
    }
    if (features) translated = features->All();
  }

  json MeasureDistance(run::Run& run) {
    if (network == nullptr) return {};
    Features features(*network, device.device);
    Progress progress("reference", reference->info().frames, "picture");
    for (media::VideoFrame frame; reference->Next(frame);) {
      features.Add(frame.picture);
      progress.Advance();
      Tick(run);
    }
    const Tensor real = features.All();
    return {{"features", config.features.name()},
            {"dimensions", real.size(1)},
            {"reference", config.reference.string()},
            {"real", real.size(0)},
            {"translated", translated.size(0)},
            {"frechet_distance", FrechetDistance(translated, real)},
            {"kernel_distance",
             KernelDistance(translated, real, static_cast<std::uint64_t>(config.seed))}};
  }

  [[nodiscard]] std::string Page(const json& report) const {
    HtmlReport page("Evaluation of " + config.output.filename().string(),
                    "beside " + config.input.filename().string());
    std::vector<HtmlReport::VerdictCard> cards;
    cards.push_back({.headline = fmt::format("{} frames", frames),
                     .label = "compared",
                     .detail = fmt::format("{} x {}", input->info().width, input->info().height)});
    AddMetricCards(cards, report.at("metrics"));
    page.Verdict(cards, "How steady the translation is, beside its source.");
    for (const std::string& note : notes) page.Note(note);
    if (!samples.empty()) {
      HtmlReport::GalleryBlock gallery{.columns = {"input", "output"}, .rows = {}, .scale = 1};
      for (const Sample& sample : samples) {
        gallery.rows.push_back({fmt::format("frame {}", sample.frame),
                                {{sample.input, "input"}, {sample.output, "output"}}});
      }
      page.Heading("Frames", "frames");
      page.Gallery(gallery);
    }
    AddMetrics(page, report.at("metrics"), metrics.rows());
    if (const json& distance = report.at("distance"); !distance.is_null()) {
      page.Heading("Distance to real pictures", "distance");
      page.Paragraph(fmt::format(
          "In the {} features of the model {}: Frechet distance {:.4g}, kernel distance {:.4g}, "
          "{} translated and {} real pictures. These are FID and KID only if that model is their "
          "Inception network.",
          distance.at("dimensions").get<std::int64_t>(), config.features.name(),
          distance.at("frechet_distance").get<double>(),
          distance.at("kernel_distance").get<double>(), translated.size(0),
          distance.at("real").get<std::int64_t>()));
    }
    return page.Finish();
  }

  const EvaluateConfig config;
  const DevicePolicy& device;
  std::unique_ptr<media::VideoReader> input, output, reference;
  std::unique_ptr<nn::Network> network;
  TemporalMetrics metrics{TemporalSettings{.every = config.every}};
  std::vector<Sample> samples;
  std::vector<std::string> notes;
  std::int64_t frames = 0;
  Tensor translated;  // features of the output's frames, [N,D]
};

Evaluation::Evaluation(const EvaluateConfig& config, const DevicePolicy& device)
    : impl_(std::make_unique<Impl>(config, device)) {}
Evaluation::~Evaluation() = default;

std::vector<Path> Evaluation::InputFiles() const {
  std::vector<Path> files;
  AddFiles(impl_->config.input, impl_->input->info().names, files);
  AddFiles(impl_->config.output, impl_->output->info().names, files);
  if (impl_->reference != nullptr) {
    AddFiles(impl_->config.reference, impl_->reference->info().names, files);
  }
  return files;
}

json Evaluation::Run(run::Run& run) {
  const Stopwatch watch;
  impl_->MeasurePairs(run);
  const json distance = impl_->MeasureDistance(run);
  const media::VideoInfo& source = impl_->input->info();
  json report = {{"format", 1},
                 {"command", "cyclegan evaluate"},
                 {"input", impl_->config.input.string()},
                 {"output", impl_->config.output.string()},
                 {"frames", impl_->frames},
                 {"width", source.width},
                 {"height", source.height},
                 {"seconds", watch.Seconds()},
                 {"metrics", impl_->metrics.Summary().ToJson()},
                 {"distance", distance},
                 {"notes", impl_->notes}};
  WriteFileAtomic(run.folder() / "metrics.csv", MetricsCsv(impl_->metrics.rows()));
  WriteFileAtomic(run.folder() / "report.html", impl_->Page(report));
  WriteFileAtomic(run.folder() / "report.json", report.dump(2) + "\n");
  return report;
}

}  // namespace agon::cyclegan
