// SPDX-License-Identifier: Apache-2.0
#include "attacks/report.h"

#include <filesystem>
#include <sstream>

#include "runtime/base/temporary_folder.h"
#include "runtime/formats/safetensors.h"
#include "tests/attacks/attack_helpers.h"

namespace agon::attacks {
namespace {

class Report : public testing::Test {
 protected:
  void SetUp() override {
    at::manual_seed(2);
    dataset_.name = "random test";
    dataset_.images = at::rand({30, 1, 4, 4});
    dataset_.classes = 3;
    dataset_.first = 100;
    target_ = std::make_unique<LinearTarget>(at::randn({3, 16}));
    dataset_.labels = target_->Logits(dataset_.images).argmax(1);
  }
  RobustnessReport Make(const std::vector<double>& epsilons, const std::string& bound = {}) {
    RobustnessReport report;
    report.dataset = DescribeExamples(dataset_);
    for (const double epsilon : epsilons) {
      report.results.push_back(RunSuite(*target_, dataset_, {.epsilon = epsilon},
                                        MakeSuite("[fgsm, {name: pgd, steps: 5}]"), {}, at::kCPU));
    }
    if (!bound.empty()) report.require.list.push_back({"robust_accuracy", ">=", std::stod(bound)});
    return report;
  }

  const TemporaryFolder folder_;
  data::Dataset dataset_;
  std::unique_ptr<LinearTarget> target_;
};

// Other programs rely on these fields.
TEST_F(Report, JsonHasTheFieldsOfTheInterface) {
  const nlohmann::json json = Make({0.1}, "0.99").ToJson();
  EXPECT_EQ(json.at("format"), 1);
  EXPECT_EQ(json.at("dataset"), "random test, examples 100 to 129");
  const nlohmann::json& result = json.at("results").at(0);
  for (const char* field : {"model", "threat", "epsilon", "examples", "clean_accuracy",
                            "robust_accuracy", "attacks", "flags"}) {
    EXPECT_TRUE(result.contains(field)) << field;
    EXPECT_EQ(json.at(field), result.at(field)) << field;
  }
  EXPECT_EQ(result.at("examples"), 30);
  for (const char* field :
       {"name", "broken", "robust_accuracy_after", "forwards", "backwards", "queries", "seconds"}) {
    EXPECT_TRUE(result.at("attacks").at(0).contains(field)) << field;
  }
  EXPECT_EQ(json.at("require").at(0).at("met"), false);
}

TEST_F(Report, SeveralResultsStandInTheListOnly) {
  const nlohmann::json json = Make({0.05, 0.1}).ToJson();
  EXPECT_EQ(json.at("results").size(), 2U);
  EXPECT_FALSE(json.contains("robust_accuracy"));
}

TEST_F(Report, CsvAndTensorsAgreeWithTheResult) {
  const RobustnessReport report = Make({0.1});
  WriteReport(folder_.path(), report, dataset_, "seed: 0\n");
  const SuiteResult& result = report.results[0];
  std::istringstream csv(ReadFileText(folder_ / "examples.csv"));
  std::string line;
  std::getline(csv, line);
  EXPECT_EQ(line, "index,label,clean_prediction,broken_by,prediction,linf,l2,l1,l0,queries");
  int rows = 0;
  int broken = 0;
  while (std::getline(csv, line)) {
    std::vector<std::string> cells;
    std::istringstream parts(line);
    for (std::string cell; std::getline(parts, cell, ',');) cells.push_back(cell);
    ASSERT_EQ(cells.size(), 10U);
    EXPECT_EQ(std::stoi(cells[0]), 100 + rows);
    const bool fell = std::stoi(cells[3]) >= 0;
    EXPECT_EQ(std::stod(cells[5]) > 0, fell);
    EXPECT_LE(std::stod(cells[5]), 0.1 + 1e-6);
    broken += fell ? 1 : 0;
    ++rows;
  }
  EXPECT_EQ(rows, 30);
  EXPECT_EQ(broken, result.attacks[0].broken + result.attacks[1].broken);

  const formats::Safetensors file = formats::ReadSafetensors(folder_ / "adversarial.safetensors");
  std::set<std::string> names;
  for (const auto& [name, array] : file.tensors) {
    names.insert(name);
    EXPECT_EQ(array.shape[0], 30);
  }
  EXPECT_EQ(names,
            (std::set<std::string>{"clean", "adversarial", "label", "prediction", "broken_by",
                                   "clean_probabilities", "adversarial_probabilities"}));
  EXPECT_EQ(file.metadata.at("class_names"), "[]");
  EXPECT_EQ(file.metadata.at("attacks"), "fgsm,pgd");
}

TEST_F(Report, PageShowsTheVerdictTheAttacksAndTheImages) {
  const RobustnessReport report = Make({0.1, 0.05, 0.2});
  WriteReport(folder_.path(), report, dataset_, "seed: 0\n");
  const std::string page = ReadFileText(folder_ / "report.html");
  EXPECT_NE(page.find(fmt::format("{:.1f} % robust", 100 * report.results[0].robust_accuracy)),
            std::string::npos);
  for (const char* text :
       {"fgsm", "pgd", "Robust accuracy against epsilon", "data:image/png;base64"}) {
    EXPECT_NE(page.find(text), std::string::npos) << text;
  }
  EXPECT_TRUE(std::filesystem::exists(folder_ / "results" / "1-linear-linf-0.05" / "examples.csv"));
}

TEST(Requirement, ComparesBothWays) {
  EXPECT_TRUE((Requirement{"robust_accuracy", ">=", 0.5}.MetBy(0.5)));
  EXPECT_FALSE((Requirement{"robust_accuracy", ">", 0.5}.MetBy(0.5)));
  EXPECT_TRUE((Requirement{"robust_accuracy", "<=", 0.5}.MetBy(0.5)));
  EXPECT_FALSE((Requirement{"robust_accuracy", "<", 0.5}.MetBy(0.5)));
}

TEST(Requirement, IsReadWithItsLocation) {
  config::Problems problems;
  config::Reader reader{problems};
  const config::Value value = config::ParseYaml(
      "{robust_accuracy: \">= 3/5\", clean_acuracy: \"> 0\", clean_accuracy: \"about 1\"}",
      "t.yaml", ".", problems);
  const Requirements r = Requirements::FromConfig(value, reader, "require");
  ASSERT_EQ(r.list.size(), 1U);
  EXPECT_DOUBLE_EQ(r.list[0].bound, 0.6);
  ASSERT_EQ(problems.list().size(), 2U);
  EXPECT_NE(problems.list()[0].message.find("clean_accuracy"), std::string::npos);
}

}  // namespace
}  // namespace agon::attacks
