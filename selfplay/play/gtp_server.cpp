// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/gtp_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "runtime/base/version.h"
#include "selfplay/play/vertex.h"

namespace agon::selfplay {
namespace {

constexpr std::int64_t kSmallestGo = 5;
constexpr std::int64_t kLargestGo = 19;
constexpr int kFewestMovesToCome = 8;

// As a configuration of the same game with another value of a key.
void SetKey(config::Value& config, const std::string& key, std::string value) {
  config.Set(key, config::Value::Scalar(std::move(value)));
}

Component<AnyGame> GameOf(const config::Value& config) {
  config::Problems problems;
  config::Reader reader{problems, nullptr};
  Component<AnyGame> game = GlobalRegistry().Create<AnyGame>(config, reader, "game");
  if (!problems.empty()) Fail(ErrorKind::kUsage, "{}", problems.list().front().message);
  return game;
}

}  // namespace

const std::string& ArgumentOf(const GtpLine& line, std::size_t place, std::string_view what) {
  if (place >= line.arguments.size()) {
    Fail(ErrorKind::kUsage, "syntax error: {} is missing", what);
  }
  return line.arguments[place];
}

std::int64_t IntegerOf(const GtpLine& line, std::size_t place, std::string_view what) {
  const std::string& word = ArgumentOf(line, place, what);
  const auto number = ParseInteger(word);
  if (!number) Fail(ErrorKind::kUsage, "syntax error: {} is no whole number: {}", what, word);
  return *number;
}

int ColourOf(const GtpLine& line, std::size_t place) {
  const std::string& word = ArgumentOf(line, place, "the colour");
  const auto colour = ParseColour(word);
  if (!colour) Fail(ErrorKind::kUsage, "syntax error: no colour: {}; write black or white", word);
  return *colour;
}

const std::vector<GtpServer::CommandEntry>& GtpServer::Commands() {
  using S = GtpServer;
  static const std::vector<CommandEntry> commands{
      {"agon-analyze", &S::AgonAnalyze, false},
      {"agon-board", &S::AgonBoard, false},
      {"agon-genmove_analyze", &S::AgonGenMoveAnalyze, false},
      {"agon-tree", &S::AgonTree, false},
      {"boardsize", &S::BoardSize, false},
      {"clear_board", &S::ClearBoard, false},
      {"final_score", &S::FinalScore, false},
      {"final_status_list", &S::FinalStatusList, true},
      {"fixed_handicap", &S::FixedHandicap, true},
      {"genmove", &S::GenMove, false},
      {"get_komi", &S::GetKomi, true},
      {"kata-analyze", &S::KataAnalyze, false},
      {"kata-genmove_analyze", &S::KataGenMoveAnalyze, false},
      {"known_command", &S::KnownCommand, false},
      {"komi", &S::Komi, false},
      {"list_commands", &S::ListCommands, false},
      {"loadsgf", &S::LoadSgf, false},
      {"lz-analyze", &S::LzAnalyze, false},
      {"lz-genmove_analyze", &S::LzGenMoveAnalyze, false},
      {"name", &S::Name, false},
      {"place_free_handicap", &S::PlaceFreeHandicap, true},
      {"play", &S::Play, false},
      {"printsgf", &S::PrintSgf, false},
      {"protocol_version", &S::ProtocolVersion, false},
      {"query_boardsize", &S::QueryBoardSize, false},
      {"quit", &S::Quit, false},
      {"rectangular_boardsize", &S::RectangularBoardSize, false},
      {"reg_genmove", &S::RegGenMove, false},
      {"set_free_handicap", &S::SetFreeHandicap, true},
      {"showboard", &S::ShowBoard, false},
      {"time_left", &S::TimeLeft, false},
      {"time_settings", &S::TimeSettings, false},
      {"undo", &S::Undo, false},
      {"version", &S::Version, false},
  };
  return commands;
}

GtpServer::GtpServer(const Component<AnyGame>& game, MakePlayer make_player, Output output)
    : make_player_(std::move(make_player)),
      output_(std::move(output)),
      state_(game),
      player_(make_player_(game)) {
  player_->NewGame(state_);
}

const GtpServer::CommandEntry* GtpServer::Find(std::string_view name) const {
  const bool go = IsGo(state_.component());
  for (const CommandEntry& command : Commands()) {
    if (command.name == name && (go || !command.go_only)) return &command;
  }
  return nullptr;
}

bool GtpServer::Handle(std::string_view text, const std::function<bool()>& waiting) {
  const GtpLine line = ParseGtpLine(text);
  if (line.command.empty() && line.id.empty()) return true;
  waiting_ = waiting;
  replied_ = false;
  try {
    const CommandEntry* const command = Find(line.command);
    if (command == nullptr) Fail(ErrorKind::kUsage, "unknown command");
    const std::string reply = (this->*command->handler)(line);
    if (!replied_) output_(GtpResponse(true, line.id, reply));
  } catch (const std::exception& error) {  // ours, or of the libraries below a player
    std::string message = error.what();
    std::replace(message.begin(), message.end(), '\n', ' ');
    output_(replied_ ? std::string("\n") : GtpResponse(false, line.id, message));
  }
  return !quit_;
}

std::string GtpServer::ProtocolVersion(const GtpLine&) { return "2"; }
std::string GtpServer::Name(const GtpLine&) { return "Agon"; }
std::string GtpServer::Version(const GtpLine&) { return AGON_VERSION; }

std::string GtpServer::KnownCommand(const GtpLine& line) {
  return Find(ArgumentOf(line, 0, "the command")) != nullptr ? "true" : "false";
}

std::string GtpServer::ListCommands(const GtpLine&) {
  std::string list;
  for (const CommandEntry& command : Commands()) {
    if (Find(command.name) != nullptr) list += std::string(command.name) + "\n";
  }
  return list;
}

std::string GtpServer::Quit(const GtpLine&) {
  quit_ = true;
  return {};
}

void GtpServer::ResetTo(GameState state, std::size_t setup) {
  state_ = std::move(state);
  setup_ = setup;
  search_.reset();
  player_->NewGame(state_);
}

void GtpServer::ChangeGame(const Component<AnyGame>& game) {
  player_ = make_player_(game);
  ResetTo(GameState(game), 0);
}

Component<AnyGame> GtpServer::Resized(std::int64_t width, std::int64_t height) const {
  const Component<AnyGame>& game = state_.component();
  const GameShape shape = game->Shape();
  if (width == shape.width && height == shape.height) return game;
  config::Value config = game.ToConfig();
  const bool go = IsGo(game);
  const auto offered = [](std::int64_t side) { return side >= kSmallestGo && side <= kLargestGo; };
  // GTP's own words for it.
  if (config.Find("size") == nullptr || (!go && width != height) ||
      (go && (!offered(width) || !offered(height)))) {
    Fail(ErrorKind::kUsage, "unacceptable size");
  }
  SetKey(config, "size", std::to_string(width));
  if (go) {
    SetKey(config, "width", width == height ? "0" : std::to_string(width));
    SetKey(config, "height", width == height ? "0" : std::to_string(height));
  }
  try {
    return GameOf(config);
  } catch (const Error&) {
    Fail(ErrorKind::kUsage, "unacceptable size");
  }
}

std::string GtpServer::BoardSize(const GtpLine& line) {
  const std::int64_t size = IntegerOf(line, 0, "the size");
  ChangeGame(Resized(size, size));
  return {};
}

std::string GtpServer::RectangularBoardSize(const GtpLine& line) {
  ChangeGame(Resized(IntegerOf(line, 0, "the width"), IntegerOf(line, 1, "the height")));
  return {};
}

std::string GtpServer::QueryBoardSize(const GtpLine&) {
  const GameShape shape = state_.game().Shape();
  return shape.width == shape.height ? fmt::format("{}", shape.width)
                                     : fmt::format("{} {}", shape.width, shape.height);
}

std::string GtpServer::ClearBoard(const GtpLine&) {
  ResetTo(GameState(state_.component()), 0);
  return {};
}

// A game that counts no points takes any komi and does nothing with it.
std::string GtpServer::Komi(const GtpLine& line) {
  const std::string& word = ArgumentOf(line, 0, "the komi");
  const auto komi = ParseReal(word);
  if (!komi) Fail(ErrorKind::kUsage, "syntax error: komi is no number: {}", word);
  const auto present = KomiOf(state_.component());
  if (!present || *present == *komi) return {};
  config::Value config = state_.component().ToConfig();
  SetKey(config, "komi", FormatReal(*komi));
  const Component<AnyGame> game = GameOf(config);
  GameState state(game);
  for (const Move move : state_.moves()) state.Play(move);
  player_ = make_player_(game);
  ResetTo(std::move(state), setup_);
  return {};
}

std::string GtpServer::GetKomi(const GtpLine&) {
  return fmt::format("{}", KomiOf(state_.component()).value_or(0));
}

GameState GtpServer::WithTurn(int colour) const {
  GameState state = state_;
  if (state.Over()) {
    Fail(ErrorKind::kUsage, "illegal move: the game is over");
  }
  if (state.to_move() == colour) return state;
  if (!IsGo(state.component())) {
    Fail(ErrorKind::kUsage, "illegal move: it is {}'s turn", ColourText(state.to_move()));
  }
  state.Play(state.game().ParseMove("pass"));
  if (state.Over()) {
    Fail(ErrorKind::kUsage, "illegal move: {} passed, and {} was to move", ColourText(colour),
         ColourText(1 - colour));
  }
  return state;
}

std::string GtpServer::Play(const GtpLine& line) {
  const int colour = ColourOf(line, 0);
  const std::string& word = ArgumentOf(line, 1, "the move");
  if (LowerCase(word) == "resign") return {};  // GoGui tells engines so; the board stays
  GameState state = WithTurn(colour);
  const Move move = state.game().ParseMove(word);
  if (move == kNoMove) {
    Fail(ErrorKind::kUsage, "syntax error: no move of {}: {}", state.component().name(), word);
  }
  if (!state.IsLegal(move)) Fail(ErrorKind::kUsage, "illegal move");
  state.Play(move);
  state_ = std::move(state);
  return {};
}

Move GtpServer::Think(const GameState& state) {
  const int mover = state.to_move();
  const auto played = static_cast<int>(state.moves().size());
  const int cells = state.game().Shape().cells();
  const int to_come = std::max((cells * 3 / 4 - played) / 2, kFewestMovesToCome);
  player_->LimitSeconds(clock_.ForMove(mover, to_come));
  const Stopwatch watch;
  const Move move = player_->Choose(state);
  clock_.Used(mover, watch.Seconds());
  if (const std::string failure = player_->failure(); !failure.empty()) {
    Fail(ErrorKind::kUsage, "{} failed: {}", player_->name(), failure);
  }
  search_ = player_->last_search();
  searched_ = state.moves();
  return move;
}

std::string GtpServer::GenMove(const GtpLine& line) {
  GameState state = WithTurn(ColourOf(line, 0));
  const Move move = Think(state);
  if (move == kNoMove) return "resign";
  std::string text = VertexText(state, move);
  state.Play(move);
  state_ = std::move(state);
  return text;
}

std::string GtpServer::RegGenMove(const GtpLine& line) {
  const GameState state = WithTurn(ColourOf(line, 0));
  const Move move = Think(state);
  return move == kNoMove ? "resign" : VertexText(state, move);
}

std::string GtpServer::Undo(const GtpLine&) {
  if (state_.moves().size() <= setup_) Fail(ErrorKind::kUsage, "cannot undo");
  state_.Undo();
  return {};
}

std::string GtpServer::ShowBoard(const GtpLine&) {
  return "\n" + state_.game().Text(state_.position());
}

std::string GtpServer::FinalScore(const GtpLine&) {
  if (const auto score = state_.game().Score(state_.position())) {
    if (*score == 0) return "0";
    return fmt::format("{}+{}", *score > 0 ? 'B' : 'W', *score > 0 ? *score : -*score);
  }
  if (!state_.Over()) Fail(ErrorKind::kUsage, "cannot score: the game is not over");
  const Outcome outcome = state_.Result();
  if (outcome == Outcome::kDraw) return "0";
  return outcome == Outcome::kFirstWins ? "B+1" : "W+1";
}

// Every stone on the board counts; to be dead it must have been taken.
std::string GtpServer::FinalStatusList(const GtpLine& line) {
  const std::string status = LowerCase(ArgumentOf(line, 0, "the status"));
  if (status == "dead" || status == "seki") return {};
  if (status != "alive") {
    Fail(ErrorKind::kUsage, "syntax error: no status: {}; write alive, dead or seki", status);
  }
  std::string list;
  const record::Board board = state_.game().Picture(state_.position());
  for (std::size_t cell = 0; cell < board.colours.size(); ++cell) {
    if (board.colours[cell] != 0) list += VertexText(state_, static_cast<Move>(cell)) + "\n";
  }
  return list;
}

std::string GtpServer::TimeSettings(const GtpLine& line) {
  const std::int64_t main = IntegerOf(line, 0, "the main time");
  const std::int64_t period = IntegerOf(line, 1, "the byo yomi time");
  const std::int64_t stones = IntegerOf(line, 2, "the byo yomi stones");
  if (main < 0 || period < 0 || stones < 0 || stones > 1'000'000) {
    Fail(ErrorKind::kUsage, "syntax error: times and stones are not negative");
  }
  clock_.Set(static_cast<double>(main), static_cast<double>(period), static_cast<int>(stones));
  return {};
}

std::string GtpServer::TimeLeft(const GtpLine& line) {
  const int colour = ColourOf(line, 0);
  const std::int64_t seconds = std::max<std::int64_t>(IntegerOf(line, 1, "the time"), 0);
  const std::int64_t stones = IntegerOf(line, 2, "the stones");
  clock_.Left(colour, static_cast<double>(seconds),
              static_cast<int>(std::clamp<std::int64_t>(stones, 0, 1'000'000)));
  return {};
}

}  // namespace agon::selfplay
