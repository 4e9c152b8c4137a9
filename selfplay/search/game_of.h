// SPDX-License-Identifier: Apache-2.0
// Turns a game (game.h) into a component: GameOf<ConnectFour> is an AnyGame. One line registers a
// game for every command:
//
//   AddGame<ConnectFour>(registry, "connect_four", "four in a row on seven by six");
//
// Who needs this file: selfplay/search/register_games.cpp.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "selfplay/games/any_game.h"
#include "selfplay/search/rollout.h"
#include "selfplay/search/rollout_search.h"
#include "selfplay/search/searcher.h"
#include "selfplay/search/tree_search.h"

namespace agon::selfplay {

template <Game G>
class GameOf final : public AnyGame, public G {
 public:
  using Position = typename G::Position;

  GameOf() = default;
  explicit GameOf(G rules) : G(std::move(rules)) {}
  static void Describe(Description<GameOf>& d) { G::Describe(d); }

  GameShape Shape() const override {
    return {.width = G::Width(),
            .height = G::Height(),
            .actions = G::Actions(),
            .planes = G::Planes(),
            .scalars = G::Scalars(),
            .symmetries = G::Symmetries(),
            .max_moves = G::MaxMoves()};
  }
  bool ForbidsRepetition() const override { return G::kForbidsRepetition; }
  void Start(AnyPosition& position) const override {
    const Position start = G::Start();
    std::memcpy(position.bytes, &start, sizeof(Position));
  }
  int ToMove(const AnyPosition& p) const override { return G::ToMove(Of(p)); }
  bool Over(const AnyPosition& p) const override { return G::Over(Of(p)); }
  Outcome Result(const AnyPosition& p) const override { return G::Result(Of(p)); }
  int LegalMoves(const AnyPosition& p, const History& history,
                 std::span<Move> moves) const override {
    return G::LegalMoves(Of(p), history, moves);
  }
  void Play(AnyPosition& p, Move move) const override {
    Position position = Of(p);
    G::Play(position, move);
    std::memcpy(p.bytes, &position, sizeof(Position));
  }
  std::uint64_t Hash(const AnyPosition& p) const override { return G::Hash(Of(p)); }
  std::uint64_t BoardKey(const AnyPosition& p) const override { return G::BoardKey(Of(p)); }
  void Encode(const AnyPosition& p, int symmetry, std::span<std::uint64_t> words,
              std::span<float> scalars) const override {
    std::fill(words.begin(), words.end(), 0);
    G::Encode(Of(p), symmetry, words, scalars);
  }
  Move Transform(Move move, int symmetry) const override { return G::Transform(move, symmetry); }
  int Inverse(int symmetry) const override { return G::Inverse(symmetry); }
  std::string MoveText(Move move) const override { return G::MoveText(move); }
  Move ParseMove(std::string_view text) const override { return G::ParseMove(text); }
  std::string Text(const AnyPosition& p) const override { return G::Text(Of(p)); }
  record::Board Picture(const AnyPosition& p) const override { return G::Picture(Of(p)); }
  std::size_t PositionBytes() const override { return sizeof(Position); }

  std::optional<double> Score(const AnyPosition& p) const override {
    if constexpr (requires(const G& g, const Position& at) { g.Score(at); }) {
      return static_cast<double>(G::Score(Of(p)));
    } else {
      return std::nullopt;
    }
  }
  std::unique_ptr<Searcher> MakeSearcher(const SearchSettings& settings,
                                         std::uint64_t seed) const override {
    return std::make_unique<TreeSearch<G>>(static_cast<const G&>(*this), settings, seed);
  }
  Outcome Rollout(const AnyPosition& p, const History& history,
                  std::uint64_t& random) const override {
    return RandomGame(static_cast<const G&>(*this), Of(p), history, random);
  }
  std::vector<RolloutMove> SearchByRollouts(const AnyPosition& p, const History& history,
                                            const RolloutSettings& settings,
                                            std::uint64_t& random) const override {
    return RolloutTree<G>(static_cast<const G&>(*this), Of(p), history, settings, random).Run();
  }

 private:
  static Position Of(const AnyPosition& p) {
    Position position;
    std::memcpy(&position, p.bytes, sizeof(Position));
    return position;
  }
};

template <Game G>
void AddGame(Registry& registry, std::string name, std::string summary,
             const char* source_file = __builtin_FILE()) {
  registry.Add<AnyGame, GameOf<G>>(std::move(name), std::move(summary), source_file);
}

// tic_tac_toe, connect_four, othello, go.
void RegisterGames(Registry& registry);

}  // namespace agon::selfplay
