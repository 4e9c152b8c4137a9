// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "runtime/base/error.h"
#include "runtime/base/files.h"

namespace agon {
namespace {

using testing::HasSubstr;
using testing::Not;

// In child processes, because what SetUp did stays. The file is read by the parent.
class LogDeathTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(file_); }
  const Path file_ =
      std::filesystem::temp_directory_path() / ("agon-log-test-" + std::to_string(::getpid()));
};

TEST_F(LogDeathTest, NothingIsWrittenBeforeSetUp) {
  EXPECT_EXIT(
      {
        log::AddFile(file_);
        log::Warning("unheard");
        ::_exit(0);
      },
      testing::ExitedWithCode(0), "^$");
  EXPECT_EQ(ReadFileText(file_), "");
}

TEST_F(LogDeathTest, TheLevelHoldsForTheTerminalAndTheFileKeepsMore) {
  EXPECT_EXIT(
      {
        log::SetUp(log::Level::kWarning, false);
        log::AddFile(file_);
        log::Debug("detail");
        log::Info("epoch {}", 3);
        log::Warning("slow disk");
        log::RemoveFile();
        log::Warning("later");
        ::_exit(0);
      },
      testing::ExitedWithCode(0), "^warning: slow disk\nwarning: later\n$");
  const std::string text = ReadFileText(file_);
  EXPECT_THAT(text, HasSubstr("Z info: epoch 3\n"));
  EXPECT_THAT(text, HasSubstr("Z warning: slow disk\n"));
  EXPECT_THAT(text, Not(HasSubstr("detail")));
  EXPECT_THAT(text, Not(HasSubstr("later")));
}

TEST(Log, AFileThatCannotBeOpenedIsAnError) {
  EXPECT_THROW(log::AddFile("/proc/no-such-folder/log.txt"), Error);
}

}  // namespace
}  // namespace agon
