// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/base/text.h"
#include "runtime/record/html_parts.h"

namespace agon::record {
namespace {

using html::StyleSheet;

// Letters and digits of a heading, for links: "Accuracy per class" -> "accuracy-per-class".
std::string Slug(std::string_view text) {
  std::string slug;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (upper || kept) {
      slug.push_back(upper ? static_cast<char>(c - 'A' + 'a') : c);
    } else if (!slug.empty() && slug.back() != '-') {
      slug.push_back('-');
    }
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug.empty() ? "section" : slug;
}

std::string_view ClassOf(HtmlReport::VerdictCard::Tone tone) {
  switch (tone) {
    case HtmlReport::VerdictCard::Tone::kGood:
      return "good";
    case HtmlReport::VerdictCard::Tone::kBad:
      return "bad";
    case HtmlReport::VerdictCard::Tone::kNeutral:
      break;
  }
  return "neutral";
}

// A mark says the same as the colour.
std::string_view MarkOf(HtmlReport::VerdictCard::Tone tone) {
  switch (tone) {
    case HtmlReport::VerdictCard::Tone::kGood:
      return R"(<svg class="mark" viewBox="0 0 20 20" role="img" aria-label="good">)"
             R"(<path d="M4 10.5L8.2 15L16 5.5"></path></svg>)";
    case HtmlReport::VerdictCard::Tone::kBad:
      return R"(<svg class="mark" viewBox="0 0 20 20" role="img" aria-label="bad">)"
             R"(<path d="M5 5L15 15M15 5L5 15"></path></svg>)";
    case HtmlReport::VerdictCard::Tone::kNeutral:
      break;
  }
  return {};
}

// Running text, in which a line never ends between a number and its unit.
std::string Prose(std::string_view text) {
  std::string out = EscapeHtml(text);
  for (std::size_t at = out.find(" %"); at != std::string::npos; at = out.find(" %", at)) {
    out.replace(at, 1, "&nbsp;");
  }
  return out;
}

std::string Element(std::string_view tag, std::string_view text) {
  return fmt::format("<{0}>{1}</{0}>", tag, EscapeHtml(text));
}

std::string ImageElement(const formats::Pixels& pixels, int scale, std::string_view description) {
  const Bytes png = formats::EncodePng(pixels);
  return fmt::format(
      R"(<img src="data:image/png;base64,{}" width="{}" height="{}" alt="{}" title="{}">)",
      formats::Base64(png), pixels.width * scale, pixels.height * scale, EscapeHtml(description),
      EscapeHtml(description));
}

}  // namespace

HtmlReport::HtmlReport(std::string title, std::string subtitle)
    : title_(std::move(title)), subtitle_(std::move(subtitle)) {}

void HtmlReport::Block(std::string_view block, bool is_chart) {
  // Charts that follow each other share the width of the page.
  if (is_chart && !in_charts_) body_ += "<div class=\"charts\">\n";
  if (!is_chart && in_charts_) body_ += "</div>\n";
  in_charts_ = is_chart;
  body_ += block;
}

void HtmlReport::Verdict(const std::vector<VerdictCard>& cards, const std::string& sentence) {
  std::string out = "<div class=\"cards\">\n";
  for (const VerdictCard& card : cards) {
    out += fmt::format("<section class=\"card {}\"><p class=\"label\">{}</p>", ClassOf(card.tone),
                       EscapeHtml(card.label));
    out +=
        fmt::format("<p class=\"headline\">{}{}</p>", MarkOf(card.tone), EscapeHtml(card.headline));
    if (!card.detail.empty()) {
      out += fmt::format("<p class=\"detail\">{}</p>", EscapeHtml(card.detail));
    }
    out += "</section>\n";
  }
  out += "</div>\n";
  if (!sentence.empty()) out += fmt::format("<p class=\"lead\">{}</p>\n", Prose(sentence));
  Block(out);
}

void HtmlReport::Heading(std::string text, std::string anchor) {
  std::string base = anchor.empty() ? Slug(text) : std::move(anchor);
  std::string id = base;
  const auto taken = [&] {
    return std::any_of(sections_.begin(), sections_.end(),
                       [&](const Section& section) { return section.id == id; });
  };
  for (int number = 2; taken(); ++number) id = fmt::format("{}-{}", base, number);
  Block(fmt::format("<h2 id=\"{}\">{}</h2>\n", EscapeHtml(id), EscapeHtml(text)));
  sections_.push_back({std::move(id), std::move(text)});
}

void HtmlReport::Paragraph(const std::string& text) {
  Block(fmt::format("<p>{}</p>\n", Prose(text)));
}

void HtmlReport::Note(const std::string& text) {
  Block(fmt::format("<aside class=\"note\"><p>{}</p></aside>\n", Prose(text)));
}

void HtmlReport::Table(const TableBlock& table) {
  const auto class_of = [&](std::size_t column) {
    return column < table.numeric.size() && table.numeric[column] ? " class=\"n\"" : "";
  };
  std::string out = "<div class=\"table\"><table>";
  if (!table.caption.empty()) out += Element("caption", table.caption);
  out += "<thead><tr>";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const bool help = i < table.column_help.size() && !table.column_help[i].empty();
    out += fmt::format("<th scope=\"col\"{}>", class_of(i));
    out += help ? fmt::format("<abbr title=\"{}\">{}</abbr>", EscapeHtml(table.column_help[i]),
                              EscapeHtml(table.columns[i]))
                : EscapeHtml(table.columns[i]);
    out += "</th>";
  }
  out += "</tr></thead>\n<tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    out += "<tr>";
    // A short row is filled up, so that the lines of the table stay whole.
    const std::size_t cells = std::max(row.size(), table.columns.size());
    for (std::size_t i = 0; i < cells; ++i) {
      out += fmt::format("<td{}>{}</td>", class_of(i), i < row.size() ? EscapeHtml(row[i]) : "");
    }
    out += "</tr>\n";
  }
  Block(out + "</tbody></table></div>\n");
}

void HtmlReport::Chart(const ChartBlock& chart) { Block(html::LineChart(chart), true); }

void HtmlReport::Bars(const BarBlock& bars) { Block(html::BarChart(bars), true); }

void HtmlReport::Gallery(const GalleryBlock& gallery) {
  const int scale = std::clamp(gallery.scale, 1, 64);
  std::size_t across = std::max<std::size_t>(1, gallery.columns.size());
  int widest = 1;
  for (const GalleryRow& row : gallery.rows) {
    across = std::max(across, row.pictures.size());
    for (const Picture& picture : row.pictures) {
      widest = std::max(widest, picture.pixels.width * scale);
    }
  }
  constexpr int kGap = 12;
  std::string out = fmt::format("<div class=\"gallery\" style=\"--across:{};--least:{}px\">\n",
                                across, static_cast<int>(across) * (widest + kGap) + 2 * kGap);
  for (const GalleryRow& row : gallery.rows) {
    out += "<figure class=\"pictures\"><div class=\"row\">";
    for (std::size_t i = 0; i < row.pictures.size(); ++i) {
      const Picture& picture = row.pictures[i];
      const std::string column = i < gallery.columns.size() ? gallery.columns[i] : "";
      const std::string caption = picture.caption.empty() ? "" : ": " + picture.caption;
      out += "<div class=\"picture\">" +
             fmt::format("<span class=\"what\">{}</span>", EscapeHtml(column));
      out += ImageElement(picture.pixels, scale,
                          fmt::format("{}, {}{}", row.caption, column, caption));
      out += fmt::format("<span class=\"says\">{}</span></div>", EscapeHtml(picture.caption));
    }
    out += "</div>";
    if (!row.caption.empty()) out += Element("figcaption", row.caption);
    out += "</figure>\n";
  }
  Block(out + "</div>\n");
}

void HtmlReport::Boards(const BoardBlock& boards) {
  std::string out = "<div class=\"boards\">\n";
  for (const BoardPicture& picture : boards.boards) {
    out += html::BoardFigure(picture, boards.overlay);
  }
  Block(out + "</div>\n");
}

void HtmlReport::Preformatted(const std::string& summary, const std::string& text) {
  Block(fmt::format("<details><summary>{}</summary><pre>{}</pre></details>\n", EscapeHtml(summary),
                    EscapeHtml(text)));
}

std::string HtmlReport::Finish() const {
  // The policy states what the page promises: nothing is loaded from anywhere, nothing runs.
  std::string out = fmt::format(
      R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Agon">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{0}</title>
<style>
{1}</style>
</head>
<body>
<main>
<header><h1>{0}</h1>)",
      EscapeHtml(title_), StyleSheet());
  if (!subtitle_.empty()) {
    out += fmt::format("<p class=\"subtitle\">{}</p>", EscapeHtml(subtitle_));
  }
  if (sections_.size() > 2) {
    out += "<nav aria-label=\"Sections\">";
    for (const Section& section : sections_) {
      out +=
          fmt::format("<a href=\"#{}\">{}</a>", EscapeHtml(section.id), EscapeHtml(section.text));
    }
    out += "</nav>";
  }
  out += "</header>\n" + body_;
  if (in_charts_) out += "</div>\n";
  return out + "<footer>Made with Agon.</footer>\n</main>\n</body>\n</html>\n";
}

}  // namespace agon::record
