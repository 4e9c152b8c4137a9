// SPDX-License-Identifier: Apache-2.0
#include "viewer/window/register_panels.h"

namespace agon::viewer {

// Each is defined beside its panel. To add one: docs/adding-a-panel.md.
void RegisterRunsPanel(Registry& registry);
void RegisterCurvesPanel(Registry& registry);
void RegisterAttackPanel(Registry& registry);
void RegisterVideoPanel(Registry& registry);
void RegisterGamePanel(Registry& registry);

void RegisterPanels(Registry& registry) {
  RegisterRunsPanel(registry);
  RegisterCurvesPanel(registry);
  RegisterAttackPanel(registry);
  RegisterVideoPanel(registry);
  RegisterGamePanel(registry);
}

}  // namespace agon::viewer
