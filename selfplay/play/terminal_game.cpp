// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/terminal_game.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/base/files.h"
#include "runtime/base/text.h"
#include "selfplay/play/vertex.h"

namespace agon::selfplay {
namespace {

constexpr std::string_view kHelp =
    "a move, as in the list of `moves`\n"
    "moves        the legal moves\n"
    "hint         what the player would do in your place\n"
    "undo         take back your last move\n"
    "resign       give up\n"
    "new          another game with colours exchanged\n"
    "save FILE    write the game so far\n"
    "board        show the board again\n"
    "help, quit\n";
const std::vector<std::string>& Words() {
  static const std::vector<std::string> words{"moves", "hint", "undo",  "resign", "new",
                                              "save",  "help", "board", "quit"};
  return words;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

TerminalGame::TerminalGame(const Component<AnyGame>& game, std::unique_ptr<Player> player,
                           int person, Output output)
    : state_(game), player_(std::move(player)), person_(person), output_(std::move(output)) {}

void TerminalGame::Begin() {
  player_->NewGame(state_);
  output_(fmt::format("{} against {}. You have the {} move; help lists what you can type.\n",
                      GameText(state_.component()), player_->name(),
                      person_ == 0 ? "first" : "second"));
  ShowBoard();
  Answer();
}

std::string TerminalGame::Prompt() const {
  if (Over()) return "new, save FILE or quit: ";
  return fmt::format("{}, your move: ", state_.Picture().to_move);
}

bool TerminalGame::Handle(std::string_view line) {
  const std::string_view text = Trim(line);
  const std::size_t space = text.find(' ');
  const std::string word = LowerCase(text.substr(0, space));
  const std::string_view rest =
      space == std::string_view::npos ? std::string_view() : Trim(text.substr(space));
  if (word.empty()) return true;
  if (word == "quit" || word == "exit") return false;
  if (word == "help" || word == "?") {
    output_(kHelp);
  } else if (word == "board") {
    ShowBoard();
  } else if (word == "new") {
    NewGame();
  } else if (word == "save") {
    Save(rest);
  } else if (word == "undo") {
    Undo();
  } else if (Over()) {
    output_("The game is over.\n");
  } else if (word == "moves") {
    ShowMoves();
  } else if (word == "hint") {
    Hint();
  } else if (word == "resign") {
    resigned_ = person_;
    ShowEnd();
  } else {
    Move(text);
  }
  return true;
}

void TerminalGame::ShowBoard() const {
  output_("\n" + state_.game().Text(state_.position()));
  if (!state_.moves().empty()) {
    output_(fmt::format("last move: {}\n", VertexText(state_, state_.moves().back())));
  }
}

void TerminalGame::ShowMoves() const {
  std::vector<std::string> moves;
  for (const selfplay::Move move : state_.LegalMoves()) moves.push_back(VertexText(state_, move));
  output_(Join(moves, " ") + "\n");
}

void TerminalGame::ShowEnd() const {
  if (resigned_) {
    output_(*resigned_ == person_ ? "You resigned.\n"
                                  : fmt::format("{} resigns: you win.\n", player_->name()));
    return;
  }
  const int value = ValueFor(state_.Result(), person_);
  std::string text = value > 0 ? "You win" : value < 0 ? "You lose" : "A draw";
  if (const auto score = state_.game().Score(state_.position()); score && *score != 0) {
    text += fmt::format(" by {} points", *score > 0 ? *score : -*score);
  }
  output_(text + ".\n");
}

void TerminalGame::Hint() {
  const selfplay::Move move = player_->Choose(state_);
  if (move == kNoMove) {
    output_(player_->failure().empty() ? "It would resign.\n" : player_->failure() + "\n");
    return;
  }
  std::string text = "It would play " + VertexText(state_, move);
  if (const auto search = player_->last_search()) {
    text += fmt::format(" and gives you {:.0f} % of the points",
                        50 + 50 * std::clamp(search->value, -1.0, 1.0));
  }
  output_(text + ".\n");
}

// Back to the person's own last decision.
void TerminalGame::Undo() {
  if (resigned_) {
    resigned_.reset();
    ShowBoard();
    Answer();
    return;
  }
  GameState back(state_.component());
  const std::vector<selfplay::Move>& moves = state_.moves();
  std::size_t decision = moves.size();  // moves before it
  GameState walk(state_.component());
  for (std::size_t i = 0; i < moves.size(); ++i) {
    if (walk.to_move() == person_) decision = i;
    walk.Play(moves[i]);
  }
  if (decision == moves.size()) {
    output_("There is no move of yours to take back.\n");
    return;
  }
  for (std::size_t i = 0; i < decision; ++i) back.Play(moves[i]);
  state_ = std::move(back);
  ShowBoard();
}

void TerminalGame::NewGame() {
  state_.Reset();
  resigned_.reset();
  person_ = 1 - person_;
  Begin();
}

void TerminalGame::Save(std::string_view file) const {
  if (file.empty()) {
    output_("Write a file's name behind save.\n");
    return;
  }
  try {
    WriteFileAtomic(Path(file), WriteGameRecord(Record()));
    output_(fmt::format("saved: {}\n", file));
  } catch (const Error& error) {
    output_(fmt::format("{}\n", error.what()));
  }
}

void TerminalGame::Move(std::string_view text) {
  const selfplay::Move move = state_.game().ParseMove(LowerCase(text));
  if (move == kNoMove) {
    output_(fmt::format("\"{}\" is neither a move nor a command{}; help lists what there is.\n",
                        text, DidYouMean(text, Words())));
    return;
  }
  if (!state_.IsLegal(move)) {
    output_(fmt::format("{} is not legal here; moves lists what is.\n", VertexText(state_, move)));
    return;
  }
  state_.Play(move);
  ShowBoard();
  Answer();
}

void TerminalGame::Answer() {
  while (!Over() && !PersonToMove()) {
    output_(fmt::format("{} thinks ...\n", player_->name()));
    const selfplay::Move move = player_->Choose(state_);
    if (move != kNoMove && state_.IsLegal(move)) {
      state_.Play(move);
      ShowBoard();
      continue;
    }
    if (const std::string failure = player_->failure(); !failure.empty()) {
      output_(failure + "\n");
    }
    resigned_ = 1 - person_;
  }
  if (Over()) ShowEnd();
}

GameRecord TerminalGame::Record() const {
  GameRecord record = RecordOf(state_);
  record.first = person_ == 0 ? "you" : player_->name();
  record.second = person_ == 0 ? player_->name() : "you";
  if (resigned_) {
    record.result = ResultText(*resigned_ == 0 ? Outcome::kSecondWins : Outcome::kFirstWins);
    record.comment = "resigned";
  }
  return record;
}

}  // namespace agon::selfplay
