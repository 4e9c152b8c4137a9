// SPDX-License-Identifier: Apache-2.0
// Our own kernels: one pass over memory where LibTorch's operators take several. Each exists for
// the CPU (here) and for CUDA (*.cu, in libagon_cuda.so), and a test compares the two.
//
// Thread safety: free functions; CPU versions split the work over LibTorch's threads.
#pragma once

#include "runtime/tensor/types.h"

namespace agon::kernels {

// The L-infinity attack step, in place:
//   x <- clamp(origin + clamp(x + step * sign(gradient) - origin, -epsilon, epsilon), low, high)
// in exactly this order of float32 operations, so that results equal the operator-by-operator form.
// x, gradient, origin: float32, contiguous, same shape and device. sign(0) = 0; sign(NaN) = 0.
void SignProjectClip(Tensor& x, const Tensor& gradient, const Tensor& origin, float step,
                     float epsilon, float low, float high);

// APGD's L-infinity update with momentum (Croce & Hein 2020, equations in section 3.1), in place on
// x and previous; per-example step sizes `step` [N]:
//   z <- P(x + step * sign(g));  next <- P(x + a (z - x) + (1 - a) (x - previous));
//   previous <- x;  x <- next          where P clamps into ball and box
void MomentumSignStep(Tensor& x, Tensor& previous, const Tensor& gradient, const Tensor& origin,
                      const Tensor& step, float momentum, float epsilon, float low, float high);

// to[i] <- from[i] for every row i with mask[i], in place. to, from: [N,...] of one type, shape and
// device; mask: [N] bool. Rows that stay cost nothing, unlike with at::where.
void CopyRows(Tensor& to, const Tensor& from, const Tensor& mask);

// What an iterative attack keeps of its M examples, each tensor contiguous and on one device.
struct Tracked {
  Tensor found;                // [M] bool: misclassified at some point
  Tensor adversarial;          // [M,...] float32: the latest misclassified point, where found
  Tensor best, best_gradient;  // [M,...] float32: the point of highest loss, and the gradient there
  Tensor best_loss;            // [M] float32
  Tensor last_loss;            // [M] float32: of the step before
  Tensor growing;              // [M] float32: in how many steps the loss grew
};

// Takes in, in place, what a model said about the points x [M,...]: their gradient, loss [M] and
// logits [M,K], float32; labels [M] int64. A point has succeeded when its class (at::argmax) is not
// its label, when `targeted` when it is. A loss that only equals the best is not better.
void Track(Tracked& tracked, const Tensor& x, const Tensor& gradient, const Tensor& loss,
           const Tensor& logits, const Tensor& labels, bool targeted);

}  // namespace agon::kernels
