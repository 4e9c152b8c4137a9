// SPDX-License-Identifier: Apache-2.0
#include "tests/selfplay/learn/learn_helpers.h"

#include <set>

#include "runtime/base/stop.h"
#include "runtime/base/text.h"
#include "runtime/formats/safetensors.h"
#include "runtime/run/run.h"
#include "runtime/train/optimizer.h"
#include "runtime/train/schedule.h"
#include "selfplay/games/game_record.h"
#include "selfplay/games/random.h"
#include "selfplay/search/game_of.h"

namespace agon::selfplay {
namespace {

config::Value Parse(const std::string& yaml) {
  config::Problems problems;
  config::Value value = config::ParseYaml(yaml, "test", {}, problems);
  problems.ThrowIfAny();
  return value;
}

DevicePolicy Cpu() { return {.device = at::kCPU, .threads = 1, .description = "cpu", .notes = {}}; }

}  // namespace

void RegisterEverything() {
  static const bool once = [] {
    RegisterGames(GlobalRegistry());
    train::RegisterOptimizers(GlobalRegistry());
    train::RegisterSchedules(GlobalRegistry());
    return true;
  }();
  (void)once;
}

Component<AnyGame> GameNamed(const std::string& yaml) {
  RegisterEverything();
  return GameFromText(yaml, "test");
}

SelfplayConfig ConfigOf(const std::string& yaml) {
  RegisterEverything();
  return ReadSelfplayConfig(Parse(yaml));
}

SelfplayConfig SmallConfig(const std::string& lines) {
  RegisterEverything();
  config::Value value = Parse(R"(
seed: 5
game: tic_tac_toe
network: {blocks: 1, channels: 8, policy_channels: 4, outcome_channels: 4, outcome_hidden: 16}
search: {simulations: 12, noise_fraction: 0.25}
temperature: {moves: 4}
selfplay: {games_in_flight: 8, threads: 1, full_share: 0.5, cheap_simulations: 4, cache_megabytes: 1,
           batch: 8, precision: float32}
replay: {start: 500, min_positions: 60, shard_positions: 50}
learner: {precision: float32}
pace: {batch_size: 16, passes: 1, generation_steps: 5}
evaluate: {elo_games: 0}
max_games: 60
)");
  const config::Value more = Parse("{" + lines + "}");
  for (const auto& entry : more.entries()) value.Set(entry.key, entry.value);
  return ReadSelfplayConfig(value);
}

std::vector<Sample> RandomSamples(const Component<AnyGame>& game, std::int64_t number,
                                  std::uint64_t seed) {
  const GameShape shape = game->Shape();
  std::uint64_t random = seed;
  std::vector<Sample> samples;
  GameState state(game);
  while (!state.Over()) {
    Sample sample;
    sample.game = number;
    sample.ply = static_cast<int>(state.moves().size());
    sample.planes.resize(static_cast<std::size_t>(shape.plane_words()));
    sample.scalars.resize(static_cast<std::size_t>(shape.scalars));
    game->Encode(state.position(), 0, sample.planes, sample.scalars);
    sample.moves = state.LegalMoves();
    float sum = 0;
    for (std::size_t k = 0; k < sample.moves.size(); ++k) {
      sample.policy.push_back(static_cast<float>(1 + RandomBelow(random, 9)));
      sum += sample.policy.back();
    }
    for (float& share : sample.policy) share /= sum;
    sample.outcome = {0.25F, 0.5F, 0.25F};
    sample.surprise = static_cast<float>(RandomBelow(random, 10)) / 10;
    samples.push_back(sample);
    const int choice = RandomBelow(random, static_cast<int>(sample.moves.size()));
    state.Play(sample.moves[static_cast<std::size_t>(choice)]);
  }
  return samples;
}

Workplace::Workplace() { ClearStop(); }

Workplace::~Workplace() { ClearStop(); }

SelfplayResult TrainIn(const SelfplayConfig& config, const Path& folder) {
  run::RunOptions options;
  options.folder = folder;
  options.command = "selfplay train";
  options.config = config::Dump(config);
  run::Run run = run::Run::Create(options);
  SelfplayResult result = TrainSelfplay(config, run, Cpu());
  run.Finish();
  return result;
}

SelfplayResult ResumeIn(const SelfplayConfig& config, const Path& folder) {
  run::Run run = run::Run::Resume(folder, "selfplay train");
  SelfplayResult result = TrainSelfplay(config, run, Cpu(), {.resume = true});
  run.Finish();
  return result;
}

std::vector<std::string> GameLines(const Path& run) {
  std::set<Path> files;
  for (const auto& entry : std::filesystem::directory_iterator(run / "games")) {
    files.insert(entry.path());
  }
  std::vector<std::string> lines;
  for (const Path& file : files) {
    for (const std::string& line : Split(ReadFileText(file), '\n')) {
      if (!line.empty()) lines.push_back(line);
    }
  }
  return lines;
}

bool SameWeights(const Path& a, const Path& b) {
  const auto x = formats::ReadSafetensors(a).tensors;
  const auto y = formats::ReadSafetensors(b).tensors;
  if (x.size() != y.size()) return false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i].first != y[i].first || x[i].second.data != y[i].second.data) return false;
  }
  return true;
}

}  // namespace agon::selfplay
