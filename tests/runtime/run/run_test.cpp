// SPDX-License-Identifier: Apache-2.0
#include "runtime/run/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "runtime/base/error.h"
#include "runtime/base/hash.h"
#include "runtime/base/progress.h"
#include "runtime/base/stop.h"
#include "runtime/base/temporary_folder.h"

namespace agon::run {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

config::Value SomeConfig() {
  config::Value value = config::Value::Mapping();
  value.Set("seed", config::Value::Scalar("3"));
  return value;
}

RunOptions Options(const Path& folder) {
  RunOptions options;
  options.folder = folder;
  options.command = "attack";
  options.arguments = "agon attack a.yaml";
  options.config = SomeConfig();
  options.seed = 3;
  options.device = "cpu";
  return options;
}

// The error of `work`, or a failure.
template <class Work>
Error ErrorOf(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {ErrorKind::kInternal, ""};
}

class RunTest : public ::testing::Test {
 protected:
  void TearDown() override { ClearStop(); }
  TemporaryFolder temporary_;
  Path folder_ = temporary_.path() / "run";
};

TEST_F(RunTest, SaysEverythingAboutItself) {
  const Path input = temporary_.path() / "weights";
  WriteFileAtomic(input, std::string_view("abc"));
  RunOptions options = Options(folder_);
  options.inputs = {input};
  run::Run run = run::Run::Create(options);
  const record::Manifest manifest = record::ReadManifest(folder_);
  EXPECT_EQ(manifest.command, "attack");
  EXPECT_EQ(manifest.arguments, "agon attack a.yaml");
  EXPECT_EQ(manifest.seed, 3U);
  EXPECT_EQ(manifest.status, record::RunStatus::kRunning);
  EXPECT_EQ(manifest.process, ::getpid());
  EXPECT_EQ(manifest.inputs.at(input.string()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2, B.1
  EXPECT_EQ(manifest.config_hash, Sha256OfFile(folder_ / "config.yaml"));
  EXPECT_EQ(run::Run::ConfigOf(folder_).Find("seed")->text(), "3");
  for (const char* part : {"control", "checkpoints", "log.txt"}) {
    EXPECT_TRUE(fs::exists(folder_ / part)) << part;
  }
  run.Finish();
  EXPECT_EQ(record::ReadManifest(folder_).status, record::RunStatus::kDone);
}

TEST_F(RunTest, RunsOfOneSecondGetFoldersOfTheirOwn) {
  const Path before = fs::current_path();
  fs::current_path(temporary_.path());
  std::set<std::string> folders;
  for (int i = 0; i < 3; ++i) {
    run::Run run = run::Run::Create(Options({}));
    EXPECT_EQ(run.folder().parent_path().filename(), "runs");
    EXPECT_THAT(run.folder().filename().string(), HasSubstr("-attack"));
    folders.insert(run.folder().string());
    run.Finish();
  }
  fs::current_path(before);
  EXPECT_EQ(folders.size(), 3U);
}

TEST_F(RunTest, AFolderThatHoldsARunIsNotUsedAgain) {
  run::Run::Create(Options(folder_)).Finish();
  const Error error = ErrorOf([&] { static_cast<void>(run::Run::Create(Options(folder_))); });
  EXPECT_EQ(error.kind(), ErrorKind::kUsage);
  EXPECT_THAT(error.what(), HasSubstr("--resume"));
}

TEST_F(RunTest, AFolderThatCannotBeMadeIsAnIoErrorWithItsName) {
  WriteFileAtomic(temporary_.path() / "file", std::string_view("x"));
  const Path impossible = temporary_.path() / "file" / "run";
  const Error error = ErrorOf([&] { static_cast<void>(run::Run::Create(Options(impossible))); });
  EXPECT_EQ(error.kind(), ErrorKind::kIo);
  EXPECT_THAT(error.what(), HasSubstr(impossible.string()));
}

// A limit on the size of files stands for a full disk.
TEST_F(RunTest, AFullDiskLeavesNoHalfARun) {
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  for (const rlim_t bytes :
       {rlim_t{0}, rlim_t{20}}) {  // nothing at all; the configuration, but no manifest
    const rlimit limit{bytes, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    bool failed = false;
    try {
      (void)Run::Create(Options(folder_));
    } catch (const Error&) {
      failed = true;
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_TRUE(failed) << bytes;
    EXPECT_FALSE(fs::exists(folder_)) << bytes;
  }
  std::signal(SIGXFSZ, handler);
}

TEST_F(RunTest, AMissingInputLeavesNoFolder) {
  RunOptions options = Options(folder_);
  options.inputs = {temporary_.path() / "nowhere"};
  EXPECT_THROW(static_cast<void>(run::Run::Create(options)), Error);
  EXPECT_FALSE(fs::exists(folder_));
}

// A picture more, and those behind it would be taken for others than before.
TEST_F(RunTest, AnInputThatWasNotThereIsNamedAtResume) {
  const Path known = temporary_.path() / "known", added = temporary_.path() / "added";
  WriteFileAtomic(known, std::string_view("a"));
  WriteFileAtomic(added, std::string_view("b"));
  RunOptions options = Options(folder_);
  options.inputs = {known};
  run::Run::Create(options).Interrupt();
  const Error error = ErrorOf([&] {
    static_cast<void>(run::Run::Resume(folder_, "attack", {{known, added}}));
  });
  EXPECT_EQ(error.kind(), ErrorKind::kData);
  EXPECT_THAT(error.what(), HasSubstr(added.string() + ": was not there when the run"));
  (void)run::Run::Resume(folder_, "attack", {{known}});
}

// Hours of work do not end for a heartbeat.
TEST_F(RunTest, AHeartbeatThatCannotBeWrittenDoesNotEndTheWork) {
  run::Run run = run::Run::Create(Options(folder_));
  record::SendControl(folder_, {.command = "pause", .key = {}, .value = {}});
  record::SendControl(folder_, {.command = "step", .key = {}, .value = {}});
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit limit{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  EXPECT_FALSE(run.Tick().stop);  // pausing is written at once
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(record::ReadManifest(folder_).paused);
  record::SendControl(folder_, {.command = "resume", .key = {}, .value = {}});
  (void)run.Tick();
  run.Finish();
  EXPECT_EQ(record::ReadManifest(folder_).status, record::RunStatus::kDone);
}

TEST_F(RunTest, EndedByAnExceptionItHasFailed) {
  try {
    const run::Run run = run::Run::Create(Options(folder_));
    Fail(ErrorKind::kData, "boom");
  } catch (const Error&) {
  }
  EXPECT_EQ(record::ReadManifest(folder_).status, record::RunStatus::kFailed);
}

TEST_F(RunTest, AskedToStopItSaysSoAndIsInterruptedAtItsEnd) {
  {
    run::Run run = run::Run::Create(Options(folder_));
    EXPECT_FALSE(run.Tick().stop);
    RequestStop(SIGTERM);
    EXPECT_TRUE(run.Tick().stop);
  }
  EXPECT_EQ(record::ReadManifest(folder_).status, record::RunStatus::kInterrupted);
}

TEST_F(RunTest, TheControlFolderIsObeyed) {
  run::Run run = run::Run::Create(Options(folder_));
  record::SendControl(folder_, {.command = "checkpoint", .key = {}, .value = {}});
  record::SendControl(folder_, {.command = "set", .key = "epsilon", .value = "0.2"});
  const run::Run::Requests requests = run.Tick();
  EXPECT_TRUE(requests.checkpoint);
  ASSERT_EQ(requests.changes.size(), 1U);
  EXPECT_EQ(requests.changes[0].key, "epsilon");
  EXPECT_EQ(requests.changes[0].value, "0.2");
  EXPECT_FALSE(requests.stop);
  EXPECT_FALSE(run.Tick().checkpoint) << "a request is taken once";
  record::SendControl(folder_, {.command = "stop", .key = {}, .value = {}});
  EXPECT_TRUE(run.Tick().stop);
}

// Tick does not come back from a pause until somebody lets it.
TEST_F(RunTest, APausedRunWaitsForItsResume) {
  run::Run run = run::Run::Create(Options(folder_));
  record::SendControl(folder_, {.command = "pause", .key = {}, .value = {}});
  std::atomic<bool> resumed{false};
  std::jthread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    resumed = true;
    record::SendControl(folder_, {.command = "resume", .key = {}, .value = {}});
  });
  static_cast<void>(run.Tick());
  EXPECT_TRUE(resumed);
}

// Whoever looks at the folder sees that it waits, and, at its end, that it does not any more.
TEST_F(RunTest, APauseStandsInTheManifest) {
  run::Run run = run::Run::Create(Options(folder_));
  EXPECT_FALSE(record::ReadManifest(folder_).paused);
  record::SendControl(folder_, {.command = "pause", .key = {}, .value = {}});
  record::SendControl(folder_, {.command = "step", .key = {}, .value = {}});
  static_cast<void>(run.Tick());
  EXPECT_TRUE(record::ReadManifest(folder_).paused);
  run.Finish();
  EXPECT_FALSE(record::ReadManifest(folder_).paused);
}

TEST_F(RunTest, TheManifestSaysHowFarItIs) {
  {
    Progress earlier("an earlier run", 2, "batch");
    earlier.Advance(2);
  }
  run::Run run = run::Run::Create(Options(folder_));
  EXPECT_FALSE(record::ReadManifest(folder_).progress) << "of another run";
  {
    Progress progress("attacking", 5, "batch");
    progress.Advance(4, "robust 0.5");
  }
  run.Finish();
  const auto progress = record::ReadManifest(folder_).progress;
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->label, "attacking");
  EXPECT_EQ(progress->done, 4);
  EXPECT_EQ(progress->total, 5);
  EXPECT_EQ(progress->note, "robust 0.5");
  EXPECT_LT(progress->seconds_left, 0) << "it has ended";
}

TEST_F(RunTest, ARunThatIsAliveIsNotResumed) {
  const run::Run run = run::Run::Create(Options(folder_));
  const Error error = ErrorOf([&] { static_cast<void>(run::Run::Resume(folder_, "attack")); });
  EXPECT_EQ(error.kind(), ErrorKind::kUsage);
  EXPECT_THAT(error.what(), HasSubstr("still running"));
}

TEST_F(RunTest, ARunWhoseProcessWasKilledIsResumed) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const run::Run run = run::Run::Create(Options(folder_));
    static_cast<void>(::raise(SIGKILL));
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(record::ReadManifest(folder_).status, record::RunStatus::kRunning);
  run::Run run = run::Run::Resume(folder_, "attack");
  EXPECT_EQ(record::ReadManifest(folder_).process, ::getpid());
  EXPECT_EQ(run.manifest().seed, 3U);
  run.Finish();
  EXPECT_EQ(record::ReadManifest(folder_).status, record::RunStatus::kDone);
}

TEST_F(RunTest, OnlyItsOwnCommandWithItsOwnConfigurationAndInputsResumesIt) {
  const Path input = temporary_.path() / "weights";
  WriteFileAtomic(input, std::string_view("abc"));
  RunOptions options = Options(folder_);
  options.inputs = {input};
  run::Run::Create(options).Interrupt();
  const auto resume = [&](const char* command) {
    return ErrorOf([&] { static_cast<void>(run::Run::Resume(folder_, command)); });
  };
  EXPECT_THAT(resume("train").what(), HasSubstr("agon attack"));
  WriteFileAtomic(input, std::string_view("abd"));
  EXPECT_THAT(resume("attack").what(), HasSubstr("weights"));
  WriteFileAtomic(folder_ / "config.yaml", std::string_view("seed: 4\n"));
  EXPECT_THAT(resume("attack").what(), HasSubstr("config.yaml"));
  EXPECT_THAT(
      ErrorOf([&] { static_cast<void>(run::Run::Resume(temporary_.path(), "attack")); }).what(),
      HasSubstr("no run"));
}

}  // namespace
}  // namespace agon::run
