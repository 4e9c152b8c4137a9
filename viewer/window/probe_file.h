// SPDX-License-Identifier: Apache-2.0
// Where everything in the window was drawn, as JSON in a file (--probe): tests that work the real
// window by mouse find their way with it.
//
// Thread safety: the thread that draws.
#pragma once

#include <memory>
#include <string>

#include "runtime/base/files.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {

class ProbeFile {
 public:
  explicit ProbeFile(Path file);  // empty: nothing is written, and nothing collected

  // After each frame: {PATH: {x, y, width, height, value, enabled, visible}}, when it changed.
  void Frame();

 private:
  Path file_;
  std::unique_ptr<ui::Probe> probe_;
  std::string written_;
};

}  // namespace agon::viewer
