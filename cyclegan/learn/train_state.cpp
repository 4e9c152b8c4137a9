// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/train_state.h"

#include "runtime/base/error.h"

namespace agon::cyclegan {
namespace {

using Json = nlohmann::json;

template <class T>
Json ListOf(const std::vector<T>& rows) {
  Json list = Json::array();
  for (const T& row : rows) list.push_back(row.ToJson());
  return list;
}

template <class T>
std::vector<T> ListFrom(const Json& json) {
  std::vector<T> rows;
  for (const Json& row : json) rows.push_back(T::FromJson(row));
  return rows;
}

// As the judge names them, so that a checkpoint and a report say the same.
TruthVerdict VerdictFrom(const Json& json) {
  TruthVerdict verdict;
  SavannaVerdict& s = verdict.savanna;
  json.at("real").get_to(s.real);
  json.at("translated").get_to(s.translated);
  json.at("colour_distance").get_to(s.colour_distance);
  json.at("colour_distance_input").get_to(s.colour_distance_input);
  json.at("stripe_energy").get_to(s.stripe_energy);
  json.at("stripe_energy_real").get_to(s.stripe_energy_real);
  json.at("stripe_energy_input").get_to(s.stripe_energy_input);
  json.at("change_iou").get_to(s.change_iou);
  json.at("background_change").get_to(s.background_change);
  json.at("background_checkerboard").get_to(s.background_checkerboard);
  verdict.clip = ClipErrors::FromJson(json.at("warping_error"));
  return verdict;
}

}  // namespace

Json TrainRow::ToJson() const {
  Json json = figures.ToJson();
  json["step"] = step;
  json["minutes"] = minutes;
  json["learning_rate"] = learning_rate;
  json["iterations_per_second"] = iterations_per_second;
  return json;
}

TrainRow TrainRow::FromJson(const Json& json) {
  TrainRow row;
  json.at("step").get_to(row.step);
  json.at("minutes").get_to(row.minutes);
  json.at("learning_rate").get_to(row.learning_rate);
  json.at("iterations_per_second").get_to(row.iterations_per_second);
  row.figures = StepFigures::FromJson(json);
  return row;
}

Json JudgedRow::ToJson() const {
  Json json = verdict.ToJson();
  json["step"] = step;
  json["minutes"] = minutes;
  return json;
}

JudgedRow JudgedRow::FromJson(const Json& json) {
  JudgedRow row;
  json.at("step").get_to(row.step);
  json.at("minutes").get_to(row.minutes);
  row.verdict = VerdictFrom(json);
  return row;
}

Json TrainingState::ToJson() const {
  Json json = {{"step", step},
               {"seconds", seconds},
               {"ended", ended},
               {"open", open.ToJson()},
               {"row_seconds", row_seconds},
               {"rows", ListOf(rows)},
               {"judged", ListOf(judged)},
               {"sampled", sampled},
               {"watch", watch.ToJson()},
               {"collapse", nullptr}};
  if (collapse) json["collapse"] = collapse->ToJson();
  return json;
}

TrainingState TrainingState::FromJson(const Json& json) {
  try {
    TrainingState state;
    json.at("step").get_to(state.step);
    json.at("seconds").get_to(state.seconds);
    json.at("ended").get_to(state.ended);
    state.open = StepFigures::FromJson(json.at("open"));
    json.at("row_seconds").get_to(state.row_seconds);
    state.rows = ListFrom<TrainRow>(json.at("rows"));
    state.judged = ListFrom<JudgedRow>(json.at("judged"));
    json.at("sampled").get_to(state.sampled);
    state.watch = CollapseWatch::FromJson(json.at("watch"));
    if (!json.at("collapse").is_null()) state.collapse = Collapse::FromJson(json.at("collapse"));
    return state;
  } catch (const Json::exception& error) {
    Fail(ErrorKind::kData, "the checkpoint's state.json is not one of a CycleGAN training: {}",
         error.what());
  }
}

}  // namespace agon::cyclegan
