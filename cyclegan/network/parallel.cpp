// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/network/parallel.h"

#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>

namespace agon::cyclegan {

// at::parallel_for is a template that needs OpenMP flags to use threads; the loop of an iterator
// over tensors was compiled with them. So the parts are written down in a tensor and walked over.
void ForParts(std::int64_t count, const std::function<void(std::int64_t)>& work) {
  if (count <= 1 || at::get_num_threads() == 1) {
    for (std::int64_t i = 0; i < count; ++i) work(i);
    return;
  }
  at::Tensor numbers = at::arange(count, at::kLong);
  at::TensorIterator iterator = at::TensorIterator::nullary_op(numbers);
  iterator.for_each(
      [&work](char** data, const std::int64_t* strides, std::int64_t size, std::int64_t rows) {
        for (std::int64_t row = 0; row < rows; ++row) {
          const char* line = data[0] + row * strides[1];
          for (std::int64_t i = 0; i < size; ++i) {
            work(*reinterpret_cast<const std::int64_t*>(line + i * strides[0]));
          }
        }
      },
      /*grain_size=*/1);
}

}  // namespace agon::cyclegan
