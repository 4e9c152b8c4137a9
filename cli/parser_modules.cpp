// SPDX-License-Identifier: Apache-2.0
// The groups of commands, agon cyclegan and agon selfplay, and agon view.
#include "cli/parser.h"

namespace agon::cli {
void Parser::AddGame(CLI::App& command) {
  command
      .add_option("--game", line_.selfplay.game,
                  "the game: a name (agon list game), or with settings \"{name: go, size: 9}\"")
      ->type_name("GAME")
      ->take_last();
}
void Parser::AddPlayer(CLI::App& command, const std::string& help) {
  command
      .add_option("--player", line_.selfplay.players,
                  help +
                      "; as in net:weights=FILE,sims=400, mcts:sims=1000, minimax:depth=5, "
                      "perfect, random, gtp:cmd=COMMAND")
      ->type_name("PLAYER")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->allow_extra_args(false);
}

void Parser::AddSelfplay() {
  CLI::App& group = Group("selfplay", "train an agent by self-play, measure it, play with it");
  SelfplayOptions& options = line_.selfplay;

  AddConfig(Member(group, "train", "learn a game from nothing"), options.config);

  CLI::App& match = Member(group, "match", "play two players against one another");
  match.add_option("players", options.players, "two players, as in net:weights=FILE,sims=400")
      ->type_name("PLAYER")
      ->expected(0, 2);
  AddGame(match);
  match.add_option("--games", options.games, "number of games; default 100")
      ->type_name("N")
      ->take_last();
  match
      .add_option("--opening-moves", options.opening_moves,
                  "random moves before both games of a pair; default: as few as give different "
                  "games")
      ->type_name("N")
      ->take_last();
  AddCommon(match);

  CLI::App& evaluate =
      Member(group, "evaluate", "compare a player's moves with the truth, or look through a game");
  AddGame(evaluate);
  evaluate
      .add_option("--positions", options.positions,
                  "file of positions with exact scores, `reachable` for all of a small game, or "
                  "`solved` for random ones solved now; may be repeated")
      ->type_name(kPathType)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  evaluate
      .add_option("--count", options.count, "only so many positions of each file, evenly spread")
      ->type_name("N")
      ->take_last();
  evaluate
      .add_option("--record", options.record,
                  "a game (SGF or list of moves) to analyse move by move instead")
      ->type_name(kPathType)
      ->take_last();
  AddPlayer(evaluate, "who chooses the moves");
  AddSet(evaluate);
  AddDevice(evaluate);
  AddRun(evaluate);
  AddJson(evaluate, "print the result as JSON on standard output");
  AddQuiet(evaluate);
  AddPlugin(evaluate);

  CLI::App& gtp = Member(group, "gtp", "serve a player by GTP (GoGui, Sabaki, twogtp)");
  AddInteractive(gtp, "who is served");
  CLI::App& play = Member(group, "play", "play against a player in the terminal");
  AddInteractive(play, "whom you play against");
  play.add_option("--colour", options.colour, "yours: first or second to move; default first")
      ->type_name("first|second")
      ->take_last()
      ->check(CLI::IsMember({"first", "second"}).description(""));
}
void Parser::AddInteractive(CLI::App& command, const std::string& who) {
  AddGame(command);
  AddPlayer(command, who);
  AddSet(command);
  AddDevice(command);
  AddQuiet(command);
  AddPlugin(command);
}

void Parser::AddCyclegan() {
  CLI::App& group =
      Group("cyclegan", "train translation from unpaired pictures, translate videos, measure them");
  AddConfig(Member(group, "train", "learn to translate between two piles of pictures"),
            line_.cyclegan.config);
  AddTranslate(group);
  AddEvaluate(group);
  AddCommon(Member(group, "demo", "train on a built-in world, translate a video of it"));
}

void Parser::AddTranslate(CLI::App& group) {
  CycleganOptions& options = line_.cyclegan;
  CLI::App& command =
      Member(group, "translate", "translate a video, a folder of pictures or a picture");
  command
      .add_option("--weights", options.weights,
                  "generator: .safetensors of agon cyclegan train, a .pth of the reference, or "
                  "`identity`, which copies the frames")
      ->type_name(kPathType)
      ->take_last();
  command.add_option("--direction", options.direction, "a2b or b2a; default a2b")
      ->type_name("DIRECTION")
      ->take_last()
      ->check(CLI::IsMember(kDirections).description(""));
  command.add_option("--input", options.input, "a video, a picture, or a folder of pictures")
      ->type_name(kPathType)
      ->take_last();
  command
      .add_option("--output", options.output,
                  "a video (.mp4, .mkv, .mov, .webm), a folder of pictures, or one picture (.png)")
      ->type_name(kPathType)
      ->take_last();
  const auto number = [&](const char* name, std::optional<std::int64_t>& value, const char* help,
                          std::int64_t most) {
    command.add_option(name, value, help)
        ->type_name("N")
        ->take_last()
        ->check(CLI::Range(std::int64_t{0}, most).description(""));
  };
  number("--height", options.height,
         "scale frames to so many rows first, keeping the aspect ratio; default: the source's",
         16'384);
  const auto choice = [&](const char* name, std::optional<std::string>& value, const char* help,
                          const char* type, const std::vector<std::string>& choices) {
    command.add_option(name, value, help)
        ->type_name(type)
        ->take_last()
        ->check(CLI::IsMember(choices).description(""));
  };
  choice("--steady", options.steady,
         "take flicker away: auto, off, light or strong; default auto: light for videos, off for "
         "pictures and identity. Costs some milliseconds a frame, which the report states",
         "HOW", kSteadiness);
  command.add_flag("--side-by-side", options.side_by_side,
                   "write input and output beside one another");
  choice("--metrics", options.metrics,
         "how much is measured: off, some (flicker of every frame, optical flow of about 60 pairs, "
         "8 with identity) "
         "or all; default some",
         "HOW", kMetrics);
  choice("--codec", options.codec, "h264, hevc, vp9 or ffv1; default: what goes with the file",
         "CODEC", kCodecs);
  number("--crf", options.crf, "quality of h264, hevc and vp9: less is better; default 20", 51);
  command
      .add_option("--preset", options.preset,
                  "speed of h264 and hevc, ultrafast to veryslow; default medium")
      ->type_name("PRESET")
      ->take_last();
  number("--batch", options.batch, "frames through the network at once; default: by their size",
         1024);
  number("--segment", options.segment,
         "frames between two points from which a stopped job goes on; default 100", 1'000'000);
  choice("--precision", options.precision,
         "auto, float32 or bf16; default auto: bf16 where the device is made for it", "PRECISION",
         kPrecisions);
  AddCommon(command);
}

void Parser::AddEvaluate(CLI::App& group) {
  CycleganOptions& options = line_.cyclegan;
  CLI::App& command =
      Member(group, "evaluate", "measure how steady a translated video is, beside its source");
  command.add_option("--input", options.input, "the source: a video or a folder of pictures")
      ->type_name(kPathType)
      ->take_last();
  command
      .add_option("--output", options.output, "its translation: a video or a folder of pictures")
      ->type_name(kPathType)
      ->take_last();
  command
      .add_option("--reference", options.reference,
                  "with --features: real pictures of the target domain, a folder or a video")
      ->type_name(kPathType)
      ->take_last();
  command
      .add_option("--features", options.features,
                  "a model whose outputs are features, for the distance to --reference, as in "
                  "\"{name: torchscript, file: F, input: [3, 299, 299], classes: 2048}\"")
      ->type_name("MODEL")
      ->take_last();
  AddSet(command);
  AddDevice(command);
  AddRun(command);
  AddPlugin(command);
  AddJson(command, "print the result as JSON on standard output");
  AddQuiet(command);
  command.add_flag("--trust-model", line_.common.trust_model,
                   "load TorchScript files, which are programs");
}

void Parser::AddView() {
  ViewOptions& options = line_.view;
  CLI::App& command =
      Command("view", "watch runs live in a window, look back, compare, play; or draw a picture");
  command.add_option("runs", options.runs, "runs, or folders of runs; default: runs")
      ->type_name(kPathType);
  const auto value = [&](const char* name, std::string& member, const char* type,
                         const char* help) -> CLI::Option& {
    return *command.add_option(name, member, help)->type_name(type)->take_last();
  };
  value("--panel", options.panel, "PANEL",
        "what is shown: runs, curves, attack, video or game; default: what goes with the run");
  command.add_option("--step", options.step, "the moment that is shown; default: the last step")
      ->type_name("N")
      ->take_last();
  command
      .add_option("--show", options.show,
                  "a setting of the panel, as in example=17; may be repeated")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  value("--png", options.png, kPathType, "write a picture of the panel instead; needs no display");
  command.add_flag("--whole", options.whole, "with --png: the whole window, not the panel alone");
  value("--size", options.size, "WxH", "of the window or picture, as in 1280x800");
  value("--scale", options.scale, "S", "of everything, 0.5 to 4; default: as the display says");
  command.add_flag("--light", options.light, "light colours");
  command.add_flag("--dark", options.dark, "dark colours");
  // For measuring and for tests: not in the help.
  command.add_flag("--fixed-fonts", options.fixed_fonts)->group("");
  command.add_flag("--headless", options.headless)->group("");
  command.add_option("--frames", options.frames)->group("");
  command.add_option("--timings", options.timings)->group("");
}

}  // namespace agon::cli
