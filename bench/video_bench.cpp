// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>

#include "bench/benchmarks.h"
#include "bench/process.h"
#include "cyclegan/translate/network_translator.h"
#include "cyclegan/video/pipeline.h"
#include "cyclegan/video/sinks.h"
#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/stop.h"
#include "runtime/base/text.h"

namespace agon::bench {
namespace {

namespace fs = std::filesystem;
using cyclegan::FrameTranslator;

constexpr double kPipelineLimit = 1.10;
constexpr double kTranscodeLimit = 1 / 0.8;  // of the time: 0.8 of ffmpeg's frames a second
constexpr double kMemoryLimit = 1.05;
constexpr std::int64_t kStageFrames = 300;  // three segments
constexpr std::int64_t kShortFrames = 100, kLongFrames = 1000;
constexpr std::int64_t kBatch = 2, kSegment = 100;
constexpr std::int64_t kMostPairs = 3;  // of whole transcodings

// A program of the machine's. Error(kUsage) when it is not there.
Path FindProgram(const std::string& name) {
  const char* const path = std::getenv("PATH");
  for (const std::string& folder : Split(path != nullptr ? path : "", ':')) {
    std::error_code ignored;
    if (!folder.empty() && fs::is_regular_file(Path(folder) / name, ignored)) {
      return Path(folder) / name;
    }
  }
  Fail(ErrorKind::kUsage, "{}: not found; this benchmark needs Debian's package {}", name, name);
}

// A moving test picture of 640 x 360, H.264 with sound.
Path MakeVideo(const Surroundings& around, const Path& ffmpeg, std::int64_t frames) {
  Path file = around.scratch / fmt::format("{}.mp4", frames);
  const std::string seconds = fmt::format("{}", static_cast<double>(frames) / 25);
  (void)RunProcess(around, ffmpeg,
                   {"-v",
                    "error",
                    "-y",
                    "-f",
                    "lavfi",
                    "-i",
                    "testsrc2=size=640x360:rate=25:duration=" + seconds,
                    "-f",
                    "lavfi",
                    "-i",
                    "sine=duration=" + seconds,
                    "-pix_fmt",
                    "yuv420p",
                    "-c:v",
                    "libx264",
                    "-preset",
                    "veryfast",
                    "-crf",
                    "18",
                    "-c:a",
                    "aac",
                    file.string()});
  return file;
}

double CpuSeconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

struct Cost {
  double wall = 0, cpu = 0;
};

template <class Work>
Cost Measure(Work work) {
  const double cpu = CpuSeconds();
  const Stopwatch watch;
  work();
  return {watch.Seconds(), CpuSeconds() - cpu};
}

class SilentObserver final : public cyclegan::PipelineObserver {
 public:
  bool Tick(std::int64_t /*frames*/) override { return StopSignal() == 0; }
  void Border(const cyclegan::PipelineState& /*state*/) override {}
};

// The pipeline against its stages, each alone with all the cores.
class Stages {
 public:
  Stages(const Surroundings& around, Path file, FrameTranslator& translator)
      : around_(around), file_(std::move(file)), translator_(translator) {
    fs::create_directories(Segments());
    const auto reader = Open();
    for (media::VideoFrame frame; reader->Next(frame);) frames_.push_back(frame);
  }

  // Seconds of the whole.
  double Whole() {
    const auto reader = Open();
    cyclegan::SegmentSink sink(Segments(), reader->info(), Settings());
    SilentObserver observer;
    translator_.Reset();
    const Stopwatch watch;
    (void)cyclegan::RunPipeline({.reader = *reader, .translator = translator_, .sink = sink},
                                {.batch = kBatch, .segment = kSegment}, observer);
    return watch.Seconds();
  }

  // The larger of the slowest stage alone and all stages' CPU seconds over the cores.
  double Bound() {
    const Cost decode = Measure([&] {
      const auto reader = Open();
      for (media::VideoFrame frame; reader->Next(frame);) {
      }
    });
    std::vector<media::VideoFrame> translated = frames_;
    const Cost translate = Measure([&] { Translate(translated); });
    const Cost encode = Measure([&] { Encode(translated); });
    const double slowest = std::max({decode.wall, translate.wall, encode.wall});
    const double cpu = (decode.cpu + translate.cpu + encode.cpu) / around_.device.threads;
    const auto per_frame = [&](double seconds) {
      return 1000 * seconds / static_cast<double>(frames_.size());
    };
    note_ = fmt::format(
        "ms a frame alone: decode {:.2f}, network {:.2f}, encode {:.2f}; CPU over cores {:.2f}",
        per_frame(decode.wall), per_frame(translate.wall), per_frame(encode.wall), per_frame(cpu));
    return std::max(slowest, cpu);
  }

  [[nodiscard]] const std::string& note() const { return note_; }

 private:
  [[nodiscard]] Path Segments() const { return around_.scratch / "segments"; }
  [[nodiscard]] media::WriteOptions Settings() const {
    return {.codec = {}, .container = "mp4", .threads = around_.device.threads};
  }
  [[nodiscard]] std::unique_ptr<media::VideoReader> Open() const {
    return media::Videos().Open(file_, {.height = 0, .threads = around_.device.threads});
  }
  // Into the frames that the encoder gets: what it has to do depends on what is in the picture.
  void Translate(std::vector<media::VideoFrame>& translated) {
    std::vector<media::Picture> outputs(kBatch);
    for (std::size_t i = 0; i < frames_.size(); i += kBatch) {
      const std::size_t end = std::min<std::size_t>(i + kBatch, frames_.size());
      std::vector<const media::Picture*> inputs;
      for (std::size_t j = i; j < end; ++j) inputs.push_back(&frames_[j].picture);
      translator_.Translate(inputs, std::span(outputs).first(inputs.size()));
      for (std::size_t j = i; j < end; ++j) std::swap(translated[j].picture, outputs[j - i]);
    }
  }

  // In segments, as the pipeline's stage does: to end one takes the encoder a while.
  void Encode(std::vector<media::VideoFrame>& translated) {
    cyclegan::SegmentSink sink(Segments(), Open()->info(), Settings());
    cyclegan::PipelineFrame frame;
    for (media::VideoFrame& each : translated) {
      frame.output = std::move(each);
      sink.Write(frame);
      if (++frame.index % kSegment == 0) sink.CloseSegment(frame.index, /*whole=*/true);
    }
    sink.CloseSegment(frame.index, /*whole=*/true);
  }

  const Surroundings& around_;
  const Path file_;
  FrameTranslator& translator_;
  std::vector<media::VideoFrame> frames_;
  std::string note_;
};

Measurement ComparePipeline(const Surroundings& around, const Path& video, const std::string& name,
                            FrameTranslator& translator) {
  Stages stages(around, video, translator);
  Measurement measurement;
  measurement.name = name + ": pipeline over its bound";
  measurement.limit = kPipelineLimit;
  measurement.samples = Ratios(measurement.name, std::min(around.pairs, kMostPairs),
                               {.ours = [&] { return stages.Whole(); },
                                .theirs = [&](double /*share*/) { return stages.Bound(); }});
  measurement.note = stages.note();
  return measurement;
}

// Whole programs: each one's time for a video less that for one of a single frame.
class Transcoding {
 public:
  Transcoding(const Surroundings& around, Path ffmpeg)
      : around_(around), ffmpeg_(std::move(ffmpeg)), output_(around.scratch / "out.mp4") {}

  ProcessCost Ours(const Path& video) const {
    const Path run = around_.scratch / "run";
    fs::remove_all(run);
    const ProcessCost cost = RunProcess(
        around_, around_.program,
        {"cyclegan", "translate",      "--weights", "identity",  "--input",  video.string(),
         "--output", output_.string(), "--crf",     "20",        "--preset", "medium",
         "--run",    run.string(),     "--quiet",   "--metrics", "off",      "--device",
         "cpu",      "--threads",      Threads()});
    fs::remove_all(run);
    return cost;
  }
  ProcessCost Theirs(const Path& video) const {
    return RunProcess(around_, ffmpeg_,
                      {"-v", "error", "-y", "-threads", Threads(), "-i", video.string(), "-c:v",
                       "libx264", "-preset", "medium", "-crf", "20", "-threads", Threads(), "-c:a",
                       "copy", output_.string()});
  }

 private:
  [[nodiscard]] std::string Threads() const { return std::to_string(around_.device.threads); }
  const Surroundings& around_;
  const Path ffmpeg_, output_;
};

}  // namespace

std::vector<Measurement> BenchVideo(const Surroundings& around) {
  std::vector<Measurement> measurements;
  const Path ffmpeg = FindProgram("ffmpeg");
  const Path one = MakeVideo(around, ffmpeg, 1);
  const Path some = MakeVideo(around, ffmpeg, kStageFrames);
  const Path hundred = MakeVideo(around, ffmpeg, kShortFrames);
  const Path thousand = MakeVideo(around, ffmpeg, kLongFrames);

  const auto identity = cyclegan::IdentityTranslator();
  measurements.push_back(ComparePipeline(around, some, "identity, 640x360", *identity));
  const auto network = cyclegan::NetworkTranslator(
      std::make_unique<cyclegan::Generator>(
          cyclegan::GeneratorSettings{.width = 8, .blocks = 3, .resampling = "transposed"}, 1),
      {.precision = "auto", .statistics_decay = 0}, around.device);
  measurements.push_back(ComparePipeline(around, some, "3 blocks of 8, 640x360", *network));

  const Transcoding transcoding(around, ffmpeg);
  const double our_start = transcoding.Ours(one).seconds;
  const double their_start = transcoding.Theirs(one).seconds;
  Measurement time;
  time.name = "identity, 1,000 frames: time over the program ffmpeg's";
  time.limit = kTranscodeLimit;
  double ours_seconds = 0, theirs_seconds = 0;
  time.samples = Ratios(time.name, std::min(around.pairs, kMostPairs),
                        {.ours =
                             [&] {
                               ours_seconds = transcoding.Ours(thousand).seconds - our_start;
                               return ours_seconds;
                             },
                         .theirs =
                             [&](double /*share*/) {
                               theirs_seconds = transcoding.Theirs(thousand).seconds - their_start;
                               return theirs_seconds;
                             }});
  time.note = fmt::format(
      "{:.0f} and {:.0f} frames a second; start-up, taken off, {:.2f} and {:.2f} s",
      (kLongFrames - 1) / ours_seconds, (kLongFrames - 1) / theirs_seconds, our_start, their_start);
  measurements.push_back(std::move(time));

  Measurement memory;
  memory.name = "peak memory at 1,000 frames over that at 100";
  memory.limit = kMemoryLimit;
  double least = 0;
  for (std::int64_t i = 0; i < std::min(around.pairs, kMostPairs); ++i) {
    const double few = transcoding.Ours(hundred).peak_mib;
    memory.samples.push_back(transcoding.Ours(thousand).peak_mib / few);
    least = few;
  }
  memory.note = fmt::format("{:.0f} MiB at 100 frames, LibTorch included", least);
  measurements.push_back(std::move(memory));
  return measurements;
}

}  // namespace agon::bench
