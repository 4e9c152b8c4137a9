// SPDX-License-Identifier: Apache-2.0
// The page people look at, made of the generic blocks of runtime/record/html.h.
#include "attacks/report.h"
#include "runtime/base/text.h"
#include "runtime/record/html.h"

namespace agon::attacks {
namespace {

using record::HtmlReport;

constexpr double kGood = 0.5;  // robust accuracy a card is green from, without a requirement
constexpr double kBad = 0.2;   // and red below
constexpr std::int64_t kGalleryRows = 8;

std::string Percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string ThreatText(const Threat& threat) {
  return fmt::format("{} epsilon {}{}", NameOf(threat.norm), FormatReal(threat.epsilon),
                     threat.targeted ? ", targeted" : "");
}

// The first result of each model, in order.
std::vector<const SuiteResult*> Headlines(const RobustnessReport& report) {
  std::vector<const SuiteResult*> headlines;
  for (const SuiteResult& result : report.results) {
    const bool known = std::any_of(headlines.begin(), headlines.end(),
                                   [&](const SuiteResult* h) { return h->model == result.model; });
    if (!known) headlines.push_back(&result);
  }
  return headlines;
}

void AddVerdict(HtmlReport& page, const RobustnessReport& report) {
  using Card = HtmlReport::VerdictCard;
  std::vector<Card> cards;
  std::string sentence;
  for (const SuiteResult* result : Headlines(report)) {
    Card card;
    card.headline = Percent(result->robust_accuracy) + " robust";
    card.label = result->model;
    card.detail = fmt::format("{} clean; {}, {} images, suite {}", Percent(result->clean_accuracy),
                              ThreatText(result->threat), result->examples, result->suite);
    card.tone = result->robust_accuracy >= kGood ? Card::Tone::kGood
                : result->robust_accuracy < kBad ? Card::Tone::kBad
                                                 : Card::Tone::kNeutral;
    cards.push_back(card);
    sentence += fmt::format("{}{} is right on {} of the images, and on {} after the attacks.",
                            sentence.empty() ? "" : " ", result->model,
                            Percent(result->clean_accuracy), Percent(result->robust_accuracy));
  }
  for (const Requirement& r : report.require.list) {
    bool met = true;
    for (const SuiteResult& result : report.results) {
      met = met &&
            r.MetBy(r.field == "clean_accuracy" ? result.clean_accuracy : result.robust_accuracy);
    }
    sentence += fmt::format(" Required {} {} {}: {}.", r.field, r.comparison, FormatReal(r.bound),
                            met ? "met" : "NOT met");
  }
  page.Verdict(cards, sentence);
}

void AddAttackTable(HtmlReport& page, const RobustnessReport& report) {
  HtmlReport::TableBlock table;
  table.columns = {"model",        "threat",   "attack",    "broken",
                   "robust after", "forwards", "backwards", "seconds"};
  table.numeric = {false, false, false, true, true, true, true, true};
  table.column_help = {"",
                       "norm and size of the perturbation",
                       "in the order they ran; each attacks only what still stood",
                       "images that fell to this attack",
                       "accuracy after this and all earlier attacks",
                       "images passed forward",
                       "images passed backward",
                       "time of the attack itself"};
  for (const SuiteResult& result : report.results) {
    table.rows.push_back({result.model, ThreatText(result.threat), "none (clean)", "",
                          Percent(result.clean_accuracy), "", "", ""});
    for (const AttackRow& row : result.attacks) {
      table.rows.push_back({result.model, ThreatText(result.threat), row.name,
                            std::to_string(row.broken), Percent(row.robust_accuracy_after),
                            std::to_string(row.forwards), std::to_string(row.backwards),
                            fmt::format("{:.2f}", row.seconds)});
    }
    table.rows.push_back({result.model, ThreatText(result.threat), "same, rounded to 8 bits", "",
                          Percent(result.robust_accuracy_8bit), "", "", ""});
  }
  table.caption =
      "Every candidate was checked by the harness: inside the ball and the box, finite, and really "
      "misclassified when run again.";
  page.Table(table);
}

void AddCurve(HtmlReport& page, const RobustnessReport& report) {
  HtmlReport::ChartBlock chart;
  chart.title = "Robust accuracy against epsilon";
  chart.x_label = "epsilon";
  chart.y_label = "robust accuracy";
  chart.percent_y = true;
  chart.y_min = 0;
  chart.y_max = 1;
  bool worth_drawing = false;
  for (const SuiteResult* headline : Headlines(report)) {
    std::map<double, double> points = {{0.0, headline->clean_accuracy}};
    for (const SuiteResult& result : report.results) {
      if (result.model == headline->model) points[result.threat.epsilon] = result.robust_accuracy;
    }
    worth_drawing = worth_drawing || points.size() > 2;
    HtmlReport::Series series{.name = headline->model, .x = {}, .y = {}};
    for (const auto& [epsilon, accuracy] : points) {
      series.x.push_back(epsilon);
      series.y.push_back(accuracy);
    }
    chart.series.push_back(std::move(series));
  }
  if (!worth_drawing) return;
  page.Heading("How much perturbation it takes");
  page.Chart(chart);
}

void AddLossCurves(HtmlReport& page, const RobustnessReport& report) {
  HtmlReport::ChartBlock chart;
  chart.title = "Mean loss at each step of the attacks";
  chart.x_label = "step";
  chart.y_label = "loss";
  chart.log_y = true;
  chart.markers = false;
  for (const SuiteResult* result : Headlines(report)) {
    for (const AttackRow& row : result->attacks) {
      if (row.mean_loss.size() < 2) continue;
      HtmlReport::Series series{.name = result->model + ": " + row.name, .x = {}, .y = {}};
      for (std::size_t step = 0; step < row.mean_loss.size(); ++step) {
        if (!(row.mean_loss[step] > 0)) continue;  // a logarithmic axis has no place for it
        series.x.push_back(static_cast<double>(step));
        series.y.push_back(row.mean_loss[step]);
      }
      if (series.x.size() > 1) chart.series.push_back(std::move(series));
    }
  }
  if (chart.series.empty()) return;
  page.Heading("What the attacks saw");
  page.Chart(chart);
  page.Paragraph(
      "The loss over the images each attack was still working on. Images that fall leave the "
      "batch, "
      "so a curve may drop when the easy ones are gone.");
}

void AddClasses(HtmlReport& page, const SuiteResult& result, const RobustnessReport& report) {
  HtmlReport::BarBlock bars;
  bars.title = result.model + ", " + ThreatText(result.threat);
  bars.series = {"clean", "robust"};
  bars.values.resize(2);
  const auto classes = std::max<std::int64_t>(result.label.max().item<std::int64_t>() + 1,
                                              static_cast<std::int64_t>(report.class_names.size()));
  for (std::int64_t c = 0; c < classes; ++c) {
    const Tensor mine = result.label.eq(c);
    const double count = mine.sum().item<double>();
    if (count == 0) continue;
    bars.labels.push_back(report.class_names.empty()
                              ? std::to_string(c)
                              : report.class_names[static_cast<std::size_t>(c)]);
    bars.values[0].push_back((mine & result.broken_by.ne(-2)).sum().item<double>() / count);
    bars.values[1].push_back((mine & result.broken_by.eq(-1)).sum().item<double>() / count);
  }
  page.Bars(bars);
}

// Grey or RGB pixels of an image [C,H,W] in [0,1].
formats::Pixels ToPixels(const Tensor& image) {
  const Tensor shown = image.size(0) == 3 ? image : image.mean(0, /*keepdim=*/true);
  const Tensor bytes =
      shown.clamp(0, 1).mul(255).round().to(at::kByte).permute({1, 2, 0}).contiguous();
  formats::Pixels pixels{.width = static_cast<int>(bytes.size(1)),
                         .height = static_cast<int>(bytes.size(0)),
                         .channels = static_cast<int>(bytes.size(2)),
                         .data = {}};
  const auto* data = bytes.data_ptr<std::uint8_t>();
  pixels.data.assign(data, data + bytes.numel());
  return pixels;
}

// A difference [C,H,W] on a diverging scale: white is 0, red up, blue down; `full` is full colour.
formats::Pixels DifferencePixels(const Tensor& difference, double full) {
  const Tensor d = (difference.mean(0) / full).clamp(-1, 1);  // [H,W]
  const Tensor up = d.clamp_min(0);
  const Tensor down = d.clamp_max(0).neg();
  return ToPixels(at::stack({1 - down, 1 - up - down * 0.6, 1 - up}));
}

void AddGallery(HtmlReport& page, const SuiteResult& result, const RobustnessReport& report,
                const data::Dataset& dataset) {
  const auto name = [&](const Tensor& label, std::int64_t row) {
    const auto c = label[row].item<std::int64_t>();
    return report.class_names.empty() ? std::to_string(c)
                                      : report.class_names[static_cast<std::size_t>(c)];
  };
  const Tensor fallen = result.broken_by.ge(0).nonzero().squeeze(1);
  if (fallen.size(0) == 0) {
    page.Paragraph("No image fell, so there is none to show.");
    return;
  }
  const double full = std::max((result.adversarial - data::Slice(dataset, 0, dataset.size()).images)
                                   .abs()
                                   .max()
                                   .item<double>(),
                               1e-6);
  HtmlReport::GalleryBlock gallery;
  gallery.columns = {"clean", "adversarial", fmt::format("difference x{:.3g}", 1 / full)};
  gallery.scale = std::clamp(112 / static_cast<int>(dataset.images.size(3)), 1, 4);
  const std::int64_t count = std::min(kGalleryRows, fallen.size(0));
  for (std::int64_t i = 0; i < count; ++i) {
    const auto row = fallen[i * fallen.size(0) / count].item<std::int64_t>();
    const Tensor clean = data::Slice(dataset, row, row + 1).images[0];
    const Tensor adversarial = result.adversarial[row];
    const auto place = static_cast<std::size_t>(result.broken_by[row].item<std::int64_t>());
    gallery.rows.push_back(
        {.caption =
             fmt::format("image {}, broken by {}", dataset.first + row, result.attacks[place].name),
         .pictures = {{ToPixels(clean), name(result.clean_prediction, row)},
                      {ToPixels(adversarial), name(result.prediction, row)},
                      {DifferencePixels(adversarial - clean, full),
                       fmt::format("largest change {:.3g}",
                                   (adversarial - clean).abs().max().item<double>())}}});
  }
  page.Gallery(gallery);
}

}  // namespace

std::string ReportHtml(const RobustnessReport& report, const data::Dataset& dataset,
                       const std::string& config_yaml) {
  const auto headlines = Headlines(report);
  std::vector<std::string> names;
  for (const SuiteResult* result : headlines) names.push_back(result->model);
  HtmlReport page("Robustness of " + Join(names, ", "), report.dataset);
  AddVerdict(page, report);
  for (const SuiteResult& result : report.results) {
    for (const std::string& flag : result.flags) {
      page.Note(result.model + ", " + ThreatText(result.threat) + ": " + flag);
    }
  }
  AddCurve(page, report);
  page.Heading("Attacks");
  AddAttackTable(page, report);
  AddLossCurves(page, report);
  page.Heading("Classes");
  for (const SuiteResult* result : headlines) AddClasses(page, *result, report);
  for (const SuiteResult* result : headlines) {
    page.Heading("Images that fell: " + result->model);
    AddGallery(page, *result, report, dataset);
  }
  if (!config_yaml.empty()) page.Preformatted("Configuration", config_yaml);
  return page.Finish();
}

}  // namespace agon::attacks
