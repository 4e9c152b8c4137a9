// SPDX-License-Identifier: Apache-2.0
#include "viewer/game/play_choice.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "runtime/base/error.h"
#include "runtime/config/value.h"

namespace agon::viewer {
namespace {

constexpr std::size_t kMostConfig = std::size_t{1} << 20;
constexpr std::int64_t kMostSimulations = 100'000;
constexpr std::int64_t kMostPlies = 12;

// In one line; JSON's strings are YAML's too.
std::string OneLine(const config::Value& value) {
  if (value.IsScalar()) return value.text();
  std::string text;
  for (const auto& entry : value.entries()) {
    if (!entry.value.IsScalar()) continue;
    const std::string& scalar = entry.value.text();
    const bool plain = !scalar.empty() && scalar.find_first_not_of(
                                              "abcdefghijklmnopqrstuvwxyz"
                                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                              "0123456789_.-+") == std::string::npos;
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", entry.key,
                        plain ? scalar : nlohmann::json(scalar).dump());
  }
  return "{" + text + "}";
}

}  // namespace

const std::vector<PlayerKindInfo>& PlayerKindInfos() {
  static const std::vector<PlayerKindInfo> infos{
      {PlayerKind::kNet, "trained network", "simulations", 0, kMostSimulations, 400},
      {PlayerKind::kMcts, "tree search, random games", "simulations", 1, kMostSimulations, 1000},
      {PlayerKind::kMinimax, "minimax", "plies", 1, kMostPlies, 5},
      {PlayerKind::kPerfect, "perfect", "", 0, 0, 0},
      {PlayerKind::kRandom, "random moves", "", 0, 0, 0},
      {PlayerKind::kGtp, "GTP program", "", 0, 0, 0}};
  return infos;
}

std::string PlayerWord(const PlayerChoice& choice) {
  switch (choice.kind) {
    case PlayerKind::kNet:
      if (choice.weights.empty()) return {};
      return fmt::format("net:weights={},sims={}", choice.weights.string(), choice.number);
    case PlayerKind::kMcts:
      return fmt::format("mcts:sims={}", choice.number);
    case PlayerKind::kMinimax:
      return fmt::format("minimax:depth={}", choice.number);
    case PlayerKind::kPerfect:
      return "perfect";
    case PlayerKind::kRandom:
      return "random";
    case PlayerKind::kGtp:
      if (choice.command.find_first_not_of(' ') == std::string::npos) return {};
      return "gtp:cmd=" + choice.command;
  }
  return {};
}

std::optional<std::string> GameOfConfig(std::string_view yaml) {
  try {
    config::Problems problems;
    const config::Value root = config::ParseYaml(yaml, "config.yaml", {}, problems);
    const config::Value* const game = root.IsMapping() ? root.Find("game") : nullptr;
    if (game == nullptr || !(game->IsScalar() || game->IsMapping())) return std::nullopt;
    // A mapping of nothing but its name is the name.
    if (game->IsMapping() && game->entries().size() == 1) {
      const config::Value* const name = game->Find("name");
      if (name != nullptr && name->IsScalar()) return name->text();
    }
    return OneLine(*game);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<TrainedNetwork> NetworkOf(const Path& run, std::string name) {
  std::error_code failed;
  const Path weights = run / "weights.safetensors";
  if (!std::filesystem::is_regular_file(weights, failed)) return std::nullopt;
  try {
    auto game = GameOfConfig(ReadFileText(run / "config.yaml", kMostConfig));
    if (!game) return std::nullopt;
    return TrainedNetwork{.run = std::move(name), .game = std::move(*game), .weights = weights};
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::vector<std::string> ReadGameList(std::string_view text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  std::vector<std::string> games;
  if (!json.is_array()) return games;
  for (const nlohmann::json& entry : json) {
    const auto name = entry.is_object() ? entry.find("name") : entry.end();
    if (entry.is_object() && name != entry.end() && name->is_string()) {
      games.push_back(name->get<std::string>());
    }
  }
  return games;
}

}  // namespace agon::viewer
