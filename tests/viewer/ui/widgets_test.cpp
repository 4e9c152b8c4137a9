// SPDX-License-Identifier: Apache-2.0
// Every widget is found by its path, does what it is for, and says what it shows.
#include "viewer/ui/widgets.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/viewer/ui/ui_driver.h"

namespace agon::viewer {
namespace {

TEST(Widgets, AButtonIsPressedThroughItsPath) {
  UiDriver driver;
  int saved = 0;
  int other = 0;
  driver.Show([&] {
    const ui::Scope scope("Attack");
    if (ui::Button("Save")) ++saved;
    if (ui::SmallButton("Other")) ++other;
  });
  EXPECT_TRUE(driver.Has("Attack/Save"));
  EXPECT_FALSE(driver.Has("Save"));
  driver.Click("Attack/Save");
  EXPECT_EQ(saved, 1);
  EXPECT_EQ(other, 0);
  driver.Click("Attack/Other");
  EXPECT_EQ(other, 1);
}

TEST(Widgets, ScopesNestAndEnd) {
  UiDriver driver;
  driver.Show([&] {
    {
      const ui::Scope outer("a");
      const ui::Scope inner("##b");  // hidden names lose their hashes
      ui::Button("x");
    }
    ui::Button("##y");
  });
  EXPECT_TRUE(driver.Has("a/b/x"));
  EXPECT_TRUE(driver.Has("y"));
}

// Two panes may show the same panel.
TEST(Widgets, TheSecondOfAPathIsNumbered) {
  UiDriver driver;
  int second = 0;
  driver.Show([&] {
    ui::Button("x");
    ImGui::PushID(2);
    if (ui::Button("x")) ++second;
    ImGui::PopID();
  });
  driver.Click("x (2)");
  EXPECT_EQ(second, 1);
}

TEST(Widgets, ValuesAreChangedAndReported) {
  UiDriver driver;
  bool box = false;
  float number = 0;
  int count = 0;
  driver.Show([&] {
    ui::Checkbox("box", box);
    ui::SliderFloat("number", number, 0, 1, "%.2f");
    ui::SliderInt("count", count, 0, 100);
  });
  EXPECT_EQ(driver.Value("box"), "0");
  driver.Click("box", 0.1F);
  EXPECT_TRUE(box);
  EXPECT_EQ(driver.Value("box"), "1");
  driver.Click("number", 0.3F);
  EXPECT_GT(number, 0.2F);
  EXPECT_LT(number, 0.8F);
  driver.Click("count", 0.3F);
  EXPECT_GT(count, 0);
  EXPECT_EQ(driver.Value("count"), std::to_string(count));
}

TEST(Widgets, AComboTakesTheChoice) {
  UiDriver driver;
  int choice = 0;
  int changes = 0;
  driver.Show([&] {
    if (ui::Combo("norm", choice, {"linf", "l2", "l1"})) ++changes;
  });
  EXPECT_EQ(driver.Value("norm"), "linf");
  driver.Choose("norm", "l1");
  EXPECT_EQ(choice, 2);
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(driver.Value("norm"), "l1");
  EXPECT_FALSE(driver.Has("norm/l1")) << "still open";
  driver.Choose("norm", "l1");
  EXPECT_EQ(changes, 1) << "the same again is no change";
}

TEST(Widgets, AComboOutOfRangeIsEmpty) {
  UiDriver driver;
  int choice = 7;
  driver.Show([&] { ui::Combo("norm", choice, {"linf", "linf"}); });
  EXPECT_EQ(driver.Value("norm"), "");
  driver.Choose("norm", "linf (2)");
  EXPECT_EQ(choice, 1);
}

TEST(Widgets, TextIsTyped) {
  UiDriver driver;
  std::string text = "before";
  driver.Show([&] { ui::InputText("name", text, "a hint"); });
  driver.TypeText("name", "ünïcode %s ##x");
  EXPECT_EQ(text, "ünïcode %s ##x");
  EXPECT_EQ(driver.Value("name"), text);
}

TEST(Widgets, ATreeOpensAndASelectableIsChosen) {
  UiDriver driver;
  bool chosen = false;
  bool radio = false;
  driver.Show([&] {
    if (ui::TreeNode("group")) {
      if (ui::Selectable("leaf", chosen)) chosen = true;
      ImGui::TreePop();
    }
    if (ui::RadioButton("radio", radio)) radio = true;
  });
  EXPECT_FALSE(driver.Has("leaf"));
  driver.Click("group");
  EXPECT_EQ(driver.Value("group"), "1");
  driver.Click("leaf");
  EXPECT_TRUE(chosen);
  EXPECT_EQ(driver.Value("leaf"), "1");
  driver.Click("radio", 0.05F);
  EXPECT_TRUE(radio);
}

TEST(Widgets, TextIsShownLiterally) {
  UiDriver driver;
  driver.Show([&] {
    ui::Text("100 % of %s ##1");
    ui::TextDim("dim");
    ui::TextError("error");
  });
  EXPECT_EQ(driver.Value("100 % of %s ##1"), "100 % of %s ##1");
  EXPECT_TRUE(driver.Has("dim"));
  EXPECT_TRUE(driver.Has("error"));
}

TEST(Widgets, ADisabledItemSaysSo) {
  UiDriver driver;
  int pressed = 0;
  driver.Show([&] {
    ImGui::BeginDisabled();
    if (ui::Button("off")) ++pressed;
    ImGui::EndDisabled();
    ui::Button("on");
  });
  EXPECT_FALSE(driver.Item("off").enabled);
  EXPECT_TRUE(driver.Item("on").enabled);
  driver.ClickAt(driver.At("off"));
  EXPECT_EQ(pressed, 0);
}

TEST(Widgets, WhatIsScrolledAwayIsNotVisible) {
  UiDriver driver({300, 200});
  driver.Show([&] {
    for (int i = 0; i < 50; ++i) {
      const std::string label = "b" + std::to_string(i);
      ui::Button(label.c_str());
    }
  });
  EXPECT_TRUE(driver.Item("b0").visible);
  EXPECT_FALSE(driver.Item("b49").visible);
  driver.Wheel("b0", -100);
  driver.Frame(2);
  EXPECT_FALSE(driver.Item("b0").visible);
  EXPECT_TRUE(driver.Item("b49").visible);
  driver.MoveAway();
}

// A tooltip is one more window; it comes after a moment and never while the mouse is elsewhere.
TEST(Widgets, ATooltipComesAfterAMoment) {
  UiDriver driver;
  driver.Show([&] { ui::Button("x", "what it does"); });
  const std::size_t without = driver.vertices();
  driver.Hover("x", 0.5F, 0.5F, 1);
  const std::size_t hovered = driver.vertices();
  EXPECT_LE(hovered, without + 64);
  driver.Hover("x");
  EXPECT_GT(driver.vertices(), hovered + 20) << "eleven letters are more than 20 vertices";
  driver.MoveAway();
  EXPECT_EQ(driver.vertices(), without);
}

TEST(Widgets, LiteralKeepsEveryLetterInSight) {
  EXPECT_EQ(ui::Literal("plain/name"), "plain/name");
  EXPECT_EQ(ui::Literal("a##b"), "a# #b");
  EXPECT_EQ(ui::Literal("###"), "# # #");
  EXPECT_EQ(ui::Literal(""), " ");
  EXPECT_EQ(ui::Literal("#1 #2"), "#1 #2");
}

TEST(Widgets, ElidedFitsAndKeepsBothEnds) {
  UiDriver driver;
  std::string short_text;
  std::string cut;
  std::string none;
  float width = 0;
  driver.Show([&] {
    short_text = ui::Elided("short", 500);
    cut = ui::Elided("attack/ünïcode/robust_accuracy", 100);
    none = ui::Elided("attack", 3);
    width = ImGui::CalcTextSize(cut.c_str()).x;
  });
  EXPECT_EQ(short_text, "short");
  EXPECT_LE(width, 100);
  EXPECT_GT(width, 60);
  EXPECT_TRUE(cut.starts_with("att")) << cut;
  EXPECT_TRUE(cut.ends_with("cy")) << cut;
  EXPECT_NE(cut.find("..."), std::string::npos);
  EXPECT_EQ(none, "...");
}

TEST(Widgets, CopyFillsTheClipboard) {
  UiDriver driver;
  driver.Show([&] {
    if (ui::Button("copy")) ui::Copy("a,b\n1,2\n");
  });
  driver.Click("copy");
  EXPECT_EQ(driver.clipboard(), "a,b\n1,2\n");
}

TEST(Widgets, ANoteStandsInTheMiddle) {
  UiDriver driver({600, 400});
  driver.Show([&] { ui::CentredNote("nothing recorded yet"); });
  const ImVec2 at = driver.At("nothing recorded yet");
  EXPECT_NEAR(at.x, 300, 2);
  EXPECT_NEAR(at.y, 200, 2);
}

TEST(Widgets, PixelsFollowTheScale) {
  const UiDriver driver({800, 600}, 2);
  EXPECT_EQ(ui::Scale(), 2);
  EXPECT_EQ(ui::Px(10), 20);
}

}  // namespace
}  // namespace agon::viewer
