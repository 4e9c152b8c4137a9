// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/process.h"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "runtime/base/error.h"
#include "tests/runtime/record/record_helpers.h"

namespace agon::viewer {
namespace {

using record::TemporaryFolder;
using testing::HasSubstr;
using testing::StartsWith;

constexpr double kLong = 60;  // seconds: far more than any of these take

template <class Done>
void WaitFor(const Done& done) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::duration<double>(kLong);
  while (!done()) {
    ASSERT_LT(std::chrono::steady_clock::now(), limit);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

bool Lives(pid_t process) { return ::kill(process, 0) == 0 || errno == EPERM; }

TEST(Process, TalksToAProgram) {
  Process process({"cat"});
  std::string output;
  ASSERT_TRUE(process.Write("one\n"));
  WaitFor([&] {
    process.Poll();
    output += process.TakeOutput();
    return output == "one\n";
  });
  EXPECT_TRUE(process.running());
  ASSERT_TRUE(process.Write("two\n"));
  process.CloseInput();
  WaitFor([&] {
    process.Poll();
    return !process.running();
  });
  EXPECT_EQ(process.TakeOutput(), "two\n");
  EXPECT_TRUE(process.end()->ok());
}

// No shell: what would be commands, blanks and stars are letters.
TEST(Process, WordsArriveAsTheyAre) {
  const auto result =
      Process::Run({"printf", "%s|", "a b", "*", "$(touch x)", "; true"}, {}, {}, kLong);
  EXPECT_EQ(result.output, "a b|*|$(touch x)|; true|");
}

TEST(Process, RunsInItsFolder) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "here") << "yes";
  EXPECT_EQ(Process::Run({"cat", "here"}, folder.path(), {}, kLong).output, "yes");
}

TEST(Process, SaysHowItEnded) {
  const auto failed = Process::Run({"ls", "/no/such/folder"}, {}, {}, kLong);
  EXPECT_EQ(failed.end.code, 2);
  EXPECT_THAT(failed.errors, HasSubstr("/no/such/folder"));
  EXPECT_EQ(failed.end.Describe(), "exit code 2");
  const auto killed = Process::Run({"sh", "-c", "kill -9 $$"}, {}, {}, kLong);
  EXPECT_EQ(killed.end.signal, SIGKILL);
  EXPECT_THAT(killed.end.Describe(), StartsWith("ended by signal 9"));
}

TEST(Process, AProgramThatIsNotThereIsAnError) {
  try {
    const Process process({"/no/such/program"});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIo);
    EXPECT_THAT(error.what(), HasSubstr("/no/such/program: cannot be started: No such file"));
  }
  EXPECT_THROW(Process({"cat"}, "/no/such/folder"), Error);
}

// Neither SIGPIPE nor a wait.
TEST(Process, WritingToAProgramThatHasGoneIsHarmless) {
  Process process({"true"});
  WaitFor([&] {
    process.Poll();
    return !process.running();
  });
  EXPECT_FALSE(process.Write("more\n"));
}

// More than a pipe holds, to a program that does not read: the caller goes on.
TEST(Process, AProgramThatDoesNotReadHoldsNobodyUp) {
  Process process({"sleep", "1000"});
  EXPECT_TRUE(process.Write(std::string(std::size_t{1} << 20, 'x')));
  EXPECT_TRUE(process.running());
}

TEST(Process, MuchGoesThroughInBothDirections) {
  const std::string text(std::size_t{3} << 20, 'x');
  const auto result = Process::Run({"cat"}, {}, text, kLong);
  EXPECT_EQ(result.output, text);
}

TEST(Process, OfManyComplaintsTheLastAreKept) {
  const auto result =
      Process::Run({"sh", "-c", "head -c 300000 /dev/zero >&2; echo end >&2"}, {}, {}, kLong);
  EXPECT_TRUE(result.end.ok());
  EXPECT_THAT(result.errors, HasSubstr("end"));
}

TEST(Process, OneThatTakesTooLongIsEnded) {
  try {
    (void)Process::Run({"sleep", "1000"}, {}, {}, 0.05);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("sleep: gave no answer within 0.05 s"));
  }
}

// The children of the program go with it.
TEST(Process, ItsEndIsTheEndOfItsGroup) {
  pid_t grandchild = 0;
  {
    Process process({"sh", "-c", "sleep 1000 & echo $!; wait"});
    std::string output;
    WaitFor([&] {
      process.Poll();
      output += process.TakeOutput();
      return output.find('\n') != std::string::npos;
    });
    grandchild = std::stoi(output);
    EXPECT_TRUE(Lives(grandchild));
  }
  // A zombie until somebody reaps it: that it ended is what counts.
  WaitFor([&] {
    std::ifstream status("/proc/" + std::to_string(grandchild) + "/stat");
    std::string number, name, state;
    status >> number >> name >> state;
    return !status || state == "Z" || state == "X";
  });
}

TEST(StartedRun, GoesOnWhenItIsLetGo) {
  const TemporaryFolder folder;
  pid_t process = 0;
  {
    const StartedRun run({"sh", "-c", "while [ ! -e go ]; do sleep 0.01; done; echo x > went"},
                         folder.path());
    process = run.id();
  }
  EXPECT_TRUE(Lives(process));
  std::ofstream(folder.path() / "go") << "";
  WaitFor([&] { return std::filesystem::exists(folder.path() / "went"); });
  int status = 0;
  EXPECT_EQ(::waitpid(process, &status, 0), process);
}

TEST(StartedRun, ShowsWhatItPrinted) {
  StartedRun run({"sh", "-c", "echo out; echo wrong >&2; exit 2"}, {});
  WaitFor([&] {
    run.Poll();
    return run.end().has_value();
  });
  EXPECT_EQ(run.end()->code, 2);
  EXPECT_EQ(run.Output(), "out\nwrong\n");
}

}  // namespace
}  // namespace agon::viewer
