// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/manifest.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "tests/runtime/record/record_helpers.h"

namespace agon::record {
namespace {

using testing::HasSubstr;

// A manifest of this very process.
Manifest Mine() {
  Manifest manifest;
  manifest.command = "attack";
  manifest.arguments = "agon attack \"a b\".yaml";
  manifest.version = "0.1.0";
  manifest.config_hash = std::string(64, 'a');
  manifest.seed = 18'446'744'073'709'551'615U;
  manifest.device = "cpu";
  manifest.message = "m";
  manifest.started = "2026-11-23T21:16:00Z";
  manifest.updated = "2026-11-23T21:17:00Z";
  manifest.finished = "2026-11-23T21:18:00Z";
  manifest.heartbeat = UnixTime();
  manifest.process = getpid();
  manifest.boot = BootId();
  char host[256] = {};
  gethostname(host, sizeof(host) - 1);
  manifest.host = host;
  manifest.inputs = {{"weights.safetensors", "beef"}};
  manifest.versions = {{"libtorch", "2.11.0"}};
  manifest.plugins = nlohmann::json::array({{{"path", "p.so"}}});
  manifest.notes = {"TF32 on"};
  return manifest;
}

std::string ErrorOf(const nlohmann::json& json) {
  try {
    (void)Manifest::FromJson(json);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    return error.what();
  }
  return "no error";
}

TEST(Manifest, RoundTripsThroughTheFolder) {
  const TemporaryFolder folder;
  for (const RunStatus status :
       {RunStatus::kRunning, RunStatus::kDone, RunStatus::kFailed, RunStatus::kInterrupted}) {
    Manifest manifest = Mine();
    manifest.status = status;
    WriteManifest(folder.path(), manifest);
    EXPECT_EQ(ReadManifest(folder.path()).ToJson(), manifest.ToJson());
  }
}

// In a container that is started again the first process has the number of the one that was killed.
TEST(Manifest, AProcessThatBeganAtAnotherTimeIsAnother) {
  Manifest manifest = Mine();
  manifest.status = RunStatus::kRunning;
  manifest.process = getpid();
  manifest.boot = BootId();
  std::array<char, 256> host{};
  ASSERT_EQ(gethostname(host.data(), host.size() - 1), 0);
  manifest.host = host.data();
  manifest.process_start = 0;  // of an older program
  EXPECT_FALSE(IsDead(manifest));
  manifest.process_start = ProcessStart(getpid());
  EXPECT_GT(manifest.process_start, 0);
  EXPECT_FALSE(IsDead(manifest));
  EXPECT_EQ(Manifest::FromJson(manifest.ToJson()).process_start, manifest.process_start);
  ++manifest.process_start;
  EXPECT_TRUE(IsDead(manifest));
  EXPECT_EQ(ProcessStart(-1), 0);
}

TEST(Manifest, TellsHowFarTheWorkIs) {
  const TemporaryFolder folder;
  Manifest manifest = Mine();
  EXPECT_FALSE(manifest.ToJson().contains("progress"));
  EXPECT_FALSE(manifest.ToJson().contains("paused"));
  manifest.paused = true;
  manifest.progress = {.label = "training",
                       .done = 3,
                       .total = 12,
                       .unit = "batch",
                       .rate = 1.5,
                       .seconds_left = 6,
                       .note = "loss 0.41"};
  WriteManifest(folder.path(), manifest);
  const Manifest read = ReadManifest(folder.path());
  EXPECT_TRUE(read.paused);
  ASSERT_TRUE(read.progress);
  EXPECT_EQ(read.progress->label, "training");
  EXPECT_EQ(read.progress->done, 3);
  EXPECT_EQ(read.progress->total, 12);
  EXPECT_EQ(read.progress->unit, "batch");
  EXPECT_EQ(read.progress->rate, 1.5);
  EXPECT_EQ(read.progress->seconds_left, 6);
  EXPECT_EQ(read.progress->note, "loss 0.41");
}

// Nobody knows how long: the field is left out, and its absence reads as unknown.
TEST(Manifest, AnUnknownTimeLeftStaysUnknown) {
  Manifest manifest = Mine();
  manifest.progress.emplace();
  EXPECT_FALSE(manifest.ToJson()["progress"].contains("seconds_left"));
  EXPECT_LT(Manifest::FromJson(manifest.ToJson()).progress->seconds_left, 0);
}

TEST(Manifest, ADamagedProgressNamesItsField) {
  nlohmann::json json = Mine().ToJson();
  json["progress"] = 5;
  EXPECT_THAT(ErrorOf(json), HasSubstr("progress: expected an object"));
  json["progress"] = {{"done", "many"}};
  EXPECT_THAT(ErrorOf(json), HasSubstr("done: expected a whole number"));
  json["progress"] = nlohmann::json::object();
  json["paused"] = "yes";
  EXPECT_THAT(ErrorOf(json), HasSubstr("paused: expected true or false"));
}

TEST(Manifest, ConvertsToJsonAndBackInMemory) {
  const nlohmann::json json = Mine().ToJson();
  EXPECT_EQ(Manifest::FromJson(json).ToJson(), json);
}

TEST(Manifest, KeepsNoInvalidUtf8) {
  const TemporaryFolder folder;
  Manifest manifest = Mine();
  manifest.arguments = "agon \xFF";
  WriteManifest(folder.path(), manifest);
  EXPECT_EQ(ReadManifest(folder.path()).arguments, "agon \xEF\xBF\xBD");
}

TEST(Manifest, NamesTheFieldThatIsWrong) {
  nlohmann::json json = Mine().ToJson();
  json["seed"] = "zero";
  EXPECT_THAT(ErrorOf(json), HasSubstr("seed"));
  json = Mine().ToJson();
  json["process"] = -4;
  EXPECT_THAT(ErrorOf(json), HasSubstr("process"));
  json = Mine().ToJson();
  json["status"] = "asleep";
  EXPECT_THAT(ErrorOf(json), HasSubstr("status"));
  json = Mine().ToJson();
  json["notes"] = 3;
  EXPECT_THAT(ErrorOf(json), HasSubstr("notes"));
  json = Mine().ToJson();
  json["format"] = 2;
  EXPECT_THAT(ErrorOf(json), HasSubstr("newer"));
  EXPECT_THAT(ErrorOf(nlohmann::json::array()), HasSubstr("object"));
}

TEST(Manifest, FieldsOfLaterVersionsAreIgnoredAndMissingOnesKeepTheirDefaults) {
  const Manifest manifest =
      Manifest::FromJson({{"format", 1}, {"status", "done"}, {"invented_later", 5}});
  EXPECT_EQ(manifest.status, RunStatus::kDone);
  EXPECT_EQ(manifest.seed, 0U);
}

TEST(Manifest, AFileThatIsNoJsonNamesItself) {
  const TemporaryFolder folder;
  Spill(folder / "manifest.json", "{\"format\": 1, \"sta");
  try {
    (void)ReadManifest(folder.path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_THAT(error.what(), HasSubstr((folder / "manifest.json").string()));
  }
}

TEST(IsDead, ARunningProcessLives) { EXPECT_FALSE(IsDead(Mine())); }

TEST(IsDead, AFinishedRunIsNotDead) {
  Manifest manifest = Mine();
  manifest.status = RunStatus::kDone;
  manifest.boot = "another boot";
  EXPECT_FALSE(IsDead(manifest));
}

TEST(IsDead, AProcessThatEndedIsDead) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  Manifest manifest = Mine();
  manifest.process = child;
  EXPECT_TRUE(IsDead(manifest));
}

// The pid exists again after a reboot, and belongs to somebody else.
TEST(IsDead, ARunOfAnEarlierBootIsDead) {
  Manifest manifest = Mine();
  manifest.boot = "00000000-0000-0000-0000-000000000000";
  EXPECT_TRUE(IsDead(manifest));
}

// A pid says nothing on another machine: there only the heartbeat counts.
TEST(IsDead, ARunElsewhereIsDeadAfterALongSilence) {
  Manifest manifest = Mine();
  manifest.host += "-other";
  EXPECT_FALSE(IsDead(manifest));
  manifest.heartbeat -= 3600;
  EXPECT_TRUE(IsDead(manifest));
}

}  // namespace
}  // namespace agon::record
