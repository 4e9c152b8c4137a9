// SPDX-License-Identifier: Apache-2.0
#include "selfplay/games/game_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "runtime/config/value.h"

namespace agon::selfplay {
namespace {

constexpr std::string_view kMagic = "agon game record ";
constexpr std::int64_t kVersion = 1;
constexpr std::size_t kMovesPerLine = 10;
constexpr std::string_view kGo = "go";
constexpr std::string_view kPass = "pass";

std::string_view Trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// What stands in a message of one line.
std::string Shown(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, 60)) shown += c >= ' ' && c <= '~' ? c : '?';
  return '"' + shown + '"';
}

std::string FlowText(const config::Value& value) {
  if (value.IsMapping()) {
    std::vector<std::string> parts;
    for (const auto& entry : value.entries()) {
      parts.push_back(entry.key + ": " + FlowText(entry.value));
    }
    return "{" + Join(parts, ", ") + "}";
  }
  if (value.IsSequence()) {
    std::vector<std::string> parts;
    for (const auto& item : value.items()) parts.push_back(FlowText(item));
    return "[" + Join(parts, ", ") + "]";
  }
  if (value.IsNull()) return "null";
  return std::string(Trim(config::ToYaml(value)));
}

config::Value ParseOneLine(std::string_view text, std::string_view place) {
  config::Problems problems;
  config::Value value = config::ParseYaml(text, std::string(place), {}, problems);
  problems.ThrowIfAny();
  return value;
}

// The name alone, without making the game.
std::string NameIn(std::string_view game) {
  const config::Value value = ParseOneLine(game, "game");
  if (value.IsScalar()) return value.text();
  const config::Value* const name = value.Find("name");
  return name != nullptr && name->IsScalar() ? name->text() : std::string();
}

class ListReader {
 public:
  ListReader(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  GameRecord Read() {
    ReadVersion();
    GameRecord record;
    while (NextLine()) {
      if (line_.empty()) continue;
      const std::size_t colon = line_.find(':');
      if (colon == std::string_view::npos) Refuse("expected \"key: value\", found " + Shown(line_));
      const std::string_view key = line_.substr(0, colon);
      const std::string value(Trim(line_.substr(colon + 1)));
      if (key == "game") record.game = value;
      if (key == "first") record.first = value;
      if (key == "second") record.second = value;
      if (key == "result") record.result = value;
      if (key == "comment") record.comment = value;
      if (key == "moves") {
        if (record.game.empty()) Refuse("\"game:\" must stand before \"moves:\"");
        ReadMoves(value, record);
        return record;
      }
    }
    Refuse("there is no \"moves:\"");
  }

 private:
  [[noreturn]] void Refuse(std::string_view what) const {
    Fail(ErrorKind::kData, "{}:{}: {}", name_, number_, what);
  }

  bool NextLine() {
    if (text_.empty()) return false;
    const std::size_t end = text_.find('\n');
    line_ = Trim(text_.substr(0, end));
    text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
    ++number_;
    return true;
  }

  void ReadVersion() {
    if (!NextLine() || !line_.starts_with(kMagic)) {
      number_ = 1;
      Refuse("is no game record: neither SGF nor \"agon game record 1\" in the first line");
    }
    const auto version = ParseInteger(line_.substr(kMagic.size()));
    if (version != kVersion) {
      Refuse(fmt::format("{} is of a newer version than this program reads ({})", Shown(line_),
                         kVersion));
    }
  }

  void ReadMoves(std::string_view rest, GameRecord& record) {
    std::string_view words = rest;
    do {
      while (!(words = Trim(words)).empty()) {
        const std::size_t length = std::min(words.find_first_of(" \t"), words.size());
        if (record.moves.size() >= kMaxSgfMoves) Refuse("more than 100,000 moves");
        record.moves.push_back({.text = std::string(words.substr(0, length)),
                                .number = static_cast<int>(record.moves.size()) + 1});
        words.remove_prefix(length);
      }
      if (!NextLine()) return;
      words = line_;
    } while (true);
  }

  std::string_view text_;
  std::string_view name_;
  std::string_view line_;
  int number_ = 0;
};

// SGF's result as chess writes it.
std::string ResultOfSgf(std::string_view result) {
  if (result.starts_with("B+")) return "1-0";
  if (result.starts_with("W+")) return "0-1";
  if (result == "0" || result == "Draw" || result == "draw" || result == "Jigo") return "1/2-1/2";
  return "*";
}

std::string ResultForSgf(const GameRecord& record) {
  const std::string why = record.comment == "resigned" ? "R" : record.comment;
  const bool points = ParseReal(record.comment).has_value();
  const std::string how = why == "R" || points ? why : why.empty() ? "" : "F";
  if (record.result == "1-0") return "B+" + how;
  if (record.result == "0-1") return "W+" + how;
  return record.result == "1/2-1/2" ? "0" : "";
}

std::string CellName(int cell, const Sgf& sgf) {
  constexpr std::string_view kLetters = "ABCDEFGHJKLMNOPQRSTUVWXYZ";  // GTP leaves out I
  const int x = cell % sgf.width;
  if (x >= static_cast<int>(kLetters.size())) return "?";
  return fmt::format("{}{}", kLetters[static_cast<std::size_t>(x)], sgf.height - cell / sgf.width);
}

// Moves of one side after the other, a pass of the other side wherever one moves twice.
class TurnKeeper {
 public:
  explicit TurnKeeper(std::vector<RecordedMove>& moves) : moves_(moves) {}
  void Play(int player, std::string text, int number) {
    if (player != to_move_) moves_.push_back({.text = std::string(kPass), .number = 0});
    moves_.push_back({.text = std::move(text), .number = number});
    to_move_ = 1 - player;
  }
  void PassUntil(int player) {
    if (player != to_move_) moves_.push_back({.text = std::string(kPass), .number = 0});
    to_move_ = player;
  }

 private:
  std::vector<RecordedMove>& moves_;
  int to_move_ = 0;
};

// Stones that were set up, as SGF has them, out of the moves that did it.
void AddSetup(const GameRecord& record, Sgf& sgf, const AnyGame& game) {
  for (std::size_t i = 0; i < record.setup; ++i) {
    const Move move = game.ParseMove(record.moves[i].text);
    if (move >= sgf.width * sgf.height) continue;  // a pass
    (i % 2 == 0 ? sgf.black_setup : sgf.white_setup).push_back(move);
  }
  if (record.setup > 0) sgf.first_to_move = static_cast<int>(record.setup % 2);
  if (sgf.white_setup.empty()) sgf.handicap = static_cast<int>(sgf.black_setup.size());
}

std::string WriteSgf(const GameRecord& record) {
  const Component<AnyGame> game = GameFromText(record.game, "game");
  const GameShape shape = game->Shape();
  Sgf sgf;
  sgf.width = shape.width;
  sgf.height = shape.height;
  const config::Value settings = game.ToConfig();
  if (const config::Value* const komi = settings.Find("komi")) sgf.komi = ParseReal(komi->text());
  sgf.rules = "Tromp-Taylor";
  if (const config::Value* const suicide = settings.Find("suicide");
      suicide != nullptr && suicide->text() == "false") {
    sgf.rules = "CGOS";  // Tromp-Taylor without suicide
  }
  sgf.black = record.first;
  sgf.white = record.second;
  sgf.result = ResultForSgf(record);
  AddSetup(record, sgf, *game);
  for (std::size_t i = record.setup; i < record.moves.size(); ++i) {
    const Move move = game->ParseMove(record.moves[i].text);
    SgfMove out{.player = static_cast<int>(i % 2), .cell = std::nullopt};
    if (move < shape.cells()) out.cell = move;
    sgf.moves.push_back(out);
  }
  return FormatSgf(sgf);
}

}  // namespace

std::string GameText(const Component<AnyGame>& game) {
  const config::Value config = game.ToConfig();
  return config.IsMapping() && config.entries().size() == 1 ? game.name() : FlowText(config);
}

Component<AnyGame> GameFromText(std::string_view text, std::string_view place) {
  const config::Value value = ParseOneLine(text, place);
  config::Problems problems;
  config::Reader reader{problems, nullptr};
  Component<AnyGame> game = GlobalRegistry().Create<AnyGame>(value, reader, "game");
  problems.ThrowIfAny();
  return game;
}

std::string_view ResultText(std::optional<Outcome> outcome) {
  if (!outcome) return "*";
  if (*outcome == Outcome::kDraw) return "1/2-1/2";
  return *outcome == Outcome::kFirstWins ? "1-0" : "0-1";
}

GameRecord FromSgf(const Sgf& sgf) {
  GameRecord record;
  record.first = sgf.black;
  record.second = sgf.white;
  record.result = ResultOfSgf(sgf.result);
  const std::string size = sgf.width == sgf.height
                               ? fmt::format("size: {}", sgf.width)
                               : fmt::format("width: {}, height: {}", sgf.width, sgf.height);
  record.game = "{name: go, " + size;
  if (sgf.komi) record.game += fmt::format(", komi: {}", *sgf.komi);
  std::string rules = sgf.rules;
  std::transform(rules.begin(), rules.end(), rules.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool suicide = rules.find("tromp") != std::string::npos || rules == "nz" ||
                       rules.find("zealand") != std::string::npos;
  record.game += suicide ? ", suicide: true}" : "}";

  TurnKeeper turns(record.moves);
  for (const int cell : sgf.black_setup) turns.Play(0, CellName(cell, sgf), 0);
  for (const int cell : sgf.white_setup) turns.Play(1, CellName(cell, sgf), 0);
  if (sgf.first_to_move) turns.PassUntil(*sgf.first_to_move);
  record.setup = record.moves.size();
  int number = 0;
  for (const SgfMove& move : sgf.moves) {
    turns.Play(move.player, move.cell ? CellName(*move.cell, sgf) : std::string(kPass), ++number);
  }
  return record;
}

GameRecord ReadGameRecord(std::string_view text, std::string_view name) {
  const std::string_view start = Trim(text.substr(0, 4096));
  if (start.starts_with(kMagic)) return ListReader(Trim(text), name).Read();
  if (start.find('(') != std::string_view::npos) return FromSgf(ParseSgf(text, name));
  return ListReader(text, name).Read();  // which says what is wrong
}

std::string WriteGameRecord(const GameRecord& record) {
  if (NameIn(record.game) == kGo) return WriteSgf(record);
  std::string text = fmt::format("{}{}\ngame: {}\n", kMagic, kVersion, record.game);
  if (!record.first.empty()) text += "first: " + record.first + "\n";
  if (!record.second.empty()) text += "second: " + record.second + "\n";
  text += "result: " + record.result + "\n";
  if (!record.comment.empty()) text += "comment: " + record.comment + "\n";
  text += "moves:";
  for (std::size_t i = 0; i < record.moves.size(); ++i) {
    text += (i % kMovesPerLine == 0 ? "\n" : " ") + record.moves[i].text;
  }
  return text + "\n";
}

void Replay(const GameRecord& record, GameState& state, std::string_view name, std::size_t most) {
  const Component<AnyGame> game = GameFromText(record.game, name);
  if (game.name() != state.component().name() || !(game->Shape() == state.game().Shape())) {
    Fail(ErrorKind::kData, "{}: is a game of {}, not of {}", name, GameText(game),
         GameText(state.component()));
  }
  GameState played(state.component());
  for (std::size_t i = 0; i < std::min(most, record.moves.size()); ++i) {
    const RecordedMove& recorded = record.moves[i];
    const Move move = state.game().ParseMove(recorded.text);
    if (move != kNoMove && played.IsLegal(move)) {
      played.Play(move);
      continue;
    }
    const std::string which = recorded.number > 0
                                  ? fmt::format("move {}", recorded.number)
                                  : fmt::format("setting up the position (step {})", i + 1);
    Fail(ErrorKind::kData, "{}: {}, {}: {}", name, which, Shown(recorded.text),
         move == kNoMove ? "is no move of " + state.component().name()
         : played.Over() ? "the game is over before it"
                         : "is not legal there");
  }
  state = std::move(played);
}

GameRecord RecordOf(const GameState& state, std::size_t setup) {
  GameRecord record;
  record.game = GameText(state.component());
  record.setup = setup;
  for (const Move move : state.moves()) {
    const std::size_t place = record.moves.size();
    record.moves.push_back({.text = state.game().MoveText(move),
                            .number = place < setup ? 0 : static_cast<int>(place - setup) + 1});
  }
  if (state.Over()) {
    record.result = ResultText(state.Result());
    if (const auto score = state.game().Score(state.position()); score && *score != 0) {
      record.comment = fmt::format("{}", std::abs(*score));
    }
  }
  return record;
}

}  // namespace agon::selfplay
