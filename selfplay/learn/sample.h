// SPDX-License-Identifier: Apache-2.0
// Positions to learn from: what the network saw, what the search made of it, how the game ended.
//
// Who needs this file: self-play games (make them), the replay window (keeps them), the learner's
// batches. The file format of a shard stands in docs/formats.md, "Replay".
//
// Thread safety: values.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/formats/safetensors.h"
#include "selfplay/games/any_game.h"

namespace agon::selfplay {

struct Sample {
  std::int64_t game = 0;              // number of the game
  int ply = 0;                        // moves before the position
  std::vector<std::uint64_t> planes;  // bit-packed as game.h says, under one of the symmetries
  std::vector<float> scalars;
  std::vector<Move> moves;         // every legal move, under the same symmetry
  std::vector<float> policy;       // what the search thinks of each; sums to 1
  std::array<float, 3> outcome{};  // chances of a win, a draw, a loss for the side to move
  float weight = 1;                // how often it counts; as copies of it, once rounded
  float surprise = 0;              // KL(policy || prior) of the search

  // Equal planes, scalars and moves.
  [[nodiscard]] std::uint64_t Key() const;
};

// Many samples of one game's shape, in few blocks of memory.
class SampleBlock {
 public:
  explicit SampleBlock(const GameShape& shape) : shape_(shape) {}

  void Add(const Sample& sample);
  void Append(const SampleBlock& other);
  void Clear();

  [[nodiscard]] const GameShape& shape() const { return shape_; }
  [[nodiscard]] std::size_t size() const { return weights_.size(); }
  [[nodiscard]] bool empty() const { return weights_.empty(); }
  [[nodiscard]] std::span<const std::uint64_t> planes(std::size_t i) const;
  [[nodiscard]] std::span<const float> scalars(std::size_t i) const;
  [[nodiscard]] std::span<const Move> moves(std::size_t i) const;
  [[nodiscard]] std::span<const float> policy(std::size_t i) const;
  [[nodiscard]] const std::array<float, 3>& outcome(std::size_t i) const { return outcomes_[i]; }
  [[nodiscard]] float weight(std::size_t i) const { return weights_[i]; }
  void SetWeight(std::size_t i, float weight) { weights_[i] = weight; }
  [[nodiscard]] float surprise(std::size_t i) const { return surprises_[i]; }
  [[nodiscard]] std::int64_t game(std::size_t i) const { return games_[i]; }
  [[nodiscard]] int ply(std::size_t i) const { return plies_[i]; }
  [[nodiscard]] Sample At(std::size_t i) const;
  [[nodiscard]] std::size_t bytes() const;  // of memory

  [[nodiscard]] formats::NamedArrays ToArrays() const;
  // Error(kData) naming `name`, the tensor and what is wrong with it; every number is checked, so
  // that no file can make the learner read or write where it must not.
  [[nodiscard]] static SampleBlock FromArrays(const formats::NamedArrays& arrays,
                                              const GameShape& shape, std::string_view name);

 private:
  GameShape shape_;
  std::vector<std::uint64_t> planes_;  // [N, plane_words]
  std::vector<float> scalars_;         // [N, scalars]
  std::vector<std::uint32_t> ends_;    // [N]: where the moves of a sample end
  std::vector<Move> moves_;            // [sum of legal moves]
  std::vector<float> policy_;          // likewise
  std::vector<std::array<float, 3>> outcomes_;
  std::vector<float> weights_, surprises_;
  std::vector<std::int64_t> games_;
  std::vector<int> plies_;
};

// Policy surprise weighting (Wu 2019, KataGo's methods): a part `share` of a game's weight goes to
// positions in proportion to how much the search surprised the network, the rest to all alike; the
// weights of a game sum to its number of positions.
void WeighBySurprise(std::vector<Sample>& game, double share);

// floor(weight), and one more with the chance of what is left; `uniform` in [0,1).
[[nodiscard]] std::int64_t Copies(double weight, double uniform);

// Joins samples of equal planes, scalars and moves, in order of first occurrence: policy, outcome
// and surprise become their means by weight; the weight
//   "sum"  the sum: only the targets become calmer,
//   "log"  1 + log2(sum) for sums above 1 (AlphaZero.jl): openings do not crowd out the rest,
//   "one"  at most 1.
// "none" joins nothing.
[[nodiscard]] SampleBlock MergeEqual(const SampleBlock& samples, std::string_view weight);

}  // namespace agon::selfplay
