// SPDX-License-Identifier: Apache-2.0
// How OpenCV behaves inside Agon: one thread a call, and silent. Private to this folder.
//
// Thread safety: a free function, from any thread, as often as one likes.
#pragma once

namespace agon::media {

// One thread, because callers bring their own and because DIS gives other results for other numbers
// of threads. Silent, because what goes wrong is told by our errors; a library prints nothing.
void SetUpOpenCv();

}  // namespace agon::media
