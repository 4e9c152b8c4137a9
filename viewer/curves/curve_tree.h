// SPDX-License-Identifier: Apache-2.0
// The tree of tracks on the left of the curves, with its filter.
//
// Who needs this file: curves_panel.cpp. Thread safety: the thread that draws.
#pragma once

#include <string>

#include "viewer/curves/curve_model.h"

namespace agon::viewer::curves {

// Fills the current window. `filter`: as it stands in the input.
void DrawTree(CurveModel& model, std::string& filter);

}  // namespace agon::viewer::curves
