// SPDX-License-Identifier: Apache-2.0
// `agon attack` and `agon report` from the outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <nlohmann/json.hpp>

#include "runtime/formats/safetensors.h"
#include "runtime/record/recording.h"
#include "tests/cli/small_data.h"

namespace agon::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* kQuickSuite = "[fgsm, {name: pgd, steps: 5}]";
// Slow enough to be stopped somewhere in the middle: nothing falls to so small steps.
constexpr const char* kSlowSuite =
    "[{name: pgd, steps: 300, step_size: 1.0e-7, restarts: 20}, fgsm]\nbatch_size: 4";

json ReadJson(const Path& file) { return json::parse(ReadFileText(file)); }

// Times differ from run to run; nothing else may.
json WithoutTimes(json report) {
  const auto erase = [](json& attacks) {
    for (json& row : attacks) row.erase("seconds");
  };
  if (report.contains("attacks")) erase(report["attacks"]);
  for (json& result : report["results"]) erase(result["attacks"]);
  return report;
}

class AttackCommand : public ::testing::Test {
 protected:
  void SetUp() override { WriteSmallData(place_); }
  Outcome Attack(std::vector<std::string> more) {
    more.insert(more.begin(), {"attack", "--device", "cpu", "--threads", "1"});
    return place_.Run(more);
  }
  Workplace place_;
};

TEST_F(AttackCommand, LeavesARunWithEverythingInIt) {
  place_.Write("a.yaml", SmallConfig(kQuickSuite));
  const Outcome outcome = Attack({"a.yaml", "--run", "r"});
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("report.html"));
  for (const char* file : {"manifest.json", "config.yaml", "report.json", "report.html",
                           "examples.csv", "adversarial.safetensors", "recording", "log.txt"}) {
    EXPECT_TRUE(fs::exists(place_.path() / "r" / file)) << file;
  }
  const json report = ReadJson(place_.path() / "r" / "report.json");
  EXPECT_EQ(report.at("format"), 1);
  EXPECT_EQ(report.at("examples"), 60);
  EXPECT_EQ(report.at("model"), "mlp");
  EXPECT_EQ(report.at("attacks").size(), 2U);
  EXPECT_LE(report.at("robust_accuracy"), report.at("clean_accuracy"));
  const json manifest = ReadJson(place_.path() / "r" / "manifest.json");
  EXPECT_EQ(manifest.at("status"), "done");
  EXPECT_EQ(manifest.at("seed"), 5);
  EXPECT_EQ(manifest.at("inputs").size(), 2U) << "images and labels";
}

// What the viewer shows of a run: the way of as many examples as the configuration says.
TEST_F(AttackCommand, RecordsTheWayOfSomeExamples) {
  place_.Write("a.yaml", SmallConfig(kQuickSuite, "record: {examples: 2}\n"));
  const Outcome outcome = Attack({"a.yaml", "--run", "r"});
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  std::map<std::string, int> items;
  record::RecordingReader reader(place_.path() / "r" / "recording");
  while (const auto record = reader.Next()) ++items[record->track];
  int clean = 0;
  for (const auto& [track, count] : items) {
    if (track.ends_with("/clean")) ++clean;
    if (track.ends_with("/1.pgd")) {
      EXPECT_THAT(track, testing::StartsWith("attack/mlp linf 0.1/example/"));
      EXPECT_EQ(count, 6) << "five steps and the result";
      EXPECT_EQ(items[track + "/loss"], 5);
    }
  }
  EXPECT_EQ(clean, 2);
  EXPECT_EQ(items["attack/mlp linf 0.1/robust_accuracy"], 3);

  const formats::Safetensors file =
      formats::ReadSafetensors(place_.path() / "r" / "adversarial.safetensors");
  for (const char* name : {"clean_probabilities", "adversarial_probabilities"}) {
    const auto found = std::find_if(file.tensors.begin(), file.tensors.end(),
                                    [&](const auto& tensor) { return tensor.first == name; });
    ASSERT_NE(found, file.tensors.end()) << name;
    EXPECT_EQ(found->second.shape, (std::vector<std::int64_t>{60, 3}));
  }
}

TEST_F(AttackCommand, PrintsNothingButJsonWhenAskedForIt) {
  place_.Write("a.yaml", SmallConfig(kQuickSuite));
  const Outcome outcome = Attack({"a.yaml", "--run", "r", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_EQ(json::parse(outcome.output), ReadJson(place_.path() / "r" / "report.json"));
}

TEST_F(AttackCommand, TheSameSeedGivesTheSameResultFromItsOwnFolder) {
  place_.Write("a.yaml", SmallConfig(kQuickSuite));
  ASSERT_EQ(Attack({"a.yaml", "--run", "r"}).code, 0);
  ASSERT_EQ(Attack({"r/config.yaml", "--run", "s"}).code, 0);
  EXPECT_EQ(WithoutTimes(ReadJson(place_.path() / "r" / "report.json")),
            WithoutTimes(ReadJson(place_.path() / "s" / "report.json")));
  EXPECT_EQ(ReadFileText(place_.path() / "r" / "examples.csv"),
            ReadFileText(place_.path() / "s" / "examples.csv"));
}

TEST_F(AttackCommand, OverridesGoThroughTheSameChecks) {
  place_.Write("a.yaml", SmallConfig(kQuickSuite));
  ASSERT_EQ(Attack({"a.yaml", "--run", "r", "--set", "threat.epsilon=[0, 4/255]"}).code, 0);
  const json report = ReadJson(place_.path() / "r" / "report.json");
  ASSERT_EQ(report.at("results").size(), 2U);
  EXPECT_EQ(report["results"][0].at("robust_accuracy"), report["results"][0].at("clean_accuracy"));
  EXPECT_DOUBLE_EQ(report["results"][1].at("epsilon"), 4.0 / 255);

  const Outcome bad = Attack({"a.yaml", "--run", "s", "--set", "threat.epsilon=8/0"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.errors, HasSubstr("threat.epsilon"));
  EXPECT_THAT(bad.errors, HasSubstr("8/0"));
}

TEST_F(AttackCommand, ARequirementThatIsNotMetIsExitCodeThree) {
  place_.Write("a.yaml", SmallConfig(kQuickSuite, "require: {robust_accuracy: \">= 1.1\"}\n"));
  const Outcome outcome = Attack({"a.yaml", "--run", "r"});
  EXPECT_EQ(outcome.code, 3) << outcome.errors;
  EXPECT_TRUE(fs::exists(place_.path() / "r" / "report.html"));
  place_.Write("b.yaml", SmallConfig(kQuickSuite, "require: {robust_accuracy: \">= 0\"}\n"));
  EXPECT_EQ(Attack({"b.yaml", "--run", "s"}).code, 0);
}

// Each mistake: one message that names file, line and key, exit code 2, nothing written.
TEST_F(AttackCommand, MistakesAreNamedWithTheirPlaceAndLeaveNothing) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases{
      {SmallConfig("[pdg]"), {"a.yaml:5:", "pdg", "did you mean \"pgd\"?"}},
      {SmallConfig("[{name: pgd, stepz: 3}]"), {"a.yaml:5:", "stepz", "did you mean \"steps\"?"}},
      {SmallConfig(kQuickSuite, "drawz: batch\n"), {"a.yaml:6:1:", "did you mean \"draws\"?"}},
      {SmallConfig(kQuickSuite, "models: [{name: mlp, untrained: true}]\n"), {"model or models"}},
      {"suite: quick\n", {"dataset", "threat"}},
      {"", {"a.yaml:1:1: dataset"}},
      {"- a\n", {"a.yaml:1:", "mapping"}},
  };
  for (const auto& [config, parts] : cases) {
    place_.Write("a.yaml", config);
    const Outcome outcome = Attack({"a.yaml"});
    EXPECT_EQ(outcome.code, 2) << config;
    EXPECT_EQ(outcome.output, "");
    for (const std::string& part : parts) EXPECT_THAT(outcome.errors, HasSubstr(part));
    EXPECT_FALSE(fs::exists(place_.path() / "runs")) << config;
  }
}

TEST_F(AttackCommand, MissingFilesAndFoldersThatCannotBeWrittenAreFoundBeforeWork) {
  place_.Write("a.yaml", SmallConfig(kQuickSuite));
  place_.Write("file", "x");
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{"nowhere.yaml"}, "nowhere.yaml"},
      {{"a.yaml", "--run", "file/r"}, "file/r"},
      {{"a.yaml", "--set", "model={name: mlp, weights: none.safetensors}"}, "none.safetensors"},
      {{"a.yaml", "--set", "dataset.images=labels"}, "labels"},
      {{"a.yaml", "--device", "tpu"}, "tpu"},
      {{"a.yaml", "--plugin", "none.so"}, "none.so"},
      {{"a.yaml", "--set", "model={name: mlp, weights: file}"}, "file: neither"},
      {{"a.yaml", "--set", "model={name: torchscript, file: file}", "--trust-model"},
       "file: holds no TorchScript program"},
      {{"--resume", "nowhere"}, "no run"},
  };
  for (const auto& [arguments, part] : cases) {
    const Outcome outcome = Attack(arguments);
    EXPECT_EQ(outcome.code, 2) << part;
    EXPECT_THAT(outcome.errors, HasSubstr(part));
    EXPECT_FALSE(fs::exists(place_.path() / "runs")) << part;
  }
}

// Figures of random weights are a mistake nearly always: they have to be asked for.
TEST_F(AttackCommand, ANetworkWithoutWeightsIsAttackedOnlyWhenAskedFor) {
  place_.Write("a.yaml", SmallConfig(kQuickSuite));
  const Outcome none = Attack({"a.yaml", "--set", "model=mlp"});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.errors, HasSubstr("model: mlp has no weights"));
  EXPECT_THAT(none.errors, HasSubstr("untrained: true"));
  const Outcome both = Attack({"a.yaml", "--set", "model.weights=w.safetensors"});
  EXPECT_EQ(both.code, 2);
  EXPECT_THAT(both.errors, HasSubstr("both weights and untrained"));
  EXPECT_FALSE(fs::exists(place_.path() / "runs"));
}

// Stopped in the middle, it writes a checkpoint; continued, it reports what it would have.
TEST_F(AttackCommand, ContinuesAfterASignalAsIfNothingHadHappened) {
  place_.Write("a.yaml", SmallConfig(kSlowSuite));
  ASSERT_EQ(Attack({"a.yaml", "--run", "whole"}).code, 0);
  for (const auto& [signal, code, name] :
       {std::tuple{SIGTERM, 143, "t"}, std::tuple{SIGINT, 130, "i"}}) {
    const Outcome stopped = place_.RunAndSignal(
        {"attack", "a.yaml", "--device", "cpu", "--threads", "1", "--run", name}, signal,
        std::string(name) + "/log.txt", "run:");
    ASSERT_EQ(stopped.code, code) << stopped.errors;
    EXPECT_THAT(stopped.errors, HasSubstr("--resume"));
    EXPECT_EQ(ReadJson(place_.path() / name / "manifest.json").at("status"), "interrupted");
    EXPECT_FALSE(fs::exists(place_.path() / name / "report.json"));
    const Outcome resumed = Attack({"--resume", name});
    ASSERT_EQ(resumed.code, 0) << resumed.errors;
    EXPECT_THAT(resumed.errors, HasSubstr("continuing from step"));
    EXPECT_EQ(WithoutTimes(ReadJson(place_.path() / name / "report.json")),
              WithoutTimes(ReadJson(place_.path() / "whole" / "report.json")));
    EXPECT_EQ(ReadFileText(place_.path() / name / "examples.csv"),
              ReadFileText(place_.path() / "whole" / "examples.csv"));
    EXPECT_EQ(ReadFileBytes(place_.path() / name / "adversarial.safetensors"),
              ReadFileBytes(place_.path() / "whole" / "adversarial.safetensors"));
  }
}

TEST_F(AttackCommand, AnotherCommandsRunIsNotContinued) {
  place_.Write("a.yaml", SmallConfig("[fgsm]"));
  ASSERT_EQ(Attack({"a.yaml", "--run", "r"}).code, 0);
  const Outcome outcome = place_.Run({"train", "--resume", "r"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.errors,
            "error: r: is a run of agon attack; continue it with agon attack --resume r\n");
}

TEST_F(AttackCommand, SurvivesSigkill) {
  place_.Write("a.yaml", SmallConfig(kSlowSuite));
  ASSERT_EQ(Attack({"a.yaml", "--run", "whole"}).code, 0);
  const Outcome killed =
      place_.RunAndSignal({"attack", "a.yaml", "--device", "cpu", "--threads", "1", "--run", "k"},
                          SIGKILL, "k/log.txt", "run:");
  ASSERT_EQ(killed.code, 128 + SIGKILL);
  const Outcome resumed = Attack({"--resume", "k"});
  ASSERT_EQ(resumed.code, 0) << resumed.errors;
  EXPECT_EQ(WithoutTimes(ReadJson(place_.path() / "k" / "report.json")),
            WithoutTimes(ReadJson(place_.path() / "whole" / "report.json")));
}

TEST_F(AttackCommand, ModelsAreComparedByTheirLabels) {
  place_.Write("a.yaml",
               "seed: 5\n"
               "dataset: {name: idx, images: images, labels: labels}\n"
               "models: [{name: mlp, label: one, untrained: true},\n"
               "         {name: mlp, label: two, untrained: true}]\n"
               "threat: {norm: linf, epsilon: [0.05, 0.1]}\n"
               "suite: [fgsm]\n");
  ASSERT_EQ(Attack({"a.yaml", "--run", "r"}).code, 0);
  const json results = ReadJson(place_.path() / "r" / "report.json").at("results");
  std::vector<std::string> seen;
  for (const json& result : results) {
    seen.push_back(result.at("model").get<std::string>() + " " + result.at("epsilon").dump());
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"one 0.05", "one 0.1", "two 0.05", "two 0.1"}));
}

TEST_F(AttackCommand, RunsAreComparedOnOnePage) {
  place_.Write("a.yaml", SmallConfig(kQuickSuite));
  ASSERT_EQ(Attack({"a.yaml", "--run", "first"}).code, 0);
  ASSERT_EQ(Attack({"a.yaml", "--run", "second", "--seed", "6"}).code, 0);
  const Outcome outcome = place_.Run({"report", "first", "second/", "-o", "page.html"});
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  const std::string page = ReadFileText(place_.path() / "page.html");
  EXPECT_THAT(page, HasSubstr("first: mlp"));
  EXPECT_THAT(page, HasSubstr("second: mlp"));
  EXPECT_THAT(page, HasSubstr("<svg"));
  const Outcome as_json = place_.Run({"report", "first", "second", "--json"});
  EXPECT_EQ(json::parse(as_json.output).size(), 2U);
  EXPECT_TRUE(fs::exists(place_.path() / "report.html")) << "the default name";

  const Outcome missing = place_.Run({"report", "first", "nowhere"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.errors, HasSubstr("nowhere"));
}

}  // namespace
}  // namespace agon::cli
