// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/symmetry.h"

#include "selfplay/games/random.h"
#include "selfplay/learn/batch.h"
#include "tests/selfplay/learn/learn_helpers.h"

namespace agon::selfplay {
namespace {

// A stored position turned by the tables is what the game encodes under that symmetry.
TEST(SymmetryTables, TurnSamplesAsTheGameEncodesThem) {
  for (const char* const name : {"tic_tac_toe", "connect_four", "{name: othello, size: 6}",
                                 "{name: go, size: 5}", "{name: go, width: 4, height: 3}"}) {
    const auto game = GameNamed(name);
    const GameShape shape = game->Shape();
    const SymmetryTables tables(game);
    ASSERT_EQ(tables.count(), shape.symmetries) << name;
    std::vector<std::uint64_t> turned(static_cast<std::size_t>(shape.plane_words()));
    std::vector<std::uint64_t> wanted = turned;
    std::vector<float> scalars(static_cast<std::size_t>(shape.scalars));
    std::vector<std::uint64_t> plain = turned;
    std::uint64_t random = 77;
    for (GameState state(game); !state.Over();) {
      const std::vector<Move> legal = state.LegalMoves();
      game->Encode(state.position(), 0, plain, scalars);
      for (int s = 0; s < tables.count(); ++s) {
        game->Encode(state.position(), s, wanted, scalars);
        tables.TurnPlanes(plain, s, turned);
        EXPECT_EQ(turned, wanted) << name << ", symmetry " << s;
        for (const Move move : legal) EXPECT_EQ(tables.moves(s)[move], game->Transform(move, s));
      }
      state.Play(
          legal[static_cast<std::size_t>(RandomBelow(random, static_cast<int>(legal.size())))]);
    }
  }
}

// Each row of a batch is its sample under one symmetry: planes, moves and targets together.
TEST(TrainBatch, TurnsPlanesAndMovesTogether) {
  const auto game = GameNamed("tic_tac_toe");
  const GameShape shape = game->Shape();
  const SymmetryTables tables(game);
  auto shard = std::make_shared<ReplayShard>(shape);
  for (const Sample& sample : RandomSamples(game, 0, 4)) shard->block.Add(sample);
  std::vector<ReplayWindow::Row> rows;
  for (std::uint64_t s = 0; s < 8; ++s) rows.push_back({shard, 2, s});
  const TrainBatch batch = MakeTrainBatch(rows, shape, tables);
  const Sample sample = shard->block.At(2);
  ASSERT_EQ(batch.size(), 8);
  for (int s = 0; s < 8; ++s) {
    for (std::size_t k = 0; k < sample.moves.size(); ++k) {
      const std::int64_t to = game->Transform(sample.moves[k], s);
      EXPECT_EQ(batch.policy[s][to].item<float>(), sample.policy[k]);
      EXPECT_TRUE(batch.legal[s][to].item<bool>());
      // A legal move's cell is empty in every plane of stones.
      const std::int64_t y = to / 3, x = to % 3;
      EXPECT_EQ(batch.planes[s][0][y][x].item<float>(), 0);
      EXPECT_EQ(batch.planes[s][1][y][x].item<float>(), 0);
    }
    EXPECT_EQ(batch.legal[s].sum().item<std::int64_t>(),
              static_cast<std::int64_t>(sample.moves.size()));
    EXPECT_EQ(batch.outcome[s][1].item<float>(), 0.5F);
  }
}

}  // namespace
}  // namespace agon::selfplay
