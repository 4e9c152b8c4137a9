// SPDX-License-Identifier: Apache-2.0
#include "viewer/window/probe_file.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace agon::viewer {

ProbeFile::ProbeFile(Path file) : file_(std::move(file)) {
  if (!file_.empty()) probe_ = std::make_unique<ui::Probe>();
}

void ProbeFile::Frame() {
  if (!probe_) return;
  probe_->NewFrame();
  nlohmann::json json = nlohmann::json::object();
  for (const std::string& path : probe_->Paths()) {
    const ui::ProbedItem* const item = probe_->Find(path);
    if (item == nullptr) continue;
    json[path] = {{"x", item->min.x},
                  {"y", item->min.y},
                  {"width", item->max.x - item->min.x},
                  {"height", item->max.y - item->min.y},
                  {"value", item->value},
                  {"enabled", item->enabled},
                  {"visible", item->visible}};
  }
  // Names of runs are valid UTF-8; a panel's value may be anything.
  std::string text = json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text == written_) return;
  WriteFileAtomic(file_, text);
  written_ = std::move(text);
}

}  // namespace agon::viewer
