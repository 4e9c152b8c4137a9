// SPDX-License-Identifier: Apache-2.0
#include "viewer/attack/example_filter.h"

#include <gtest/gtest.h>

namespace agon::viewer {
namespace {

ExampleTable Table() {
  ExampleTable table;
  table.classes = 3;
  //                 index label clean broken prediction linf l2 l1 l0 queries
  table.rows = {{10, 0, 0, 1, 2, 0.1, 0.8, 3, 9, 40},
                {11, 1, 1, kStands, 1, 0, 0, 0, 0, 141},
                {12, 1, 0, kWrongWhenClean, 0, 0, 0, 0, 0, 0},
                {13, 1, 1, 0, 2, 0.05, 1.5, 4, 8, 1},
                {14, 0, 0, 1, 1, 0.1, 0.9, 5, 7, 20}};
  return table;
}

using Rows = std::vector<std::size_t>;
using Which = ExampleFilter::Which;

Rows Filtered(const ExampleFilter& filter, std::string_view norm = "linf") {
  return FilterExamples(Table(), filter, norm);
}

TEST(ExampleFilter, ByWhatBecameOfThem) {
  EXPECT_EQ(Filtered({}), (Rows{0, 1, 2, 3, 4}));
  EXPECT_EQ(Filtered({.which = Which::kBroken}), (Rows{0, 3, 4}));
  EXPECT_EQ(Filtered({.which = Which::kStanding}), (Rows{1}));
  EXPECT_EQ(Filtered({.which = Which::kWrongWhenClean}), (Rows{2}));
  EXPECT_EQ(Filtered({.which = Which::kBrokenBy, .attack = 0}), (Rows{3}));
  EXPECT_EQ(Filtered({.which = Which::kBrokenBy, .attack = 1}), (Rows{0, 4}));
}

TEST(ExampleFilter, ByClassBeforeAndAfter) {
  EXPECT_EQ(Filtered({.label = 1}), (Rows{1, 2, 3}));
  EXPECT_EQ(Filtered({.seen_as = 2}), (Rows{0, 3}));
  EXPECT_EQ(Filtered({.which = Which::kBroken, .label = 1, .seen_as = 2}), (Rows{3}));
  EXPECT_EQ(Filtered({.label = 7}), Rows{});
}

TEST(ExampleFilter, SortsByTheThreatsNormAndKeepsTheOrderOfEqualOnes) {
  const ExampleFilter nearest{.which = Which::kBroken, .order = ExampleFilter::Order::kDistance};
  EXPECT_EQ(Filtered(nearest), (Rows{3, 0, 4}));
  EXPECT_EQ(Filtered(nearest, "l2"), (Rows{0, 4, 3}));
  EXPECT_EQ(
      Filtered(
          {.which = Which::kBroken, .order = ExampleFilter::Order::kDistance, .descending = true}),
      (Rows{0, 4, 3}));
  EXPECT_EQ(Filtered({.order = ExampleFilter::Order::kQueries, .descending = true}),
            (Rows{1, 0, 4, 3, 2}));
  EXPECT_EQ(Filtered({.descending = true}), (Rows{4, 3, 2, 1, 0}));
}

TEST(TableFigures, CountWhatIsListed) {
  const ExampleTable table = Table();
  const TableFigures all = FiguresOf(table, Filtered({}), 2, "linf");
  EXPECT_EQ(all.all.examples, 5);
  EXPECT_EQ(all.all.broken, 3);
  EXPECT_EQ(all.all.stands, 1);
  EXPECT_EQ(all.all.wrong_when_clean, 1);
  EXPECT_EQ(all.broken_by, (std::vector<std::int64_t>{1, 2}));
  EXPECT_NEAR(all.mean_distance, 0.25 / 3, 1e-12);
  EXPECT_DOUBLE_EQ(all.largest_distance, 0.1);
  ASSERT_EQ(all.classes.size(), 2U);
  EXPECT_EQ(all.classes[1].label, 1);
  EXPECT_EQ(all.classes[1].examples, 3);
  EXPECT_EQ(all.classes[1].stands, 1);
  // An attack the report does not know is counted as broken, by none.
  const TableFigures few = FiguresOf(table, Filtered({.which = Which::kStanding}), 0, "linf");
  EXPECT_EQ(few.all.examples, 1);
  EXPECT_EQ(few.mean_distance, 0);
}

}  // namespace
}  // namespace agon::viewer
