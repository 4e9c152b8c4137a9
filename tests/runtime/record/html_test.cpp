// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/html.h"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "tests/runtime/record/record_helpers.h"

namespace agon::record {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kNasty = "<b>\"Tom\" & 'Jerry'</b><script>alert(1)</script>";

// Reads a page tag by tag; returns what is wrong with it, or nothing.
std::string WhatIsWrong(const std::string& page) {
  static const std::set<std::string> kVoid = {"meta", "img", "br", "hr"};
  std::vector<std::string> open;
  std::set<std::string> ids;
  std::size_t at = page.find("<html");
  while (at < page.size()) {
    if (page[at] == '>') return "a loose > at " + page.substr(at, 30);
    if (page[at] != '<') {
      ++at;
      continue;
    }
    // The end of the tag, outside of quotes.
    std::size_t end = at + 1;
    for (bool quoted = false; end < page.size() && (quoted || page[end] != '>'); ++end) {
      if (page[end] == '"') quoted = !quoted;
      if (page[end] == '<') return "a tag inside a tag: " + page.substr(at, 60);
    }
    if (end == page.size()) return "a tag without an end";
    const std::string tag = page.substr(at + 1, end - at - 1);
    const bool closing = tag[0] == '/';
    const std::string name = tag.substr(closing ? 1 : 0, tag.find(' ') - (closing ? 1 : 0));
    if (closing) {
      if (open.empty() || open.back() != name) return "wrongly closed: " + tag;
      open.pop_back();
    } else if (kVoid.count(name) == 0) {
      open.push_back(name);
    }
    if (const std::size_t id = tag.find(" id=\""); id != std::string::npos) {
      const std::string value = tag.substr(id + 5, tag.find('"', id + 5) - id - 5);
      if (!ids.insert(value).second) return "an id twice: " + value;
    }
    at = end + 1;
    // The style sheet is no markup.
    if (tag == "style") at = page.find("</style>", at);
  }
  return open.empty() ? "" : "never closed: " + open.back();
}

// Every block, with hostile text wherever text can stand.
std::string Everything() {
  const std::string nasty(kNasty);
  HtmlReport page(nasty, nasty);
  page.Verdict({{nasty, nasty, nasty, HtmlReport::VerdictCard::Tone::kBad},
                {nasty, nasty, nasty, HtmlReport::VerdictCard::Tone::kGood},
                {nasty, nasty, "", HtmlReport::VerdictCard::Tone::kNeutral}},
               nasty);
  page.Heading(nasty, nasty);
  page.Heading(nasty);
  page.Heading(nasty);
  page.Paragraph(nasty);
  page.Note(nasty);
  page.Table({{nasty, nasty}, {{nasty, "1"}, {nasty}}, {false, true}, nasty, {nasty, ""}});
  page.Chart({nasty, nasty, nasty, {{nasty, {0, 1, 2}, {0.5, 0.25, 1}}, {nasty, {1}, {1}}}});
  page.Bars({nasty, {nasty, "b"}, {nasty}, {{0.5, 1}, {NAN}}});
  page.Gallery({{nasty}, {{nasty, {{Checkers(3, 2, 3), nasty}}}}, 4});
  Board board;
  board.width = 2;
  board.height = 1;
  board.cells = {nasty, ""};
  board.colours = {1, 0};
  board.overlays.push_back({.name = nasty, .values = {0, 0.5F}});
  page.Boards({{{board, nasty}, {Board(), ""}}, nasty});
  page.Preformatted(nasty, nasty);
  page.Chart({});  // a page that ends with a chart
  return page.Finish();
}

TEST(HtmlReport, ClosesEveryTagItOpens) {
  EXPECT_EQ(WhatIsWrong(Everything()), "");
  EXPECT_EQ(WhatIsWrong(HtmlReport("", "").Finish()), "");
}

// The checker itself must be able to fail.
TEST(HtmlReport, TheCheckerSeesWhatIsWrong) {
  EXPECT_NE(WhatIsWrong("<html><p></html>"), "");
  EXPECT_NE(WhatIsWrong("<html><p id=\"a\"></p><p id=\"a\"></p></html>"), "");
  EXPECT_NE(WhatIsWrong("<html>1 > 0</html>"), "");
  EXPECT_NE(WhatIsWrong("<html><p title=\"<b>\"></p></html>"), "");
}

TEST(HtmlReport, EscapesAllText) {
  const std::string page = Everything();
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
  EXPECT_THAT(page, Not(HasSubstr("\"Tom\"")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
}

// The page opens offline, and tells nobody that it was opened.
TEST(HtmlReport, LoadsNothing) {
  const std::string page = Everything();
  for (const char* source : {"http:", "https:", "url(", "@import", "<link", "src=\"/", "src='"}) {
    EXPECT_THAT(page, Not(HasSubstr(source)));
  }
}

TEST(HtmlReport, TheSameInputGivesTheSameBytes) { EXPECT_EQ(Everything(), Everything()); }

TEST(HtmlReport, AlignsNumbersToTheRight) {
  HtmlReport page("t", "");
  page.Table({{"name", "count"}, {{"a", "1"}}, {false, true}, "", {}});
  EXPECT_THAT(page.Finish(), HasSubstr("<td>a</td><td class=\"n\">1</td>"));
}

TEST(HtmlReport, GroupsChartsThatFollowEachOther) {
  HtmlReport page("t", "");
  const HtmlReport::ChartBlock chart{"c", "x", "y", {{"s", {0, 1}, {0, 1}}}};
  page.Chart(chart);
  page.Chart(chart);
  page.Paragraph("between");
  page.Chart(chart);
  const std::string text = page.Finish();
  const std::string group = "<div class=\"charts\">";
  std::size_t groups = 0;
  for (auto at = text.find(group); at != std::string::npos; at = text.find(group, at + 1)) ++groups;
  EXPECT_EQ(groups, 2U);
  EXPECT_EQ(WhatIsWrong(text), "");
}

TEST(HtmlChart, PointsSayTheirValues) {
  HtmlReport page("t", "");
  HtmlReport::ChartBlock chart{"c", "epsilon", "y", {{"net_a", {0, 0.1}, {0.918, 0.724}}}};
  chart.percent_y = true;
  page.Chart(chart);
  EXPECT_THAT(page.Finish(), HasSubstr("<title>net_a: 72.4 % at epsilon 0.1</title>"));
}

// Values that cannot be drawn leave a gap; they are not joined over.
TEST(HtmlChart, BreaksTheLineWhereThereIsNoValue) {
  HtmlReport page("t", "");
  HtmlReport::ChartBlock chart{"", "", "", {{"s", {0, 1, 2, 3, 4}, {1, 2, NAN, 2, 1}}}};
  chart.markers = false;
  page.Chart(chart);
  const std::string text = page.Finish();
  const std::size_t line = text.find("<path class=\"l s0\" d=\"M", text.find("role=\"img\""));
  ASSERT_NE(line, std::string::npos);
  const std::string path = text.substr(line, text.find("</path>", line) - line);
  EXPECT_EQ(std::count(path.begin(), path.end(), 'M'), 2);
  EXPECT_EQ(std::count(path.begin(), path.end(), 'L'), 2);
  EXPECT_THAT(text, Not(HasSubstr("nan")));
}

TEST(HtmlChart, SurvivesAnyNumbers) {
  const double infinity = INFINITY;
  for (const bool log_y : {false, true}) {
    HtmlReport page("t", "");
    HtmlReport::ChartBlock chart{
        "", "", "", {{"s", {0, infinity, 1, 2, 3}, {-1, 1, 1e308, -1e308, NAN}}, {"e", {}, {}}}};
    chart.log_y = log_y;
    page.Chart(chart);
    chart.y_min = 0;
    chart.y_max = 0;
    page.Chart(chart);
    const std::string text = page.Finish();
    EXPECT_EQ(WhatIsWrong(text), "");
    EXPECT_THAT(text, Not(HasSubstr("nan")));
    EXPECT_THAT(text, Not(HasSubstr(" inf")));
  }
}

// A million points must not make a page of a hundred megabytes, nor hide a peak.
TEST(HtmlChart, ThinsLongSeriesAndKeepsTheirPeaks) {
  HtmlReport::Series series{"s", {}, {}};
  for (int i = 0; i < 1'000'000; ++i) {
    series.x.push_back(i);
    series.y.push_back(i == 777'777 ? 9 : std::sin(i * 0.001));
  }
  HtmlReport page("t", "");
  page.Chart({"", "", "", {series}});
  EXPECT_LT(page.Finish().size(), 60'000U);
  EXPECT_THAT(page.Finish(), HasSubstr(">8</text>"));  // the axis reaches up to the peak
}

TEST(HtmlGallery, ShowsPixelsAsTheyAre) {
  HtmlReport page("t", "");
  page.Gallery({{"clean"}, {{"row", {{Checkers(28, 28, 1), "Sneaker"}}}}, 4});
  const std::string text = page.Finish();
  EXPECT_THAT(text, HasSubstr("src=\"data:image/png;base64,iVBORw0KGgo"));
  EXPECT_THAT(text, HasSubstr("width=\"112\" height=\"112\""));
  EXPECT_THAT(text, HasSubstr("image-rendering: pixelated"));
}

// A stone for each colour, a share on each empty cell that has one, nothing beyond the board.
TEST(HtmlBoards, ShowStonesAndShares) {
  Board board;
  board.width = 3;
  board.height = 2;
  board.cells = {"X", "O", "", "", "", ""};
  board.colours = {1, 2, 0, 0, 0, 0};
  board.overlays = {{.name = "prior", .values = {0, 0, 1, 0, 0, 0}},
                    {.name = "visits", .values = {0, 0, 0.25F, 0.75F, 0, 0}}};
  HtmlReport page("t", "");
  page.Boards({{{board, "move 3"}}, "visits"});
  const std::string text = page.Finish();
  EXPECT_THAT(text, HasSubstr("stone p1"));
  EXPECT_THAT(text, HasSubstr("stone p2"));
  EXPECT_THAT(text, HasSubstr(">25<"));
  EXPECT_THAT(text, HasSubstr(">75<"));
  EXPECT_THAT(text, Not(HasSubstr(">100<")));  // of another overlay
  EXPECT_THAT(text, HasSubstr("<figcaption>move 3</figcaption>"));
  // A board whose cells and overlay are too short is drawn empty.
  board.cells.clear();
  board.colours.clear();
  board.overlays[1].values.clear();
  HtmlReport other("t", "");
  other.Boards({{{board, ""}}, "visits"});
  EXPECT_THAT(other.Finish(), Not(HasSubstr("stone p1")));
}

}  // namespace
}  // namespace agon::record
