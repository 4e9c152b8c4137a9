// SPDX-License-Identifier: Apache-2.0
#include "selfplay/network/planes.h"

#include <gtest/gtest.h>

#include "tests/selfplay/network/network_helpers.h"

namespace agon::selfplay {
namespace {

// Bit plane * cells + cell of the words is the number at [row, plane, y, x]; a scalar fills its
// plane. 5 planes of 20 cells: planes begin and end within words.
TEST(Planes, ABitIsACellOfItsPlane) {
  EvalBatch batch = RandomRows(kWithPass, 3, 1);
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    Tensor planes = MakePlanes(kWithPass, 3, type);
    planes.fill_(7);  // what was there before must not show
    UnpackPlanes(batch, 0, 3, planes);
    ASSERT_EQ(planes.sizes(), (at::IntArrayRef{3, 7, 4, 5}));
    ASSERT_TRUE(planes.is_contiguous(at::MemoryFormat::ChannelsLast));
    const Tensor read = planes.to(at::kFloat);
    for (int row = 0; row < 3; ++row) {
      for (int plane = 0; plane < 5; ++plane) {
        for (int cell = 0; cell < 20; ++cell) {
          const int bit = plane * 20 + cell;
          const bool set =
              (batch.planes(row)[static_cast<std::size_t>(bit / 64)] >> (bit % 64)) & 1;
          EXPECT_EQ(read[row][plane][cell / 5][cell % 5].item<float>(), set ? 1.0F : 0.0F)
              << "row " << row << " plane " << plane << " cell " << cell;
        }
      }
      for (int scalar = 0; scalar < 2; ++scalar) {
        const float value = batch.scalars(row)[static_cast<std::size_t>(scalar)];
        EXPECT_TRUE(at::allclose(read[row][5 + scalar], at::full({4, 5}, value), 0, 4e-3));
      }
    }
  }
}

TEST(Planes, SparePlanesAreZero) {
  const EvalBatch batch = RandomRows(kColumns, 2, 1);
  Tensor planes = MakePlanes(kColumns, 2, at::kFloat, 16);
  planes.fill_(7);
  UnpackPlanes(batch, 0, 2, planes);
  Tensor exact = MakePlanes(kColumns, 2);
  UnpackPlanes(batch, 0, 2, exact);
  EXPECT_TRUE(at::equal(planes.slice(1, 0, 2), exact));
  EXPECT_EQ(planes.slice(1, 2).abs().sum().item<float>(), 0);
}

}  // namespace
}  // namespace agon::selfplay
