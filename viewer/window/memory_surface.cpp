// SPDX-License-Identifier: Apache-2.0
#define GL_GLEXT_PROTOTYPES
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GL/gl.h>
#include <GL/glext.h>
#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

#include <chrono>
#include <thread>

#include "runtime/base/error.h"
#include "viewer/window/gl_textures.h"
#include "viewer/window/surface.h"

namespace agon::viewer {
namespace {

[[noreturn]] void NoOpenGl(const char* what) {
  Fail(ErrorKind::kDevice,
       "agon view: no OpenGL without a display ({}, EGL error {:#x}); install Mesa's software "
       "drivers, libegl1 and libgl1-mesa-dri",
       what, ::eglGetError());
}

// An OpenGL context that needs no display (EGL_MESA_platform_surfaceless).
class EglContext {
 public:
  EglContext() {
    const auto get_display = reinterpret_cast<PFNEGLGETPLATFORMDISPLAYEXTPROC>(
        ::eglGetProcAddress("eglGetPlatformDisplayEXT"));
    if (get_display == nullptr) NoOpenGl("no eglGetPlatformDisplayEXT");
    display_ = get_display(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr);
    if (display_ == EGL_NO_DISPLAY || ::eglInitialize(display_, nullptr, nullptr) == EGL_FALSE) {
      NoOpenGl("no surfaceless display");
    }
    if (::eglBindAPI(EGL_OPENGL_API) == EGL_FALSE) NoOpenGl("no desktop OpenGL");
    const EGLint attributes[] = {EGL_CONTEXT_MAJOR_VERSION,
                                 3,
                                 EGL_CONTEXT_MINOR_VERSION,
                                 2,
                                 EGL_CONTEXT_OPENGL_PROFILE_MASK,
                                 EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT,
                                 EGL_NONE};
    context_ = ::eglCreateContext(display_, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
    if (context_ == EGL_NO_CONTEXT ||
        ::eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, context_) == EGL_FALSE) {
      NoOpenGl("no context of OpenGL 3.2");
    }
  }
  ~EglContext() {
    ::eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    ::eglDestroyContext(display_, context_);
    // No eglTerminate: the display is one for the process, and drivers that are unloaded leave
    // memory behind.
  }
  EglContext(const EglContext&) = delete;
  EglContext& operator=(const EglContext&) = delete;

 private:
  EGLDisplay display_ = EGL_NO_DISPLAY;
  EGLContext context_ = EGL_NO_CONTEXT;
};

class MemorySurface final : public Surface {
 public:
  explicit MemorySurface(const SurfaceOptions& options)
      : width_(options.width), height_(options.height) {
    ::glGenFramebuffers(1, &frame_);
    ::glGenRenderbuffers(1, &colour_);
    ::glBindRenderbuffer(GL_RENDERBUFFER, colour_);
    ::glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, width_, height_);
    ::glBindFramebuffer(GL_FRAMEBUFFER, frame_);
    ::glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, colour_);
    if (::glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) {
      NoOpenGl("no frame of this size");
    }
    if (!::ImGui_ImplOpenGL3_Init("#version 150")) NoOpenGl("ImGui's renderer did not start");
  }
  ~MemorySurface() override {
    ::ImGui_ImplOpenGL3_Shutdown();
    ::glDeleteFramebuffers(1, &frame_);
    ::glDeleteRenderbuffers(1, &colour_);
  }

  [[nodiscard]] bool open() const override { return true; }
  bool Wait(double seconds) override {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    return false;
  }
  void NewFrame() override {
    ::ImGui_ImplOpenGL3_NewFrame();
    ImGui::GetIO().DisplaySize = ImVec2(static_cast<float>(width_), static_cast<float>(height_));
  }
  void Show(const std::function<void(formats::Pixels)>& read) override {
    ::glViewport(0, 0, width_, height_);
    ::glClearColor(0, 0, 0, 1);
    ::glClear(GL_COLOR_BUFFER_BIT);
    ::ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    ::glFinish();  // what a window's swap waits for
    if (read) read(ReadFrame(width_, height_));
  }
  [[nodiscard]] float scale() const override { return 1; }
  [[nodiscard]] bool visible() const override { return true; }
  void SetTitle(const std::string& /*title*/) override {}
  void Size(int& width, int& height) const override {
    width = width_;
    height = height_;
  }

 private:
  EglContext context_;  // first, so that it outlives the rest
  int width_, height_;
  GLuint frame_ = 0, colour_ = 0;
};

}  // namespace

Surface::~Surface() = default;

std::unique_ptr<Surface> OpenMemory(const SurfaceOptions& options) {
  return std::make_unique<MemorySurface>(options);
}

}  // namespace agon::viewer
