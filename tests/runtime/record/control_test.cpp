// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/control.h"

#include <gmock/gmock.h>

#include "runtime/base/error.h"
#include "tests/runtime/record/record_helpers.h"

namespace agon::record {
namespace {

using testing::IsEmpty;

std::vector<std::string> Names(const std::vector<ControlCommand>& commands) {
  std::vector<std::string> names;
  for (const ControlCommand& command : commands) names.push_back(command.command);
  return names;
}

TEST(Control, CommandsArriveOnceAndInOrder) {
  const TemporaryFolder folder;
  ControlInbox inbox(folder.path());
  EXPECT_THAT(inbox.Poll(), IsEmpty());
  const std::vector<std::string> sent = {"pause", "step", "step", "resume", "checkpoint", "stop"};
  for (const std::string& name : sent) SendControl(folder.path(), {name, {}, {}});
  EXPECT_EQ(Names(inbox.Poll()), sent);
  EXPECT_THAT(inbox.Poll(), IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(folder / "control"));
}

TEST(Control, SetCarriesKeyAndValue) {
  const TemporaryFolder folder;
  ControlInbox inbox(folder.path());
  SendControl(folder.path(), {"set", "optimizer.learning_rate", "0.01"});
  Spill(folder / "control/zzz.json", R"({"command": "set", "key": "steps", "value": 12})");
  const std::vector<ControlCommand> commands = inbox.Poll();
  ASSERT_EQ(commands.size(), 2U);
  EXPECT_EQ(commands[0].key, "optimizer.learning_rate");
  EXPECT_EQ(commands[0].value, "0.01");
  EXPECT_EQ(commands[1].value, "12");
}

// Each poll must see what was sent right before it, however coarse the folder's time is.
TEST(Control, NoCommandIsMissedBetweenPolls) {
  const TemporaryFolder folder;
  ControlInbox inbox(folder.path());
  for (int i = 0; i < 50; ++i) {
    SendControl(folder.path(), {"step", {}, {}});
    ASSERT_EQ(inbox.Poll().size(), 1U) << i;
    ASSERT_THAT(inbox.Poll(), IsEmpty());
  }
}

TEST(Control, DamagedCommandsAreRemoved) {
  const TemporaryFolder folder;
  ControlInbox inbox(folder.path());
  const Path control = folder / "control";
  Spill(control / "a.json", "{\"command\": \"st");
  Spill(control / "b.json", R"({"command": "explode"})");
  Spill(control / "c.json", "[1, 2]");
  Spill(control / "d.json", R"({"command": "set", "value": "1"})");
  Spill(control / "e.json", std::string(100'000, ' ') + R"({"command": "stop"})");
  EXPECT_THAT(inbox.Poll(), IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(control));
}

// A sender writes under another name first.
TEST(Control, FilesOnTheirWayAreLeftAlone) {
  const TemporaryFolder folder;
  ControlInbox inbox(folder.path());
  Spill(folder / "control/a.json.tmp", R"({"command": "stop"})");
  std::filesystem::create_directory(folder / "control/folder.json");
  EXPECT_THAT(inbox.Poll(), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(folder / "control/a.json.tmp"));
}

TEST(Control, ARunFolderThatIsGoneIsNoReasonToFail) {
  const TemporaryFolder folder;
  ControlInbox inbox(folder.path());
  std::filesystem::remove_all(folder / "control");
  EXPECT_THAT(inbox.Poll(), IsEmpty());
  EXPECT_THROW(SendControl(folder / "no such run", {"stop", {}, {}}), Error);
}

}  // namespace
}  // namespace agon::record
