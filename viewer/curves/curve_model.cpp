// SPDX-License-Identifier: Apache-2.0
#include "viewer/curves/curve_model.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "viewer/core/text_tail.h"

namespace agon::viewer::curves {
namespace {

// A run of few tracks shows all of them, one of many its groups only.
constexpr std::size_t kFewTracks = 60;

}  // namespace

void CurveModel::SetTracks(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (names == names_) return;
  names_ = std::move(names);
  changed_ = true;
}

void CurveModel::SetFilter(std::string text) {
  if (text == filter_) return;
  filter_ = std::move(text);
  changed_ = true;
}

void CurveModel::SetOverlaid(bool overlaid) {
  changed_ = changed_ || overlaid != overlaid_;
  overlaid_ = overlaid;
}

std::pair<std::size_t, std::size_t> CurveModel::RangeOf(const TreeRow& row) const {
  // All that begin alike stand beside one another.
  const std::string prefix = row.group ? row.path + "/" : row.path;
  const auto first = std::lower_bound(filtered_.begin(), filtered_.end(), prefix);
  const auto last = std::find_if(first, filtered_.end(), [&](const std::string& name) {
    return row.group ? !name.starts_with(prefix) : name != prefix;
  });
  return {static_cast<std::size_t>(first - filtered_.begin()),
          static_cast<std::size_t>(last - filtered_.begin())};
}

void CurveModel::Show(const TreeRow& row, bool show) {
  Update();
  const auto [first, last] = RangeOf(row);
  for (std::size_t i = first; i < last; ++i) {
    if (show) {
      hidden_.erase(filtered_[i]);
    } else {
      hidden_.insert(filtered_[i]);
    }
  }
  changed_ = true;
}

void CurveModel::Only(const TreeRow& row) {
  Update();
  const auto [first, last] = RangeOf(row);
  bool already = true;
  for (std::size_t i = 0; i < filtered_.size(); ++i) {
    already = already && hidden_.contains(filtered_[i]) == (i < first || i >= last);
  }
  hidden_.clear();
  if (!already) {
    for (std::size_t i = 0; i < filtered_.size(); ++i) {
      if (i < first || i >= last) hidden_.insert(filtered_[i]);
    }
  }
  changed_ = true;
}

void CurveModel::Fold(const TreeRow& row) {
  if (folded_.erase(row.path) == 0) folded_.insert(row.path);
  changed_ = true;
}

const std::vector<TreeRow>& CurveModel::Rows() {
  Update();
  return rows_;
}

const std::vector<PlotGroup>& CurveModel::Plots() {
  Update();
  return plots_;
}

void CurveModel::AddRows(std::size_t first, std::size_t last, std::size_t prefix, int depth) {
  while (first < last) {
    const std::string& name = filtered_[first];
    std::size_t slash = name.find('/', prefix);
    TreeRow row{.depth = depth, .label = {}, .path = {}};
    std::size_t end = first + 1;
    if (slash != std::string::npos) {
      row.group = true;
      const auto alike = [&](std::size_t length) {
        return static_cast<std::size_t>(
            std::find_if(filtered_.begin() + static_cast<std::ptrdiff_t>(first),
                         filtered_.begin() + static_cast<std::ptrdiff_t>(last),
                         [&](const std::string& other) {
                           return other.compare(0, length + 1, name, 0, length + 1) != 0;
                         }) -
            filtered_.begin());
      };
      end = alike(slash);
      // A group whose only content is a group is one line with it.
      for (std::size_t next = name.find('/', slash + 1);
           next != std::string::npos && alike(next) == end; next = name.find('/', slash + 1)) {
        slash = next;
      }
      // So is a group of one track.
      if (end == first + 1) {
        row.group = false;
        slash = std::string::npos;
      }
    }
    row.path = name.substr(0, slash);
    row.label = row.path.substr(std::min(prefix, row.path.size()));
    row.tracks = end - first;
    row.shown = shown_before_[end] - shown_before_[first];
    if (row.group) {
      const bool open_at_first = filtered_.size() <= kFewTracks || !filter_.empty();
      row.open = open_at_first != folded_.contains(row.path);
    }
    const bool open = row.group && row.open;
    rows_.push_back(std::move(row));
    if (open) AddRows(first, end, slash + 1, depth + 1);
    first = end;
  }
}

void CurveModel::Update() {
  if (!std::exchange(changed_, false)) return;
  if (filter_.empty()) {
    filtered_ = names_;
  } else {
    filtered_.clear();
    for (const std::size_t place : FilterLines(names_, filter_)) {
      filtered_.push_back(names_[place]);
    }
  }
  shown_before_.assign(1, 0);
  shown_before_.reserve(filtered_.size() + 1);
  plots_.clear();
  std::map<std::string_view, std::size_t> places;  // of overlaid plots, by title
  for (const std::string& name : filtered_) {
    const bool shown = !hidden_.contains(name);
    shown_before_.push_back(shown_before_.back() + (shown ? 1 : 0));
    if (!shown) continue;
    if (!overlaid_) {
      plots_.push_back({name, {name}, {std::string(LastPart(name))}});
      continue;
    }
    const auto [place, is_new] = places.try_emplace(LastPart(name), plots_.size());
    if (is_new) plots_.push_back({std::string(place->first), {}, {}});
    plots_[place->second].tracks.push_back(name);
  }
  for (PlotGroup& plot : plots_) {
    if (plot.tracks.size() > 1) {
      plot.names = ShortNames(plot.tracks);
    } else if (plot.names.empty()) {
      plot.names.assign(1, plot.title);
    }
  }
  rows_.clear();
  AddRows(0, filtered_.size(), 0, 0);
}

std::string_view LastPart(std::string_view track) {
  const std::size_t slash = track.rfind('/');
  return slash == std::string_view::npos ? track : track.substr(slash + 1);
}

std::string_view GroupPart(std::string_view track) {
  const std::size_t slash = track.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : track.substr(0, slash);
}

std::vector<std::string> ShortNames(const std::vector<std::string>& tracks) {
  std::vector<std::string> names;
  std::size_t alike = 0;  // bytes that all groups begin with, up to after a '/'
  for (const std::string& track : tracks) {
    const std::string_view group = GroupPart(track);
    names.emplace_back(group.empty() ? std::string_view(track) : group);
    const std::size_t most = names.size() == 1 ? group.size() : std::min(alike, group.size());
    std::size_t same = 0;
    while (same < most && group[same] == names.front()[same]) ++same;
    const std::size_t slash = group.substr(0, same).rfind('/');
    alike = slash == std::string_view::npos ? 0 : slash + 1;
  }
  for (std::string& name : names) {
    if (alike < name.size()) name.erase(0, alike);
  }
  return names;
}

std::string CsvField(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string field = "\"";
  for (const char letter : text) {
    if (letter == '"') field += '"';
    field += letter;
  }
  return field + '"';
}

}  // namespace agon::viewer::curves
