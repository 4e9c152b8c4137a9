// SPDX-License-Identifier: Apache-2.0
// `agon view` and --view, with the built agon-view beside the built agon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "runtime/formats/png.h"
#include "tests/cli/run_program.h"

namespace agon::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ViewCommand : public testing::Test {
 protected:
  void SetUp() override {
    ::unsetenv("DISPLAY");
    ::unsetenv("WAYLAND_DISPLAY");
  }
  // A small run in "match".
  [[nodiscard]] Outcome Match(const std::vector<std::string>& more) const {
    std::vector<std::string> words{"selfplay", "match",   "--game", "tic_tac_toe", "random",
                                   "random",   "--games", "4",      "--run",       "match"};
    words.insert(words.end(), more.begin(), more.end());
    return place_.Run(words);
  }
  const Workplace place_;
};

TEST_F(ViewCommand, DrawsAPictureOfARun) {
  ASSERT_EQ(Match({}).code, 0);
  const Outcome outcome = place_.Run({"view", "match", "--png", "picture.png", "--panel", "curves",
                                      "--size", "400x300", "--light"});
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_EQ(outcome.output, "");
  const formats::Pixels pixels =
      formats::DecodePng(ReadFileBytes(place_.path() / "picture.png"), "picture.png");
  EXPECT_EQ(pixels.width, 400);
  EXPECT_EQ(pixels.height, 300);
}

TEST_F(ViewCommand, WrongUsageIsOneLine) {
  for (const auto& [words, text] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"view", "--pannel", "x"}, "did you mean \"--panel\"?"},
           {{"view", "--size", "4"}, "WIDTHxHEIGHT"},
           {{"view", "none", "--png", "a.png"}, "no run in none"},
           {{"view", "--png", "a.png", "--panel", "curve"}, "did you mean \"curves\"?"},
           {{"view"}, "no display"}}) {
    const Outcome outcome = place_.Run(words);
    EXPECT_EQ(outcome.code, 2) << text;
    EXPECT_EQ(outcome.output, "");
    EXPECT_THAT(outcome.errors, HasSubstr(text));
  }
}

TEST_F(ViewCommand, WhatIsForMeasuringIsNotInTheHelp) {
  const Outcome outcome = place_.Run({"view", "--help"});
  EXPECT_THAT(outcome.output, HasSubstr("--png"));
  EXPECT_THAT(outcome.output, Not(HasSubstr("--headless")));
}

TEST_F(ViewCommand, ARunGoesOnWithoutADisplay) {
  const Outcome outcome = Match({"--view"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.errors, HasSubstr("--view: there is no display here"));
  EXPECT_THAT(outcome.errors, HasSubstr("agon view "));
}

}  // namespace
}  // namespace agon::cli
