// SPDX-License-Identifier: Apache-2.0
// ImGui without a window: draws frames into nothing, and works what was drawn by mouse and keys as
// a user would, found by label path (viewer/ui/widgets.h). Every frame is checked: what would be
// drawn must be well-formed, and every texture alive.
//
//   UiDriver ui;
//   ui.Show([&] { if (ui::Button("Save")) ++saved; });
//   ui.Click("Save");
//
// A path that is not there fails the test and names what is. Thread safety: one thread, one at a
// time.
#pragma once

#include <gtest/gtest.h>
#include <imgui.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "viewer/ui/texture.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {

// Keeps what is uploaded.
class FakeTextures final : public TextureBackend {
 public:
  struct Picture {
    int width = 0, height = 0;
    std::vector<std::uint8_t> rgba;
  };
  [[nodiscard]] ImTextureID Upload(ImTextureID texture, int width, int height,
                                   const std::uint8_t* rgba) override {
    if (fail) return nullptr;
    ++uploads;
    auto number = reinterpret_cast<std::uintptr_t>(texture);
    if (texture == nullptr) {
      number = next_++;
    } else {
      const auto known = pictures.find(number);
      EXPECT_NE(known, pictures.end()) << "uploads to a texture that was deleted";
      EXPECT_TRUE(known == pictures.end() ||
                  (known->second.width == width && known->second.height == height))
          << "reuses a texture of another size";
    }
    EXPECT_GT(width, 0);
    EXPECT_GT(height, 0);
    EXPECT_LE(std::max(width, height), max_side);
    Picture& picture = pictures[number];
    picture.width = width;
    picture.height = height;
    picture.rgba.assign(rgba, rgba + static_cast<std::size_t>(width) * height * 4);
    return reinterpret_cast<ImTextureID>(number);
  }
  void Delete(ImTextureID texture) override {
    EXPECT_EQ(pictures.erase(reinterpret_cast<std::uintptr_t>(texture)), 1U)
        << "deletes a texture that is not there";
  }
  [[nodiscard]] int MaxSide() const override { return max_side; }

  [[nodiscard]] const Picture* Find(ImTextureID texture) const {
    const auto found = pictures.find(reinterpret_cast<std::uintptr_t>(texture));
    return found == pictures.end() ? nullptr : &found->second;
  }

  std::map<std::uintptr_t, Picture> pictures;
  int uploads = 0;
  int max_side = 4096;
  bool fail = false;

 private:
  static constexpr std::uintptr_t kFont = 1;
  std::uintptr_t next_ = kFont + 1;
};

class UiDriver {
 public:
  explicit UiDriver(ImVec2 size = {1280, 800}, float scale = 1, bool dark = true)
      : context_(ImGui::CreateContext(), ImGui::DestroyContext),
        probe_(std::make_unique<ui::Probe>()),
        textures_(std::make_unique<Textures>(backend_)) {
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.LogFilename = nullptr;
    io.DisplaySize = size;
    io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
    io.ConfigInputTextCursorBlink = false;
    io.MousePos = {-1, -1};
    MapKeys(io);
    io.ClipboardUserData = &clipboard_;
    io.SetClipboardTextFn = [](void* to, const char* text) {
      *static_cast<std::string*>(to) = text;
    };
    io.GetClipboardTextFn = [](void* from) {
      return static_cast<const std::string*>(from)->c_str();
    };
    ApplyTheme(dark, scale);
    LoadFonts(scale, true);
    unsigned char* pixels = nullptr;
    int width = 0;
    int height = 0;
    io.Fonts->GetTexDataAsRGBA32(&pixels, &width, &height);
    io.Fonts->SetTexID(reinterpret_cast<ImTextureID>(std::uintptr_t{1}));
  }
  ~UiDriver() {
    textures_.reset();
    EXPECT_TRUE(backend_.pictures.empty()) << "textures were left behind";
    ApplyTheme(true, 1);
  }
  UiDriver(const UiDriver&) = delete;
  UiDriver& operator=(const UiDriver&) = delete;

  [[nodiscard]] Textures& textures() { return *textures_; }
  [[nodiscard]] FakeTextures& backend() { return backend_; }
  [[nodiscard]] const ui::Probe& probe() const { return *probe_; }
  [[nodiscard]] const std::string& clipboard() const { return clipboard_; }
  // Of the last frame.
  [[nodiscard]] std::size_t vertices() const { return vertices_; }

  // What each frame draws, in a window that fills everything; then draws two frames (sizes settle
  // in the second).
  void Show(std::function<void()> draw) {
    draw_ = std::move(draw);
    bare_ = false;
    Frame(2);
  }
  // The same for what makes its own windows (Application).
  void ShowBare(std::function<void()> draw) {
    draw_ = std::move(draw);
    bare_ = true;
    Frame(2);
  }
  void Frame(int count = 1) {
    for (int i = 0; i < count; ++i) OneFrame();
  }

  [[nodiscard]] bool Has(std::string_view path) const { return probe_->Find(path) != nullptr; }
  [[nodiscard]] ui::ProbedItem Item(std::string_view path) const {
    if (const ui::ProbedItem* const item = probe_->Find(path)) return *item;
    std::string all;
    for (const std::string& known : probe_->Paths()) all += "\n  " + known;
    ADD_FAILURE() << "nothing is drawn at \"" << path << "\"; there is:" << all;
    return {};
  }
  [[nodiscard]] std::string Value(std::string_view path) const { return Item(path).value; }
  // Of what is seen of it, as a share from its top left.
  [[nodiscard]] ImVec2 At(std::string_view path, float x = 0.5F, float y = 0.5F) const {
    const ui::ProbedItem item = Item(path);
    EXPECT_TRUE(item.visible) << "\"" << path << "\" cannot be seen: scroll to it first";
    return {item.min.x + (item.max.x - item.min.x) * x, item.min.y + (item.max.y - item.min.y) * y};
  }

  void MoveTo(ImVec2 at) {
    ImGui::GetIO().MousePos = at;
    Frame(2);
  }
  // `frames`: long enough for a tooltip.
  void Hover(std::string_view path, float x = 0.5F, float y = 0.5F, int frames = 40) {
    MoveTo(At(path, x, y));
    Frame(frames);
  }
  void MoveAway() { MoveTo({-1, -1}); }
  void ClickAt(ImVec2 at, int button = 0) {
    MoveTo(at);
    Press(button, true);
    Press(button, false);
    Frame();
    // Later than any double click.
    ImGui::GetIO().DeltaTime = 1;
    Frame();
    ImGui::GetIO().DeltaTime = kFrameSeconds;
  }
  void Click(std::string_view path, float x = 0.5F, float y = 0.5F, int button = 0) {
    EXPECT_TRUE(Item(path).enabled) << "\"" << path << "\" is disabled";
    ClickAt(At(path, x, y), button);
  }
  void ClickTwice(std::string_view path, float x = 0.5F, float y = 0.5F) {
    MoveTo(At(path, x, y));
    for (int i = 0; i < 2; ++i) {
      Press(0, true);
      Press(0, false);
    }
    Frame();
  }
  // In small steps, as a hand does.
  void DragFrom(ImVec2 from, ImVec2 by, int button = 0) {
    MoveTo(from);
    Press(button, true);
    constexpr int kSteps = 8;
    for (int i = 1; i <= kSteps; ++i) {
      const float share = static_cast<float>(i) / kSteps;
      ImGui::GetIO().MousePos = {from.x + by.x * share, from.y + by.y * share};
      Frame();
    }
    Press(button, false);
    Frame();
  }
  void Drag(std::string_view path, ImVec2 by, float x = 0.5F, float y = 0.5F, int button = 0) {
    DragFrom(At(path, x, y), by, button);
  }
  // Positive: away from the user.
  void Wheel(std::string_view path, float amount, float x = 0.5F, float y = 0.5F) {
    MoveTo(At(path, x, y));
    ImGui::GetIO().MouseWheel = amount;
    Frame(2);
  }
  // GLFW's number; down for one frame.
  void Key(int key, bool control = false, bool shift = false) {
    ImGuiIO& io = ImGui::GetIO();
    io.KeyCtrl = control;
    io.KeyShift = shift;
    io.KeysDown[key] = true;
    Frame();
    io.KeysDown[key] = false;
    io.KeyCtrl = io.KeyShift = false;
    Frame();
  }
  // Until it is called with false.
  void HoldControl(bool down) {
    ImGui::GetIO().KeyCtrl = down;
    Frame();
  }
  // Replaces what stands in an input (UTF-8), and leaves it there, still being edited.
  void TypeText(std::string_view path, const std::string& text) {
    Click(path, 0.3F);
    constexpr int kDelete = 261;
    Key('A', true);
    Key(kDelete);
    ImGui::GetIO().AddInputCharactersUTF8(text.c_str());
    Frame(2);
  }
  void Choose(const std::string& combo, const std::string& choice) {
    Click(combo, 0.1F);  // its label is no part to click on
    Frame(2);
    Click(combo + "/" + choice);
  }

 private:
  static constexpr float kFrameSeconds = 1.0F / 60;

  static void MapKeys(ImGuiIO& io) {
    // GLFW's numbers, as the window maps them.
    constexpr std::array<std::pair<ImGuiKey, int>, 20> kKeys = {
        {{ImGuiKey_Tab, 258},      {ImGuiKey_LeftArrow, 263}, {ImGuiKey_RightArrow, 262},
         {ImGuiKey_UpArrow, 265},  {ImGuiKey_DownArrow, 264}, {ImGuiKey_PageUp, 266},
         {ImGuiKey_PageDown, 267}, {ImGuiKey_Home, 268},      {ImGuiKey_End, 269},
         {ImGuiKey_Delete, 261},   {ImGuiKey_Backspace, 259}, {ImGuiKey_Space, 32},
         {ImGuiKey_Enter, 257},    {ImGuiKey_Escape, 256},    {ImGuiKey_A, 'A'},
         {ImGuiKey_C, 'C'},        {ImGuiKey_V, 'V'},         {ImGuiKey_X, 'X'},
         {ImGuiKey_Y, 'Y'},        {ImGuiKey_Z, 'Z'}}};
    for (const auto& [key, number] : kKeys) io.KeyMap[key] = number;
  }

  void Press(int button, bool down) {
    ImGui::GetIO().MouseDown[button] = down;
    Frame();
  }

  void OneFrame() {
    ImGuiIO& io = ImGui::GetIO();
    if (io.DeltaTime <= 0 || io.DeltaTime > 1) io.DeltaTime = kFrameSeconds;
    ImGui::NewFrame();
    if (draw_ && bare_) draw_();
    if (draw_ && !bare_) {
      ImGui::SetNextWindowPos({0, 0});
      ImGui::SetNextWindowSize(io.DisplaySize);
      ImGui::Begin("test", nullptr, ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove);
      draw_();
      ImGui::End();
    }
    ImGui::Render();
    io.MouseWheel = 0;
    probe_->NewFrame();
    Check(*ImGui::GetDrawData());
    textures_->EndFrame();
  }

  void Check(const ImDrawData& data) {
    vertices_ = static_cast<std::size_t>(data.TotalVtxCount);
    for (int i = 0; i < data.CmdListsCount; ++i) {
      const ImDrawList& list = *data.CmdLists[i];
      for (const ImDrawVert& vertex : list.VtxBuffer) {
        if (std::isfinite(vertex.pos.x) && std::isfinite(vertex.pos.y)) continue;
        ADD_FAILURE() << "draws at a place that is no number";
        break;
      }
      for (const ImDrawCmd& command : list.CmdBuffer) {
        if (command.UserCallback != nullptr || command.ElemCount == 0) continue;
        const auto number = reinterpret_cast<std::uintptr_t>(command.TextureId);
        EXPECT_TRUE(number == 1 || backend_.pictures.contains(number))
            << "draws texture " << number << ", which is not there";
        for (unsigned int k = 0; k < command.ElemCount; ++k) {
          const unsigned int vertex =
              list.IdxBuffer[static_cast<int>(command.IdxOffset + k)] + command.VtxOffset;
          if (vertex < static_cast<unsigned int>(list.VtxBuffer.Size)) continue;
          ADD_FAILURE() << "draws a vertex that is not there";
          return;
        }
      }
    }
  }

  std::unique_ptr<ImGuiContext, void (*)(ImGuiContext*)> context_;
  std::unique_ptr<ui::Probe> probe_;
  FakeTextures backend_;
  std::unique_ptr<Textures> textures_;
  std::function<void()> draw_;
  bool bare_ = false;
  std::size_t vertices_ = 0;
  std::string clipboard_;
};

}  // namespace agon::viewer
