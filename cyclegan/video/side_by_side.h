// SPDX-License-Identifier: Apache-2.0
// Two pictures of one size and depth beside each other.
//
// Who needs this file: pipeline.cpp. Thread safety: free of state.
#pragma once

#include "runtime/media/video.h"

namespace agon::cyclegan {

// `both` may have memory, which is used again.
void PutBeside(const media::Picture& left, const media::Picture& right, media::Picture& both);

}  // namespace agon::cyclegan
