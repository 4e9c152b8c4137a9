// SPDX-License-Identifier: Apache-2.0
#include "viewer/ui/panel.h"

#include <utility>

namespace agon::viewer {

PanelView::~PanelView() = default;
Panel::~Panel() = default;

std::string PanelView::Csv() { return {}; }
bool PanelView::Set(std::string_view /*key*/, std::string_view /*value*/) { return false; }

Panel::Capabilities& Panel::Capabilities::Title(std::string text) {
  title = std::move(text);
  return *this;
}

Panel::Capabilities& Panel::Capabilities::Commands(std::vector<std::string> names) {
  commands = std::move(names);
  return *this;
}

nlohmann::json Panel::Capabilities::ToJson() const {
  return {{"title", title}, {"commands", commands}};
}

}  // namespace agon::viewer
