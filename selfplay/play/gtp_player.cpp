// SPDX-License-Identifier: Apache-2.0
// A foreign GTP program as a player. It is told every move of the game; what it answers is a move
// only if our rules say so.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "runtime/base/text.h"
#include "selfplay/play/gtp_client.h"
#include "selfplay/play/player_word.h"
#include "selfplay/play/vertex.h"

namespace agon::selfplay {
namespace {

struct GtpSettings {
  double timeout = 60;
  std::string cmd;
  static void Describe(config::Fields<GtpSettings>& f) {
    f.Field(&GtpSettings::timeout, "timeout", "seconds that each answer may take").Above(0);
    f.Field(&GtpSettings::cmd, "cmd", "command line of the program; comes last");
  }
};

class GtpPlayer final : public Player {
 public:
  GtpPlayer(std::string name, GtpSettings settings)
      : name_(std::move(name)), settings_(std::move(settings)) {}

  std::string name() const override { return name_; }
  void NewGame(const GameState&) override { told_.reset(); }
  std::string failure() const override { return failure_; }

  Move Choose(const GameState& state) override {
    failure_.clear();
    if (!Tell(state)) return kNoMove;
    const auto reply = Ask(fmt::format("genmove {}", ColourText(state.to_move())));
    if (!reply) return kNoMove;
    const std::string answer = LowerCase(*reply);
    if (answer == "resign") return kNoMove;
    const Move move = state.game().ParseMove(answer);
    if (move == kNoMove || !state.IsLegal(move)) {
      failure_ = fmt::format("illegal move \"{}\"", reply->substr(0, 40));
      return kNoMove;
    }
    told_->push_back(move);
    return move;
  }

 private:
  // Brings the program to this position: by the moves it does not know, or from the start.
  bool Tell(const GameState& state) {
    if (client_ == nullptr || !client_->alive()) {
      client_ = std::make_unique<GtpClient>(settings_.cmd, settings_.timeout);
      told_.reset();
    }
    const std::vector<Move>& moves = state.moves();
    const bool further = told_ && told_->size() <= moves.size() &&
                         std::equal(told_->begin(), told_->end(), moves.begin());
    if (!further && !SetUp(state)) return false;
    GameState replay(state.component());
    for (const Move move : *told_) replay.Play(move);
    for (std::size_t i = told_->size(); i < moves.size(); ++i) {
      const std::string line =
          fmt::format("play {} {}", ColourText(replay.to_move()), VertexText(replay, moves[i]));
      if (!Ask(line)) return false;
      replay.Play(moves[i]);
      told_->push_back(moves[i]);
    }
    return true;
  }

  bool SetUp(const GameState& state) {
    const GameShape shape = state.game().Shape();
    if (IsGo(state.component())) {
      const std::string size =
          shape.width == shape.height
              ? fmt::format("boardsize {}", shape.width)
              : fmt::format("rectangular_boardsize {} {}", shape.width, shape.height);
      if (!Ask(size)) return false;
    }
    if (!Ask("clear_board")) return false;
    if (const auto komi = KomiOf(state.component())) {
      if (!Ask(fmt::format("komi {}", *komi))) return false;
    }
    told_.emplace();
    return true;
  }

  // The text of a good answer; else failure_ says what happened.
  std::optional<std::string> Ask(const std::string& line) {
    using Status = GtpReply::Status;
    const GtpReply reply = client_->Send(line);
    switch (reply.status) {
      case Status::kOk:
        return reply.text;
      case Status::kRefused:
        failure_ = fmt::format("refused \"{}\": {}", line, reply.text.substr(0, 200));
        break;
      case Status::kTimeout:
        failure_ = fmt::format("no answer to \"{}\" in {} s", line, settings_.timeout);
        break;
      case Status::kDied:
        failure_ = fmt::format("died at \"{}\"{}{}", line, reply.text.empty() ? "" : ": ",
                               reply.text.substr(0, 200));
        break;
      case Status::kGarbage:
        failure_ = fmt::format("endless answer to \"{}\"", line);
        break;
      case Status::kStopped:
        failure_ = "stopped";
        break;
    }
    told_.reset();
    return std::nullopt;
  }

  std::string name_;
  GtpSettings settings_;
  std::unique_ptr<GtpClient> client_;
  std::optional<std::vector<Move>> told_;  // what the program has on its board; nothing: unknown
  std::string failure_;
};

class GtpSource final : public PlayerSource {
 public:
  GtpSource(std::string name, GtpSettings settings)
      : name_(std::move(name)), settings_(std::move(settings)) {}
  const std::string& name() const override { return name_; }
  std::unique_ptr<Player> Make(std::uint64_t) const override {
    return std::make_unique<GtpPlayer>(name_, settings_);
  }

 private:
  std::string name_;
  GtpSettings settings_;
};

// A program that does not exist is a mistake in the word, found before a match begins. Only plain
// names are looked for; what the shell understands besides is left to the shell.
bool ProgramIsMissing(const std::string& program) {
  if (program.find_first_of("=$`'\"(){}[]<>|&;*?~!\\") != std::string::npos) return false;
  if (program.find('/') != std::string::npos) return ::access(program.c_str(), X_OK) != 0;
  static constexpr std::array kShellWords{"exec", "cd",     "while",  "until", "for",    "if",
                                          "case", "eval",   "read",   "trap",  ":",      ".",
                                          "set",  "ulimit", "export", "unset", "command"};
  if (std::find(kShellWords.begin(), kShellWords.end(), program) != kShellWords.end()) return false;
  const char* const path = std::getenv("PATH");
  std::vector<std::string> folders = Split(path != nullptr ? path : "/usr/bin:/bin", ':');
  folders.emplace_back("/usr/games");
  return std::none_of(folders.begin(), folders.end(), [&](const std::string& folder) {
    return ::access((folder + "/" + program).c_str(), X_OK) == 0;
  });
}

}  // namespace

PlayerSourcePtr MakeGtpSource(PlayerWord word, const Component<AnyGame>&) {
  CheckSettings(word, NamesOf(config::Fields<GtpSettings>::Get().Infos()));
  auto settings = ReadSettings<GtpSettings>(word);
  const std::string program =
      Split(settings.cmd.substr(std::min(settings.cmd.find_first_not_of(' '), settings.cmd.size())),
            ' ')
          .front();
  if (program.empty()) {
    Fail(ErrorKind::kUsage,
         "player \"{}\": the command is missing: gtp:cmd=gnugo --mode gtp --level 10", word.text);
  }
  if (ProgramIsMissing(program)) {
    Fail(ErrorKind::kUsage, "player \"{}\": there is no program \"{}\" in PATH or /usr/games",
         word.text, program);
  }
  return std::make_unique<GtpSource>(std::move(word.text), std::move(settings));
}

}  // namespace agon::selfplay
