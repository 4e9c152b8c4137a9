// SPDX-License-Identifier: Apache-2.0
#include "selfplay/games/sgf.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "runtime/base/version.h"

namespace agon::selfplay {
namespace {

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

std::string Trimmed(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return std::string(text);
}

// What other programs wrote into a message may hold anything.
std::string Quoted(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, 40)) shown += c >= ' ' && c <= '~' ? c : '?';
  return '"' + shown + '"';
}

int LetterIndex(char c) {
  if (IsLower(c)) return c - 'a';
  if (IsUpper(c)) return c - 'A' + 26;
  return -1;
}

char IndexLetter(int index) {
  return static_cast<char>(index < 26 ? 'a' + index : 'A' + index - 26);
}

class Parser {
 public:
  Parser(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  Sgf Parse() {
    if (text_.size() > kMaxSgfBytes) Refuse("larger than 16 MiB");
    SkipToGame();
    while (position_ < text_.size()) Step();
    if (!open_.empty()) Refuse("ends inside a game: a ) is missing");
    Sgf& game = game_;
    game.games = std::max(trees_, 1);
    return std::move(game);
  }

 private:
  // A variation that is open: whether it belongs to the main line, and whether a child had begun.
  struct Variation {
    bool main = false;
    bool has_child = false;
  };

  [[noreturn]] void Refuse(std::string_view what) const {
    const auto end = text_.begin() + static_cast<std::ptrdiff_t>(std::min(position_, text_.size()));
    Fail(ErrorKind::kData, "{}:{}: {}", name_, 1 + std::count(text_.begin(), end, '\n'), what);
  }

  // Mail headers and the like may stand before the first game (FF[4], "Basic (EBNF) Definition").
  void SkipToGame() {
    for (position_ = text_.find('('); position_ < text_.size();
         position_ = text_.find('(', position_ + 1)) {
      std::size_t next = position_ + 1;
      while (next < text_.size() && IsSpace(text_[next])) ++next;
      if (next < text_.size() && text_[next] == ';') return;
    }
    position_ = 0;
    Refuse("is no SGF file: there is no \"(;\"");
  }

  void Step() {
    const char c = text_[position_];
    if (c == '(') {
      OpenVariation();
    } else if (c == ')') {
      if (open_.empty()) Refuse("a ) too many");
      open_.pop_back();
    } else if (c == ';') {
      if (open_.empty()) Refuse("a node outside of a game");
      // A node after the end of a variation belongs to nothing; programs that write one mean the
      // main line to end there.
      in_main_ = open_.back().main && !open_.back().has_child;
    } else if (IsUpper(c) || IsLower(c)) {
      if (open_.empty()) {
        ++position_;  // text between games
        return;
      }
      Property();
      return;
    } else if (!IsSpace(c) && !open_.empty()) {
      Refuse(fmt::format("expected a node, a property or a variation, found {}",
                         Quoted(std::string_view(&c, 1))));
    }
    ++position_;
  }

  void OpenVariation() {
    if (open_.size() >= kMaxSgfDepth) Refuse("variations nested deeper than 1000");
    if (open_.empty()) {
      open_.push_back({.main = trees_++ == 0});
      return;
    }
    const bool main = open_.back().main && !open_.back().has_child;
    open_.back().has_child = true;
    open_.push_back({.main = main});
  }

  void Property() {
    std::string identifier;  // FF[3] allowed lower-case letters in between: "AddBlack" is AB
    for (; position_ < text_.size() && (IsUpper(text_[position_]) || IsLower(text_[position_]));
         ++position_) {
      if (IsUpper(text_[position_])) identifier += text_[position_];
    }
    SkipSpaces();
    if (position_ >= text_.size() || text_[position_] != '[') {
      Refuse(fmt::format("the property {} has no value", Quoted(identifier)));
    }
    const bool main = in_main_ && open_.back().main && !open_.back().has_child;
    while (position_ < text_.size() && text_[position_] == '[') {
      ++position_;
      const std::string value = BracketedValue();
      if (main) Apply(identifier, value);
      SkipSpaces();
    }
  }

  void SkipSpaces() {
    while (position_ < text_.size() && IsSpace(text_[position_])) ++position_;
  }

  // Up to the closing bracket; a backslash takes the next character as it is, a line break after
  // one is nothing.
  std::string BracketedValue() {
    std::string value;
    for (; position_ < text_.size(); ++position_) {
      const char c = text_[position_];
      if (c == ']') {
        ++position_;
        return value;
      }
      if (c != '\\') {
        value += c;
        continue;
      }
      if (++position_ == text_.size()) break;
      const char next = text_[position_];
      if (next != '\n' && next != '\r') {
        value += next;
      } else if (position_ + 1 < text_.size() && text_[position_ + 1] != next &&
                 (text_[position_ + 1] == '\n' || text_[position_ + 1] == '\r')) {
        ++position_;  // \r\n or \n\r
      }
    }
    Refuse("a value has no closing ]");
  }

  void Apply(std::string_view id, const std::string& value) {
    if (id == "B" || id == "W") {
      AddMove(id == "B" ? 0 : 1, Trimmed(value));
    } else if (id == "AB" || id == "AW") {
      AddStones(id, Trimmed(value));
    } else if (id == "AE") {
      Refuse("AE takes stones away, which no game can follow; only AB and AW are read");
    } else if (id == "PL") {
      SetFirstToMove(Trimmed(value));
    } else if (id == "SZ") {
      SetSize(Trimmed(value));
    } else if (id == "GM") {
      if (Trimmed(value) != "1") Refuse(fmt::format("GM[{}] is not Go (GM[1])", Printable(value)));
    } else if (id == "KM") {
      SetKomi(Trimmed(value));
    } else if (id == "HA") {
      const auto number = ParseInteger(Trimmed(value));
      game_.handicap = number && *number > 0 && *number <= 361 ? static_cast<int>(*number) : 0;
    } else if (id == "RU") {
      game_.rules = SimpleText(value);
    } else if (id == "PB") {
      game_.black = SimpleText(value);
    } else if (id == "PW") {
      game_.white = SimpleText(value);
    } else if (id == "RE") {
      game_.result = SimpleText(value);
    }
  }

  static std::string Printable(std::string_view text) {
    std::string shown = Quoted(text);
    return shown.substr(1, shown.size() - 2);
  }

  // SimpleText: line breaks and tabs are spaces.
  static std::string SimpleText(std::string_view value) {
    std::string text(value);
    std::replace_if(text.begin(), text.end(), IsSpace, ' ');
    return Trimmed(text);
  }

  void SetSize(const std::string& value) {
    if (size_fixed_) Refuse("SZ stands after the first stone");
    const std::vector<std::string> parts = Split(value, ':');
    const auto width = ParseInteger(parts.front());
    const auto height = ParseInteger(parts.back());
    const auto good = [](const std::optional<std::int64_t>& side) {
      return side && *side >= 1 && *side <= kMaxSgfSide;
    };
    if (parts.size() > 2 || !good(width) || !good(height)) {
      Refuse(fmt::format("SZ[{}] is no board size; write SZ[9] or SZ[9:7], sides 1 to 52",
                         Printable(value)));
    }
    game_.width = static_cast<int>(*width);
    game_.height = static_cast<int>(*height);
  }

  // A komi no game can have (some servers write hundredths, KM[375]) is none.
  void SetKomi(const std::string& value) {
    std::string number = value;
    std::replace(number.begin(), number.end(), ',', '.');
    const auto komi = ParseReal(number.starts_with("+") ? number.substr(1) : number);
    if (komi && std::abs(*komi) <= game_.width * game_.height) game_.komi = *komi;
  }

  void SetFirstToMove(const std::string& value) {
    if (!game_.moves.empty()) {
      Refuse(fmt::format("PL after move {}: the turn cannot change during a game",
                         game_.moves.size()));
    }
    if (value == "B" || value == "b" || value == "1" || value == "black") game_.first_to_move = 0;
    if (value == "W" || value == "w" || value == "2" || value == "white") game_.first_to_move = 1;
  }

  int Cell(std::string_view point) const {
    const int x = point.size() == 2 ? LetterIndex(point[0]) : -1;
    const int y = point.size() == 2 ? LetterIndex(point[1]) : -1;
    if (x < 0 || y < 0 || x >= game_.width || y >= game_.height) {
      Refuse(fmt::format("[{}] is no point of a board of {}x{}", Printable(point), game_.width,
                         game_.height));
    }
    return y * game_.width + x;
  }

  void AddMove(int player, const std::string& value) {
    size_fixed_ = true;
    if (game_.moves.size() >= kMaxSgfMoves) Refuse("more than 100,000 moves");
    const bool small = game_.width <= 19 && game_.height <= 19;
    SgfMove move{.player = player, .cell = std::nullopt};
    if (!value.empty() && !(small && value == "tt")) move.cell = Cell(value);
    game_.moves.push_back(move);
  }

  // One point, or a rectangle "aa:cc" of them. Repeated stones count once.
  void AddStones(std::string_view id, const std::string& value) {
    size_fixed_ = true;
    if (!game_.moves.empty()) {
      Refuse(fmt::format("{} after move {}: a stone that nobody played", id, game_.moves.size()));
    }
    const std::size_t colon = value.find(':');
    const int first = Cell(std::string_view(value).substr(0, colon));
    const int last =
        colon == std::string::npos ? first : Cell(std::string_view(value).substr(colon + 1));
    const int left = std::min(first % game_.width, last % game_.width);
    const int right = std::max(first % game_.width, last % game_.width);
    const int top = std::min(first, last) / game_.width;
    const int bottom = std::max(first, last) / game_.width;
    for (int y = top; y <= bottom; ++y) {
      for (int x = left; x <= right; ++x) AddStone(id == "AB", y * game_.width + x);
    }
  }

  void AddStone(bool black, int cell) {
    char& point = points_[static_cast<std::size_t>(cell)];
    const char colour = black ? 'B' : 'W';
    if (point == colour) return;
    if (point != 0) Refuse("a stone of each colour on one point");
    point = colour;
    (black ? game_.black_setup : game_.white_setup).push_back(cell);
  }

  std::string_view text_;
  std::string_view name_;
  std::size_t position_ = 0;
  std::vector<Variation> open_;
  int trees_ = 0;
  bool in_main_ = false;
  bool size_fixed_ = false;
  std::vector<char> points_ =
      std::vector<char>(std::size_t{kMaxSgfSide} * kMaxSgfSide);  // stones set up
  Sgf game_;
};

std::string Point(const Sgf& game, int cell) {
  return {IndexLetter(cell % game.width), IndexLetter(cell / game.width)};
}

void AddText(std::string& out, std::string_view id, std::string_view value) {
  if (value.empty()) return;
  out += id;
  out += '[';
  for (const char c : value) {
    if (c == ']' || c == '\\' || c == ':') out += '\\';
    out += IsSpace(c) ? ' ' : c;
  }
  out += ']';
}

void AddPoints(std::string& out, std::string_view id, const Sgf& game,
               const std::vector<int>& cells) {
  if (cells.empty()) return;
  out += id;
  for (const int cell : cells) out += '[' + Point(game, cell) + ']';
}

}  // namespace

Sgf ParseSgf(std::string_view text, std::string_view name) { return Parser(text, name).Parse(); }

std::string FormatSgf(const Sgf& game) {
  std::string out = "(;GM[1]FF[4]CA[UTF-8]AP[Agon:" AGON_VERSION "]";
  out += game.width == game.height ? fmt::format("SZ[{}]", game.width)
                                   : fmt::format("SZ[{}:{}]", game.width, game.height);
  if (game.komi) out += fmt::format("KM[{}]", *game.komi);
  if (game.handicap > 0) out += fmt::format("HA[{}]", game.handicap);
  AddText(out, "RU", game.rules);
  AddText(out, "PB", game.black);
  AddText(out, "PW", game.white);
  AddText(out, "RE", game.result);
  AddPoints(out, "AB", game, game.black_setup);
  AddPoints(out, "AW", game, game.white_setup);
  if (game.first_to_move) out += *game.first_to_move == 0 ? "PL[B]" : "PL[W]";
  int count = 0;
  for (const SgfMove& move : game.moves) {
    if (count++ % 12 == 0) out += '\n';
    out += fmt::format(";{}[{}]", move.player == 0 ? 'B' : 'W',
                       move.cell ? Point(game, *move.cell) : std::string());
  }
  return out + ")\n";
}

}  // namespace agon::selfplay
