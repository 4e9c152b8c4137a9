// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/run_starter.h"

#include <gmock/gmock.h>

#include "tests/runtime/base/wait_for.h"
#include "tests/runtime/record/record_helpers.h"
#include "tests/viewer/runs/fake_agon.h"
#include "viewer/runs/config_rows.h"

namespace agon::viewer {
namespace {

using testing::HasSubstr;

class RunStarterTest : public testing::Test {
 protected:
  Path Write(const std::string& name, const std::string& text) {
    WriteFileAtomic(folder_ / name, text);
    return folder_ / name;
  }

  TemporaryFolder folder_;
  Background background_;
  RunStarter starter_{background_, WriteFakeAgon(folder_.path())};
};

TEST(KindOfConfig, IsDecidedByItsKeys) {
  const auto kind = [](const char* key) {
    config::Value value = config::Value::Mapping();
    value.Set(key, config::Value::Scalar("x"));
    return KindOfConfig(value).kind;
  };
  EXPECT_EQ(kind("objective"), "train");
  EXPECT_EQ(kind("game"), "selfplay");
  EXPECT_EQ(kind("domains"), "cyclegan");
  EXPECT_EQ(kind("suite"), "attack");
  EXPECT_EQ(KindOfCommand("selfplay train")->kind, "selfplay");
  EXPECT_EQ(KindOfCommand("selfplay match"), nullptr);
}

TEST_F(RunStarterTest, AsksForASchemaOnce) {
  EXPECT_EQ(starter_.Schema("attack"), nullptr);
  WaitFor([&] { return starter_.Schema("attack") != nullptr; });
  EXPECT_NE(starter_.Schema("attack")->Field("epochs"), nullptr);
  std::filesystem::remove(folder_ / "agon");
  EXPECT_NE(starter_.Schema("attack"), nullptr);
}

TEST_F(RunStarterTest, WithoutTheProgramThereIsAReason) {
  RunStarter starter(background_, folder_ / "missing");
  WaitFor([&] { return starter.Schema("attack") || !starter.SchemaProblem("attack").empty(); });
  EXPECT_THAT(starter.SchemaProblem("attack"), HasSubstr("missing: cannot be started"));
  RunStarter none(background_, {});
  WaitFor([&] { return none.Schema("attack") || !none.SchemaProblem("attack").empty(); });
  EXPECT_THAT(none.SchemaProblem("attack"), HasSubstr("was not found"));
}

TEST_F(RunStarterTest, LoadsAFileWithItsDefaults) {
  auto loading = starter_.Load(Write("a.yaml", "game: go\n"), {});
  WaitFor([&] { return !loading.running(); });
  ASSERT_NE(loading.get(), nullptr) << loading.error();
  EXPECT_EQ(loading.get()->kind, "selfplay");
  EXPECT_EQ(FlowText(loading.get()->value), "{game: go, resolved: true}");
}

// What is wrong may be what shall be edited.
TEST_F(RunStarterTest, AFileThatIsRefusedIsLoadedAsItIs) {
  auto loading = starter_.Load(Write("a.yaml", "label: wrong\n"), "attack");
  WaitFor([&] { return !loading.running(); });
  ASSERT_NE(loading.get(), nullptr) << loading.error();
  EXPECT_THAT(loading.get()->problem, HasSubstr("label: is wrong"));
  EXPECT_EQ(FlowText(loading.get()->value), "{label: wrong}");
  auto missing = starter_.Load(folder_ / "none.yaml", {});
  WaitFor([&] { return !missing.running(); });
  EXPECT_THAT(missing.error(), HasSubstr("none.yaml"));
}

TEST_F(RunStarterTest, SaysWhatAgonSaysOfAConfiguration) {
  auto right = starter_.Check("attack", "label: a\n");
  auto wrong = starter_.Check("attack", "label: wrong\n");
  WaitFor([&] { return !right.running() && !wrong.running(); });
  ASSERT_NE(right.get(), nullptr) << right.error();
  EXPECT_TRUE(right.get()->ok);
  ASSERT_NE(wrong.get(), nullptr) << wrong.error();
  EXPECT_FALSE(wrong.get()->ok);
  EXPECT_EQ(wrong.get()->text, "error: config.yaml:1:1: label: is wrong")
      << "without the temporary folder";
}

TEST_F(RunStarterTest, StartsARunFromAConfiguration) {
  const Path run = folder_ / "runs with blanks" / "new";
  starter_.Start("attack", "label: \"a; touch x\"\n", run, {"--device", "cpu"});
  WaitFor([&] { return starter_.started().front().end.has_value(); });
  const RunStarter::Started started = starter_.started().front();
  EXPECT_TRUE(started.stands);
  EXPECT_FALSE(started.failed());
  EXPECT_FALSE(starter_.starting());
  EXPECT_EQ(ReadFileText(run / "config.yaml"), "label: \"a; touch x\"\n");
}

TEST_F(RunStarterTest, ARunThatDoesNotBeginSaysWhy) {
  starter_.Start("attack", "label: refuse\n", folder_ / "new", {});
  WaitFor([&] { return starter_.started().front().end.has_value(); });
  const RunStarter::Started started = starter_.started().front();
  EXPECT_FALSE(started.stands);
  EXPECT_TRUE(started.failed());
  EXPECT_EQ(started.end->code, 2);
  EXPECT_EQ(started.output, "error: config.yaml:1:1: label: is refused");
}

TEST_F(RunStarterTest, ContinuesARun) {
  starter_.Resume("selfplay train", folder_ / "old");
  WaitFor([&] { return starter_.started().front().end.has_value(); });
  EXPECT_EQ(ReadFileText(folder_ / "resumed"), (folder_ / "old").string() + "\n");
}

TEST(NewRunFolder, IsNamedByTimeAndCommand) {
  const std::string name = NewRunFolder("/runs", "selfplay train").string();
  EXPECT_THAT(name, testing::MatchesRegex("/runs/[0-9]{8}-[0-9]{6}-selfplay-train"));
}

}  // namespace
}  // namespace agon::viewer
