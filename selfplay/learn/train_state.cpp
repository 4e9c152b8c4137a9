// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/train_state.h"

#include "runtime/base/error.h"

namespace agon::selfplay {
namespace {

using Json = nlohmann::json;

// Each struct names its members once, for both directions.
template <class T, class F>
void Members(T& x, F&& f) requires std::is_same_v<std::remove_const_t<T>, GameCounts> {
  f("games", x.games);
  f("moves", x.moves);
  f("recorded", x.recorded);
  f("simulations", x.simulations);
  f("first_wins", x.first_wins);
  f("draws", x.draws);
  f("second_wins", x.second_wins);
  f("resigned", x.resigned);
  f("proven", x.proven);
  f("would_resign", x.would_resign);
  f("wrong_resign", x.wrong_resign);
}

template <class T, class F>
void Members(T& x, F&& f) requires std::is_same_v<std::remove_const_t<T>, GenerationRow> {
  f("generation", x.generation);
  f("step", x.step);
  f("games", x.games);
  f("positions", x.positions);
  f("window", x.window);
  f("minutes", x.minutes);
  f("policy_loss", x.policy_loss);
  f("target_entropy", x.target_entropy);
  f("outcome_loss", x.outcome_loss);
  f("policy_accuracy", x.policy_accuracy);
  f("outcome_accuracy", x.outcome_accuracy);
  f("learning_rate", x.learning_rate);
  f("games_per_second", x.games_per_second);
  f("evaluations_per_second", x.evaluations_per_second);
  f("batch_fill", x.batch_fill);
  f("cache_hits", x.cache_hits);
  f("mean_moves", x.mean_moves);
  f("gate_score", x.gate_score);
  f("accepted", x.accepted);
}

template <class T, class F>
void Members(T& x, F&& f) requires std::is_same_v<std::remove_const_t<T>, OracleRow> {
  f("file", x.file);
  f("positions", x.positions);
  f("raw_error_rate", x.raw_error);
  f("raw_error_rate_decidable", x.raw_error_decidable);
  f("error_rate", x.error);
  f("error_rate_decidable", x.error_decidable);
  f("mean_score_loss", x.mean_score_loss);
}

template <class T, class F>
void Members(T& x, F&& f) requires std::is_same_v<std::remove_const_t<T>, OpponentRow> {
  f("player", x.player);
  f("games", x.games);
  f("wins", x.wins);
  f("draws", x.draws);
  f("losses", x.losses);
  f("elo", x.elo);
  f("elo_low", x.elo_low);
  f("elo_high", x.elo_high);
}

template <class T, class F>
void Members(T& x, F&& f) requires std::is_same_v<std::remove_const_t<T>, EvaluationRow> {
  f("generation", x.generation);
  f("step", x.step);
  f("games", x.games);
  f("simulations", x.simulations);
  f("minutes", x.minutes);
  f("seconds", x.seconds);
  f("previous", x.previous);
  f("elo", x.elo);
  f("oracle", x.oracle);
  f("opponents", x.opponents);
}

template <class T, class F>
void Members(T& x, F&& f) requires std::is_same_v<std::remove_const_t<T>, TrainingState> {
  f("step", x.step);
  f("trained", x.trained);
  f("generation", x.generation);
  f("positions", x.positions);
  f("turn_played", x.turn_played);
  f("games", x.games);
  f("evaluations", x.evaluations);
  f("evaluation_slots", x.evaluation_slots);
  f("seconds", x.seconds);
  f("evaluation_seconds", x.evaluation_seconds);
  f("next_evaluation", x.next_evaluation);
  f("ended", x.ended);
  f("open", x.open);
  f("open_steps", x.open_steps);
  f("generations", x.generations);
  f("evaluated", x.evaluated);
  f("damaged_files", x.damaged_files);
}

template <class T>
struct IsVector : std::false_type {};
template <class E>
struct IsVector<std::vector<E>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class E>
struct IsOptional<std::optional<E>> : std::true_type {};

template <class T>
Json Write(const T& value) {
  if constexpr (IsVector<T>::value) {
    Json list = Json::array();
    for (const auto& item : value) list.push_back(Write(item));
    return list;
  } else if constexpr (IsOptional<T>::value) {
    return value ? Write(*value) : Json(nullptr);
  } else if constexpr (std::is_class_v<T> && !std::is_same_v<T, std::string>) {
    Json object = Json::object();
    Members(value, [&](const char* name, const auto& member) { object[name] = Write(member); });
    return object;
  } else {
    return value;
  }
}

template <class T>
void Read(const Json& json, T& value) {
  if constexpr (IsVector<T>::value) {
    value.clear();
    for (const Json& item : json) Read(item, value.emplace_back());
  } else if constexpr (IsOptional<T>::value) {
    if (json.is_null()) {
      value.reset();
    } else {
      Read(json, value.emplace());
    }
  } else if constexpr (std::is_class_v<T> && !std::is_same_v<T, std::string>) {
    Members(value, [&](const char* name, auto& member) { Read(json.at(name), member); });
  } else {
    value = json.get<T>();
  }
}

template <class T>
T ReadNew(const Json& json) {
  T value;
  Read(json, value);
  return value;
}

}  // namespace

void GameCounts::Add(const GameCounts& other) {
  std::vector<std::int64_t> numbers;
  Members(other, [&](const char*, std::int64_t number) { numbers.push_back(number); });
  auto it = numbers.begin();
  Members(*this, [&](const char*, std::int64_t& number) { number += *it++; });
}

Json GameCounts::ToJson() const { return Write(*this); }
GameCounts GameCounts::FromJson(const Json& json) { return ReadNew<GameCounts>(json); }
Json GenerationRow::ToJson() const { return Write(*this); }
GenerationRow GenerationRow::FromJson(const Json& json) { return ReadNew<GenerationRow>(json); }
Json OracleRow::ToJson() const { return Write(*this); }
OracleRow OracleRow::FromJson(const Json& json) { return ReadNew<OracleRow>(json); }
Json OpponentRow::ToJson() const { return Write(*this); }
OpponentRow OpponentRow::FromJson(const Json& json) { return ReadNew<OpponentRow>(json); }
Json EvaluationRow::ToJson() const { return Write(*this); }
EvaluationRow EvaluationRow::FromJson(const Json& json) { return ReadNew<EvaluationRow>(json); }
Json TrainingState::ToJson() const { return Write(*this); }

TrainingState TrainingState::FromJson(const Json& json) {
  try {
    return ReadNew<TrainingState>(json);
  } catch (const Json::exception& error) {
    Fail(ErrorKind::kData, "the checkpoint's state.json is not one of a self-play training: {}",
         error.what());
  }
}

}  // namespace agon::selfplay
