// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <cmath>
#include <thread>

#include "attacks/suite.h"
#include "bench/benchmarks.h"
#include "bench/settings.h"
#include "bench/viewer_process.h"
#include "defenses/trainer.h"
#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/base/progress.h"
#include "runtime/base/stop.h"
#include "runtime/nn/model.h"
#include "runtime/record/recording.h"

namespace agon::bench {
namespace {

namespace fs = std::filesystem;

constexpr double kRecordingLimit = 1.03, kAttachedLimit = 1.05;
constexpr double kFirstFrameLimit = 300, kFrameLimit = 50;  // ms
constexpr double kMemoryLimit = 1.05;
constexpr std::int64_t kMostPairs = 5;  // of whole runs
constexpr double kMilli = 1000;

// ---- what a run costs more --------------------------------------------------------------------

// Whole trainings of net_a in a run folder of their own.
class Training {
 public:
  explicit Training(const Surroundings& around)
      : around_(around),
        config_(defenses::ReadTrainConfig(ConfigOf(
            "dataset: {name: fashion_mnist, count: 40000}\nmodel: net_a\nobjective: standard\n"
            "optimizer: adamw\nepochs: 2\nloader: {batch_size: 200}\nvalidate: {count: 0}\n"))),
        dataset_(config_.dataset->Load()) {}

  // Seconds of one.
  double Run(bool record) const {
    run::RunOptions options;
    options.folder = folder();
    options.command = "train";
    options.arguments = "agon bench viewer";
    options.config = config::Dump(config_);
    options.device = around_.device.description;
    options.record = record;
    const Stopwatch watch;
    {
      run::Run run = run::Run::Create(options);
      (void)defenses::Train(config_, dataset_, run, around_.device);
      run.Finish();
    }
    const double seconds = watch.Seconds();
    fs::remove_all(folder());
    return seconds;
  }
  [[nodiscard]] Path folder() const { return around_.scratch / "runs" / "training"; }

 private:
  const Surroundings& around_;
  const defenses::TrainConfig config_;
  const data::Dataset dataset_;
};

Measurement RecordTraining(const Surroundings& around, const Training& training) {
  Measurement measurement;
  measurement.name = "training net_a: recording on over off";
  measurement.limit = kRecordingLimit;
  measurement.samples = Ratios(measurement.name, std::min(around.pairs, kMostPairs),
                               {.ours = [&] { return training.Run(true); },
                                .theirs = [&](double /*share*/) { return training.Run(false); }});
  return measurement;
}

Measurement AttachViewer(const Surroundings& around, const Training& training) {
  Measurement measurement;
  measurement.name = "training net_a: with a viewer attached over without";
  measurement.limit = kAttachedLimit;
  std::int64_t frames = 0;
  measurement.samples = Ratios(measurement.name, std::min(around.pairs, kMostPairs),
                               {.ours =
                                    [&] {
                                      ViewerProcess viewer(around, {training.folder().string()});
                                      const double seconds = training.Run(true);
                                      frames = viewer.Stop().frames;
                                      return seconds;
                                    },
                                .theirs = [&](double /*share*/) { return training.Run(true); }});
  measurement.note = fmt::format("the viewer drew {} frames meanwhile", frames);
  return measurement;
}

// The suite `quick` on a network without training that is right by definition: hardly an example
// falls, and every step is recorded.
Measurement RecordAttack(const Surroundings& around) {
  constexpr std::int64_t kExamples = 500;
  data::Dataset dataset =
      ComponentOf<data::DatasetSource>("fashion_mnist")->LoadSplit("test", 0, kExamples);
  const at::Device device = around.device.device;
  const auto network = ComponentOf<nn::Model>("net_a")->Build(
      {.input = dataset.image_shape(), .classes = dataset.classes}, /*seed=*/0, "net_a");
  network->To(device);
  NetworkTarget target(*network);
  dataset.labels =
      target.Logits(data::Slice(dataset, 0, kExamples).To(device).images).argmax(1).cpu();
  attacks::Threat threat;
  constexpr double kEpsilon = 1e-4;
  threat.epsilon = kEpsilon;
  config::Problems problems;
  config::Reader reader{problems, nullptr};
  const auto suite = attacks::SuiteSettings::FromConfig(ConfigOf("quick"), reader, "suite");
  problems.ThrowIfAny();

  const Path folder = around.scratch / "attack";
  const auto attack = [&](bool record) {
    attacks::SuiteOptions options;
    options.track = "attack/net_a";
    const Stopwatch watch;
    {
      fs::create_directories(folder);
      const auto recorder = record ? std::make_unique<record::Recorder>(folder)
                                   : std::make_unique<record::Recorder>();
      options.recorder = record ? recorder.get() : nullptr;
      (void)attacks::RunSuite(target, dataset, threat, suite, options, device);
    }
    const double seconds = watch.Seconds();
    fs::remove_all(folder);
    return seconds;
  };
  Measurement measurement;
  measurement.name = "attacking net_a, suite quick: recording on over off";
  measurement.limit = kRecordingLimit;
  measurement.samples = Ratios(measurement.name, std::min(around.pairs, kMostPairs),
                               {.ours = [&] { return attack(true); },
                                .theirs = [&](double /*share*/) { return attack(false); }});
  return measurement;
}

// ---- what the viewer takes --------------------------------------------------------------------

// A run that is over, with a recording to be filled.
record::RecordingWriter MakeRun(const Path& folder, const std::string& command) {
  fs::create_directories(folder);
  WriteFileAtomic(folder / "config.yaml", std::string_view("seed: 0\n"));
  WriteFileAtomic(folder / "log.txt", std::string_view("2026-11-25T20:00:00Z info started\n"));
  record::Manifest manifest;
  manifest.command = command;
  manifest.arguments = "agon " + command;
  manifest.status = record::RunStatus::kDone;
  manifest.started = manifest.updated = manifest.finished = "2026-11-25T20:00:00Z";
  manifest.heartbeat = UnixTime();
  record::WriteManifest(folder, manifest);
  return record::RecordingWriter(folder / "recording");
}

double Wave(std::int64_t step) {
  constexpr double kPeriod = 1e4;
  return std::sin(static_cast<double>(step) / kPeriod) + 1e-3 * static_cast<double>(step % 97);
}

Measurement FirstFrame(const Surroundings& around) {
  constexpr int kRuns = 100, kSteps = 200, kCurves = 10;
  const Path root = around.scratch / "hundred";
  for (int i = 0; i < kRuns; ++i) {
    record::RecordingWriter writer = MakeRun(root / fmt::format("run-{:03}", i), "train");
    for (int step = 0; step < kSteps; ++step) {
      for (int curve = 0; curve < kCurves; ++curve) {
        writer.Append(fmt::format("train/{}", curve), step, step, record::Scalar{Wave(step)});
      }
    }
    writer.Flush();
  }
  Measurement measurement{.name = "first frame with 100 runs, from typing agon view",
                          .unit = "ms",
                          .samples = {},
                          .limit = kFirstFrameLimit,
                          .note = {}};
  std::vector<double> with_runs;
  Progress progress(measurement.name, around.pairs + 1, "start");
  for (std::int64_t i = 0; i <= around.pairs; ++i) {
    ViewerProcess viewer(around, {root.string()});
    viewer.WaitForFrame();
    const ViewerTimings timings = viewer.Stop();
    progress.Advance();
    if (i == 0) continue;  // warms the caches
    measurement.samples.push_back(kMilli * (timings.first_frame - viewer.started()));
    with_runs.push_back(kMilli * (timings.first_runs_frame - viewer.started()));
  }
  measurement.note =
      fmt::format("the first one that lists them: {:.0f} ms", SpreadOf(with_runs).median);
  fs::remove_all(root);
  return measurement;
}

// Draws `frames` frames without a pause, `meanwhile` going on beside; a sample is the 95th
// percentile of a frame's time.
Measurement Frames(const Surroundings& around, const std::string& name,
                   const std::vector<std::string>& arguments, std::int64_t frames,
                   const std::function<void()>& meanwhile) {
  Measurement measurement{
      .name = name, .unit = "ms", .samples = {}, .limit = kFrameLimit, .note = {}};
  const std::int64_t samples = std::min(around.pairs, kMostPairs);
  Progress progress(name, samples, "series");
  for (std::int64_t i = 0; i < samples; ++i) {
    std::vector<std::string> words = arguments;
    words.insert(words.end(), {"--size", "1280x800", "--frames", std::to_string(frames)});
    ViewerProcess viewer(around, words);
    while (meanwhile && viewer.running()) meanwhile();
    const ViewerTimings timings = viewer.Wait();
    measurement.samples.push_back(timings.p95_ms);
    measurement.note =
        fmt::format("95th percentile of {} frames; median {:.1f} ms, slowest {:.1f} ms",
                    timings.frames, timings.median_ms, timings.worst_ms);
    progress.Advance();
  }
  return measurement;
}

Measurement MillionPoints(const Surroundings& around) {
  constexpr std::int64_t kPoints = 1'000'000, kFrames = 600;
  const Path run = around.scratch / "million";
  {
    record::RecordingWriter writer = MakeRun(run, "train");
    for (std::int64_t step = 0; step < kPoints; ++step) {
      writer.Append("train/loss", step, static_cast<double>(step), record::Scalar{Wave(step)});
    }
    writer.Flush();
  }
  Measurement measurement = Frames(around, "a frame with a curve of 1,000,000 points",
                                   {run.string(), "--panel", "curves"}, kFrames, {});
  fs::remove_all(run);
  return measurement;
}

// A frame of a video, and its file: written again and again without being encoded again.
struct Picture {
  record::Frame frame;
  Bytes png;
  explicit Picture(int shift) {
    constexpr int kWidth = 1920, kHeight = 1080;
    frame.pixels = {kWidth, kHeight, 3, {}};
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        for (int c = 0; c < 3; ++c) {
          frame.pixels.data.push_back(static_cast<std::uint8_t>((x * (c + 1) + y + shift) / 8));
        }
      }
    }
    png = formats::EncodePng(frame.pixels);
  }
};

void AppendPair(record::RecordingWriter& writer, std::int64_t step, Picture& input,
                Picture& output) {
  constexpr double kRate = 25;
  input.frame.time = output.frame.time = static_cast<double>(step) / kRate;
  writer.Append("clip/input", step, UnixTime(), input.frame, input.png);
  writer.Append("clip/output", step, UnixTime(), output.frame, output.png);
  writer.Flush();
}

Measurement VideoPane(const Surroundings& around) {
  constexpr std::int64_t kFrames = 400;
  constexpr std::chrono::milliseconds kBetween{100};
  const Path run = around.scratch / "video";
  record::RecordingWriter writer = MakeRun(run, "cyclegan translate");
  Picture input(0), output(40);
  std::int64_t step = 0;
  AppendPair(writer, step++, input, output);
  Measurement measurement = Frames(around, "a frame with 1080p video, new every 100 ms",
                                   {run.string(), "--panel", "video"}, kFrames, [&] {
                                     AppendPair(writer, step++, input, output);
                                     std::this_thread::sleep_for(kBetween);
                                   });
  fs::remove_all(run);
  return measurement;
}

// Follows a run that is long from the start (its curve beyond what is kept, its pictures beyond
// what stays decoded), and goes on for as long again.
Measurement FollowedMemory(const Surroundings& around) {
  constexpr std::int64_t kPoints = 1'500'000, kPairs = 150, kSampled = 50;
  constexpr std::chrono::milliseconds kBetween{60};
  const Path run = around.scratch / "long";
  record::RecordingWriter writer = MakeRun(run, "cyclegan translate");
  Picture input(0), output(40);
  std::int64_t step = 0, point = 0;
  const auto add_points = [&](std::int64_t count) {
    for (; count > 0; --count, ++point) {
      writer.Append("train/loss", point, static_cast<double>(point), record::Scalar{Wave(point)});
    }
  };
  // The median over the last pairs of a stretch.
  const auto resident_after = [&](const ViewerProcess& viewer, std::int64_t points) {
    std::vector<double> resident;
    for (std::int64_t i = 0; i < kPairs; ++i) {
      add_points(points / kPairs);
      AppendPair(writer, step++, input, output);
      std::this_thread::sleep_for(kBetween);
      if (i >= kPairs - kSampled) resident.push_back(viewer.Resident());
      if (StopSignal() != 0) Fail(ErrorKind::kInterrupted, "the benchmark was stopped");
    }
    return SpreadOf(resident).median;
  };
  Measurement measurement{.name = "memory after a long run went on as long again, over before",
                          .samples = {},
                          .limit = kMemoryLimit,
                          .note = {}};
  add_points(kPoints);
  AppendPair(writer, step++, input, output);
  ViewerProcess viewer(around, {run.string(), "--panel", "video"});
  viewer.WaitForFrame();
  const double before = resident_after(viewer, 0);
  const double after = resident_after(viewer, kPoints);
  (void)viewer.Stop();
  measurement.samples.push_back(after / before);
  measurement.note = fmt::format("{:.0f} and {:.0f} MiB; {} points, {} pairs of 1080p pictures",
                                 before, after, point, step);
  fs::remove_all(run);
  return measurement;
}

}  // namespace

std::vector<Measurement> BenchViewer(const Surroundings& around) {
  std::vector<Measurement> measurements;
  {
    const Training training(around);
    measurements.push_back(RecordTraining(around, training));
    measurements.push_back(AttachViewer(around, training));
  }
  measurements.push_back(RecordAttack(around));
  measurements.push_back(FirstFrame(around));
  measurements.push_back(MillionPoints(around));
  measurements.push_back(VideoPane(around));
  measurements.push_back(FollowedMemory(around));
  return measurements;
}

}  // namespace agon::bench
