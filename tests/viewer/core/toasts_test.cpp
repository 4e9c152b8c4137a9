// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/toasts.h"

#include <gtest/gtest.h>

#include <thread>

namespace agon::viewer {
namespace {

TEST(Toasts, GoAwayByThemselvesErrorsLater) {
  Toasts toasts;
  toasts.Info("saved");
  toasts.Error("disk full");
  EXPECT_EQ(toasts.Current(100).size(), 2U);
  EXPECT_EQ(toasts.Current(103).size(), 2U);
  const auto later = toasts.Current(105);
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(later[0].text, "disk full");
  EXPECT_TRUE(toasts.Current(111).empty());
}

TEST(Toasts, TheSameMessageIsCountedNotRepeated) {
  Toasts toasts;
  toasts.Error("damaged");
  EXPECT_EQ(toasts.Current(0).size(), 1U);
  for (int i = 0; i < 4; ++i) toasts.Error("damaged");
  // It starts anew at 9, and so is still there at 12.
  const auto now = toasts.Current(9);
  ASSERT_EQ(now.size(), 1U);
  EXPECT_EQ(now[0].count, 5);
  EXPECT_EQ(toasts.Current(12).size(), 1U);
}

TEST(Toasts, TheOldestMakeRoom) {
  Toasts toasts;
  for (int i = 0; i < 20; ++i) toasts.Info(std::to_string(i));
  const auto now = toasts.Current(0);
  ASSERT_EQ(now.size(), Toasts::kMost);
  EXPECT_EQ(now.front().text, "15");
  EXPECT_EQ(now.back().text, "19");
  toasts.Dismiss(0);
  toasts.Dismiss(17);  // not there
  EXPECT_EQ(toasts.Current(0).front().text, "16");
}

TEST(Toasts, AreAddedFromAnyThread) {
  Toasts toasts;
  {
    std::jthread one([&] {
      for (int i = 0; i < 100; ++i) toasts.Error("one");
    });
    std::jthread other([&] {
      for (int i = 0; i < 100; ++i) toasts.Error("other");
    });
    for (int i = 0; i < 100; ++i) EXPECT_LE(toasts.Current(0).size(), 2U);
  }
  const auto now = toasts.Current(0);
  ASSERT_EQ(now.size(), 2U);
  EXPECT_EQ(now[0].count + now[1].count, 200);
}

}  // namespace
}  // namespace agon::viewer
