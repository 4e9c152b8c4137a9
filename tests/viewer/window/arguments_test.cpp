// SPDX-License-Identifier: Apache-2.0
#include "viewer/window/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/base/error.h"

namespace agon::viewer {
namespace {

using testing::HasSubstr;

std::string Problem(const std::vector<std::string>& words) {
  try {
    (void)ParseArguments(words);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "accepted";
}

TEST(ViewArguments, AreRead) {
  const ViewArguments a =
      ParseArguments({"runs/a", "--panel", "attack", "--step=-3", "--show", "example=17", "--show",
                      "moves=4 3=x", "--png", "o.png", "--size", "640x480", "--scale", "1.5",
                      "--light", "--whole", "runs/b", "--", "--odd"});
  EXPECT_EQ(a.roots, (std::vector<Path>{"runs/a", "runs/b", "--odd"}));
  EXPECT_EQ(a.panel, "attack");
  EXPECT_EQ(a.step, -3);
  ASSERT_EQ(a.show.size(), 2U);
  EXPECT_EQ(a.show[0], (std::pair<std::string, std::string>("example", "17")));
  EXPECT_EQ(a.show[1], (std::pair<std::string, std::string>("moves", "4 3=x")));
  EXPECT_EQ(a.png, "o.png");
  EXPECT_EQ(a.width, 640);
  EXPECT_EQ(a.height, 480);
  EXPECT_EQ(a.scale, 1.5);
  EXPECT_TRUE(a.light);
  EXPECT_TRUE(a.whole);
}

TEST(ViewArguments, NothingIsEnough) {
  const ViewArguments a = ParseArguments({});
  EXPECT_TRUE(a.roots.empty());
  EXPECT_FALSE(a.step.has_value());
  EXPECT_TRUE(a.png.empty());
}

TEST(ViewArguments, WrongOnesSayWhatIsMeant) {
  EXPECT_THAT(Problem({"--pannel", "x"}), HasSubstr("did you mean \"--panel\"?"));
  EXPECT_THAT(Problem({"--panel"}), HasSubstr("a value is missing"));
  EXPECT_THAT(Problem({"--step", "two"}), HasSubstr("found \"two\""));
  EXPECT_THAT(Problem({"--size", "640"}), HasSubstr("WIDTHxHEIGHT"));
  EXPECT_THAT(Problem({"--size", "640x"}), HasSubstr("WIDTHxHEIGHT"));
  EXPECT_THAT(Problem({"--size", "1x99999999"}), HasSubstr("WIDTHxHEIGHT"));
  EXPECT_THAT(Problem({"--scale", "0"}), HasSubstr("0.5 to 4"));
  EXPECT_THAT(Problem({"--scale", "nan"}), HasSubstr("0.5 to 4"));
  EXPECT_THAT(Problem({"--show", "example"}), HasSubstr("KEY=VALUE"));
  EXPECT_THAT(Problem({"--show", "=3"}), HasSubstr("KEY=VALUE"));
  EXPECT_THAT(Problem({"--light", "--dark"}), HasSubstr("exclude"));
  EXPECT_THAT(Problem({"--png", "a.png", "--headless"}), HasSubstr("exclude"));
  EXPECT_THAT(Problem({"--frames", "-1"}), HasSubstr("0 or more"));
}

}  // namespace
}  // namespace agon::viewer
