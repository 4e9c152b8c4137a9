// SPDX-License-Identifier: Apache-2.0
// Which curves are shown, and how they are put together: the tracks of all runs looked at,
// filtered, switched on and off by group, as plots.
//
// Who needs this file: curves_panel.cpp. Thread safety: one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace agon::viewer::curves {

// A line of the tree: a track, or all that begin alike up to a '/'.
struct TreeRow {
  int depth = 0;
  std::string label;  // what stands there: "net_a", or "attack/net_a" where nothing branches off
  std::string path;   // of the whole group or track
  bool group = false;
  bool open = false;
  std::size_t tracks = 0, shown = 0;
};

// One plot: its tracks are drawn into it for each run.
struct PlotGroup {
  std::string title;
  std::vector<std::string> tracks;
  std::vector<std::string> names;  // what tells them apart, short
};

class CurveModel {
 public:
  // Sorted, each once. Keeps what was switched off, also of tracks that are not there now.
  void SetTracks(std::vector<std::string> names);
  [[nodiscard]] const std::vector<std::string>& tracks() const { return names_; }
  // Words that a name must have (text_tail.h, FilterLines).
  void SetFilter(std::string text);
  [[nodiscard]] const std::string& filter() const { return filter_; }
  // Tracks whose names end alike, after the last '/', share a plot.
  void SetOverlaid(bool overlaid);
  [[nodiscard]] bool overlaid() const { return overlaid_; }

  // The track, or all below the group, as far as the filter lets them through.
  void Show(const TreeRow& row, bool show);
  // Only these; when that is so already: all again.
  void Only(const TreeRow& row);
  void Fold(const TreeRow& row);

  [[nodiscard]] const std::vector<TreeRow>& Rows();
  [[nodiscard]] const std::vector<PlotGroup>& Plots();

 private:
  void Update();
  void AddRows(std::size_t first, std::size_t last, std::size_t prefix, int depth);
  [[nodiscard]] std::pair<std::size_t, std::size_t> RangeOf(const TreeRow& row) const;

  std::vector<std::string> names_;
  std::vector<std::string> filtered_;
  std::string filter_;
  bool overlaid_ = false;
  std::set<std::string, std::less<>> hidden_;
  std::set<std::string, std::less<>> folded_;  // groups that are not as they were at first
  bool changed_ = true;
  std::vector<std::size_t> shown_before_;  // of filtered_
  std::vector<TreeRow> rows_;
  std::vector<PlotGroup> plots_;
};

// The part after the last '/'.
[[nodiscard]] std::string_view LastPart(std::string_view track);
// The part before it, "" when there is none.
[[nodiscard]] std::string_view GroupPart(std::string_view track);
// What tells the tracks of one plot apart: without the parts that all begin with, and the one that
// all end with.
[[nodiscard]] std::vector<std::string> ShortNames(const std::vector<std::string>& tracks);
// A field of CSV: quoted where it must be.
[[nodiscard]] std::string CsvField(std::string_view text);

}  // namespace agon::viewer::curves
