// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/report.h"

#include <algorithm>

#include "runtime/base/files.h"
#include "runtime/base/text.h"
#include "runtime/record/html.h"

namespace agon::selfplay {
namespace {

using record::HtmlReport;

constexpr int kFormat = 1;
// Positions of the sample game on the page.
constexpr std::size_t kMostBoards = 24;

std::string Percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

std::string Score(const OpponentRow& row) {
  return fmt::format("{} : {} : {}", row.wins, row.draws, row.losses);
}

std::string EndText(const SelfplayResult& result) {
  const TrainingState& state = result.state;
  return fmt::format("{} games, {} positions, {} steps of learning in {}{}", state.games.games,
                     state.positions, state.step, FormatDuration(state.seconds),
                     result.ended == "time" ? "; ended by max_minutes" : "");
}

void Verdict(HtmlReport& page, const SelfplayResult& result) {
  std::vector<HtmlReport::VerdictCard> cards;
  const auto& measured = result.state.evaluated;
  if (!measured.empty()) {
    const EvaluationRow& last = measured.back();
    for (const OracleRow& oracle : last.oracle) {
      cards.push_back(
          {.headline = Percent(oracle.error) + " error",
           .label = oracle.file,
           .detail = fmt::format("{} positions, {} simulations a move; {} without search",
                                 oracle.positions, last.simulations, Percent(oracle.raw_error))});
    }
    for (const OpponentRow& opponent : last.opponents) {
      using Tone = HtmlReport::VerdictCard::Tone;
      const Tone tone = opponent.elo_low > 0    ? Tone::kGood
                        : opponent.elo_high < 0 ? Tone::kBad
                                                : Tone::kNeutral;
      cards.push_back({.headline = Score(opponent),
                       .label = "against " + opponent.player,
                       .detail = fmt::format(
                           "wins : draws : losses of {} games; Elo {:+.0f} ({:+.0f} to {:+.0f})",
                           opponent.games, opponent.elo, opponent.elo_low, opponent.elo_high),
                       .tone = tone});
    }
    if (last.previous) {
      cards.push_back({.headline = fmt::format("{:+.0f} Elo", last.elo),
                       .label = "since the first measurement",
                       .detail = "sum of matches between successive generations"});
    }
  }
  if (cards.empty()) {
    cards.push_back({.headline = std::to_string(result.state.games.games) + " games",
                     .label = "nothing was measured",
                     .detail = "agon selfplay evaluate and match measure the weights"});
  }
  page.Verdict(
      cards, fmt::format("{} was learnt from {}: {}.", result.game, result.start, EndText(result)));
}

template <class Rows, class X, class Y>
HtmlReport::Series Curve(std::string name, const Rows& rows, X x, Y y) {
  HtmlReport::Series series{.name = std::move(name), .x = {}, .y = {}};
  for (const auto& row : rows) {
    series.x.push_back(x(row));
    series.y.push_back(y(row));
  }
  return series;
}

HtmlReport::ChartBlock ChartOf(std::string title, std::string y_label,
                               std::vector<HtmlReport::Series> series, bool percent = false,
                               bool from_zero = false) {
  HtmlReport::ChartBlock chart;
  chart.title = std::move(title);
  chart.x_label = "minutes of training";
  chart.y_label = std::move(y_label);
  chart.series = std::move(series);
  chart.percent_y = percent;
  if (from_zero) chart.y_min = 0;
  return chart;
}

// Errors are small: a scale of their own, from 0 to just above the largest.
HtmlReport::ChartBlock ErrorChart(std::string title, std::vector<HtmlReport::Series> series) {
  double most = 0.01;
  for (const HtmlReport::Series& one : series) {
    for (const double y : one.y) most = std::max(most, y);
  }
  HtmlReport::ChartBlock chart = ChartOf(std::move(title), "moves that change the outcome",
                                         std::move(series), /*percent=*/true, /*from_zero=*/true);
  chart.y_max = std::min(1.0, 1.1 * most);
  return chart;
}

double Minutes(const EvaluationRow& row) { return row.minutes; }
double MinutesOf(const GenerationRow& row) { return row.minutes; }

void StrengthCurves(HtmlReport& page, const std::vector<EvaluationRow>& rows) {
  if (rows.empty()) return;
  page.Heading("Strength", "strength");
  const auto& last = rows.back();
  std::vector<HtmlReport::Series> searched, raw, scores;
  for (std::size_t i = 0; i < last.oracle.size(); ++i) {
    searched.push_back(Curve(last.oracle[i].file, rows, Minutes,
                             [i](const EvaluationRow& row) { return row.oracle.at(i).error; }));
    raw.push_back(Curve(last.oracle[i].file, rows, Minutes,
                        [i](const EvaluationRow& row) { return row.oracle.at(i).raw_error; }));
  }
  if (!searched.empty()) {
    page.Chart(
        ErrorChart(fmt::format("Oracle error at {} simulations", last.simulations), searched));
    page.Chart(ErrorChart("Oracle error without search", raw));
  }
  for (std::size_t i = 0; i < last.opponents.size(); ++i) {
    scores.push_back(Curve(last.opponents[i].player, rows, Minutes,
                           [i](const EvaluationRow& row) { return row.opponents.at(i).score(); }));
  }
  if (!scores.empty()) {
    page.Chart(ChartOf("Score against other players", "share of points", scores, true, true));
  }
  if (last.previous) {
    page.Chart(
        ChartOf("Elo of successive generations", "Elo, the first measured at 0",
                {Curve("Elo", rows, Minutes, [](const EvaluationRow& row) { return row.elo; })}));
  }
  HtmlReport::TableBlock table;
  table.columns = {"minutes", "generation", "games", "Elo"};
  for (const OracleRow& oracle : last.oracle) {
    table.columns.push_back(oracle.file + " error");
    table.columns.emplace_back("of decidable");
    table.columns.emplace_back("without search");
    table.columns.emplace_back("score loss");
  }
  for (const OpponentRow& opponent : last.opponents) table.columns.push_back(opponent.player);
  table.numeric = std::vector<bool>(table.columns.size(), true);
  table.caption =
      "One row a measurement. Error: moves that change the win, draw or loss; of decidable: as a "
      "share of the positions where some move does.";
  for (const EvaluationRow& row : rows) {
    std::vector<std::string> cells = {fmt::format("{:.1f}", row.minutes),
                                      std::to_string(row.generation), std::to_string(row.games),
                                      fmt::format("{:.0f}", row.elo)};
    for (const OracleRow& oracle : row.oracle) {
      cells.push_back(Percent(oracle.error));
      cells.push_back(Percent(oracle.error_decidable));
      cells.push_back(Percent(oracle.raw_error));
      cells.push_back(oracle.mean_score_loss ? fmt::format("{:.2f}", *oracle.mean_score_loss) : "");
    }
    for (const OpponentRow& opponent : row.opponents) cells.push_back(Score(opponent));
    table.rows.push_back(std::move(cells));
  }
  page.Table(table);
}

void LearningCurves(HtmlReport& page, const std::vector<GenerationRow>& rows) {
  if (rows.empty()) return;
  page.Heading("Learning", "learning");
  const auto curve = [&](const char* name, double GenerationRow::*member) {
    return Curve(name, rows, MinutesOf, [member](const GenerationRow& row) { return row.*member; });
  };
  page.Chart(ChartOf("Policy loss", "nats",
                     {curve("cross-entropy", &GenerationRow::policy_loss),
                      curve("entropy of the targets", &GenerationRow::target_entropy)}));
  page.Chart(ChartOf("Outcome loss", "nats", {curve("", &GenerationRow::outcome_loss)}));
  page.Chart(ChartOf("Accuracy on what is trained on", "share",
                     {curve("move", &GenerationRow::policy_accuracy),
                      curve("outcome", &GenerationRow::outcome_accuracy)},
                     true));
  page.Chart(ChartOf("Learning rate", "", {curve("", &GenerationRow::learning_rate)}));
  page.Heading("Self-play", "selfplay");
  page.Chart(ChartOf("Games", "games a second", {curve("", &GenerationRow::games_per_second)},
                     false, true));
  page.Chart(ChartOf("Evaluations of the network", "a second",
                     {curve("", &GenerationRow::evaluations_per_second)}, false, true));
  page.Chart(ChartOf("Batch fill and cache hits", "share",
                     {curve("rows over bucket", &GenerationRow::batch_fill),
                      curve("answered by the cache", &GenerationRow::cache_hits)},
                     true, true));
  page.Chart(ChartOf("Length of games", "moves", {curve("", &GenerationRow::mean_moves)}));
}

void Games(HtmlReport& page, const SelfplayResult& result) {
  const GameCounts& games = result.state.games;
  const auto share = [&](std::int64_t part) {
    return fmt::format(
        "{} ({})", part,
        Percent(games.games > 0 ? static_cast<double>(part) / static_cast<double>(games.games)
                                : 0));
  };
  HtmlReport::TableBlock table;
  table.columns = {"games of the training", ""};
  table.numeric = {false, true};
  table.rows = {{"all", std::to_string(games.games)},
                {"won by who moves first", share(games.first_wins)},
                {"drawn", share(games.draws)},
                {"won by who moves second", share(games.second_wins)},
                {"positions learnt from", std::to_string(games.recorded)},
                {"simulations", std::to_string(games.simulations)},
                {"ended by resignation", share(games.resigned)},
                {"ended because proven", share(games.proven)}};
  if (games.would_resign > 0) {
    table.rows.push_back({"resignations that would have been wrong, of games played out",
                          fmt::format("{} of {} ({})", games.wrong_resign, games.would_resign,
                                      Percent(static_cast<double>(games.wrong_resign) /
                                              static_cast<double>(games.would_resign)))});
  }
  page.Table(table);
  if (result.state.damaged_files > 0) {
    page.Note(fmt::format("{} damaged replay files were skipped; the log names them.",
                          result.state.damaged_files));
  }
}

void SampleBoards(HtmlReport& page, const std::vector<record::Board>& boards) {
  if (boards.empty()) return;
  page.Heading("A game of the result against itself", "game");
  page.Paragraph("Without noise. The shades are the shares of the search's visits, in percent.");
  HtmlReport::BoardBlock block{.boards = {}, .overlay = "visits"};
  const std::size_t step = (boards.size() + kMostBoards - 1) / kMostBoards;
  for (std::size_t i = 0; i < boards.size(); ++i) {
    const bool last = i + 1 == boards.size();
    if (i % step != 0 && !last) continue;
    const record::Board& board = boards[i];
    block.boards.push_back({board, last ? fmt::format("after move {}: the end", i)
                                        : fmt::format("move {}, {} to move, value {:+.2f}", i + 1,
                                                      board.to_move, board.value)});
  }
  page.Boards(block);
}

}  // namespace

nlohmann::json SelfplayReportJson(const SelfplayResult& result) {
  const TrainingState& state = result.state;
  nlohmann::json generations = nlohmann::json::array();
  for (const GenerationRow& row : state.generations) generations.push_back(row.ToJson());
  nlohmann::json evaluations = nlohmann::json::array();
  for (const EvaluationRow& row : state.evaluated) evaluations.push_back(row.ToJson());
  return {
      {"format", kFormat},
      {"command", "selfplay train"},
      {"game", result.game},
      {"start", result.start},
      {"network", result.network},
      {"parameters", result.parameters},
      {"ended", result.ended},
      {"seconds", state.seconds},
      {"evaluation_seconds", state.evaluation_seconds},
      {"steps", state.step},
      {"generation", state.generation},
      {"positions", state.positions},
      {"trained_positions", state.trained},
      {"games", state.games.ToJson()},
      {"network_evaluations", state.evaluations},
      {"batch_fill", state.evaluation_slots > 0 ? static_cast<double>(state.evaluations) /
                                                      static_cast<double>(state.evaluation_slots)
                                                : 0.0},
      {"damaged_files", state.damaged_files},
      {"generations", generations},
      {"evaluations", evaluations},
      {"weights", result.weights.filename().string()}};
}

std::string SelfplayReportHtml(const SelfplayResult& result, const std::string& config_yaml) {
  HtmlReport page("Self-play: " + result.game, result.network);
  Verdict(page, result);
  StrengthCurves(page, result.state.evaluated);
  LearningCurves(page, result.state.generations);
  Games(page, result);
  SampleBoards(page, result.sample_game);
  page.Heading("Configuration", "configuration");
  page.Preformatted("Configuration", config_yaml);
  return page.Finish();
}

void WriteSelfplayReport(const Path& folder, const SelfplayResult& result,
                         const std::string& config_yaml) {
  WriteFileAtomic(folder / kSelfplayReportFile, SelfplayReportHtml(result, config_yaml));
  WriteFileAtomic(folder / "report.json", SelfplayReportJson(result).dump(2) + "\n");
}

}  // namespace agon::selfplay
