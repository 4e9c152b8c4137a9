// SPDX-License-Identifier: Apache-2.0
#define GLFW_INCLUDE_NONE
#include <GL/gl.h>
#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

#include <algorithm>
#include <string>

#include "runtime/base/error.h"
#include "viewer/window/gl_textures.h"
#include "viewer/window/surface.h"

namespace agon::viewer {
namespace {

constexpr int kLeastWidth = 320, kLeastHeight = 240;
constexpr const char* kCure =
    "start it where there is a desktop, or write a picture with --png FILE, which needs none";

std::string LastProblem() {
  const char* text = nullptr;
  return ::glfwGetError(&text) == GLFW_NO_ERROR || text == nullptr ? "no reason given" : text;
}

struct Glfw {
  Glfw() {
    if (::glfwInit() == GLFW_FALSE) {
      Fail(ErrorKind::kUsage, "agon view: no display ({}); {}", LastProblem(), kCure);
    }
  }
  ~Glfw() { ::glfwTerminate(); }
  Glfw(const Glfw&) = delete;
  Glfw& operator=(const Glfw&) = delete;
};

struct CloseWindow {
  void operator()(GLFWwindow* window) const { ::glfwDestroyWindow(window); }
};

class GlfwSurface final : public Surface {
 public:
  explicit GlfwSurface(const SurfaceOptions& options) : on_key_(options.on_key) {
    ::glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
    ::glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 2);
    ::glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
    ::glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
    ::glfwWindowHintString(GLFW_X11_CLASS_NAME, "agon-view");
    ::glfwWindowHintString(GLFW_X11_INSTANCE_NAME, "agon-view");
    int width = options.width, height = options.height;
    FitToDisplay(width, height);
    window_.reset(::glfwCreateWindow(width, height, "Agon", nullptr, nullptr));
    if (!window_) {
      Fail(ErrorKind::kDevice, "agon view: no OpenGL 3.2 for a window ({}); {}", LastProblem(),
           kCure);
    }
    ::glfwSetWindowSizeLimits(window_.get(), kLeastWidth, kLeastHeight, GLFW_DONT_CARE,
                              GLFW_DONT_CARE);
    ::glfwMakeContextCurrent(window_.get());
    ::glfwSwapInterval(1);
    ::glfwSetWindowUserPointer(window_.get(), this);
    // Before ImGui's backend, which calls on what was there.
    ::glfwSetKeyCallback(window_.get(), OnKey);
    ::glfwSetCharCallback(window_.get(), [](GLFWwindow* w, unsigned) { Wake(w); });
    ::glfwSetMouseButtonCallback(window_.get(), [](GLFWwindow* w, int, int, int) { Wake(w); });
    ::glfwSetScrollCallback(window_.get(), [](GLFWwindow* w, double, double) { Wake(w); });
    ::glfwSetWindowFocusCallback(window_.get(), [](GLFWwindow* w, int) { Wake(w); });
    ::glfwSetCursorEnterCallback(window_.get(), [](GLFWwindow* w, int) { Wake(w); });
    ::glfwSetCursorPosCallback(window_.get(), [](GLFWwindow* w, double, double) { Wake(w); });
    ::glfwSetFramebufferSizeCallback(window_.get(), [](GLFWwindow* w, int, int) { Wake(w); });
    ::glfwSetWindowRefreshCallback(window_.get(), [](GLFWwindow* w) { Wake(w); });
    ::glfwSetWindowIconifyCallback(window_.get(), [](GLFWwindow* w, int) { Wake(w); });
    if (!::ImGui_ImplGlfw_InitForOpenGL(window_.get(), /*install_callbacks=*/true)) {
      Fail(ErrorKind::kDevice, "agon view: ImGui's window backend did not start");
    }
    if (!::ImGui_ImplOpenGL3_Init("#version 150")) {
      ::ImGui_ImplGlfw_Shutdown();
      Fail(ErrorKind::kDevice, "agon view: ImGui's renderer did not start: OpenGL 3.2 is missing");
    }
  }
  ~GlfwSurface() override {
    ::ImGui_ImplOpenGL3_Shutdown();
    ::ImGui_ImplGlfw_Shutdown();
  }

  [[nodiscard]] bool open() const override {
    return ::glfwWindowShouldClose(window_.get()) == GLFW_FALSE;
  }
  bool Wait(double seconds) override {
    happened_ = false;
    if (seconds > 0) {
      ::glfwWaitEventsTimeout(seconds);
    } else {
      ::glfwPollEvents();
    }
    return happened_;
  }
  void NewFrame() override {
    ::ImGui_ImplOpenGL3_NewFrame();
    ::ImGui_ImplGlfw_NewFrame();
  }
  void Show(const std::function<void(formats::Pixels)>& read) override {
    int width = 0, height = 0;
    ::glfwGetFramebufferSize(window_.get(), &width, &height);
    ::glViewport(0, 0, width, height);
    ::glClearColor(0, 0, 0, 1);
    ::glClear(GL_COLOR_BUFFER_BIT);
    ::ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    if (read && width > 0 && height > 0) read(ReadFrame(width, height));
    ::glfwSwapBuffers(window_.get());
  }
  [[nodiscard]] float scale() const override {
    float x = 1, y = 1;
    ::glfwGetWindowContentScale(window_.get(), &x, &y);
    return std::max(x, y) > 0 ? std::max(x, y) : 1;
  }
  [[nodiscard]] bool visible() const override {
    return ::glfwGetWindowAttrib(window_.get(), GLFW_ICONIFIED) == GLFW_FALSE;
  }
  void SetTitle(const std::string& title) override {
    if (title == title_) return;
    title_ = title;
    ::glfwSetWindowTitle(window_.get(), title.c_str());
  }
  void Size(int& width, int& height) const override {
    ::glfwGetWindowSize(window_.get(), &width, &height);
  }

 private:
  static void OnKey(GLFWwindow* window, int key, int /*scancode*/, int action, int mods) {
    auto* const self = static_cast<GlfwSurface*>(::glfwGetWindowUserPointer(window));
    self->happened_ = true;
    if (action == GLFW_RELEASE || key < 0 || !self->on_key_) return;
    self->on_key_(key, (mods & GLFW_MOD_CONTROL) != 0, (mods & GLFW_MOD_SHIFT) != 0);
  }
  static void Wake(GLFWwindow* window) {
    static_cast<GlfwSurface*>(::glfwGetWindowUserPointer(window))->happened_ = true;
  }
  // A remembered size may be of a larger display.
  static void FitToDisplay(int& width, int& height) {
    GLFWmonitor* const monitor = ::glfwGetPrimaryMonitor();
    if (monitor == nullptr) return;
    int x = 0, y = 0, free_width = 0, free_height = 0;
    ::glfwGetMonitorWorkarea(monitor, &x, &y, &free_width, &free_height);
    if (free_width > 0) width = std::min(width, free_width);
    if (free_height > 0) height = std::min(height, free_height);
  }

  Glfw glfw_;  // first, so that it outlives the rest
  std::unique_ptr<GLFWwindow, CloseWindow> window_;
  std::function<void(int, bool, bool)> on_key_;
  bool happened_ = false;
  std::string title_ = "Agon";
};

}  // namespace

std::unique_ptr<Surface> OpenWindow(const SurfaceOptions& options) {
  return std::make_unique<GlfwSurface>(options);
}

}  // namespace agon::viewer
