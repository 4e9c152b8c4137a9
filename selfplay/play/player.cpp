// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/player.h"

#include <chrono>
#include <thread>

#include "runtime/base/clock.h"
#include "selfplay/play/player_word.h"

namespace agon::selfplay {
namespace {

constexpr std::chrono::milliseconds kStopCheck(10);

}  // namespace

Player::~Player() = default;
PlayerSource::~PlayerSource() = default;

void Player::NewGame(const GameState&) {}
void Player::LimitSeconds(double) {}
std::optional<record::Tree> Player::Tree(int) const { return std::nullopt; }

std::vector<Move> Player::ChooseMany(std::span<const GameState> states) {
  std::vector<Move> moves;
  moves.reserve(states.size());
  for (const GameState& state : states) {
    NewGame(state);
    moves.push_back(Choose(state));
  }
  return moves;
}

// Players whose search ends by itself have one answer; it stands until nobody wants it any more.
bool Player::Analyse(const GameState& state, double interval,
                     const std::function<void(const SearchResult&)>& report,
                     const std::function<bool()>& stop) {
  (void)Choose(state);
  const std::optional<SearchResult> result = last_search();
  if (!result) return false;
  report(*result);
  Stopwatch since;
  while (!stop()) {
    std::this_thread::sleep_for(kStopCheck);
    if (since.Seconds() < interval) continue;
    report(*result);
    since.Restart();
  }
  return true;
}

std::unique_ptr<PlayerSource> MakePlayerSource(std::string_view text,
                                               const Component<AnyGame>& game,
                                               const PlayerContext& context) {
  PlayerWord word = ParsePlayerWord(text);
  if (word.kind == "random") return MakeRandomSource(std::move(word), game);
  if (word.kind == "mcts") return MakeMctsSource(std::move(word), game);
  if (word.kind == "minimax") return MakeMinimaxSource(std::move(word), game);
  if (word.kind == "perfect") return MakePerfectSource(std::move(word), game);
  if (word.kind == "gtp") return MakeGtpSource(std::move(word), game);
  AGON_CHECK(word.kind == "net");
  return MakeNetSource(std::move(word), game, context);
}

std::unique_ptr<Player> MakePlayer(std::string_view word, const Component<AnyGame>& game,
                                   const PlayerContext& context, std::uint64_t seed) {
  return MakePlayerSource(word, game, context)->Make(seed);
}

}  // namespace agon::selfplay
