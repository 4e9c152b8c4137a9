// SPDX-License-Identifier: Apache-2.0
// GTP commands about whole games: records read and written, handicap stones.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/base/files.h"
#include "runtime/base/text.h"
#include "selfplay/play/gtp_server.h"
#include "selfplay/play/vertex.h"

namespace agon::selfplay {
namespace {

constexpr int kSmallestWithHandicap = 7;

// Points of the fixed handicap in the order that GTP 2, section 4.1.1, lays them: as cells, row by
// row from the top left. At most 4 on boards with an even side, 9 on others; none below 7 lines.
std::vector<int> HandicapPoints(int width, int height, std::int64_t stones) {
  const auto edge = [](int side) { return side < 13 ? 2 : 3; };
  const int left = edge(width), right = width - 1 - edge(width), middle = width / 2;
  const int top = edge(height), bottom = height - 1 - edge(height), centre = height / 2;
  const auto cell = [&](int x, int y) { return y * width + x; };
  std::vector<int> points{cell(left, bottom), cell(right, top), cell(left, top),
                          cell(right, bottom)};
  if (stones >= 6) {
    points.push_back(cell(left, centre));
    points.push_back(cell(right, centre));
  }
  if (stones >= 8) {
    points.push_back(cell(middle, bottom));
    points.push_back(cell(middle, top));
  }
  if (stones == 5 || stones == 7 || stones == 9) points.push_back(cell(middle, centre));
  points.resize(static_cast<std::size_t>(stones));
  return points;
}

std::int64_t MostHandicap(int width, int height) {
  if (width < kSmallestWithHandicap || height < kSmallestWithHandicap) return 0;
  const bool odd = width % 2 == 1 && height % 2 == 1;
  return odd && width >= 9 && height >= 9 ? 9 : 4;
}

}  // namespace

std::string GtpServer::LoadSgf(const GtpLine& line) {
  (void)ArgumentOf(line, 0, "the file");
  std::string file = line.rest;
  std::size_t most = static_cast<std::size_t>(-1);
  // The position before that move; a file's name may have spaces.
  if (line.arguments.size() > 1) {
    if (const auto number = ParseInteger(line.arguments.back()); number && *number >= 1) {
      most = static_cast<std::size_t>(*number - 1);
      file.resize(file.rfind(line.arguments.back()));
    }
  }
  while (file.ends_with(' ')) file.pop_back();
  const GameRecord record = ReadGameRecord(ReadFileText(file, kMaxSgfBytes), file);
  const Component<AnyGame> game = GameFromText(record.game, file);
  if (game.name() != state_.component().name()) {
    Fail(ErrorKind::kUsage, "cannot load file: {} is a game of {}, not of {}", file, game.name(),
         state_.component().name());
  }
  GameState state(game);
  std::size_t count = record.setup;
  while (count < record.moves.size() &&
         static_cast<std::size_t>(record.moves[count].number) <= most) {
    ++count;
  }
  Replay(record, state, file, count);
  if (GameText(game) != GameText(state_.component())) player_ = make_player_(game);
  ResetTo(std::move(state), std::min(record.setup, count));
  return state_.Over() ? "" : std::string(ColourText(state_.to_move()));
}

std::string GtpServer::PrintSgf(const GtpLine& line) {
  const std::string text = WriteGameRecord(RecordOf(state_, setup_));
  if (line.arguments.empty() || line.arguments.front() == "-") return "\n" + text;
  std::string file = line.rest;
  while (file.ends_with(' ')) file.pop_back();
  WriteFileAtomic(file, text);
  return {};
}

void GtpServer::SetHandicap(const std::vector<Move>& points) {
  if (!state_.moves().empty()) Fail(ErrorKind::kUsage, "board not empty");
  GameState state(state_.component());
  const Move pass = state.game().ParseMove("pass");
  for (const Move point : points) {
    if (state.to_move() == 1) state.Play(pass);
    if (!state.IsLegal(point)) Fail(ErrorKind::kUsage, "bad vertex list");
    state.Play(point);
  }
  const std::size_t setup = state.moves().size();
  ResetTo(std::move(state), setup);
}

std::string GtpServer::PlaceHandicap(std::int64_t stones, bool most) {
  const GameShape shape = state_.game().Shape();
  const std::int64_t limit = MostHandicap(shape.width, shape.height);
  if (most) stones = std::min(stones, limit);
  if (stones < 2 || stones > limit) Fail(ErrorKind::kUsage, "invalid number of stones");
  std::vector<Move> points;
  std::vector<std::string> names;
  for (const int cell : HandicapPoints(shape.width, shape.height, stones)) {
    points.push_back(static_cast<Move>(cell));
    names.push_back(VertexText(state_, points.back()));
  }
  SetHandicap(points);
  return Join(names, " ");
}

std::string GtpServer::FixedHandicap(const GtpLine& line) {
  return PlaceHandicap(IntegerOf(line, 0, "the number of stones"), /*most=*/false);
}

// The engine may place fewer than asked for.
std::string GtpServer::PlaceFreeHandicap(const GtpLine& line) {
  return PlaceHandicap(IntegerOf(line, 0, "the number of stones"), /*most=*/true);
}

std::string GtpServer::SetFreeHandicap(const GtpLine& line) {
  std::vector<Move> points;
  for (const std::string& word : line.arguments) {
    const Move move = state_.game().ParseMove(word);
    if (move >= state_.game().Shape().cells()) Fail(ErrorKind::kUsage, "bad vertex list");
    points.push_back(move);
  }
  if (points.size() < 2) Fail(ErrorKind::kUsage, "bad vertex list");
  SetHandicap(points);
  return {};
}

}  // namespace agon::selfplay
