// SPDX-License-Identifier: Apache-2.0
// The texts a run recorded, up to the timeline's moment.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "viewer/ui/panel.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

class NotesView final : public PanelView {
 public:
  void Draw(PanelContext& context) override {
    const ui::Scope scope("Notes");  // labels below are "Notes/..."
    rows_.clear();
    const auto run = context.workspace.selected();
    if (!run) return ui::CentredNote("no run is selected");
    for (const TrackInfo& track : run->tracks->Tracks()) {
      if (track.kind != TrackKind::kText) continue;
      // The newest item at or before the moment; read in the background, so null for a frame or
      // two.
      const auto item =
          run->tracks->At(track.name, track.kind, context.workspace.timeline().moment());
      if (!item) continue;
      const auto text = context.workspace.items().GetAs<record::Text>(run->tracks, *item);
      rows_.push_back({track.name, item->step, text ? text->text : "..."});
    }
    if (rows_.empty()) return ui::CentredNote("this run recorded no texts");
    ui::InputText("##Filter", filter_, "filter", "tracks whose name has this text");
    for (const Row& row : rows_) {
      if (row.track.find(filter_) == std::string::npos) continue;
      ui::TextDim(fmt::format("{}  step {}", row.track, row.step));
      ui::Text(row.text);
      ui::ReportItem(row.track, row.text);  // so that tests can read it
    }
  }

  [[nodiscard]] std::string Csv() override {
    std::string csv = "track,step\n";
    for (const Row& row : rows_) csv += fmt::format("{},{}\n", row.track, row.step);
    return csv;
  }

  bool Set(std::string_view key, std::string_view value) override {
    if (key != "filter") return false;
    filter_ = value;
    return true;
  }

 private:
  struct Row {
    std::string track;
    std::int64_t step = 0;
    std::string text;
  };
  std::vector<Row> rows_;
  std::string filter_;
};

class NotesPanel final : public Panel {
 public:
  static void Describe(Description<NotesPanel>& d) { d.Title("Notes").Commands({"notes"}); }
  [[nodiscard]] std::unique_ptr<PanelView> Open() const override {
    return std::make_unique<NotesView>();
  }
};

}  // namespace

void RegisterNotesPanel(Registry& registry) {
  registry.Add<Panel, NotesPanel>("notes", "texts a run recorded");
}

}  // namespace agon::viewer
