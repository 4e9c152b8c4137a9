// SPDX-License-Identifier: Apache-2.0
// `agon selfplay gtp` and `agon selfplay play`: a player for other programs, and for people.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

#include "cli/commands/commands.h"
#include "cli/commands/selfplay.h"
#include "runtime/base/log.h"
#include "runtime/base/progress.h"
#include "runtime/base/stop.h"
#include "selfplay/play/gtp_line.h"
#include "selfplay/play/gtp_server.h"
#include "selfplay/play/terminal_game.h"

namespace agon::cli {
namespace {

InteractiveConfig ReadInteractive(const CommandLine& line, Session& session) {
  config::Value root = GameRoot(line.selfplay);
  // Two games in a row shall not be the same.
  root.Set("seed", config::Value::Scalar(std::to_string(std::time(nullptr))));
  const auto config = ReadConfig<InteractiveConfig>(session.CompleteConfig(std::move(root)));
  log::Info("seed: {}", config.seed);
  return config;
}

// Whoever reads must have it before the next line is waited for.
void Write(std::string_view text) {
  EraseProgressLine();
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

void InteractiveConfig::Describe(config::Fields<InteractiveConfig>& f) {
  using C = InteractiveConfig;
  f.Field(&C::seed, "seed", "of the player").Min(0);
  f.Field(&C::plugins, "plugins", "libraries with further games");
  f.Field(&C::game, "game", "what is played").Required();
}

int RunSelfplayGtp(const CommandLine& line, Session& session) {
  const InteractiveConfig config = ReadInteractive(line, session);
  const DevicePolicy& device = session.Device();
  const std::string& word = line.selfplay.players.front();
  const auto make = [&](const Component<selfplay::AnyGame>& game) {
    return selfplay::MakePlayer(word, game, {.device = &device},
                                static_cast<std::uint64_t>(config.seed));
  };
  selfplay::GtpServer server(config.game, make, &Write);
  selfplay::LineReader input(STDIN_FILENO);
  while (const auto text = input.Next()) {
    if (!server.Handle(*text, [&] { return input.Waiting(); })) return kExitDone;
  }
  if (StopSignal() != 0) session.Stop();
  return kExitDone;
}

int RunSelfplayPlay(const CommandLine& line, Session& session) {
  const InteractiveConfig config = ReadInteractive(line, session);
  auto player =
      selfplay::MakePlayer(line.selfplay.players.front(), config.game,
                           {.device = &session.Device()}, static_cast<std::uint64_t>(config.seed));
  selfplay::TerminalGame game(config.game, std::move(player),
                              line.selfplay.colour == "second" ? 1 : 0, &Write);
  selfplay::LineReader input(STDIN_FILENO);
  game.Begin();
  Write(game.Prompt());
  while (const auto text = input.Next()) {
    if (!game.Handle(*text)) return kExitDone;
    Write(game.Prompt());
  }
  Write("\n");
  if (StopSignal() != 0) session.Stop();
  return kExitDone;
}

}  // namespace agon::cli
