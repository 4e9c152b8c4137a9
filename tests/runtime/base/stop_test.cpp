// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/stop.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

namespace agon {
namespace {

TEST(Stop, ARequestIsSeenUntilCleared) {
  ClearStop();
  EXPECT_EQ(StopSignal(), 0);
  RequestStop(SIGINT);
  EXPECT_EQ(StopSignal(), SIGINT);
  ClearStop();
  EXPECT_EQ(StopSignal(), 0);
}

TEST(StopDeathTest, TheFirstSignalAsksTheSecondEnds) {
  EXPECT_EXIT(
      {
        CatchStopSignals();
        ::kill(::getpid(), SIGTERM);
        if (StopSignal() != SIGTERM) ::_exit(1);
        ::kill(::getpid(), SIGINT);
        ::_exit(2);
      },
      testing::KilledBySignal(SIGINT), "");
}

// A request by control file is no signal: Ctrl-C afterwards still lets the checkpoint finish.
TEST(StopDeathTest, ASignalAfterARequestStillAsks) {
  EXPECT_EXIT(
      {
        CatchStopSignals();
        RequestStop(SIGINT);
        ::kill(::getpid(), SIGTERM);
        ::_exit(StopSignal() == SIGTERM ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

// A file that reaches the limit on its size is an error of the write.
TEST(StopDeathTest, ALimitOnFilesIsNoSignal) {
  EXPECT_EXIT(
      {
        CatchStopSignals();
        ::kill(::getpid(), SIGXFSZ);
        ::_exit(StopSignal() == 0 ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace agon
