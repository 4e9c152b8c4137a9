// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/sample.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <unordered_map>

#include "runtime/base/error.h"
#include "runtime/base/philox.h"

namespace agon::selfplay {
namespace {

using formats::Array;
using formats::DType;

static_assert(std::endian::native == std::endian::little, "files are little-endian");

std::size_t Count(int n) { return static_cast<std::size_t>(n); }

std::uint64_t KeyOf(std::span<const std::uint64_t> planes, std::span<const float> scalars,
                    std::span<const Move> moves) {
  std::uint64_t key = moves.size();
  for (const std::uint64_t word : planes) key = MixBits(key ^ word);
  for (const float scalar : scalars) key = MixBits(key ^ std::bit_cast<std::uint32_t>(scalar));
  for (const Move move : moves) key = MixBits(key ^ move);
  return key;
}

template <class T>
Array ArrayOf(DType type, std::vector<std::int64_t> shape, const std::vector<T>& values) {
  Array array{.dtype = type, .shape = std::move(shape), .data = {}};
  const auto bytes = std::as_bytes(std::span(values));
  array.data.assign(bytes.begin(), bytes.end());
  return array;
}

// The values of a tensor of a shard; `inner` numbers a row (0: one, without a dimension of its
// own).
template <class T>
std::vector<T> Take(const formats::NamedArrays& arrays, const char* tensor, DType type,
                    std::int64_t inner, std::string_view name) {
  const auto found = std::find_if(arrays.begin(), arrays.end(),
                                  [&](const auto& entry) { return entry.first == tensor; });
  if (found == arrays.end()) Fail(ErrorKind::kData, "{}: tensor \"{}\" is missing", name, tensor);
  const Array& array = found->second;
  const bool good = array.dtype == type && array.shape.size() == (inner > 0 ? 2U : 1U) &&
                    (inner == 0 || array.shape[1] == inner);
  if (!good) {
    Fail(ErrorKind::kData, "{}: tensor \"{}\" is {} {}, not {} [N{}]", name, tensor,
         formats::NameOf(array.dtype), formats::ShapeText(array.shape), formats::NameOf(type),
         inner > 0 ? "," + std::to_string(inner) : "");
  }
  std::vector<T> values(array.data.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), array.data.data(), array.data.size());
  return values;
}

bool IsShare(float value) { return value >= 0 && value <= 1.0001F; }

}  // namespace

std::uint64_t Sample::Key() const { return KeyOf(planes, scalars, moves); }

void SampleBlock::Add(const Sample& sample) {
  AGON_CHECK(sample.planes.size() == Count(shape_.plane_words()) &&
             sample.scalars.size() == Count(shape_.scalars) &&
             sample.moves.size() == sample.policy.size() && !sample.moves.empty());
  planes_.insert(planes_.end(), sample.planes.begin(), sample.planes.end());
  scalars_.insert(scalars_.end(), sample.scalars.begin(), sample.scalars.end());
  moves_.insert(moves_.end(), sample.moves.begin(), sample.moves.end());
  policy_.insert(policy_.end(), sample.policy.begin(), sample.policy.end());
  ends_.push_back(static_cast<std::uint32_t>(moves_.size()));
  outcomes_.push_back(sample.outcome);
  weights_.push_back(sample.weight);
  surprises_.push_back(sample.surprise);
  games_.push_back(sample.game);
  plies_.push_back(sample.ply);
}

void SampleBlock::Append(const SampleBlock& other) {
  AGON_CHECK(other.shape_ == shape_);
  const auto first_move = static_cast<std::uint32_t>(moves_.size());
  const auto append = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  append(planes_, other.planes_);
  append(scalars_, other.scalars_);
  append(moves_, other.moves_);
  append(policy_, other.policy_);
  for (const std::uint32_t end : other.ends_) ends_.push_back(first_move + end);
  append(outcomes_, other.outcomes_);
  append(weights_, other.weights_);
  append(surprises_, other.surprises_);
  append(games_, other.games_);
  append(plies_, other.plies_);
}

void SampleBlock::Clear() { *this = SampleBlock(shape_); }

std::span<const std::uint64_t> SampleBlock::planes(std::size_t i) const {
  const std::size_t words = Count(shape_.plane_words());
  return std::span(planes_).subspan(i * words, words);
}
std::span<const float> SampleBlock::scalars(std::size_t i) const {
  const std::size_t count = Count(shape_.scalars);
  return std::span(scalars_).subspan(i * count, count);
}
std::span<const Move> SampleBlock::moves(std::size_t i) const {
  const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
  return std::span(moves_).subspan(begin, ends_[i] - begin);
}
std::span<const float> SampleBlock::policy(std::size_t i) const {
  const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
  return std::span(policy_).subspan(begin, ends_[i] - begin);
}

Sample SampleBlock::At(std::size_t i) const {
  const auto copy = [](auto values) { return std::vector(values.begin(), values.end()); };
  Sample sample;
  sample.game = games_[i];
  sample.ply = plies_[i];
  sample.planes = copy(planes(i));
  sample.scalars = copy(scalars(i));
  sample.moves = copy(moves(i));
  sample.policy = copy(policy(i));
  sample.outcome = outcomes_[i];
  sample.weight = weights_[i];
  sample.surprise = surprises_[i];
  return sample;
}

std::size_t SampleBlock::bytes() const {
  const auto of = [](const auto& values) { return values.capacity() * sizeof(values[0]); };
  return of(planes_) + of(scalars_) + of(ends_) + of(moves_) + of(policy_) + of(outcomes_) +
         of(weights_) + of(surprises_) + of(games_) + of(plies_);
}

formats::NamedArrays SampleBlock::ToArrays() const {
  const auto n = static_cast<std::int64_t>(size());
  const auto m = static_cast<std::int64_t>(moves_.size());
  std::vector<float> outcomes;
  for (const auto& outcome : outcomes_) {
    outcomes.insert(outcomes.end(), outcome.begin(), outcome.end());
  }
  std::vector<std::int32_t> ends(ends_.begin(), ends_.end());
  formats::NamedArrays arrays;
  // safetensors knows no unsigned 64-bit type in our reader: the words are stored as they are.
  arrays.emplace_back("planes", ArrayOf(DType::kI64, {n, shape_.plane_words()}, planes_));
  if (shape_.scalars > 0) {
    arrays.emplace_back("scalars", ArrayOf(DType::kF32, {n, shape_.scalars}, scalars_));
  }
  arrays.emplace_back("moves_end", ArrayOf(DType::kI32, {n}, ends));
  arrays.emplace_back("moves", ArrayOf(DType::kI16, {m}, moves_));
  arrays.emplace_back("policy", ArrayOf(DType::kF32, {m}, policy_));
  arrays.emplace_back("outcome", ArrayOf(DType::kF32, {n, 3}, outcomes));
  arrays.emplace_back("weight", ArrayOf(DType::kF32, {n}, weights_));
  arrays.emplace_back("surprise", ArrayOf(DType::kF32, {n}, surprises_));
  arrays.emplace_back("game", ArrayOf(DType::kI64, {n}, games_));
  arrays.emplace_back("ply", ArrayOf(DType::kI32, {n}, plies_));
  return arrays;
}

SampleBlock SampleBlock::FromArrays(const formats::NamedArrays& arrays, const GameShape& shape,
                                    std::string_view name) {
  SampleBlock block(shape);
  block.planes_ = Take<std::uint64_t>(arrays, "planes", DType::kI64, shape.plane_words(), name);
  if (shape.scalars > 0) {
    block.scalars_ = Take<float>(arrays, "scalars", DType::kF32, shape.scalars, name);
  }
  const auto ends = Take<std::int32_t>(arrays, "moves_end", DType::kI32, 0, name);
  block.moves_ = Take<Move>(arrays, "moves", DType::kI16, 0, name);
  block.policy_ = Take<float>(arrays, "policy", DType::kF32, 0, name);
  const auto outcomes = Take<float>(arrays, "outcome", DType::kF32, 3, name);
  block.weights_ = Take<float>(arrays, "weight", DType::kF32, 0, name);
  block.surprises_ = Take<float>(arrays, "surprise", DType::kF32, 0, name);
  block.games_ = Take<std::int64_t>(arrays, "game", DType::kI64, 0, name);
  block.plies_ = Take<int>(arrays, "ply", DType::kI32, 0, name);

  const std::size_t n = ends.size();
  if (block.planes_.size() != n * Count(shape.plane_words()) ||
      block.scalars_.size() != n * Count(shape.scalars) || outcomes.size() != 3 * n ||
      block.weights_.size() != n || block.surprises_.size() != n || block.games_.size() != n ||
      block.plies_.size() != n || block.policy_.size() != block.moves_.size()) {
    Fail(ErrorKind::kData, "{}: its tensors do not have the same number of rows", name);
  }
  std::int64_t before = 0;
  for (const std::int32_t end : ends) {
    if (end <= before || end > static_cast<std::int64_t>(block.moves_.size())) {
      Fail(ErrorKind::kData, "{}: moves_end does not rise within the moves there are", name);
    }
    before = end;
    block.ends_.push_back(static_cast<std::uint32_t>(end));
  }
  if (before != static_cast<std::int64_t>(block.moves_.size())) {
    Fail(ErrorKind::kData, "{}: moves_end does not cover all moves", name);
  }
  for (const Move move : block.moves_) {
    if (move >= shape.actions) Fail(ErrorKind::kData, "{}: the game has no move {}", name, move);
  }
  // Bits behind the last plane would be read as another sample's.
  const int spare = 64 * shape.plane_words() - shape.planes * shape.cells();
  for (std::size_t i = 0; i < n && spare > 0; ++i) {
    if (std::countl_zero(block.planes(i).back()) < spare) {
      Fail(ErrorKind::kData, "{}: planes of row {} have bits behind the last plane", name, i);
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    block.outcomes_.push_back({outcomes[3 * i], outcomes[3 * i + 1], outcomes[3 * i + 2]});
    const bool good = std::all_of(block.outcomes_[i].begin(), block.outcomes_[i].end(), IsShare) &&
                      block.weights_[i] >= 0 && block.weights_[i] < 1e6F;
    if (!good) Fail(ErrorKind::kData, "{}: outcome or weight of row {} is impossible", name, i);
  }
  if (!std::all_of(block.policy_.begin(), block.policy_.end(), IsShare)) {
    Fail(ErrorKind::kData, "{}: the policy has a number outside [0,1]", name);
  }
  return block;
}

void WeighBySurprise(std::vector<Sample>& game, double share) {
  double sum = 0;
  for (const Sample& sample : game) sum += sample.surprise;
  const double mean = game.empty() ? 0 : sum / static_cast<double>(game.size());
  for (Sample& sample : game) {
    const double relative = mean > 0 ? sample.surprise / mean : 1.0;
    sample.weight = static_cast<float>(1 - share + share * relative);
  }
}

std::int64_t Copies(double weight, double uniform) {
  const double whole = std::floor(weight);
  return static_cast<std::int64_t>(whole) + (uniform < weight - whole ? 1 : 0);
}

SampleBlock MergeEqual(const SampleBlock& samples, std::string_view weight) {
  if (weight == "none") return samples;
  SampleBlock merged(samples.shape());
  std::unordered_multimap<std::uint64_t, std::size_t> places;  // key -> number in `groups`
  std::vector<std::vector<std::size_t>> groups;
  const auto equal = [&](std::size_t a, std::size_t b) {
    return std::ranges::equal(samples.planes(a), samples.planes(b)) &&
           std::ranges::equal(samples.scalars(a), samples.scalars(b)) &&
           std::ranges::equal(samples.moves(a), samples.moves(b));
  };
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::uint64_t key = KeyOf(samples.planes(i), samples.scalars(i), samples.moves(i));
    const auto [begin, end] = places.equal_range(key);
    const auto same = std::find_if(
        begin, end, [&](const auto& entry) { return equal(groups[entry.second].front(), i); });
    if (same != end) {
      groups[same->second].push_back(i);
    } else {
      places.emplace(key, groups.size());
      groups.push_back({i});
    }
  }
  for (const std::vector<std::size_t>& group : groups) {
    Sample sample = samples.At(group.front());
    double sum = 0;
    for (const std::size_t i : group) sum += samples.weight(i);
    if (group.size() > 1) {
      std::vector<double> policy(sample.policy.size(), 0);
      std::array<double, 3> outcome{};
      double surprise = 0;
      for (const std::size_t i : group) {
        // Samples without weight still say what they saw when there are no others.
        const double part =
            sum > 0 ? samples.weight(i) / sum : 1.0 / static_cast<double>(group.size());
        for (std::size_t k = 0; k < policy.size(); ++k) policy[k] += part * samples.policy(i)[k];
        for (std::size_t k = 0; k < 3; ++k) outcome[k] += part * samples.outcome(i)[k];
        surprise += part * samples.surprise(i);
      }
      for (std::size_t k = 0; k < policy.size(); ++k) {
        sample.policy[k] = static_cast<float>(policy[k]);
      }
      for (std::size_t k = 0; k < 3; ++k) sample.outcome[k] = static_cast<float>(outcome[k]);
      sample.surprise = static_cast<float>(surprise);
    }
    if (weight == "log" && sum > 1) sum = 1 + std::log2(sum);
    if (weight == "one") sum = std::min(sum, 1.0);
    sample.weight = static_cast<float>(sum);
    merged.Add(sample);
  }
  return merged;
}

}  // namespace agon::selfplay
