// SPDX-License-Identifier: Apache-2.0
// A picture of a panel, or of the whole interface, without any display (--png).
//
// Thread safety: one at a time, since ImGui has one context.
#pragma once

#include <string>
#include <vector>

#include "runtime/formats/png.h"
#include "viewer/window/arguments.h"

namespace agon::viewer {

struct Picture {
  formats::Pixels pixels;
  std::vector<std::string> problems;  // messages a window would have shown
};

// Waits until nothing shown is on its way. Panels must be registered. Error(kUsage) when there is
// no run, Error(kDevice) without OpenGL, Error(kData) when it takes too long.
[[nodiscard]] Picture DrawPicture(const ViewArguments& arguments, const Path& program);

}  // namespace agon::viewer
