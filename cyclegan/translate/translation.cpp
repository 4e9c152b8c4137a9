// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/translate/translation.h"

#include <algorithm>
#include <optional>

#include "cyclegan/network/network_file.h"
#include "cyclegan/translate/estimate.h"
#include "cyclegan/translate/job_state.h"
#include "cyclegan/translate/network_translator.h"
#include "cyclegan/translate/output.h"
#include "cyclegan/translate/samples.h"
#include "cyclegan/translate/translate_report.h"
#include "cyclegan/video/pipeline.h"
#include "cyclegan/video/sinks.h"
#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/base/hash.h"
#include "runtime/base/log.h"
#include "runtime/base/progress.h"
#include "runtime/base/text.h"

namespace agon::cyclegan {
namespace {

namespace fs = std::filesystem;

// Pairs whose flow is measured with metrics: some. Copied frames are as steady as they were, so a
// few say it, and 60 would take a third as long as the whole job.
constexpr std::int64_t kMeasuredPairs = 60, kMeasuredPairsIdentity = 8;
// Of frames that are only copied: a picture that is kept costs as much as several of them.
constexpr SampleTaker::Counts kKeptOfIdentity{.samples = 4, .recorded = 4};
constexpr std::int64_t kMeasuredOfUnknown = 10;    // every so many, when the length is unknown
constexpr int kSmallestMeasured = 16;              // pixels: optical flow needs them
constexpr std::int64_t kBatchPixels = 1 << 19;     // together in a batch on a CPU
constexpr std::int64_t kBatchPixelsGpu = 1 << 21;  // on a GPU
constexpr std::int64_t kMostBatch = 16;
constexpr int kMostPictureThreads = 4;
// Of InstanceNorm's statistics: the last two or ten frames or so.
constexpr double kDecayLight = 0.6, kDecayStrong = 0.9;
constexpr const char* kReport = "report.json";

double DecayOf(Steadiness steadiness) {
  return steadiness == Steadiness::kOff     ? 0
         : steadiness == Steadiness::kLight ? kDecayLight
                                            : kDecayStrong;
}

Path ReportOf(const Path& folder) { return folder / kReport; }

// Watches the pipeline for the run: progress, heartbeat, stop, a checkpoint at each border.
class Watcher final : public PipelineObserver {
 public:
  Watcher(run::Run& run, const std::string& label, std::int64_t total, Path folder, Path segments,
          JobState& state)
      : run_(run),
        folder_(std::move(folder)),
        segments_(std::move(segments)),
        state_(state),
        before_(state.seconds),
        shown_(state.pipeline.frames),
        progress_(label, total, "frame", state.pipeline.frames) {}

  bool Tick(std::int64_t frames) override {
    if (frames > shown_) progress_.Advance(frames - shown_);
    shown_ = frames;
    return !run_.Tick().stop;
  }

  void Border(const PipelineState& pipeline) override {
    if (!segments_.empty()) {
      const Path file = SegmentSink::FileOf(segments_, state_.pipeline.frames);
      state_.segments.push_back({file.filename(), fs::file_size(file), Sha256OfFile(file)});
    }
    state_.pipeline = pipeline;
    state_.seconds = seconds();
    SaveJob(folder_, state_);
  }

  [[nodiscard]] double seconds() const { return before_ + watch_.Seconds(); }

 private:
  run::Run& run_;
  const Path folder_, segments_;
  JobState& state_;
  const double before_;
  const Stopwatch watch_;
  std::int64_t shown_;
  Progress progress_;
};

}  // namespace

struct Translation::Impl {
  Impl(const TranslateConfig& given, const DevicePolicy& policy) : config(given), device(policy) {
    reader = OpenReader();
    source = reader->info();
    kind = CheckOutputKind(source, config.output);
    CheckMeans();
    if (kind == OutputKind::kVideo) {
      streams = media::Videos().CheckOutput(source, config.output, WriteSettings());
    }
    Decide();
    translator = MakeTranslator();
  }

  [[nodiscard]] std::unique_ptr<media::VideoReader> OpenReader() const {
    return media::Videos().Open(
        config.input, {.height = static_cast<int>(config.height), .threads = device.threads});
  }

  // Options that mean nothing for this output.
  void CheckMeans() const {
    if (kind == OutputKind::kVideo) return;
    if (config.codec != "auto") {
      Fail(ErrorKind::kUsage, "{}: pictures are written as PNG; codec {} is for videos",
           config.output.string(), config.codec);
    }
  }

  [[nodiscard]] media::WriteOptions WriteSettings() const {
    media::WriteOptions options;
    if (config.codec != "auto") options.codec = config.codec;
    const std::string extension = config.output.extension().string();
    options.container = extension.empty() ? extension : extension.substr(1);
    options.crf = static_cast<int>(config.crf);
    options.preset = config.preset;
    options.threads = device.threads;
    return options;
  }

  // Settles what was left to us, so that a resumed job does the same.
  void Decide() {
    if (config.steady == "auto") {
      config.steady = config.IsIdentity() || source.picture_files ? "off" : "light";
    }
    steadiness = ParseSteadiness(config.steady);
    if (config.batch == 0) {
      const std::int64_t pixels =
          std::max<std::int64_t>(1, std::int64_t{source.width} * source.height);
      config.batch = std::clamp((device.device.is_cpu() ? kBatchPixels : kBatchPixelsGpu) / pixels,
                                std::int64_t{1}, kMostBatch);
    }
  }

  [[nodiscard]] std::unique_ptr<FrameTranslator> MakeTranslator() {
    if (config.IsIdentity()) return IdentityTranslator();
    LoadedGenerator loaded = LoadGenerator(config.weights, config.direction);
    // a2b is what nobody has to ask for.
    if (loaded.direction.empty() && config.direction != "a2b") {
      notes.push_back(
          fmt::format("{} holds one generator alone, which was taken; direction {} chose nothing",
                      config.weights, config.direction));
      log::Warning("{}", notes.back());
    }
    return NetworkTranslator(
        std::move(loaded.generator),
        {.precision = config.precision, .statistics_decay = DecayOf(steadiness)}, device);
  }

  // What the metrics are asked for; none: nothing is measured.
  [[nodiscard]] std::optional<TemporalSettings> MetricSettings() {
    if (config.metrics == "off" || source.frames == 1) return std::nullopt;
    if (std::min(source.width, source.height) < kSmallestMeasured) {
      notes.push_back(fmt::format("nothing was measured: frames of {} x {} are too small",
                                  source.width, source.height));
      return std::nullopt;
    }
    TemporalSettings settings;
    if (config.metrics == "some") {
      const std::int64_t pairs = config.IsIdentity() ? kMeasuredPairsIdentity : kMeasuredPairs;
      settings.every =
          source.frames > 0 ? std::max<std::int64_t>(1, source.frames / pairs) : kMeasuredOfUnknown;
    }
    if (source.picture_files) notes.emplace_back("the pictures were measured as a video's frames");
    return settings;
  }

  [[nodiscard]] std::unique_ptr<FrameSink> MakeSink(const Path& segments) const {
    if (kind == OutputKind::kVideo) {
      return std::make_unique<SegmentSink>(segments, source, WriteSettings());
    }
    const int threads = std::min(device.threads, kMostPictureThreads);
    if (kind == OutputKind::kPicture) {
      return std::make_unique<PictureSink>(fs::absolute(config.output).parent_path(),
                                           std::vector{config.output.filename().string()}, threads);
    }
    std::vector<std::string> names = source.names;
    if (names.empty() && source.picture_files) names.push_back(config.input.filename().string());
    return std::make_unique<PictureSink>(config.output, PictureSink::NamesFor(names), threads);
  }

  // Says what is coming; a trial of the first frames by a reader of its own.
  void Announce(const Path& segments, const JobState& state,
                const std::optional<TemporalSettings>& measured) {
    const std::unique_ptr<media::VideoReader> trial = OpenReader();
    const double per_frame = EstimateSecondsPerFrame(
        {.reader = *trial,
         .translator = *translator,
         .steadiness = steadiness,
         .write = WriteSettings(),
         .file = kind == OutputKind::kVideo ? segments / "trial.mp4" : Path(),
         .batch = config.batch,
         .side_by_side = config.side_by_side,
         .measured = measured,
         .device_is_cpu = device.device.is_cpu(),
         .cores = device.threads});
    if (per_frame <= 0) return;
    const std::string what =
        fmt::format("frames of {} x {}, {} at a time, steady {}, {}", source.width, source.height,
                    config.batch, config.steady, translator->Summary());
    if (source.frames == 0) {
      log::Info("an unknown number of {}: about {:.3g} frames a second", what, 1 / per_frame);
      return;
    }
    estimated = per_frame * static_cast<double>(source.frames - state.pipeline.frames);
    log::Info("{} {}: will take about {}, {:.3g} frames a second",
              source.frames - state.pipeline.frames, what, FormatDuration(estimated),
              1 / per_frame);
  }

  // Translates what is not translated yet. Throws Error(kInterrupted) after a stop.
  void RunFrames(run::Run& run, const TranslateOptions& options, const Path& folder,
                 const Path& segments, JobState& state) {
    const std::unique_ptr<FrameSink> sink = MakeSink(segments);
    std::optional<SteadyFilter> filter;
    if (steadiness != Steadiness::kOff) filter.emplace(steadiness);
    SampleTaker samples(folder / "samples", options.label, source.frames,
                        config.IsIdentity() ? kKeptOfIdentity : SampleTaker::Counts(),
                        run.recorder());
    const PipelineState start = state.pipeline;
    Watcher watcher(run, options.label, source.frames, folder,
                    kind == OutputKind::kVideo ? segments : Path(), state);
    const PipelineResult result =
        RunPipeline({.reader = *reader,
                     .translator = *translator,
                     .steady = filter ? &*filter : nullptr,
                     .metrics = metrics.get(),
                     .sink = *sink,
                     .tap = [&](const PipelineFrame& frame,
                                const TemporalRow* row) { samples.Take(frame, row); }},
                    {.batch = config.batch,
                     .segment = config.segment,
                     .side_by_side = config.side_by_side,
                     .find_cuts = filter.has_value()},
                    watcher, start);
    if (result.stopped) StopEarly(segments, state, result);
    if (result.frames == 0) {
      Fail(ErrorKind::kData, "{}: holds no frame", config.input.string());
    }
    Add(result, start.frames, state);
    state.complete = true;
    state.seconds = watcher.seconds();
    state.damaged = reader->damaged();
    for (const std::string& note : reader->notes()) state.notes.push_back(note);
    SaveJob(folder, state);
  }

  static void Add(const PipelineResult& result, std::int64_t before, JobState& state) {
    state.cuts = result.cuts;
    state.stages = result.seconds;
    state.staged_frames = result.frames - before;
    if (result.unmeasured_from) {
      state.unmeasured_from = result.unmeasured_from;
      state.notes.push_back(
          fmt::format("nothing was measured from frame {} on: its size is not the first one's",
                      *result.unmeasured_from));
    }
  }

  // What there is becomes a whole file. The last segment does not end at a border: whoever goes on
  // makes it again.
  [[noreturn]] void StopEarly(const Path& segments, const JobState& state,
                              const PipelineResult& result) const {
    if (kind == OutputKind::kVideo && result.frames > 0) {
      std::vector<Path> files = FilesOf(segments, state);
      const Path rest = SegmentSink::FileOf(segments, state.pipeline.frames);
      if (result.frames > state.pipeline.frames) files.push_back(rest);
      media::Videos().Join(files, config.input, config.output,
                           {.sound = !source.picture_files, .seconds = result.end});
      std::error_code ignored;
      fs::remove(rest, ignored);
      log::Warning("{} holds the first {} frames", config.output.string(), result.frames);
    }
    Fail(ErrorKind::kInterrupted, "stopped after {} frames", result.frames);
  }

  [[nodiscard]] static std::vector<Path> FilesOf(const Path& segments, const JobState& state) {
    std::vector<Path> files;
    for (const ClosedSegment& segment : state.segments) files.push_back(segments / segment.file);
    return files;
  }

  TranslateResult WriteReport(const Path& folder, const JobState& state) const {
    const nlohmann::json report =
        TranslationJson({.config = config,
                         .source = source,
                         .state = state,
                         .network = translator->Summary(),
                         .statistics_decay = config.IsIdentity() ? 0 : DecayOf(steadiness),
                         .device = device.description,
                         .estimated_seconds = estimated,
                         .metrics = metrics.get(),
                         .streams = streams,
                         .notes = notes});
    const std::vector<TemporalRow> rows =
        metrics != nullptr ? metrics->rows() : std::vector<TemporalRow>();
    const Path page = folder / "report.html";
    if (!rows.empty()) WriteFileAtomic(folder / "metrics.csv", MetricsCsv(rows));
    WriteFileAtomic(page, TranslationPage(report, rows, SampleTaker::Load(folder / "samples")));
    WriteFileAtomic(ReportOf(folder), report.dump(2) + "\n");  // last: it says that all is done
    return {report, config.output, page};
  }

  TranslateConfig config;
  const DevicePolicy& device;
  std::unique_ptr<media::VideoReader> reader;
  media::VideoInfo source;
  OutputKind kind = OutputKind::kVideo;
  Steadiness steadiness = Steadiness::kOff;
  std::vector<media::StreamInfo> streams;
  std::unique_ptr<FrameTranslator> translator;
  std::unique_ptr<TemporalMetrics> metrics;
  std::vector<std::string> notes;
  double estimated = 0;
};

Translation::Translation(const TranslateConfig& config, const DevicePolicy& device)
    : impl_(std::make_unique<Impl>(config, device)) {}
Translation::~Translation() = default;

const TranslateConfig& Translation::config() const { return impl_->config; }

std::vector<Path> Translation::InputFiles() const {
  std::vector<Path> files;
  if (!impl_->config.IsIdentity()) files.emplace_back(impl_->config.weights);
  std::error_code ignored;
  if (!fs::is_directory(impl_->config.input, ignored)) {
    files.push_back(impl_->config.input);
    return files;
  }
  for (const std::string& name : impl_->source.names) files.push_back(impl_->config.input / name);
  return files;
}

TranslateResult Translation::Run(run::Run& run, const TranslateOptions& options) {
  const Path folder = options.folder.empty() ? run.folder() : options.folder;
  const Path segments = folder / "segments";
  std::error_code ignored;
  if (options.resume) {
    if (TranslateResult finished = FinishedTranslation(folder); !finished.report.is_null()) {
      fs::remove_all(segments, ignored);
      return finished;
    }
  }
  MakeFolder(folder / "samples");
  if (impl_->kind == OutputKind::kVideo) MakeFolder(segments);
  if (impl_->kind == OutputKind::kFolder) MakeFolder(impl_->config.output);
  JobState state;
  if (options.resume) {
    if (std::optional<JobState> saved = LoadJob(folder, segments)) state = std::move(*saved);
  }
  const std::optional<TemporalSettings> measured = impl_->MetricSettings();
  if (measured) impl_->metrics = std::make_unique<TemporalMetrics>(*measured);
  if (!state.complete) {
    impl_->Announce(segments, state, measured);
    impl_->RunFrames(run, options, folder, segments, state);
  } else if (impl_->metrics != nullptr && !state.pipeline.metrics.empty()) {
    impl_->metrics->LoadState(state.pipeline.metrics);  // killed while the parts were joined
  }
  if (impl_->kind == OutputKind::kVideo) {
    media::Videos().Join(Impl::FilesOf(segments, state), impl_->config.input, impl_->config.output,
                         {.sound = !impl_->source.picture_files, .seconds = {}});
  }
  TranslateResult result = impl_->WriteReport(folder, state);
  fs::remove_all(segments, ignored);
  return result;
}

TranslateResult FinishedTranslation(const Path& folder) {
  std::error_code ignored;
  if (!fs::exists(ReportOf(folder), ignored)) return {};
  TranslateResult result;
  try {
    result.report = nlohmann::json::parse(ReadFileText(ReportOf(folder)));
    result.output = result.report.at("output").get<std::string>();
  } catch (const nlohmann::json::exception& error) {
    Fail(ErrorKind::kData, "{}: is no report of a translation: {}", ReportOf(folder).string(),
         error.what());
  }
  result.page = folder / "report.html";
  return result;
}

TranslateResult TranslateVideo(const TranslateConfig& config, run::Run& run,
                               const DevicePolicy& device, const TranslateOptions& options) {
  Translation translation(config, device);
  return translation.Run(run, options);
}

}  // namespace agon::cyclegan
