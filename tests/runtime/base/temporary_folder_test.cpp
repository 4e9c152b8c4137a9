// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "runtime/base/error.h"

namespace agon {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// TMPDIR for as long as this lives.
class TemporaryPlace {
 public:
  explicit TemporaryPlace(const Path& place) {
    if (const char* const before = std::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", place.c_str(), 1);
  }
  ~TemporaryPlace() {
    if (before_) {
      ::setenv("TMPDIR", before_->c_str(), 1);
    } else {
      ::unsetenv("TMPDIR");
    }
  }
  TemporaryPlace(const TemporaryPlace&) = delete;
  TemporaryPlace& operator=(const TemporaryPlace&) = delete;

 private:
  std::optional<std::string> before_;
};

TEST(TemporaryFolder, IsNewEmptyAndGoesAwayWithAllThatIsInIt) {
  Path first;
  {
    const TemporaryFolder folder, other;
    first = folder.path();
    EXPECT_NE(first, other.path());
    EXPECT_TRUE(fs::is_empty(first));
    fs::create_directories(folder / "a/b");
    WriteFileAtomic(folder / "a/b/c", "text");
  }
  EXPECT_FALSE(fs::exists(first));
}

TEST(TemporaryFolder, StaysWhenItIsKept) {
  const TemporaryFolder outer;
  const TemporaryPlace place(outer.path());
  Path kept;
  {
    TemporaryFolder folder;
    kept = folder.path();
    folder.Keep();
  }
  EXPECT_EQ(kept.parent_path(), outer.path());
  EXPECT_TRUE(fs::is_directory(kept));
}

TEST(TemporaryFolder, IsMadeInTmpWhenTmpdirNamesNoFolder) {
  const TemporaryFolder outer;
  const TemporaryPlace place(outer / "missing");
  const TemporaryFolder folder;
  EXPECT_EQ(folder.path().parent_path(), "/tmp");
}

// Not even root can make a folder in /proc.
TEST(TemporaryFolder, APlaceThatCannotBeWrittenIsNamedWithTheCure) {
  const TemporaryPlace place("/proc");
  try {
    const TemporaryFolder folder;
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIo);
    EXPECT_THAT(error.what(), HasSubstr("/proc/agon-"));
    EXPECT_THAT(error.what(), HasSubstr("set TMPDIR"));
  }
}

}  // namespace
}  // namespace agon
