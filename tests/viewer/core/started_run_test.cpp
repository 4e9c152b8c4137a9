// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/started_run.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <fstream>

#include "tests/runtime/base/wait_for.h"
#include "tests/runtime/record/record_helpers.h"

namespace agon::viewer {
namespace {

TEST(StartedRun, GoesOnWhenItIsLetGo) {
  const TemporaryFolder folder;
  pid_t process = 0;
  {
    const StartedRun run({"sh", "-c", "while [ ! -e go ]; do sleep 0.01; done; echo x > went"},
                         folder.path());
    process = run.id();
  }
  EXPECT_EQ(::kill(process, 0), 0);
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
