// SPDX-License-Identifier: Apache-2.0
// The geometry of a threat model: the ball of a norm around each image of a batch, cut with the box
// of valid inputs. Written once, for every attack.
//
// Thread safety: const members from several threads.
#pragma once

#include <string_view>

#include "runtime/tensor/random.h"
#include "runtime/tensor/types.h"

namespace agon::attacks {

enum class Norm { kLinf, kL2, kL1, kL0 };
[[nodiscard]] std::string_view NameOf(Norm norm);

struct Box {
  double low = 0;
  double high = 1;
};

// Length of each example's difference: [N] for differences [N,...].
[[nodiscard]] Tensor NormOf(Norm norm, const Tensor& difference);
// x [N,...] scaled per example by s [N].
[[nodiscard]] Tensor PerExample(const Tensor& s, const Tensor& like);

class Ball {
 public:
  // center [N,C,H,W] float32 inside the box. It is not copied: points that are moved in place must
  // not share its memory.
  Ball(Norm norm, double epsilon, Box box, Tensor center);

  [[nodiscard]] Norm norm() const { return norm_; }
  [[nodiscard]] double epsilon() const { return epsilon_; }
  [[nodiscard]] const Box& box() const { return box_; }
  [[nodiscard]] const Tensor& center() const { return center_; }

  // Into ball and box, in place. Linf and L1: the nearest point of the intersection. L2: into the
  // ball, then into the box (as the references do; the result may lie inside the ball).
  void Project(Tensor& x) const;
  // A random start. Linf: uniform in the ball. L2: uniform in the ball. L1: a random point of the
  // sphere scaled by a uniform radius. Then into the box.
  [[nodiscard]] Tensor Sample(ExampleRandom& random) const;
  // One step of length `step` in the direction of steepest ascent, then Project; in place.
  // Linf: sign. L2: gradient over its norm. L1: equal shares on the 1 % of coordinates with the
  // largest gradient that can still move (Tramer & Boneh 2019, "sparse L1 descent").
  void Ascend(Tensor& x, const Tensor& gradient, double step) const;
  // [N] bool: inside ball and box, up to rounding of float32, and finite.
  [[nodiscard]] Tensor Contains(const Tensor& x) const;
  // The balls of some rows: int64 [M] or bool [N].
  [[nodiscard]] Ball Select(const Tensor& rows) const;

 private:
  Norm norm_;
  double epsilon_;
  Box box_;
  Tensor center_;
};

}  // namespace agon::attacks
