// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/base/error.h"
#include "runtime/tensor/convert.h"
#include "runtime/tensor/device.h"

namespace agon {
namespace {

using ::testing::HasSubstr;

TEST(Convert, ArraysAndTensorsAreEachOthersInverse) {
  for (const auto type : {at::kBool, at::kByte, at::kChar, at::kShort, at::kInt, at::kLong,
                          at::kHalf, at::kBFloat16, at::kFloat, at::kDouble}) {
    const Tensor tensor = at::arange(6, at::kInt).view({2, 3}).to(type);
    const formats::Array array = ToArray(tensor);
    EXPECT_EQ(array.shape, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(array.data.size(), tensor.nbytes());
    const Tensor back = ToTensor(array);
    EXPECT_EQ(back.scalar_type(), type);
    EXPECT_TRUE(at::equal(back, tensor)) << at::toString(type);
  }
}

TEST(Convert, WritesStridedTensorsInRowMajorOrder) {
  const Tensor tensor = at::arange(6, at::kInt).view({2, 3}).t();
  EXPECT_TRUE(at::equal(ToTensor(ToArray(tensor)), tensor.contiguous()));
}

TEST(Convert, KeepsScalarsAndEmptyTensors) {
  EXPECT_EQ(ToTensor(ToArray(at::scalar_tensor(2.5))).item<double>(), 2.5);
  EXPECT_EQ(ToTensor(ToArray(at::empty({0, 4}))).sizes(), (at::IntArrayRef{0, 4}));
}

TEST(Convert, CopiesSoThatTheFilesBytesMayGo) {
  formats::Array array = ToArray(at::ones({2}));
  const Tensor tensor = ToTensor(array);
  array.data.assign(array.data.size(), std::byte{0});
  EXPECT_TRUE(at::equal(tensor, at::ones({2})));
}

std::string DeviceError(std::string_view word) {
  try {
    (void)ChooseDevice(word);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kDevice);
    return error.what();
  }
  return "no error";
}

TEST(ChooseDevice, TakesTheCpuWithAllItsCores) {
  const DevicePolicy policy = ChooseDevice("cpu");
  EXPECT_TRUE(policy.device.is_cpu());
  EXPECT_EQ(policy.threads, AvailableCores());
  EXPECT_EQ(ChooseDevice("cpu", 1).threads, 1);
  EXPECT_THAT(policy.description, HasSubstr("cpu ("));
  EXPECT_TRUE(at::globalContext().deterministicAlgorithms());
}

TEST(ChooseDevice, RefusesUnknownWordsWithTheCure) {
  EXPECT_THAT(DeviceError("gpu"), HasSubstr("write auto, cpu, cuda or cuda:N"));
  EXPECT_THAT(DeviceError("cuda:x"), HasSubstr("unknown device"));
  EXPECT_THAT(DeviceError("cuda:-1"), HasSubstr("unknown device"));
}

TEST(ChooseDevice, SaysWhyCudaCannotBeUsed) {
  const auto cuda = DescribeCuda();
  if (!cuda["devices"].empty()) GTEST_SKIP() << "this machine has a GPU";
  EXPECT_FALSE(cuda["reason"].get<std::string>().empty());
  EXPECT_THAT(DeviceError("cuda"), HasSubstr(cuda["reason"].get<std::string>()));
  EXPECT_THAT(DeviceError("cuda"), HasSubstr("--device cpu"));
  EXPECT_TRUE(ChooseDevice("auto").device.is_cpu());
}

TEST(AvailableCores, IsAtLeastOne) { EXPECT_GE(AvailableCores(), 1); }

}  // namespace
}  // namespace agon
