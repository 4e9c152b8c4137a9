// SPDX-License-Identifier: Apache-2.0
// Whole trainings, small ones: to the end, interrupted, killed, collapsed, diverged.
#include <sys/wait.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>

#include "cyclegan/learn/report.h"
#include "cyclegan/network/network_file.h"
#include "runtime/base/stop.h"
#include "runtime/record/recording.h"
#include "runtime/run/checkpoint.h"
#include "tests/cyclegan/learn/learn_helpers.h"

namespace agon::cyclegan {
namespace {

nlohmann::json ReportOf(const Path& run) {
  return nlohmann::json::parse(ReadFileText(run / "report.json"));
}

// The tracks of a run's recording.
std::set<std::string> TracksOf(const Path& run) {
  std::set<std::string> tracks;
  record::RecordingReader reader(run / "recording");
  while (const auto record = reader.Next()) tracks.insert(record->track);
  return tracks;
}

TEST(CycleganTraining, LeavesEverythingBehind) {
  const Workplace place;
  const CycleganConfig config = SmallConfig("evaluate: {every: 10, count: 2}");
  const DomainPair domains = config.domains->Load(config.pictures, 3);
  const CycleganResult result = place.Train(config, domains, "run");
  const Path run = place.Folder("run");
  EXPECT_EQ(result.state.ended, "completed");
  EXPECT_EQ(result.state.step, 30);
  EXPECT_EQ(result.epochs, 10);
  ASSERT_EQ(result.state.judged.size(), 3U);
  EXPECT_EQ(result.state.judged.back().step, 30);
  EXPECT_EQ(result.state.sampled, (std::vector<std::int64_t>{20, 30}));

  // Both generators, averaged, as translate reads them.
  for (const char* const direction : {"a2b", "b2a"}) {
    const LoadedGenerator loaded = LoadGenerator(result.weights, direction);
    EXPECT_EQ(loaded.generator->settings(), config.generator);
    EXPECT_EQ(loaded.metadata.at("averaged"), "yes");
  }
  const nlohmann::json report = ReportOf(run);
  EXPECT_EQ(report, CycleganReportJson(result));
  EXPECT_EQ(report.at("command"), "cyclegan train");
  EXPECT_EQ(report.at("iterations"), 30);
  EXPECT_TRUE(report.at("judge").contains("colour_ratio"));
  EXPECT_TRUE(report.at("judge").at("warping_error").contains("output"));
  EXPECT_EQ(report.at("evaluations").size(), 3U);
  std::int64_t steps = 0;
  for (const auto& row : report.at("history")) steps += row.at("steps").get<std::int64_t>();
  EXPECT_EQ(steps, 30);

  const std::string page = ReadFileText(run / "report.html");
  for (const char* const text : {"Judged by the truth", "A by b2a: should stay", "Cycle loss",
                                 "a2b, 20", "None of these pictures was trained on"}) {
    EXPECT_NE(page.find(text), std::string::npos) << text;
  }
  for (const char* const file : {"samples/000020-a2b.png", "samples/000030-b2a.png"}) {
    const formats::Pixels grid = formats::DecodePng(ReadFileBytes(run / file), file);
    EXPECT_EQ(grid.width, 4 * 32 + 3 * 2);
    EXPECT_EQ(grid.height, 6 * 32 + 5 * 2);
  }
  const std::set<std::string> tracks = TracksOf(run);
  for (const char* const track : {"loss/cycle_a", "loss/discriminator_b", "loss/gan_a2b",
                                  "samples/a2b", "judge/colour_ratio", "learning_rate"}) {
    EXPECT_TRUE(tracks.contains(track)) << track;
  }
}

// Dark pictures become bright ones and back: the losses fall, and a2b brightens.
TEST(CycleganTraining, LearnsWhatCanBeLearnt) {
  const Workplace place;
  const CycleganConfig config = SmallConfig(
      "iterations: 150, optimizer: {name: adam, learning_rate: 0.002, beta1: 0.5}, "
      "averaging: {kind: ema, decay: 0.9, start: 0}, loss: {identity: 0}, "
      "generator: {width: 8, blocks: 1}");
  const CycleganResult result = place.Train(config, MadeUpDomains(8, 8), "run");
  const StepFigures& first = result.state.rows.front().figures;
  const StepFigures& last = result.state.rows.back().figures;
  EXPECT_LT(last.cycle[0] + last.cycle[1], 0.5 * (first.cycle[0] + first.cycle[1]));
  const auto brightness = [](const formats::Pixels& picture) {
    double sum = 0;
    for (const std::uint8_t value : picture.data) sum += value;
    return sum / static_cast<double>(picture.data.size());
  };
  double to_b = 0, to_a = 0;
  for (const SampleRow& row : result.samples_a) to_b += brightness(row.translated) / 6;
  for (const SampleRow& row : result.samples_b) to_a += brightness(row.translated) / 6;
  EXPECT_GT(to_b, 130) << "B is 180, A is 70";
  EXPECT_LT(to_a, 120);
}

// ---- interrupted and killed ----

CycleganConfig Interrupted() {
  return SmallConfig(
      "iterations: 60, sample_every: 15, checkpoint_every: 0.02, pool: 6, "
      "averaging: {kind: ema, decay: 0.9, start: 0.2}, loss: {cycle_noise: 0.1, consistency: 1}, "
      "evaluate: {every: 25, count: 1}");
}

// What a report says apart from the time it took.
nlohmann::json WithoutTimes(nlohmann::json report) {
  for (const char* const key : {"seconds", "iterations_per_second"}) report.erase(key);
  for (auto& row : report.at("history")) {
    row.erase("minutes");
    row.erase("iterations_per_second");
  }
  for (auto& row : report.at("evaluations")) row.erase("minutes");
  report.at("judge").erase("minutes");
  return report;
}

TEST(CycleganTraining, InterruptedAtAnyMomentEndsTheSame) {
  const Workplace place;
  const CycleganConfig config = Interrupted();
  const DomainPair domains = config.domains->Load(config.pictures, 3);
  const CycleganResult straight = place.Train(config, domains, "straight");
  std::optional<CycleganResult> result;
  int parts = 0;
  for (; !result && parts < 100; ++parts) {
    ClearStop();
    std::thread interrupter([parts] {
      std::this_thread::sleep_for(std::chrono::milliseconds(15 + 25 * parts));
      RequestStop(2);
    });
    try {
      result = parts == 0 ? place.Train(config, domains, "parts")
                          : place.Resume(config, domains, "parts");
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInterrupted) << error.what();
    }
    interrupter.join();
  }
  ClearStop();
  ASSERT_TRUE(result.has_value());
  EXPECT_GT(parts, 2);
  EXPECT_TRUE(SameWeights(straight.weights, result->weights));
  EXPECT_EQ(WithoutTimes(ReportOf(place.Folder("straight"))),
            WithoutTimes(ReportOf(place.Folder("parts"))));
  // The test can fail: another seed gives other weights.
  CycleganConfig other = config;
  other.seed = 4;
  EXPECT_FALSE(SameWeights(straight.weights, place.Train(other, domains, "other").weights));
  // Done is done.
  const CycleganResult again = place.Resume(config, domains, "parts");
  EXPECT_TRUE(SameWeights(straight.weights, again.weights));
  EXPECT_EQ(again.state.step, 60);
}

constexpr const char* kVictim = "AGON_TEST_VICTIM";

// The process that is killed: this program, started by the test below.
TEST(CycleganVictim, Trains) {
  const char* const folder = std::getenv(kVictim);
  if (folder == nullptr) GTEST_SKIP() << "only runs as a child of CycleganKill";
  const CycleganConfig config = Interrupted();
  const DomainPair domains = config.domains->Load(config.pictures, 3);
  const Path place(folder);
  const bool resume = std::filesystem::exists(place / "manifest.json");
  run::RunOptions options;
  options.folder = place;
  options.command = "cyclegan train";
  options.config = config::Dump(config);
  run::Run run = resume ? run::Run::Resume(place, options.command) : run::Run::Create(options);
  const CycleganResult result =
      TrainCyclegan(config, domains, run, OneThread(), {.resume = resume});
  run.Finish();
  EXPECT_EQ(result.state.ended, "completed");
}

// Killed as kill -9 does, at steps of its writes, again and again.
TEST(CycleganKill, EndsWithTheSameWeights) {
  const Workplace place;
  const CycleganConfig config = Interrupted();
  const DomainPair domains = config.domains->Load(config.pictures, 3);
  const CycleganResult straight = place.Train(config, domains, "straight");
  const Path folder = place.Folder("victim");
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string victim =
      fmt::format("{}='{}' '{}' --gtest_filter=CycleganVictim.Trains >/dev/null 2>&1", kVictim,
                  folder.string(), self);
  int killed = 0;
  bool done = false;
  for (int round = 0; round < 12 && !done; ++round) {
    const std::string how =
        round < 6 ? fmt::format("AGON_KILL_AT={} ", 12 + 17 * round * round) : std::string();
    const int status = std::system((how + victim).c_str());
    done = status == 0;
    killed += done ? 0 : 1;
  }
  EXPECT_TRUE(done);
  EXPECT_GE(killed, 2);
  EXPECT_TRUE(SameWeights(straight.weights, folder / kWeightsFile));
  EXPECT_EQ(WithoutTimes(ReportOf(place.Folder("straight"))), WithoutTimes(ReportOf(folder)));
}

// ---- ends before the end ----

TEST(CycleganTraining, EndsWhenTimeIsUsedUp) {
  const Workplace place;
  const CycleganConfig config =
      SmallConfig("iterations: 1000000, max_minutes: 0.005, sample_every: 0");
  const CycleganResult result = place.Train(config, MadeUpDomains(4, 4), "run");
  EXPECT_EQ(result.state.ended, "time");
  EXPECT_LT(result.state.step, 1000000);
  EXPECT_TRUE(std::filesystem::exists(result.weights));
  EXPECT_EQ(result.state.sampled.size(), 1U) << "samples of the end are made all the same";
}

// Discriminators of one channel that never move from where they were drawn answer every pixel
// nearly alike.
const char* const kDead =
    "iterations: 200, optimizer: {name: adam, learning_rate: 1.0e-12}, sample_every: 0, "
    "discriminator: {width: 1, layers: 0}";

TEST(CycleganTraining, HaltsWithADiagnosisWhenItCollapses) {
  const Workplace place;
  const CycleganConfig config = SmallConfig(kDead);
  const DomainPair domains = MadeUpDomains(4, 4);
  const std::string message =
      MessageOf([&] { (void)place.Train(config, domains, "run"); }, ErrorKind::kModel);
  EXPECT_NE(message.find("is dead"), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
  const Path run = place.Folder("run");
  const nlohmann::json report = ReportOf(run);
  EXPECT_EQ(report.at("ended"), "collapsed");
  EXPECT_EQ(report.at("collapse").at("kind"), "dead");
  EXPECT_LT(report.at("iterations"), 200);
  EXPECT_NE(ReadFileText(run / "report.html").find("is dead"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(run / "weights.safetensors"));
  EXPECT_TRUE(
      std::filesystem::exists(run / SampleFile(report.at("iterations").get<std::int64_t>(), 0)));
  // It stays so.
  EXPECT_NE(MessageOf([&] { (void)place.Resume(config, domains, "run"); }, ErrorKind::kModel)
                .find("is dead"),
            std::string::npos);
}

TEST(CycleganTraining, OnlyNotesACollapseWhenAsked) {
  const Workplace place;
  const CycleganConfig config = SmallConfig(std::string(kDead) + ", halt_on_collapse: false");
  const CycleganResult result = place.Train(config, MadeUpDomains(4, 4), "run");
  EXPECT_EQ(result.state.ended, "completed");
  EXPECT_EQ(result.state.step, 200);
  ASSERT_TRUE(result.state.collapse.has_value());
  EXPECT_NE(ReadFileText(place.Folder("run") / "manifest.json").find("is dead"), std::string::npos);
}

TEST(CycleganTraining, NamesWhereItDivergedAndKeepsTheLastGoodCheckpoint) {
  const Workplace place;
  const CycleganConfig config = SmallConfig(
      "iterations: 400, checkpoint_every: 0, optimizer: {name: sgd, learning_rate: 1.0e+30}");
  const std::string message =
      MessageOf([&] { (void)place.Train(config, MadeUpDomains(4, 4), "run"); }, ErrorKind::kModel);
  EXPECT_NE(message.find("not finite at iteration"), std::string::npos) << message;
  EXPECT_NE(message.find("learning_rate"), std::string::npos) << message;
  EXPECT_FALSE(std::filesystem::exists(place.Folder("run") / "weights.safetensors"));
  if (const auto checkpoint = run::LoadNewestCheckpoint(place.Folder("run"))) {
    for (const auto& [name, tensor] : checkpoint->tensors) {
      EXPECT_TRUE(tensor.isfinite().all().item<bool>()) << name;
    }
  }
}

TEST(CycleganTraining, FindsWhatIsWrongBeforeItStarts) {
  const DomainPair domains = MadeUpDomains(4, 4, 16);
  EXPECT_NE(MessageOf(
                [&] {
                  CheckBeforeCyclegan(
                      SmallConfig("pictures: {crop: 16}, discriminator: {width: 4, layers: 5}"),
                      domains);
                },
                ErrorKind::kModel)
                .find("discriminator"),
            std::string::npos);
  DomainPair mixed = domains;
  mixed.a = std::make_shared<const PictureSet>(
      std::vector<formats::Pixels>{MadeUp(16, 16, 1, 1), MadeUp(20, 16, 1, 1)});
  EXPECT_NE(MessageOf([&] { CheckBeforeCyclegan(SmallConfig("pictures: {crop: 0}"), mixed); },
                      ErrorKind::kData)
                .find("domain a"),
            std::string::npos);
  CheckBeforeCyclegan(SmallConfig("pictures: {crop: 0}, batch_size: 1"), mixed);
}

}  // namespace
}  // namespace agon::cyclegan
