// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/world/savanna.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "cyclegan/world/animal.h"
#include "runtime/base/error.h"
#include "runtime/base/hash.h"

namespace agon::cyclegan {
namespace {

SavannaFrame Still(Coat coat, std::uint64_t seed, std::uint64_t index, std::int64_t size = 64,
                   double time = 0) {
  SavannaSettings settings;
  settings.size = size;
  return SavannaScene(settings, coat, seed, index).RenderStill(time);
}
double Coverage(const SavannaFrame& frame) {
  double sum = 0;
  for (const std::uint8_t m : frame.mask) sum += m / 255.0;
  return sum / static_cast<double>(frame.mask.size());
}

TEST(Savanna, ASceneDependsOnSeedCoatAndIndexAlone) {
  const SavannaFrame first = Still(Coat::kPlain, 3, 17);
  Still(Coat::kStriped, 9, 4);
  EXPECT_EQ(first.picture.data, Still(Coat::kPlain, 3, 17).picture.data);
  SavannaFrame elsewhere;
  std::thread([&] { elsewhere = Still(Coat::kPlain, 3, 17); }).join();
  EXPECT_EQ(first.picture.data, elsewhere.picture.data);
  EXPECT_EQ(first.mask, elsewhere.mask);
  EXPECT_NE(first.picture.data, Still(Coat::kPlain, 3, 18).picture.data);
  EXPECT_NE(first.picture.data, Still(Coat::kPlain, 4, 17).picture.data);
  // Unpaired: the same index in the other domain is another scene.
  EXPECT_NE(first.mask, Still(Coat::kStriped, 3, 17).mask);
}

// Figures that we publish were measured on these very pictures: who changes the world measures them
// anew. The bits are the same on every machine (no library function but sqrt is called).
TEST(Savanna, PicturesAreTheOnesThatWereMeasured) {
  std::vector<std::uint8_t> bytes;
  for (std::uint64_t index = 0; index < 4; ++index) {
    for (const Coat coat : {Coat::kPlain, Coat::kStriped}) {
      const SavannaFrame frame = Still(coat, 0, index, 64, 0.3 * static_cast<double>(index));
      bytes.insert(bytes.end(), frame.picture.data.begin(), frame.picture.data.end());
      bytes.insert(bytes.end(), frame.mask.begin(), frame.mask.end());
    }
  }
  EXPECT_EQ(Sha256(std::as_bytes(std::span(bytes))),
            "a061470fb5f625aad1a5973f3b88e17576530c3a6ae82bd80e5afa17658c0e1d");
}

// Nothing but the coat tells the domains apart: same sizes of animals, same colours behind them.
TEST(Savanna, DomainsDifferByTheCoatAlone) {
  constexpr int kScenes = 150;
  double coverage[2] = {}, period[2] = {}, background[2][3] = {}, inside[2][3] = {};
  for (int domain = 0; domain < 2; ++domain) {
    for (int i = 0; i < kScenes; ++i) {
      SavannaSettings settings;
      const SavannaScene scene(settings, domain == 0 ? Coat::kPlain : Coat::kStriped, 1, i);
      const SavannaFrame frame = scene.RenderStill(0);
      const double covered = Coverage(frame);
      EXPECT_GT(covered, 0.07) << i;
      EXPECT_LT(covered, 0.45) << i;
      coverage[domain] += covered / kScenes;
      EXPECT_GT(1 / scene.StripeFrequency(), 3.7) << i;
      EXPECT_LT(1 / scene.StripeFrequency(), 7.0) << i;
      period[domain] += 1 / scene.StripeFrequency() / kScenes;
      double sums[2][3] = {}, counts[2] = {};
      for (std::size_t p = 0; p < frame.mask.size(); ++p) {
        if (frame.mask[p] > 0 && frame.mask[p] < 255) continue;
        const int where = frame.mask[p] == 255 ? 1 : 0;
        counts[where] += 1;
        for (std::size_t c = 0; c < 3; ++c) sums[where][c] += frame.picture.data[3 * p + c] / 255.0;
      }
      for (std::size_t c = 0; c < 3; ++c) {
        background[domain][c] += sums[0][c] / counts[0] / kScenes;
        inside[domain][c] += sums[1][c] / counts[1] / kScenes;
      }
    }
  }
  EXPECT_NEAR(coverage[0], coverage[1], 0.02);
  EXPECT_GT(coverage[0], 0.15);
  EXPECT_LT(coverage[0], 0.30);
  EXPECT_NEAR(period[0], period[1], 0.2);
  for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(background[0][c], background[1][c], 0.03);
  // Brown: red over green over blue; black and white: none.
  EXPECT_GT(inside[0][0], inside[0][1] + 0.1);
  EXPECT_GT(inside[0][1], inside[0][2] + 0.05);
  EXPECT_NEAR(inside[1][0], inside[1][2], 0.08);
}

TEST(Savanna, AnotherCoatChangesNothingElse) {
  for (std::uint64_t index = 0; index < 10; ++index) {
    const SavannaScene plain({}, Coat::kPlain, 2, index);
    const SavannaScene striped = plain.WithCoat(Coat::kStriped);
    const SavannaFrame a = plain.RenderStill(0.5), b = striped.RenderStill(0.5);
    EXPECT_EQ(a.mask, b.mask);
    EXPECT_EQ(plain.StripeFrequency(), striped.StripeFrequency());
    int changed = 0, animal = 0;
    for (std::size_t p = 0; p < a.mask.size(); ++p) {
      int most = 0;
      for (std::size_t c = 0; c < 3; ++c) {
        most = std::max(most, std::abs(a.picture.data[3 * p + c] - b.picture.data[3 * p + c]));
      }
      if (a.mask[p] == 0) {
        EXPECT_EQ(most, 0);
      }
      if (a.mask[p] == 255) {
        ++animal;
        changed += most > 0.15 * 255 ? 1 : 0;
      }
    }
    EXPECT_GT(changed, 0.85 * animal) << index;
    EXPECT_EQ(a.picture.data, striped.WithCoat(Coat::kPlain).RenderStill(0.5).picture.data);
  }
}

// Twice the size is the same scene with more detail.
TEST(Savanna, ALargerPictureShowsTheSameScene) {
  for (const Coat coat : {Coat::kPlain, Coat::kStriped}) {
    for (std::uint64_t index = 0; index < 6; ++index) {
      const SavannaFrame small = Still(coat, 5, index), large = Still(coat, 5, index, 128);
      EXPECT_NEAR(Coverage(small), Coverage(large), 0.004);
      double difference = 0;
      for (std::size_t y = 0; y < 64; ++y) {
        for (std::size_t x = 0; x < 64; ++x) {
          for (std::size_t c = 0; c < 3; ++c) {
            double mean = 0;
            for (std::size_t k = 0; k < 4; ++k) {
              mean += large.picture.data[3 * ((2 * y + k / 2) * 128 + 2 * x + k % 2) + c] / 4.0;
            }
            difference += std::abs(mean - small.picture.data[3 * (y * 64 + x) + c]) / 255.0;
          }
        }
      }
      EXPECT_LT(difference / (3 * 64 * 64), 0.02) << index;
    }
  }
}

TEST(Savanna, StripeFrequencyIsInPixels) {
  SavannaSettings large;
  large.size = 256;
  EXPECT_NEAR(SavannaScene({}, Coat::kPlain, 0, 3).StripeFrequency(),
              4.0 * SavannaScene(large, Coat::kPlain, 0, 3).StripeFrequency(), 1e-12);
}

// A herd that walks is followed by the camera.
TEST(Savanna, AnimalsStayInViewForever) {
  for (std::uint64_t index = 0; index < 8; ++index) {
    const SavannaScene scene({}, Coat::kPlain, 6, index);
    const SavannaFrame first = scene.RenderStill(0);
    for (const double time : {1.0, 17.0, 600.0}) {
      const SavannaFrame later = scene.RenderStill(time);
      EXPECT_GT(Coverage(later), 0.06) << index << " at " << time;
      EXPECT_NE(later.picture.data, first.picture.data);
    }
  }
}

// While a hoof is down it stays where it is on the ground, however fast the animal goes: in body
// coordinates it moves back by the way travelled. At every moment two hooves or more are down.
TEST(Animal, HoovesDoNotSlide) {
  SceneRandom random(11);
  const AnimalBuild build = DrawBuild(random);
  const AnimalMotion motion;
  const auto hooves = [&](double travelled) {
    std::vector<Vec2> found;
    for (const Part& part : PoseAnimal(build, motion, travelled, 0.0)) {
      for (const Bone& bone : part.bones) {
        if (bone.material == Material::kHoof) found.push_back(bone.a);
      }
    }
    return found;
  };
  constexpr float kStep = 0.01F;
  float highest = 0;
  for (int i = 0; i < 200; ++i) {
    const auto now = hooves(i * kStep), next = hooves((i + 1) * kStep);
    ASSERT_EQ(now.size(), 4U);
    const float ground = 0.03F;  // of the middle of a hoof that is down
    int down = 0;
    for (std::size_t leg = 0; leg < 4; ++leg) {
      EXPECT_GE(now[leg].y, ground - 1e-5F);
      highest = std::max(highest, now[leg].y);
      if (now[leg].y > ground + 1e-5F || next[leg].y > ground + 1e-5F) continue;
      ++down;
      EXPECT_NEAR(next[leg].x, now[leg].x - kStep, 1e-4F) << "leg " << leg << ", step " << i;
    }
    EXPECT_GE(down, 2);
  }
  EXPECT_GT(highest, 0.1F);
}

TEST(Savanna, ImpossibleSettingsAreRefused) {
  SavannaSettings tiny;
  tiny.size = 4;
  EXPECT_THROW(SavannaScene(tiny, Coat::kPlain, 0, 0), Error);
  SavannaSettings still;
  still.frame_rate = 0;
  EXPECT_THROW(SavannaScene(still, Coat::kPlain, 0, 0), Error);
}

}  // namespace
}  // namespace agon::cyclegan
