// SPDX-License-Identifier: Apache-2.0
#include "runtime/run/live_settings.h"

#include <gtest/gtest.h>

#include "runtime/base/temporary_folder.h"

namespace agon::run {
namespace {

record::ControlCommand Set(const std::string& key, const std::string& value) {
  return {.command = "set", .key = key, .value = value};
}

TEST(ChangeLive, SetsAndNotesWhatIsKnownAndLeavesTheRest) {
  const TemporaryFolder folder;
  RunOptions options;
  options.folder = folder / "run";
  options.command = "train";
  options.config = config::Value::Mapping();
  auto run = run::Run::Create(options);
  double minutes = 60, every = 300;
  const std::vector<record::ControlCommand> changes = {
      Set("minutes", "2.5"), Set("every", "-1"), Set("every", "soon"),
      Set("every", "1/0"),   Set("seed", "3"),   Set("minutes", "0"),
  };
  ChangeLive(run, changes, {{"minutes", minutes}, {"every", every}}, "step 7");
  EXPECT_EQ(minutes, 0);
  EXPECT_EQ(every, 300);
  const nlohmann::json expected = {"step 7: minutes set to 2.5", "step 7: minutes set to 0"};
  EXPECT_EQ(run.manifest().notes, expected);
  run.Finish();
}

}  // namespace
}  // namespace agon::run
