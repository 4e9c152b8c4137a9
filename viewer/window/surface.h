// SPDX-License-Identifier: Apache-2.0
// Where frames are drawn: a window (GLFW), or memory (EGL without any display, for --png, tests and
// measuring). Both have a current OpenGL 3 context and ImGui's backend for it.
//
//   const auto surface = OpenWindow({...});          // or OpenMemory
//   while (surface->open()) { surface->NewFrame(); ImGui::NewFrame(); ...; ImGui::Render();
//                             surface->Show(); }
//
// Thread safety: the thread that made it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/formats/png.h"

namespace agon::viewer {

class Surface {
 public:
  virtual ~Surface();
  Surface() = default;
  Surface(const Surface&) = delete;
  Surface& operator=(const Surface&) = delete;

  [[nodiscard]] virtual bool open() const = 0;  // false: the user closed it
  // Waits for something to happen, for `seconds` at most; events reach ImGui and `on_key`. True
  // when something did.
  virtual bool Wait(double seconds) = 0;
  virtual void NewFrame() = 0;
  // Draws what ImGui::Render made; `read`: its pixels, when wanted.
  virtual void Show(const std::function<void(formats::Pixels)>& read) = 0;
  [[nodiscard]] virtual float scale() const = 0;  // of the display
  [[nodiscard]] virtual bool visible() const = 0;
  virtual void SetTitle(const std::string& title) = 0;
  virtual void Size(int& width, int& height) const = 0;  // as OpenWindow takes it
};

struct SurfaceOptions {
  int width = 0, height = 0;
  std::function<void(int key, bool control, bool shift)> on_key;
};

// Error(kUsage) with the cure when there is no display, Error(kDevice) when there is no OpenGL.
// ImGui's context must exist.
[[nodiscard]] std::unique_ptr<Surface> OpenWindow(const SurfaceOptions& options);
[[nodiscard]] std::unique_ptr<Surface> OpenMemory(const SurfaceOptions& options);

}  // namespace agon::viewer
