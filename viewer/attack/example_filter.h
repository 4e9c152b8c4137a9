// SPDX-License-Identifier: Apache-2.0
// Which examples of an attack's result are listed, in what order, and what they say together.
//
// Thread safety: free functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "viewer/attack/attack_files.h"

namespace agon::viewer {

struct ExampleFilter {
  enum class Which { kAll, kBroken, kStanding, kWrongWhenClean, kBrokenBy };
  Which which = Which::kAll;
  std::int64_t attack = 0;    // of kBrokenBy: place in the suite
  std::int64_t label = -1;    // true class; -1: any
  std::int64_t seen_as = -1;  // class after the attack; -1: any
  enum class Order { kIndex, kDistance, kQueries };
  Order order = Order::kIndex;  // kDistance: in the threat's norm
  bool descending = false;
  bool operator==(const ExampleFilter&) const = default;
};

// Places in table.rows. `norm` is what distances are compared in.
[[nodiscard]] std::vector<std::size_t> FilterExamples(const ExampleTable& table,
                                                      const ExampleFilter& filter,
                                                      std::string_view norm);
[[nodiscard]] double DistanceOf(const ExampleRow& row, std::string_view norm);

struct ClassFigures {
  std::int64_t label = 0;
  std::int64_t examples = 0, wrong_when_clean = 0, broken = 0, stands = 0;
};
struct TableFigures {
  ClassFigures all;
  std::vector<ClassFigures> classes;    // by label, those that occur
  std::vector<std::int64_t> broken_by;  // by place in the suite
  double mean_distance = 0;             // of the broken ones, in the threat's norm
  double largest_distance = 0;
};
[[nodiscard]] TableFigures FiguresOf(const ExampleTable& table,
                                     const std::vector<std::size_t>& rows, std::size_t attacks,
                                     std::string_view norm);

}  // namespace agon::viewer
