// SPDX-License-Identifier: Apache-2.0
// Blocks of a report page: one HTML file that opens offline, in light and dark, on paper and on a
// phone, made of generic blocks that every module reuses. No script is needed to read it.
//
//   HtmlReport page("Robustness of net_a", "Fashion-MNIST, 1000 test images");
//   page.Verdict({{.headline = "0.0 % robust", .label = "net_a"}}, "It falls to PGD.");
//   page.Heading("Attacks");
//   page.Table(table);
//   WriteFileAtomic(run / "report.html", page.Finish());
//
// All text is escaped here; callers pass plain text. Thread safety: one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/formats/png.h"
#include "runtime/record/items.h"

namespace agon::record {

class HtmlReport {
 public:
  HtmlReport(std::string title, std::string subtitle);

  // The first thing a reader sees: big figures with a judgement each.
  struct VerdictCard {
    std::string headline;  // "72.4 % robust"
    std::string label;     // "net_a, adversarially trained"
    std::string detail;    // "Linf epsilon 0.1, 1000 images, suite quick"
    enum class Tone { kGood, kBad, kNeutral } tone = Tone::kNeutral;
  };
  void Verdict(const std::vector<VerdictCard>& cards, const std::string& sentence);
  void Heading(std::string text, std::string anchor = {});
  void Paragraph(const std::string& text);
  void Note(const std::string& text);  // a warning box (flags)

  struct TableBlock {
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
    std::vector<bool> numeric;  // right-aligned columns
    std::string caption;
    std::vector<std::string> column_help;  // tooltips; may be empty
  };
  void Table(const TableBlock& table);

  struct Series {
    std::string name;
    std::vector<double> x, y;
  };
  struct ChartBlock {
    std::string title, x_label, y_label;
    std::vector<Series> series;
    bool percent_y = false;  // y in [0,1] shown as 0 to 100 %
    bool log_y = false;
    bool markers = true;
    std::optional<double> y_min = std::nullopt, y_max = std::nullopt;
  };
  void Chart(const ChartBlock& chart);  // inline SVG with axes, grid, legend, titles on points

  struct BarBlock {
    std::string title;
    std::vector<std::string> labels;
    std::vector<std::string> series;          // legend
    std::vector<std::vector<double>> values;  // [series][label], in [0,1]
  };
  void Bars(const BarBlock& bars);

  struct Picture {
    formats::Pixels pixels;
    std::string caption;
  };
  struct GalleryRow {
    std::string caption;            // "image 17, Sneaker"
    std::vector<Picture> pictures;  // as many as there are columns
  };
  struct GalleryBlock {
    std::vector<std::string> columns;  // "clean", "adversarial", "difference x10"
    std::vector<GalleryRow> rows;
    int scale = 4;  // CSS pixels per image pixel, drawn without smoothing
  };
  void Gallery(const GalleryBlock& gallery);

  // Board positions side by side: stones and texts, one overlay as shades with
  // its numbers.
  struct BoardPicture {
    Board board;
    std::string caption;  // "move 7, O to move, value 0.12"
  };
  struct BoardBlock {
    std::vector<BoardPicture> boards;
    std::string overlay;  // name of the overlay that is shown, in percent; empty: none
  };
  void Boards(const BoardBlock& boards);
  void Preformatted(const std::string& summary, const std::string& text);  // folded (<details>)

  [[nodiscard]] std::string Finish() const;

 private:
  struct Section {
    std::string id, text;
  };
  void Block(std::string_view block, bool is_chart = false);

  std::string title_, subtitle_, body_;
  std::vector<Section> sections_;
  bool in_charts_ = false;  // body_ ends inside a group of charts
};

}  // namespace agon::record
