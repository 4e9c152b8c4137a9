// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/translate/translate_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "runtime/base/text.h"

namespace agon::cyclegan {
namespace {

using nlohmann::json;
using record::HtmlReport;
using Tone = HtmlReport::VerdictCard::Tone;

constexpr int kFormat = 1;
constexpr std::size_t kMostPoints = 500;  // of a curve; longer ones are averaged
constexpr double kSteadyEnough = 1.25;    // times the input's: hardly seen beside the input

double PerFrame(double seconds, std::int64_t frames) {
  return frames > 0 ? 1000 * seconds / static_cast<double>(frames) : 0;
}

json StagesJson(const JobState& state) {
  const StageSeconds& s = state.stages;
  return {{"decode", s.decode}, {"translate", s.translate}, {"steady", s.steady},
          {"write", s.write},   {"measure", s.measure},     {"frames", state.staged_frames}};
}

using Get = std::function<double(const TemporalRow&)>;

HtmlReport::Series Curve(std::string name, const std::vector<TemporalRow>& rows, bool measured,
                         const Get& get) {
  std::vector<const TemporalRow*> shown;
  for (const TemporalRow& row : rows) {
    if (row.measured || !measured) shown.push_back(&row);
  }
  HtmlReport::Series series;
  series.name = std::move(name);
  const std::size_t step = std::max<std::size_t>(1, (shown.size() + kMostPoints - 1) / kMostPoints);
  for (std::size_t i = 0; i < shown.size(); i += step) {
    const std::size_t end = std::min(i + step, shown.size());
    double seconds = 0, value = 0;
    for (std::size_t j = i; j < end; ++j) {
      seconds += shown[j]->seconds;
      value += get(*shown[j]);
    }
    series.x.push_back(seconds / static_cast<double>(end - i));
    series.y.push_back(value / static_cast<double>(end - i));
  }
  return series;
}

void AddChart(HtmlReport& page, std::string title, std::string unit,
              std::vector<HtmlReport::Series> series) {
  if (series.front().x.empty()) return;
  HtmlReport::ChartBlock chart;
  chart.title = std::move(title);
  chart.x_label = "seconds of the video";
  chart.y_label = std::move(unit);
  chart.series = std::move(series);
  chart.markers = false;
  chart.y_min = 0;
  page.Chart(chart);
}

std::string Number(const json& value) { return fmt::format("{:.4g}", value.get<double>()); }

// "1.32 times the input's"
void AddRatioCard(std::vector<HtmlReport::VerdictCard>& cards, const std::string& label,
                  double output, double input, const std::string& detail) {
  if (!(input > 0)) return;
  const double ratio = output / input;
  cards.push_back({.headline = fmt::format("{:.2f} times", ratio),
                   .label = label + " beside the input's",
                   .detail = detail,
                   .tone = ratio <= kSteadyEnough ? Tone::kGood : Tone::kNeutral});
}

void AddFacts(HtmlReport& page, const json& report) {
  HtmlReport::TableBlock table;
  table.columns = {"job", ""};
  const auto row = [&](const char* what, std::string value) {
    table.rows.push_back({what, std::move(value)});
  };
  row("input", report.at("input"));
  row("output", report.at("output"));
  row("network", fmt::format("{}, {}", report.at("network").get<std::string>(),
                             report.at("direction").get<std::string>()));
  row("frames", fmt::format("{} of {} x {}", report.at("frames").get<std::int64_t>(),
                            report.at("width").get<int>(), report.at("height").get<int>()));
  row("steadiness", report.at("steady"));
  row("device", report.at("device"));
  row("batch, segment", fmt::format("{} and {} frames", report.at("batch").get<std::int64_t>(),
                                    report.at("segment").get<std::int64_t>()));
  row("cuts found", std::to_string(report.at("cuts").get<std::int64_t>()));
  page.Heading("Job", "job");
  page.Table(table);
}

void AddStages(HtmlReport& page, const json& report) {
  const json& stages = report.at("stages");
  const auto frames = stages.at("frames").get<std::int64_t>();
  if (frames == 0) return;
  HtmlReport::TableBlock table;
  table.columns = {"stage", "seconds at work", "milliseconds a frame"};
  table.numeric = {false, true, true};
  table.caption =
      "Stages work at the same time, on the same cores: their sum may be more than the whole.";
  for (const auto& [name, help] :
       std::vector<std::pair<std::string, std::string>>{{"decode", "decode, convert to RGB"},
                                                        {"translate", "translate"},
                                                        {"steady", "steadiness: flow, warp, blend"},
                                                        {"write", "convert, encode"},
                                                        {"measure", "measure"}}) {
    const double seconds = stages.at(name);
    table.rows.push_back(
        {help, fmt::format("{:.2f}", seconds), fmt::format("{:.2f}", PerFrame(seconds, frames))});
  }
  page.Heading("Time", "time");
  page.Paragraph(fmt::format("{} in all, {:.2f} frames a second.",
                             FormatDuration(report.at("seconds")),
                             report.at("frames_per_second").get<double>()));
  page.Table(table);
}

void AddStreams(HtmlReport& page, const json& report) {
  if (report.at("streams").empty()) return;
  HtmlReport::TableBlock table;
  table.columns = {"stream", "codec", "language", "in the output"};
  for (const json& stream : report.at("streams")) {
    table.rows.push_back({stream.at("kind"), stream.at("codec"), stream.at("language"),
                          stream.at("kept").get<bool>()
                              ? std::string("copied")
                              : "left out: " + stream.at("reason").get<std::string>()});
  }
  page.Heading("Sound and other streams", "streams");
  page.Table(table);
}

void AddSamples(HtmlReport& page, const std::vector<Sample>& samples) {
  if (samples.empty()) return;
  HtmlReport::GalleryBlock gallery;
  gallery.columns = {"input", "output"};
  for (const Sample& sample : samples) {
    const int side = std::max(sample.input.width, sample.input.height);
    gallery.scale = std::max(1, 320 / std::max(side, 1));
    gallery.rows.push_back({fmt::format("frame {}", sample.frame),
                            {{sample.input, "input"}, {sample.output, "output"}}});
  }
  page.Heading("Frames", "frames");
  page.Gallery(gallery);
}

}  // namespace

json TranslationJson(const TranslationFacts& facts) {
  const JobState& state = facts.state;
  const std::int64_t frames = state.pipeline.frames;
  json streams = json::array();
  for (const media::StreamInfo& stream : facts.streams) {
    streams.push_back({{"kind", stream.kind},
                       {"codec", stream.codec},
                       {"language", stream.language},
                       {"kept", stream.kept},
                       {"reason", stream.reason}});
  }
  std::vector<std::string> notes = facts.notes;
  notes.insert(notes.end(), state.notes.begin(), state.notes.end());
  return {
      {"format", kFormat},
      {"command", "cyclegan translate"},
      {"weights", facts.config.weights},
      {"direction", facts.config.direction},
      {"network", facts.network},
      {"input", facts.config.input.string()},
      {"output", facts.config.output.string()},
      {"frames", frames},
      {"width", facts.source.width},
      {"height", facts.source.height},
      {"bits", facts.source.bits},
      {"rotation", facts.source.rotation},
      {"variable_rate", facts.source.variable_rate},
      {"duration", state.pipeline.end},
      {"damaged", state.damaged},
      {"seconds", state.seconds},
      {"frames_per_second", state.seconds > 0 ? static_cast<double>(frames) / state.seconds : 0},
      {"estimated_seconds", facts.estimated_seconds},
      {"device", facts.device},
      {"steady", facts.config.steady},
      {"statistics_decay", facts.statistics_decay},
      {"steady_ms_per_frame", PerFrame(state.stages.steady, state.staged_frames)},
      {"side_by_side", facts.config.side_by_side},
      {"batch", facts.config.batch},
      {"segment", facts.config.segment},
      {"cuts", state.cuts},
      {"stages", StagesJson(state)},
      {"metrics", facts.metrics != nullptr ? facts.metrics->Summary().ToJson() : json()},
      {"streams", streams},
      {"notes", notes}};
}

std::string MetricsCsv(const std::vector<TemporalRow>& rows) {
  std::string text =
      "frame,seconds,flicker_input,flicker_output,warp_input,warp_output,tof,covered\n";
  for (const TemporalRow& row : rows) {
    text += fmt::format("{},{:.6f},{:.8g},{:.8g}", row.frame, row.seconds, row.flicker_input,
                        row.flicker_output);
    text += row.measured ? fmt::format(",{:.8g},{:.8g},{:.8g},{:.6g}\n", row.warp_input,
                                       row.warp_output, row.tof, row.covered)
                         : ",,,,\n";
  }
  return text;
}

void AddMetricCards(std::vector<HtmlReport::VerdictCard>& cards, const json& summary) {
  if (summary.is_null() || summary.at("frames").get<std::int64_t>() < 2) return;
  if (summary.at("pairs").get<std::int64_t>() > 0) {
    AddRatioCard(
        cards, "warping error", summary.at("warp_output"), summary.at("warp_input"),
        fmt::format("{} against {}, {} pairs of frames", Number(summary.at("warp_output")),
                    Number(summary.at("warp_input")), summary.at("pairs").get<std::int64_t>()));
  }
  AddRatioCard(
      cards, "flicker", summary.at("flicker_output"), summary.at("flicker_input"),
      fmt::format("mean change from frame to frame: {} against {}",
                  Number(summary.at("flicker_output")), Number(summary.at("flicker_input"))));
}

void AddMetrics(HtmlReport& page, const json& summary, const std::vector<TemporalRow>& rows) {
  if (summary.is_null() || rows.empty()) return;
  page.Heading("Steadiness", "steadiness");
  HtmlReport::TableBlock table;
  table.columns = {"mean", "input", "output"};
  table.numeric = {false, true, true};
  table.caption =
      "Warping error: mean square difference, in [0,1] colours, to the next frame moved back along "
      "the input's optical flow, where nothing is hidden. Flicker: mean absolute change from frame "
      "to frame; motion counts too. tOF: pixels between the optical flows of input and output.";
  const auto pairs = summary.at("pairs").get<std::int64_t>();
  table.rows.push_back(
      {"flicker", Number(summary.at("flicker_input")), Number(summary.at("flicker_output"))});
  if (pairs > 0) {
    table.rows.push_back({fmt::format("warping error of {} pairs", pairs),
                          Number(summary.at("warp_input")), Number(summary.at("warp_output"))});
    table.rows.push_back({"tOF", "", Number(summary.at("tof"))});
  }
  page.Table(table);
  AddChart(page, "Flicker", "mean change, of full scale",
           {Curve("input", rows, false, [](const TemporalRow& r) { return r.flicker_input; }),
            Curve("output", rows, false, [](const TemporalRow& r) { return r.flicker_output; })});
  AddChart(page, "Warping error", "mean square",
           {Curve("input", rows, true, [](const TemporalRow& r) { return r.warp_input; }),
            Curve("output", rows, true, [](const TemporalRow& r) { return r.warp_output; })});
  AddChart(page, "tOF", "pixels",
           {Curve("tOF", rows, true, [](const TemporalRow& r) { return r.tof; })});
}

std::string TranslationPage(const json& report, const std::vector<TemporalRow>& rows,
                            const std::vector<Sample>& samples) {
  const std::string input = Path(report.at("input").get<std::string>()).filename().string();
  HtmlReport page("Translation of " + input, report.at("network").get<std::string>());
  const auto frames = report.at("frames").get<std::int64_t>();
  const auto damaged = report.at("damaged").get<std::int64_t>();
  std::vector<HtmlReport::VerdictCard> cards;
  cards.push_back({.headline = fmt::format("{} frames", frames),
                   .label = fmt::format("in {}", FormatDuration(report.at("seconds"))),
                   .detail = fmt::format("{:.2f} frames a second",
                                         report.at("frames_per_second").get<double>())});
  AddMetricCards(cards, report.at("metrics"));
  if (damaged > 0) {
    cards.push_back({.headline = fmt::format("{} damaged", damaged),
                     .label = "frames that could not be decoded",
                     .detail = "they are left out",
                     .tone = Tone::kBad});
  }
  page.Verdict(cards, fmt::format("{} was written.", report.at("output").get<std::string>()));
  for (const json& note : report.at("notes")) page.Note(note);
  AddSamples(page, samples);
  AddMetrics(page, report.at("metrics"), rows);
  AddStages(page, report);
  AddStreams(page, report);
  AddFacts(page, report);
  return page.Finish();
}

}  // namespace agon::cyclegan
