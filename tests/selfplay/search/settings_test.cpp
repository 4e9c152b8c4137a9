// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/settings.h"

#include <gtest/gtest.h>

#include <string>

namespace agon::selfplay {
namespace {

SearchSettings Read(const std::string& yaml, std::size_t problems) {
  config::Problems found;
  const config::Value value = config::ParseYaml(yaml, "test", ".", found);
  config::Reader reader{found};
  SearchSettings settings = config::Read<SearchSettings>(value, reader, "search");
  EXPECT_EQ(found.list().size(), problems) << yaml;
  return settings;
}

TEST(SearchSettings, AreReadAndChecked) {
  const SearchSettings settings = Read("{algorithm: gumbel, simulations: 32, fpu: loss}", 0);
  EXPECT_EQ(settings.algorithm, "gumbel");
  EXPECT_EQ(settings.simulations, 32);
  EXPECT_EQ(settings.fpu, "loss");
  EXPECT_EQ(settings.cpuct, SearchSettings().cpuct);
  Read("{algorithm: alphabeta}", 1);
  Read("{fpu: 0.2}", 1);
  Read("{simulations: -1, noise_fraction: 1.5}", 2);
  Read("{simulation: 100}", 1);
  Read("{max_tree_bytes: 1000}", 1);
}

TEST(TemperatureSettings, StepsLinesAndHalfLives) {
  TemperatureSettings t{.start = 1, .end = 0.2, .moves = 10, .shape = "step"};
  EXPECT_DOUBLE_EQ(t.At(0), 1);
  EXPECT_DOUBLE_EQ(t.At(9), 1);
  EXPECT_DOUBLE_EQ(t.At(10), 0.2);
  t.shape = "linear";
  EXPECT_DOUBLE_EQ(t.At(0), 1);
  EXPECT_DOUBLE_EQ(t.At(5), 0.6);
  EXPECT_DOUBLE_EQ(t.At(10), 0.2);
  EXPECT_DOUBLE_EQ(t.At(1000), 0.2);
  t.shape = "half_life";
  EXPECT_DOUBLE_EQ(t.At(0), 1);
  EXPECT_DOUBLE_EQ(t.At(10), 0.6);
  EXPECT_DOUBLE_EQ(t.At(20), 0.4);
}

}  // namespace
}  // namespace agon::selfplay
