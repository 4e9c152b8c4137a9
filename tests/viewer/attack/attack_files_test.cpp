// SPDX-License-Identifier: Apache-2.0
#include "viewer/attack/attack_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "runtime/base/error.h"
#include "tests/viewer/attack/attack_run.h"
#include "viewer/attack/attack_loader.h"

namespace agon::viewer {
namespace {

using testing::AllOf;
using testing::HasSubstr;

template <class Action>
std::string ErrorOf(Action&& action) {
  try {
    (void)action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    return error.what();
  }
  return {};
}

TEST(AttackFiles, OneResultLiesAtTheTop) {
  RunFixture run("attack");
  WriteOneResult(run);
  const AttackReport report = ReadAttackReport(run.folder());
  EXPECT_EQ(report.dataset, "small test, examples 100 to 103");
  ASSERT_EQ(report.results.size(), 1U);
  const AttackResult& result = report.results[0];
  EXPECT_EQ(result.title, "net linf 0.1") << "as its tracks are called";
  EXPECT_EQ(result.folder, run.folder());
  EXPECT_EQ(result.attacks.size(), 2U);
  EXPECT_EQ(result.attacks[1].name, "pgd");
  EXPECT_DOUBLE_EQ(result.attacks[1].robust_after, 0.25);
  EXPECT_EQ(result.flags, std::vector<std::string>{"a flag"});

  const ExampleTable table = ReadExampleTable(result.folder);
  ASSERT_EQ(table.rows.size(), 4U);
  EXPECT_EQ(table.rows[0].broken_by, 0);
  EXPECT_EQ(table.rows[1].broken_by, kStands);
  EXPECT_EQ(table.rows[3].broken_by, kWrongWhenClean);
  EXPECT_DOUBLE_EQ(table.rows[2].l2, 0.3464102);
  EXPECT_EQ(table.rows[2].queries, 21);
  EXPECT_EQ(table.classes, 3);
  EXPECT_EQ(table.ClassName(2), "coat");
  EXPECT_EQ(table.ClassName(3), "3");
  EXPECT_EQ(table.ClassName(-1), "-1");
  EXPECT_EQ(table.Find(102), 2U);
  EXPECT_EQ(table.Find(104), std::nullopt);
  EXPECT_EQ(table.Find(-5), std::nullopt);
}

TEST(AttackFiles, SeveralResultsHaveFoldersOfTheirOwn) {
  RunFixture run("attack");
  run.WriteFile("report.json", R"({"format": 1, "results": [)" + ResultJson("a/b", 0.1) + "," +
                                   ResultJson("a/b", 0.05) + "]}");
  WriteExamples(run, "results/1-a_b-linf-0.05/");
  const AttackReport report = ReadAttackReport(run.folder());
  ASSERT_EQ(report.results.size(), 2U);
  EXPECT_TRUE(report.results[0].folder.empty());
  EXPECT_EQ(report.results[1].folder, run.folder() / "results" / "1-a_b-linf-0.05");
  EXPECT_EQ(report.results[1].title, "a/b linf 0.05");
}

TEST(AttackFiles, ImagesAndProbabilitiesOfOneExample) {
  RunFixture run("attack");
  WriteOneResult(run);
  const ExampleImages images = ReadExampleImages(run.folder(), 2);
  EXPECT_EQ(images.clean.width, kSide);
  EXPECT_EQ(images.clean.height, kRows);
  EXPECT_EQ(images.clean.channels, 1);
  EXPECT_FLOAT_EQ(images.clean.At(0, 3, 2), 0.3F);
  EXPECT_FLOAT_EQ(images.adversarial.At(0, 1, 0), 0.2F);
  EXPECT_EQ(images.clean_probabilities, (std::vector<float>{0.1F, 0.1F, 0.8F}));
  EXPECT_EQ(images.adversarial_probabilities, (std::vector<float>{0.5F, 0.2F, 0.3F}));
  EXPECT_THAT(ErrorOf([&] { return ReadExampleImages(run.folder(), 4); }), HasSubstr("4 rows"));
}

TEST(AttackFiles, OlderResultsHaveNoProbabilities) {
  RunFixture run("attack");
  WriteOneResult(run, /*probabilities=*/false);
  const ExampleImages images = ReadExampleImages(run.folder(), 0);
  EXPECT_TRUE(images.clean_probabilities.empty());
  EXPECT_FALSE(images.clean.empty());
}

TEST(AttackFiles, DamageIsOneLineThatNamesThePlace) {
  RunFixture run("attack");
  EXPECT_THAT(ErrorOf([&] { return ReadAttackReport(run.folder()); }), HasSubstr("report.json"));
  run.WriteFile("report.json", "{\"results\": [{\"model\": 3}]}");
  EXPECT_THAT(ErrorOf([&] { return ReadAttackReport(run.folder()); }), HasSubstr("report.json"));
  run.WriteFile("report.json", "{\"command\": \"train\", \"results\": []}");
  EXPECT_THAT(ErrorOf([&] { return ReadAttackReport(run.folder()); }),
              HasSubstr("not the report of an attack"));
  run.WriteFile("report.json", "{\"results\":");
  EXPECT_FALSE(ErrorOf([&] { return ReadAttackReport(run.folder()); }).empty());

  const std::string header =
      "index,label,clean_prediction,broken_by,prediction,linf,l2,l1,l0,queries\n";
  EXPECT_TRUE(ParseExamples(header, "e").empty());
  EXPECT_EQ(ParseExamples(header + "0,1,1,-1,1,0,0,0,0,5\r\n", "e").size(), 1U);
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"", "empty"},
      {"name,age\n", "e:1:"},
      {header + "0,1,1,-1,1,0,0,0,0\n", "e:2:"},
      {header + "0,1,1,-1,1,0,0,0,0,5\n0,1,1,-1,1,0,0,0,0,5,6\n", "e:3:"},
      {header + "0,one,1,-1,1,0,0,0,0,5\n", "e:2: column 2"},
      {header + "0,1,1,-1,1,zero,0,0,0,5\n", "e:2: column 6"},
      {header + "0,1,1,-1,1,0,0,0,0,\n", "e:2: column 10"},
  };
  for (const auto& [text, part] : bad) {
    EXPECT_THAT(ErrorOf([&, &text = text] { return ParseExamples(text, "e"); }), HasSubstr(part))
        << text;
  }
}

TEST(AttackFiles, ForeignTensorsAreRefusedWithTheirName) {
  RunFixture run("attack");
  const Path file = run.folder() / "adversarial.safetensors";
  formats::WriteSafetensors(file, {{"clean", Floats({2, 3}, {1, 2, 3, 4, 5, 6})}});
  EXPECT_THAT(ErrorOf([&] { return ReadExampleImages(run.folder(), 0); }), HasSubstr("\"clean\""));
  formats::WriteSafetensors(file, {{"clean", Floats({1, 1, 1, 2}, {1, 2})},
                                   {"adversarial", Floats({1, 1, 2, 1}, {1, 2})}});
  EXPECT_THAT(ErrorOf([&] { return ReadExampleImages(run.folder(), 0); }),
              HasSubstr("different shapes"));
  run.WriteFile("adversarial.safetensors", "nonsense");
  EXPECT_FALSE(ErrorOf([&] { return ReadExampleImages(run.folder(), 0); }).empty());
  // The table is shown all the same, with numbers for names.
  run.WriteFile("examples.csv", kExamplesCsv);
  EXPECT_EQ(ReadExampleTable(run.folder()).ClassName(1), "1");
}

TEST(AttackFiles, CsvHasTheNamesToo) {
  RunFixture run("attack");
  WriteOneResult(run);
  const AttackReport report = ReadAttackReport(run.folder());
  ExampleTable table = ReadExampleTable(run.folder());
  table.class_names[0] = "bag, \"large\"";
  const std::string csv = ExamplesCsv(table, report.results[0], {2, 0});
  EXPECT_EQ(csv,
            "index,label,clean_prediction,broken_by,prediction,linf,l2,l1,l0,queries,label_name,"
            "prediction_name,broken_by_name\n"
            "102,2,2,1,0,0.1,0.3464102,1.2,12,21,coat,\"bag, \"\"large\"\"\",pgd\n"
            "100,0,0,0,1,0.1,0.3464102,1.2,12,1,\"bag, \"\"large\"\"\",boot,fgsm\n");
}

// A frame at `now`, and those that take what it asked for.
void Frames(AttackLoader& loader, Background& background, double now) {
  loader.Update(background, now);
  while (!background.idle()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  loader.Update(background, now);
}

// The report is written at the run's end, and anew when the run is resumed.
TEST(AttackLoader, FindsTheReportWhenItComes) {
  RunFixture run("attack");
  Background background;
  AttackLoader loader(run.folder());
  EXPECT_TRUE(loader.busy()) << "nothing is known yet";
  Frames(loader, background, 0);
  EXPECT_FALSE(loader.busy());
  EXPECT_EQ(loader.report(), nullptr);
  EXPECT_EQ(loader.problem(), "");

  WriteOneResult(run);
  Frames(loader, background, AttackLoader::kLookEvery / 2);
  EXPECT_EQ(loader.report(), nullptr) << "not looked for in every frame";
  Frames(loader, background, AttackLoader::kLookEvery);
  ASSERT_NE(loader.report(), nullptr);
  const auto first = loader.report();
  (void)loader.Table(background, 0);
  (void)loader.Images(background, 0, 1);
  while (loader.busy()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ASSERT_NE(loader.Table(background, 0), nullptr);
  EXPECT_EQ(loader.Table(background, 0)->rows.size(), 4U);
  ASSERT_NE(loader.Images(background, 0, 1), nullptr);
  Frames(loader, background, 2 * AttackLoader::kLookEvery);
  EXPECT_EQ(loader.report(), first) << "the same file is not read again";

  run.WriteFile("report.json", "{");
  std::filesystem::last_write_time(
      run.folder() / "report.json",
      std::filesystem::last_write_time(run.folder() / "report.json") + std::chrono::seconds(5));
  Frames(loader, background, 3 * AttackLoader::kLookEvery);
  EXPECT_EQ(loader.report(), nullptr);
  EXPECT_THAT(loader.problem(), HasSubstr("report.json"));
  run.Remove();
  Frames(loader, background, 4 * AttackLoader::kLookEvery);
  EXPECT_THAT(loader.problem(), HasSubstr("report.json")) << "a vanished one changes nothing";
}

}  // namespace
}  // namespace agon::viewer
