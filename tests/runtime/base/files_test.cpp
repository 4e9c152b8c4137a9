// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "runtime/base/error.h"
#include "runtime/base/temporary_folder.h"

namespace agon {
namespace {

using testing::HasSubstr;

class Files : public testing::Test {
 protected:
  [[nodiscard]] std::ptrdiff_t CountFiles() const {
    return std::distance(std::filesystem::directory_iterator(folder_), {});
  }

  const TemporaryFolder temporary_;
  const Path folder_ = temporary_.path();
};

template <class Function>
std::string MessageOf(ErrorKind kind, Function function) {
  try {
    function();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return {};
}

TEST_F(Files, WhatWasWrittenIsRead) {
  const std::string content("a\0b\n\xff", 5);
  WriteFileAtomic(folder_ / "f", content);
  EXPECT_EQ(ReadFileText(folder_ / "f"), content);
  WriteFileAtomic(folder_ / "f", std::string_view());
  EXPECT_EQ(ReadFileBytes(folder_ / "f").size(), 0U);
  EXPECT_EQ(CountFiles(), 1);
}

TEST_F(Files, ReadingNamesThePathAndTheReason) {
  EXPECT_THAT(MessageOf(ErrorKind::kData, [&] { return ReadFileText(folder_); }),
              testing::AllOf(HasSubstr(folder_.string()), HasSubstr("directory")));
  EXPECT_THAT(MessageOf(ErrorKind::kData, [&] { return ReadFileText(folder_ / "none"); }),
              testing::AllOf(HasSubstr("none"), HasSubstr("No such file")));
}

TEST_F(Files, ReadingStopsAtTheLimit) {
  WriteFileAtomic(folder_ / "f", std::string_view("12345"));
  EXPECT_EQ(ReadFileText(folder_ / "f", 5), "12345");
  EXPECT_THAT(MessageOf(ErrorKind::kData, [&] { return ReadFileText(folder_ / "f", 4); }),
              HasSubstr("larger than the limit of 4 bytes"));
  // A device announces no size: the limit holds while reading.
  EXPECT_THROW(static_cast<void>(ReadFileText("/dev/zero", 1000)), Error);
}

TEST_F(Files, AFailedWriteLeavesTheOldFileAndNoTemporary) {
  std::filesystem::create_directory(folder_ / "taken");
  EXPECT_THAT(
      MessageOf(ErrorKind::kIo, [&] { WriteFileAtomic(folder_ / "taken", std::string_view("x")); }),
      HasSubstr("taken: cannot be written: "));
  EXPECT_EQ(CountFiles(), 1);
  EXPECT_THROW(WriteFileAtomic(folder_ / "no" / "f", std::string_view("x")), Error);
  EXPECT_THROW(WriteFileAtomic(folder_ / "taken/", std::string_view("x")), Error);
}

// A file size limit makes the write fail half way, as a full disk does.
TEST_F(Files, AWriteThatFailsHalfWayIsUndone) {
  WriteFileAtomic(folder_ / "f", std::string_view("old"));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 1000;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_THROW(WriteFileAtomic(folder_ / "f", std::string(10'000, 'n')), Error);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(ReadFileText(folder_ / "f"), "old");
  EXPECT_EQ(CountFiles(), 1);
}

TEST_F(Files, AFolderIsMadeWithItsParents) {
  MakeFolder(folder_ / "a" / "b");
  MakeFolder(folder_ / "a" / "b");
  EXPECT_TRUE(std::filesystem::is_directory(folder_ / "a" / "b"));
  WriteFileAtomic(folder_ / "f", std::string_view());
  EXPECT_THAT(MessageOf(ErrorKind::kIo, [&] { MakeFolder(folder_ / "f"); }), HasSubstr("/f"));
  EXPECT_THROW(MakeFolder(folder_ / "f" / "c"), Error);
}

// Runs the writer and returns the signal that ended it, or 0 when it ended by itself.
int RunWriter(const Path& path, const std::string& content, int kill_at) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("AGON_KILL_AT", std::to_string(kill_at).c_str(), 1);
    ::execl(ATOMIC_WRITER, ATOMIC_WRITER, path.c_str(), content.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  if (WIFSIGNALED(status)) return WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  return 0;
}

// Killed at any point of the write, the file is the old one or the new one.
TEST_F(Files, AKilledWriteLeavesTheOldOrTheNewContent) {
  const std::string old_content(1000, 'o');
  const std::string new_content(2000, 'n');
  constexpr int kPoints = 5;
  for (int point = 1; point <= kPoints; ++point) {
    WriteFileAtomic(folder_ / "f", old_content);
    EXPECT_EQ(RunWriter(folder_ / "f", new_content, point), SIGKILL) << "point " << point;
    // The rename stands before the last point only.
    EXPECT_EQ(ReadFileText(folder_ / "f"), point == kPoints ? new_content : old_content);
  }
  EXPECT_EQ(RunWriter(folder_ / "f", new_content, kPoints + 1), 0);
  EXPECT_EQ(ReadFileText(folder_ / "f"), new_content);
}

}  // namespace
}  // namespace agon
