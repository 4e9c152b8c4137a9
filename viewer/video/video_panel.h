// SPDX-License-Identifier: Apache-2.0
// The Video panel: a translation beside its source, frame by frame, with what changes between
// frames, and the samples of a training.
//
// Who needs this file: register_panels.cpp by RegisterVideoPanel alone; tests, which give a
// VideoOpener of their own.
//
// Thread safety: the thread that draws.
#pragma once

#include <memory>

#include "viewer/ui/panel.h"
#include "viewer/video/video_pair.h"

namespace agon::viewer {

// `open`: empty: media::Videos().Open.
[[nodiscard]] std::unique_ptr<PanelView> MakeVideoView(VideoOpener open = {});

void RegisterVideoPanel(Registry& registry);

}  // namespace agon::viewer
