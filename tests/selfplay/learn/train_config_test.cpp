// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "runtime/base/error.h"
#include "runtime/base/files.h"
#include "tests/selfplay/learn/learn_helpers.h"

namespace agon::selfplay {
namespace {

std::string ProblemOf(const std::string& yaml) {
  try {
    (void)ConfigOf(yaml);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    return error.what();
  }
  return "";
}

TEST(SelfplayConfig, WritesOutWhatItTook) {
  const SelfplayConfig config = ConfigOf("{game: tic_tac_toe, max_games: 10}");
  const std::string yaml = config::ToYaml(config::Dump(config));
  EXPECT_NE(yaml.find("adamw"), std::string::npos) << yaml;
  const SelfplayConfig again = ConfigOf(yaml);
  EXPECT_EQ(config::ToYaml(config::Dump(again)), yaml);
}

TEST(SelfplayConfig, NamesWhatIsWrong) {
  EXPECT_NE(ProblemOf("{game: tic_tac_toe}").find("nothing ends this training"), std::string::npos);
  EXPECT_NE(ProblemOf("{max_games: 5}").find("game"), std::string::npos);
  EXPECT_NE(ProblemOf("{game: tic_tac_toe, max_games: 5, selfplay: {full_share: 0}}")
                .find("selfplay.full_share"),
            std::string::npos);
  EXPECT_NE(
      ProblemOf("{game: tic_tac_toe, max_minutes: 5, deterministic: true}").find("deterministic"),
      std::string::npos);
  EXPECT_NE(ProblemOf("{game: tictactoe, max_games: 5}").find("tic_tac_toe"), std::string::npos);
}

// The ready-made configurations are read without a complaint.
TEST(SelfplayConfig, OfTheExamplesIsValid) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(Path(AGON_SOURCE_DIR) / "configs/selfplay")) {
    EXPECT_EQ(ProblemOf(ReadFileText(entry.path())), "") << entry.path();
    ++files;
  }
  EXPECT_GE(files, 3);
}

}  // namespace
}  // namespace agon::selfplay
