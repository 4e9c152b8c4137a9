// SPDX-License-Identifier: Apache-2.0
// The program agon-view without its main: a window, a picture, or frames for nobody.
//
// Thread safety: the main thread, as GLFW wants it.
#pragma once

#include "viewer/window/arguments.h"

namespace agon::viewer {

// `program`: build/agon, for starting runs and playing games. Returns the exit code. Error(kUsage)
// when there is no display or nothing to be shown, Error(kDevice) without OpenGL, Error(kIo).
int RunViewer(const ViewArguments& arguments, const Path& program);

}  // namespace agon::viewer
