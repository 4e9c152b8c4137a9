// SPDX-License-Identifier: Apache-2.0
#include "runtime/tensor/convert.h"

#include <cstring>

#include "runtime/base/error.h"

namespace agon {
namespace {

using formats::DType;

constexpr std::pair<DType, at::ScalarType> kTypes[] = {
    {DType::kBool, at::kBool},  {DType::kU8, at::kByte},       {DType::kI8, at::kChar},
    {DType::kI16, at::kShort},  {DType::kI32, at::kInt},       {DType::kI64, at::kLong},
    {DType::kF16, at::kHalf},   {DType::kBF16, at::kBFloat16}, {DType::kF32, at::kFloat},
    {DType::kF64, at::kDouble},
};

at::ScalarType TensorType(DType type) {
  for (const auto& [array, tensor] : kTypes) {
    if (array == type) return tensor;
  }
  Fail(ErrorKind::kInternal, "array type {} has no tensor type", static_cast<int>(type));
}

DType ArrayType(at::ScalarType type) {
  for (const auto& [array, tensor] : kTypes) {
    if (tensor == type) return array;
  }
  Fail(ErrorKind::kInternal, "tensors of type {} cannot be written to files", at::toString(type));
}

}  // namespace

Tensor ToTensor(const formats::Array& array) {
  Tensor tensor = at::empty(array.shape, at::TensorOptions().dtype(TensorType(array.dtype)));
  AGON_CHECK(tensor.nbytes() == array.data.size());
  if (!array.data.empty()) std::memcpy(tensor.data_ptr(), array.data.data(), array.data.size());
  return tensor;
}

formats::Array ToArray(const Tensor& tensor) {
  const Tensor plain = tensor.detach().to(at::kCPU).contiguous();
  formats::Array array;
  array.dtype = ArrayType(plain.scalar_type());
  array.shape.assign(plain.sizes().begin(), plain.sizes().end());
  array.data.resize(plain.nbytes());
  if (!array.data.empty()) std::memcpy(array.data.data(), plain.data_ptr(), array.data.size());
  return array;
}

NamedTensors ToTensors(const formats::NamedArrays& arrays) {
  NamedTensors tensors;
  tensors.reserve(arrays.size());
  for (const auto& [name, array] : arrays) tensors.emplace_back(name, ToTensor(array));
  return tensors;
}

formats::NamedArrays ToArrays(const NamedTensors& tensors) {
  formats::NamedArrays arrays;
  arrays.reserve(tensors.size());
  for (const auto& [name, tensor] : tensors) arrays.emplace_back(name, ToArray(tensor));
  return arrays;
}

}  // namespace agon
