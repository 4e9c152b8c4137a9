// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/process.h"

#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "runtime/base/error.h"
#include "tests/runtime/base/wait_for.h"

namespace agon {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr double kLong = 60;  // seconds: far more than any of these take

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
  EXPECT_EQ(Process::Run({"pwd"}, "/usr", {}, kLong).output, "/usr\n");
}

// Besides our environment, or instead of what stands there: each name once.
TEST(Process, HasVariablesOfItsOwn) {
  ::setenv("AGON_TEST_OURS", "ours", 1);
  ::setenv("AGON_TEST_BOTH", "ours", 1);
  Process process({"env"}, {}, {"AGON_TEST_BOTH=its own", "AGON_TEST_NEW=a=b"});
  ::unsetenv("AGON_TEST_OURS");
  ::unsetenv("AGON_TEST_BOTH");
  WaitFor([&] {
    process.Poll();
    return !process.running();
  });
  const std::string output = "\n" + process.TakeOutput();
  EXPECT_THAT(output, HasSubstr("\nAGON_TEST_OURS=ours\n"));
  EXPECT_THAT(output, HasSubstr("\nAGON_TEST_BOTH=its own\n"));
  EXPECT_THAT(output, Not(HasSubstr("AGON_TEST_BOTH=ours")));
  EXPECT_THAT(output, HasSubstr("\nAGON_TEST_NEW=a=b\n"));
}

// Until it says something, long before the time is over; and not longer than asked.
TEST(Process, IsWaitedFor) {
  Process process({"cat"});
  const auto begin = std::chrono::steady_clock::now();
  process.Wait(std::chrono::milliseconds(20));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(20));
  ASSERT_TRUE(process.Write("one\n"));
  process.Wait(std::chrono::minutes(1));
  process.Poll();
  EXPECT_EQ(process.TakeOutput(), "one\n");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

// One that closes its output has no more to say, though it lives.
TEST(Process, TellsTheEndOfItsOutput) {
  Process process({"sh", "-c", "echo last; exec sleep 1000 >&-"});
  EXPECT_FALSE(process.output_ended());
  WaitFor([&] {
    process.Poll();
    return process.output_ended();
  });
  EXPECT_EQ(process.TakeOutput(), "last\n");
  EXPECT_TRUE(process.running());
  process.Kill();
  EXPECT_TRUE(process.output_ended());
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

// A zombie until somebody reaps it: that it ended is what counts.
bool HasEnded(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/stat");
  std::string number, name, state;
  status >> number >> name >> state;
  return !status || state == "Z" || state == "X";
}

// The number that a program has printed.
pid_t PrintedNumber(Process& process) {
  std::string output;
  WaitFor([&] {
    process.Poll();
    output += process.TakeOutput();
    return output.find('\n') != std::string::npos;
  });
  return std::stoi(output);
}

// The children of the program go with it.
TEST(Process, ItsEndIsTheEndOfItsGroup) {
  pid_t grandchild = 0;
  {
    Process process({"sh", "-c", "sleep 1000 & echo $!; wait"});
    grandchild = PrintedNumber(process);
    EXPECT_FALSE(HasEnded(grandchild));
  }
  WaitFor([&] { return HasEnded(grandchild); });
}

TEST(Process, WhatItLeavesRunningIsEndedToo) {
  Process process({"sh", "-c", "sleep 1000 & echo $!"});
  const pid_t grandchild = PrintedNumber(process);
  WaitFor([&] {
    process.Poll();
    return !process.running();
  });
  EXPECT_TRUE(process.end()->ok());
  WaitFor([&] { return HasEnded(grandchild); });
}

}  // namespace
}  // namespace agon
