// SPDX-License-Identifier: Apache-2.0
#include "viewer/attack/example_filter.h"

#include <algorithm>
#include <map>

namespace agon::viewer {
namespace {

bool Passes(const ExampleRow& row, const ExampleFilter& filter) {
  using Which = ExampleFilter::Which;
  if (filter.label >= 0 && row.label != filter.label) return false;
  if (filter.seen_as >= 0 && row.prediction != filter.seen_as) return false;
  switch (filter.which) {
    case Which::kAll:
      return true;
    case Which::kBroken:
      return row.broken_by >= 0;
    case Which::kStanding:
      return row.broken_by == kStands;
    case Which::kWrongWhenClean:
      return row.broken_by == kWrongWhenClean;
    case Which::kBrokenBy:
      return row.broken_by == filter.attack;
  }
  return true;
}

void Count(ClassFigures& figures, const ExampleRow& row) {
  ++figures.examples;
  if (row.broken_by >= 0) ++figures.broken;
  if (row.broken_by == kStands) ++figures.stands;
  if (row.broken_by == kWrongWhenClean) ++figures.wrong_when_clean;
}

}  // namespace

double DistanceOf(const ExampleRow& row, std::string_view norm) {
  if (norm == "l2") return row.l2;
  if (norm == "l1") return row.l1;
  if (norm == "l0") return row.l0;
  return row.linf;
}

std::vector<std::size_t> FilterExamples(const ExampleTable& table, const ExampleFilter& filter,
                                        std::string_view norm) {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (Passes(table.rows[i], filter)) rows.push_back(i);
  }
  // Stable, so that equal ones stay in the order of the dataset.
  const auto by = [&](auto&& value) {
    std::stable_sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) {
      const auto first = value(table.rows[a]);
      const auto second = value(table.rows[b]);
      return filter.descending ? first > second : first < second;
    });
  };
  if (filter.order == ExampleFilter::Order::kDistance) {
    by([&](const ExampleRow& row) { return DistanceOf(row, norm); });
  } else if (filter.order == ExampleFilter::Order::kQueries) {
    by([](const ExampleRow& row) { return row.queries; });
  } else if (filter.descending) {
    std::reverse(rows.begin(), rows.end());
  }
  return rows;
}

TableFigures FiguresOf(const ExampleTable& table, const std::vector<std::size_t>& rows,
                       std::size_t attacks, std::string_view norm) {
  TableFigures figures;
  figures.broken_by.assign(attacks, 0);
  std::map<std::int64_t, ClassFigures> classes;
  for (const std::size_t place : rows) {
    const ExampleRow& row = table.rows[place];
    Count(figures.all, row);
    Count(classes[row.label], row);
    if (row.broken_by < 0) continue;
    const double distance = DistanceOf(row, norm);
    figures.mean_distance += distance;
    figures.largest_distance = std::max(figures.largest_distance, distance);
    const auto attack = static_cast<std::size_t>(row.broken_by);
    if (attack < attacks) ++figures.broken_by[attack];
  }
  if (figures.all.broken > 0) figures.mean_distance /= static_cast<double>(figures.all.broken);
  for (auto& [label, one] : classes) {
    one.label = label;
    figures.classes.push_back(one);
  }
  return figures;
}

}  // namespace agon::viewer
