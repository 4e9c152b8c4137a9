// SPDX-License-Identifier: Apache-2.0
// Compiled with -O3 and -ffp-contract=off (see CMakeLists.txt).
#include "runtime/tensor/loops.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <thread>
#include <vector>

namespace agon::kernels {
namespace {

// Starting a thread costs some 20 microseconds, as much as this many elements.
constexpr std::int64_t kGrain = 1 << 17;

// Calls work(begin, end) for parts of [0, count), each of at least `grain`.
template <class Work>
void InParts(std::int64_t count, std::int64_t grain, int threads, const Work& work) {
  const std::int64_t parts =
      std::clamp<std::int64_t>(count / std::max<std::int64_t>(grain, 1), 1, std::max(threads, 1));
  const auto bound = [&](std::int64_t part) { return count * part / parts; };
  std::vector<std::jthread> helpers;
  helpers.reserve(static_cast<std::size_t>(parts - 1));
  for (std::int64_t part = 1; part < parts; ++part) {
    helpers.emplace_back([&work, begin = bound(part), end = bound(part + 1)] { work(begin, end); });
  }
  work(0, bound(1));
}

// Calls put(out + position, block) for every whole or last block of each example.
template <class Put>
void ForBlocks(float* out, const Draw& draw, int threads, const Put& put) {
  const std::int64_t grain = kGrain / 8 / std::max<std::int64_t>(draw.per_example, 1) + 1;
  InParts(draw.examples, grain, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t example = begin; example < end; ++example) {
      float* row = out + example * draw.per_example;
      const auto index = static_cast<std::uint64_t>(draw.indices[example]);
      for (std::int64_t at = 0; at < draw.per_example; at += 4) {
        const auto block =
            ExampleBlock(draw.key, static_cast<std::uint32_t>(at / 4), draw.number, index);
        put(row + at, std::min<std::int64_t>(4, draw.per_example - at), block);
      }
    }
  });
}

}  // namespace

void SignProjectClipLoop(float* x, const float* gradient, const float* origin, std::int64_t count,
                         const StepSettings& settings, int threads) {
  InParts(count, kGrain, threads, [=](std::int64_t begin, std::int64_t end) {
    float* __restrict x_here = x;
    const StepSettings s = settings;
    for (std::int64_t i = begin; i < end; ++i) {
      x_here[i] = SignProjectClipAt(x_here[i], gradient[i], origin[i], s);
    }
  });
}

void MomentumSignLoop(float* x, float* previous, const float* gradient, const float* origin,
                      const float* step, std::int64_t examples, std::int64_t per_example,
                      const MomentumSettings& settings, int threads) {
  const std::int64_t grain = kGrain / std::max<std::int64_t>(per_example, 1) + 1;
  InParts(examples, grain, threads, [=](std::int64_t begin, std::int64_t end) {
    float* __restrict x_here = x;
    float* __restrict previous_here = previous;
    const MomentumSettings s = settings;
    for (std::int64_t example = begin; example < end; ++example) {
      const float size = step[example];
      for (std::int64_t i = example * per_example; i < (example + 1) * per_example; ++i) {
        const float now = x_here[i];
        x_here[i] = MomentumSignAt(now, previous_here[i], gradient[i], origin[i], size, s);
        previous_here[i] = now;
      }
    }
  });
}

void CopyRowsLoop(std::byte* to, const std::byte* from, const bool* mask, std::int64_t rows,
                  std::int64_t row_bytes, int threads) {
  const auto floats = static_cast<std::int64_t>(sizeof(float));
  const std::int64_t grain = kGrain / std::max<std::int64_t>(row_bytes / floats, 1) + 1;
  InParts(rows, grain, threads, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      if (mask[row]) std::copy_n(from + row * row_bytes, row_bytes, to + row * row_bytes);
    }
  });
}

void TrackLoop(const TrackedRows& tracked, const AnswerRows& answer, int threads) {
  const std::int64_t size = answer.row_size;
  const std::int64_t grain = kGrain / std::max<std::int64_t>(size, 1) + 1;
  InParts(answer.rows, grain, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const float* const scores = answer.logits + row * answer.classes;
      std::int64_t prediction = 0;
      for (std::int64_t k = 1; k < answer.classes; ++k) {
        if (IsLarger(scores[k], k, scores[prediction], prediction)) prediction = k;
      }
      const RowVerdict verdict = TrackRow(tracked, answer, row, prediction);
      const float* const x = answer.x + row * size;
      if (verdict.succeeded) std::copy_n(x, size, tracked.adversarial + row * size);
      if (!verdict.better) continue;
      std::copy_n(x, size, tracked.best + row * size);
      std::copy_n(answer.gradient + row * size, size, tracked.best_gradient + row * size);
    }
  });
}

void UniformLoop(float* out, const Draw& draw, float low, float span, int threads) {
  ForBlocks(out, draw, threads, [=](float* to, std::int64_t count, const PhiloxBlock& block) {
    for (std::int64_t i = 0; i < count; ++i) to[i] = UniformValue(block.word[i], low, span);
  });
}

void NormalLoop(float* out, const Draw& draw, int threads) {
  ForBlocks(out, draw, threads, [](float* to, std::int64_t count, const PhiloxBlock& block) {
    float normal[4];
    for (int pair = 0; pair < 4; pair += 2) {  // Box & Muller 1958
      const float radius = std::sqrt(-2.0F * std::log(1.0F - UnitFloat(block.word[pair])));
      const float angle = 2.0F * std::numbers::pi_v<float> * UnitFloat(block.word[pair + 1]);
      normal[pair] = radius * std::cos(angle);
      normal[pair + 1] = radius * std::sin(angle);
    }
    std::copy_n(normal, count, to);
  });
}

}  // namespace agon::kernels
