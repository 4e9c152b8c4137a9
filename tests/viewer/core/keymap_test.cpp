// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/keymap.h"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

namespace agon::viewer {
namespace {

TEST(Keymap, NoKeyMeansTwoThingsAndNoActionHasTwoKeys) {
  std::set<std::tuple<int, bool, bool>> keys;
  std::set<Action> actions;
  for (const KeyBinding& binding : KeyBindings()) {
    EXPECT_TRUE(keys.insert({binding.key, binding.control, binding.shift}).second) << binding.label;
    EXPECT_TRUE(actions.insert(binding.action).second) << binding.label;
  }
  // kScaleDown is the last of them: every action has a key.
  EXPECT_EQ(actions.size(), static_cast<std::size_t>(Action::kScaleDown) + 1);
}

TEST(Keymap, EveryKeyIsExplainedAndLabelledAsItIs) {
  for (const KeyBinding& binding : KeyBindings()) {
    EXPECT_FALSE(binding.help.empty()) << binding.label;
    EXPECT_FALSE(binding.where.empty()) << binding.label;
    EXPECT_EQ(binding.control, binding.label.starts_with("Ctrl+")) << binding.label;
    EXPECT_EQ(binding.shift, binding.label.find("Shift+") != std::string_view::npos)
        << binding.label;
    const char last = binding.label.back();
    if (binding.key > ' ' && binding.key < 127) {
      EXPECT_EQ(last, static_cast<char>(binding.key)) << binding.label;
    }
  }
}

TEST(Keymap, FindsBothWays) {
  const KeyBinding* const binding = FindKey('C', true, true);
  ASSERT_NE(binding, nullptr);
  EXPECT_EQ(binding->action, Action::kCopy);
  EXPECT_EQ(FindKey(Action::kCopy), binding);
  EXPECT_EQ(FindKey('C', true, false), nullptr);  // ImGui's own, in fields
}

}  // namespace
}  // namespace agon::viewer
