// SPDX-License-Identifier: Apache-2.0
#include "viewer/game/game_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "viewer/core/text_tail.h"

namespace agon::viewer {
namespace {

constexpr int kHintInterval = 15;  // hundredths of a second between reports
constexpr std::string_view kPlay = "play ";

double SteadySeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string_view FirstLine(std::string_view text) { return text.substr(0, text.find('\n')); }
std::string_view LastLine(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  const std::size_t start = text.rfind('\n');
  return start == std::string_view::npos ? text : text.substr(start + 1);
}

}  // namespace

GameSession::GameSession(SessionSettings settings)
    : settings_(std::move(settings)), look_(LookOf(settings_.game)) {
  if (!settings_.clock) settings_.clock = SteadySeconds;
  try {
    client_ = StartProgram(settings_.player);
  } catch (const std::exception& error) {
    Fail(error.what());
    return;
  }
  Refresh();
  phase_ = SessionPhase::kStarting;
}

GameSession::~GameSession() = default;

std::unique_ptr<GtpClient> GameSession::StartProgram(const std::string& player) const {
  return std::make_unique<GtpClient>(std::vector<std::string>{
      settings_.program.string(), "selfplay", "gtp", "--game", settings_.game, "--player", player});
}

double GameSession::Now() const { return settings_.clock(); }

void GameSession::Fail(std::string_view problem) {
  phase_ = SessionPhase::kFailed;
  problem_ = ValidUtf8(problem);
  hint_running_ = false;
}

void GameSession::Poll() {
  if (!client_ || phase_ == SessionPhase::kFailed) return;
  client_->Poll();
  if (!client_->alive()) {
    Fail(client_->problem());
    return;
  }
  if (adviser_) {
    adviser_->Poll();
    if (!adviser_->alive()) {
      const std::string why = adviser_->problem();
      adviser_.reset();
      RefuseHint(why);
    }
  }
  // Any line ends an analysis; the board with what was found out is a useful one.
  if (hint_running_ && Now() - hint_since_ > settings_.hint_seconds) StopHint();
}

std::string_view GameSession::Colour() const {
  return FirstToMove(board_->board).value_or(moves_.size() % 2 == 0) ? "black" : "white";
}

void GameSession::Refresh() {
  EndHint();
  phase_ = SessionPhase::kWaiting;
  client_->Send("agon-board", [this](const GtpReply& reply) { Continue(reply); });
}

void GameSession::Continue(const GtpReply& reply) {
  auto board = reply.good ? ReadBoard(reply.text) : std::nullopt;
  if (!board) {
    Fail(fmt::format("agon-board was answered with \"{}\"; is {} an agon of this version?",
                     ValidUtf8(FirstLine(reply.text).substr(0, 200)), settings_.program.string()));
    return;
  }
  board_ = std::move(board);
  look_ = LookOf(board_->game);
  ++version_;
  if (board_->over || resigned_) {
    phase_ = SessionPhase::kOver;
    return;
  }
  const std::size_t side = Colour() == "black" ? 0 : 1;
  if (settings_.movers[side] == Mover::kProgram) {
    Think();
  } else {
    phase_ = SessionPhase::kPerson;
    if (hint_) StartHint();
  }
}

void GameSession::Think() {
  phase_ = SessionPhase::kThinking;
  thinking_since_ = Now();
  client_->Send(fmt::format("agon-genmove_analyze {}", Colour()),
                [this](const GtpReply& reply) { TakeAnswer(reply); });
}

void GameSession::TakeAnswer(const GtpReply& reply) {
  const bool first = Colour() == "black";
  if (!reply.good) {
    // A foreign program that hangs, dies or plays an illegal move: the game stands as it was.
    problem_ = ValidUtf8(reply.text);
    phase_ = SessionPhase::kOver;
    resigned_ = first;
    return;
  }
  const std::string_view last = LastLine(reply.text);
  if (!last.starts_with(kPlay)) {
    Fail(fmt::format("genmove was answered with \"{}\"", ValidUtf8(last.substr(0, 200))));
    return;
  }
  problem_.clear();
  const std::string move(last.substr(kPlay.size()));
  std::string_view text = reply.text;
  while (text.starts_with('\n')) text.remove_prefix(1);
  auto found = text.starts_with('{') ? ReadAnalysis(FirstLine(text)) : std::nullopt;
  if (found) {
    Remember(found->value);
    analysis_ = std::move(found);
    analysis_present_ = false;
  }
  if (move == "resign") {
    resigned_ = first;
    Refresh();
    return;
  }
  moves_.push_back({.text = move, .first = first, .program = true, .value = value_});
  value_.reset();
  AskTree(*client_);
  Refresh();
}

// Players without a tree refuse; then there is none.
void GameSession::AskTree(GtpClient& client) {
  client.Send("agon-tree", [this](const GtpReply& reply) {
    auto tree = reply.good ? ReadTree(reply.text) : std::nullopt;
    tree_ = tree ? std::make_shared<const record::Tree>(std::move(*tree)) : nullptr;
  });
}

void GameSession::Remember(std::optional<double> value_for_mover) {
  if (!value_for_mover || !board_) return;
  const double value = std::clamp(*value_for_mover, -1.0, 1.0);
  value_ = Colour() == "black" ? value : -value;
}

void GameSession::Play(std::string_view move) {
  if (!CanPlay()) return;
  const bool first = Colour() == "black";
  EndHint();
  phase_ = SessionPhase::kWaiting;
  client_->Send(fmt::format("play {} {}", Colour(), move), [this, first, text = std::string(move)](
                                                               const GtpReply& reply) {
    problem_ = reply.good ? std::string() : ValidUtf8(reply.text);
    if (reply.good) {
      moves_.push_back({.text = text, .first = first, .program = false, .value = value_});
      value_.reset();
      analysis_.reset();
    }
    Refresh();
  });
}

bool GameSession::CanUndo() const { return CanBegin() && (!moves_.empty() || resigned_); }

void GameSession::Undo() {
  if (!CanUndo()) return;
  problem_.clear();
  analysis_.reset();
  tree_.reset();
  value_.reset();
  if (resigned_) {
    // The side that gave up is to move again; a program would only give up again.
    const std::size_t side = *resigned_ ? 0 : 1;
    resigned_.reset();
    if (settings_.movers[side] == Mover::kPerson || moves_.empty()) {
      Refresh();
      return;
    }
  }
  while (!moves_.empty()) {
    const bool program = moves_.back().program;
    client_->Send("undo", {});
    moves_.pop_back();
    if (!program) break;
  }
  Refresh();
}

bool GameSession::CanBegin() const {
  return phase_ == SessionPhase::kPerson || phase_ == SessionPhase::kOver;
}

void GameSession::NewGame() {
  if (!CanBegin()) return;
  moves_.clear();
  problem_.clear();
  analysis_.reset();
  tree_.reset();
  value_.reset();
  resigned_.reset();
  client_->Send("clear_board", {});
  Refresh();
}

void GameSession::Resign() {
  if (!CanPlay()) return;
  resigned_ = Colour() == "black";
  Refresh();
}

void GameSession::SetMovers(std::array<Mover, 2> movers) {
  if (movers == settings_.movers) return;
  settings_.movers = movers;
  if (phase_ == SessionPhase::kPerson) Refresh();
}

void GameSession::SetHint(bool on) {
  if (hint_ == on) return;
  hint_ = on;
  hint_problem_.clear();
  if (on && phase_ == SessionPhase::kPerson) StartHint();
  if (on) return;
  EndHint();
  if (analysis_present_) analysis_.reset();
  // The player's own ends with the next line; the adviser has been told.
  if (!adviser_ && phase_ == SessionPhase::kPerson) client_->Send("name", {});
}

void GameSession::StartHint() {
  if (adviser_) TellAdviser();
  GtpClient& client = adviser_ ? *adviser_ : *client_;
  hint_running_ = true;
  hint_since_ = Now();
  const std::int64_t number = ++hint_number_;
  client.SendStream(
      fmt::format("agon-analyze {} {}", Colour(), kHintInterval),
      [this, number](std::string_view line) {
        if (number == hint_number_) TakeHint(line);
      },
      [this, number](const GtpReply& reply) {
        if (number != hint_number_) return;
        hint_running_ = false;
        if (!reply.good) RefuseHint(reply.text);
      });
}

// The player's own analysis ends with the next command it gets; the adviser's has to be ended.
void GameSession::EndHint() {
  if (hint_running_ && adviser_) adviser_->Send("name", {});
  hint_running_ = false;
  ++hint_number_;
}

void GameSession::RefuseHint(const std::string& why) {
  if (!adviser_ && !adviser_tried_ && !settings_.adviser.empty()) {
    adviser_tried_ = true;
    try {
      adviser_ = StartProgram(settings_.adviser);
      StartHint();
      return;
    } catch (const std::exception&) {
      // The player's own refusal says more.
    }
  }
  hint_ = false;
  hint_running_ = false;
  hint_problem_ = ValidUtf8(why);
}

// It is told the whole game each time: undo and a new game need nothing else.
void GameSession::TellAdviser() {
  adviser_->Send("clear_board", {});
  for (const PlayedMove& move : moves_) {
    adviser_->Send(fmt::format("play {} {}", move.first ? "black" : "white", move.text), {});
  }
}

const std::string& GameSession::hint_player() const {
  return adviser_ ? settings_.adviser : settings_.player;
}

void GameSession::TakeHint(std::string_view line) {
  auto found = ReadAnalysis(line);
  if (!found) return;
  Remember(found->value);
  analysis_ = std::move(found);
  analysis_present_ = true;
}

// The tree of what was found out, which ends the analysis too. Its last report still counts.
void GameSession::StopHint() {
  if (!hint_running_) return;
  hint_running_ = false;
  AskTree(adviser_ ? *adviser_ : *client_);
}

double GameSession::thinking_seconds() const {
  return phase_ == SessionPhase::kThinking ? Now() - thinking_since_ : 0;
}

std::string GameSession::ResultText() const {
  if (phase_ != SessionPhase::kOver || !board_) return {};
  const auto side = [&](bool first) {
    const std::size_t at = first ? 0 : 1;
    const bool both = settings_.movers[0] == settings_.movers[1];
    if (!both) return settings_.movers[at] == Mover::kPerson ? "you" : "the program";
    return first ? "the first player" : "the second player";
  };
  if (resigned_) {
    const std::string_view who = side(*resigned_);
    if (!problem_.empty()) return fmt::format("{} cannot go on", who);
    return fmt::format("{} {}", who, who == "you" ? "gave up" : "gives up");
  }
  if (board_->result == "1/2-1/2") return "a draw";
  if (board_->result != "1-0" && board_->result != "0-1") return board_->result;
  const std::string_view who = side(board_->result == "1-0");
  return fmt::format("{} {}", who, who == "you" ? "won" : "wins");
}

std::vector<std::shared_ptr<Process>> GameSession::Release() {
  std::vector<std::shared_ptr<Process>> processes;
  for (GtpClient* const client : {client_.get(), adviser_.get()}) {
    if (client == nullptr) continue;
    if (auto process = client->Release()) processes.push_back(std::move(process));
  }
  if (!processes.empty()) Fail("the game was closed");
  return processes;
}

}  // namespace agon::viewer
