// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/world/savanna.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "cyclegan/world/animal.h"
#include "cyclegan/world/landscape.h"
#include "runtime/base/error.h"

namespace agon::cyclegan {
namespace {

constexpr float kSamePhase = 0.03F;  // body units, a sixth of a stripe's period

struct Animal {
  AnimalBuild build;
  AnimalMotion motion;
  double place = 0;     // world x at time 0
  float scale = 1;      // of the ground where it stands
  float height = 0.4F;  // scene units
  float heading = 1;
  float drift = 0, drift_period = 1, drift_offset = 0;  // comes and goes within the herd
};

}  // namespace

void SavannaSettings::Describe(config::Fields<SavannaSettings>& f) {
  f.Field(&SavannaSettings::size, "size", "height and width of a picture")
      .Min(16)
      .Max(1024)
      .Unit("pixels");
  f.Field(&SavannaSettings::frame_rate, "frame_rate", "of a video")
      .Min(1)
      .Max(240)
      .Unit("frames/s");
  f.Field(&SavannaSettings::supersample, "supersample",
          "samples a pixel along each side, for smooth edges")
      .Min(1)
      .Max(8);
}

struct SavannaScene::Impl {
  Impl(const SavannaSettings& settings_in, Coat coat_in, SceneRandom random)
      : settings(settings_in), coat(coat_in), landscape(random) {
    walks = random.Chance(0.7F);
    const float together = random.Chance(0.5F) ? 1.0F : -1.0F;
    const float crowd = random.Unit();
    const int count = crowd < 0.45F ? 1 : (crowd < 0.85F ? 2 : 3);
    constexpr std::array<float, 3> kLeast{0.44F, 0.41F, 0.385F}, kMost{0.55F, 0.48F, 0.42F};
    const float typical = random.Between(kLeast[count - 1], kMost[count - 1]);
    const float world_height = typical / 0.865F;
    speed = together * random.Between(0.55F, 0.8F) * world_height;
    for (int i = 0; i < count; ++i) {
      Animal animal;
      animal.build = DrawBuild(random);
      // Near ones are larger: all are about as tall in the world.
      animal.scale = random.Between(0.80F, 0.93F);
      animal.height = world_height * animal.scale * random.Between(0.96F, 1.04F);
      animal.heading = walks || random.Chance(0.6F) ? together : -together;
      const float slot = count == 1
                             ? random.Between(-0.1F, 0.1F)
                             : (static_cast<float>(i) - 0.5F * static_cast<float>(count - 1)) *
                                       (count == 2 ? 0.46F : 0.33F) +
                                   random.Between(-0.06F, 0.06F);
      // Head and neck reach out in front: the middle of the whole is not that of the trunk.
      animal.place = (slot - animal.heading * 0.14F * animal.height) / animal.scale;
      animal.motion.walks = walks;
      animal.motion.stride = random.Between(0.8F, 0.9F);
      animal.motion.gait_offset = random.Unit();
      animal.motion.graze_period = random.Between(7.0F, 12.0F);
      animal.motion.graze_offset = random.Unit();
      animal.drift = walks ? random.Between(0.0F, 0.06F) : 0.0F;
      animal.drift_period = random.Between(5.0F, 9.0F);
      animal.drift_offset = random.Unit();
      animals.push_back(animal);
    }
    std::sort(animals.begin(), animals.end(),
              [](const Animal& a, const Animal& b) { return a.scale < b.scale; });
    sway_period = random.Between(6.0F, 11.0F);
    sway_offset = random.Unit();
  }

  [[nodiscard]] static float Wave(double time, float period, float offset) {
    const double turns = time / period + offset;
    return SinTurns(static_cast<float>(turns - std::floor(turns)));
  }
  [[nodiscard]] double Camera(double time) const {
    const double sway = 0.05 * Wave(time, sway_period, sway_offset);
    return (walks ? speed * time : 0.0) + sway;
  }
  [[nodiscard]] double PlaceOf(const Animal& animal, double time) const {
    return animal.place + (walks ? speed * time : 0.0) +
           animal.drift * Wave(time, animal.drift_period, animal.drift_offset);
  }
  [[nodiscard]] PosedAnimal Pose(const Animal& animal, double time) const {
    const double place = PlaceOf(animal, time);
    // Feet stand still on the ground whatever the speed: the gait follows the way.
    const double travelled = animal.heading * place * animal.scale / animal.height;
    PosedAnimal posed;
    posed.figure = PoseAnimal(animal.build, animal.motion, travelled, time);
    posed.placement = {{0.5F + static_cast<float>(place - Camera(time)) * animal.scale,
                        landscape.GroundY(animal.scale)},
                       animal.height,
                       animal.heading};
    return posed;
  }

  void Paint(Canvas& canvas, double time, bool with_motion) const {
    const double camera = Camera(time), later = time + 1.0 / settings.frame_rate;
    landscape.PaintBackdrop(canvas, camera);
    float painted = 0;
    for (const Animal& animal : animals) {
      landscape.PaintPlants(canvas, camera, painted, animal.scale);
      painted = animal.scale;
      const PosedAnimal now = Pose(animal, time);
      landscape.PaintShadow(canvas, now.placement.feet, animal.height, animal.heading);
      const auto index = static_cast<Surface>(&animal - animals.data());
      const Surface first = kFirstAnimal + kAnimalParts * index;
      if (with_motion) {
        const PosedAnimal next = Pose(animal, later);
        PaintAnimal(canvas, now, &next, first);
      } else {
        PaintAnimal(canvas, now, nullptr, first);
      }
    }
    landscape.PaintPlants(canvas, camera, painted, 10.0F);
    for (std::size_t i = 0; i < canvas.surface.size(); ++i) {
      const Surface surface = canvas.surface[i];
      if (!IsAnimal(surface)) continue;
      const Animal& animal = animals[(surface - kFirstAnimal) / kAnimalParts];
      canvas.colour[i] = CoatColour(animal.build, coat, canvas.skin[i], landscape.AnimalLight());
    }
  }

  // Averages the samples of each pixel.
  [[nodiscard]] SavannaFrame Develop(const Canvas& canvas) const {
    const int size = canvas.size, many = canvas.supersample;
    SavannaFrame frame;
    frame.picture = {.width = size, .height = size, .channels = 3, .data = {}};
    frame.picture.data.resize(static_cast<std::size_t>(size) * size * 3);
    frame.mask.resize(static_cast<std::size_t>(size) * size);
    const float share = 1.0F / static_cast<float>(many * many);
    for (int y = 0; y < size; ++y) {
      for (int x = 0; x < size; ++x) {
        Colour sum;
        int covered = 0;
        for (int sy = y * many; sy < (y + 1) * many; ++sy) {
          for (int sx = x * many; sx < (x + 1) * many; ++sx) {
            const std::size_t at = canvas.At(sx, sy);
            const Colour& c = canvas.colour[at];
            sum = sum + Colour{Clamp01(c.r), Clamp01(c.g), Clamp01(c.b)};
            covered += IsAnimal(canvas.surface[at]) ? 1 : 0;
          }
        }
        const std::size_t pixel = static_cast<std::size_t>(y) * size + x;
        const auto byte = [&](float v) {
          return static_cast<std::uint8_t>(FloorInt(v * share * 255.0F + 0.5F));
        };
        frame.picture.data[pixel * 3] = byte(sum.r);
        frame.picture.data[pixel * 3 + 1] = byte(sum.g);
        frame.picture.data[pixel * 3 + 2] = byte(sum.b);
        frame.mask[pixel] = byte(static_cast<float>(covered));
      }
    }
    return frame;
  }

  void AddFlow(const Canvas& now, const Canvas& next, double time, SavannaFrame& frame) const;

  SavannaSettings settings;
  Coat coat;
  Landscape landscape;
  bool walks = true;
  double speed = 0;  // of herd and camera, world units a second
  float sway_period = 8, sway_offset = 0;
  std::vector<Animal> animals;  // far ones first
};

void SavannaScene::Impl::AddFlow(const Canvas& now, const Canvas& next, double time,
                                 SavannaFrame& frame) const {
  const int size = now.size, many = now.supersample;
  const double shift = Camera(time + 1.0 / settings.frame_rate) - Camera(time);
  frame.flow.width = frame.flow.height = size;
  frame.flow.data.resize(static_cast<std::size_t>(size) * size * 2);
  frame.flow_valid.resize(static_cast<std::size_t>(size) * size);
  const float pixels = static_cast<float>(size);
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const std::size_t pixel = static_cast<std::size_t>(y) * size + x;
      const std::size_t middle = now.At(x * many + many / 2, y * many + many / 2);
      const Surface surface = now.surface[middle];
      const Vec2 p{(static_cast<float>(x) + 0.5F) / pixels,
                   (static_cast<float>(y) + 0.5F) / pixels};
      const Vec2 motion =
          IsAnimal(surface) ? now.skin[middle].motion : landscape.Motion(surface, p, shift);
      frame.flow.data[pixel * 2] = motion.x * pixels;
      frame.flow.data[pixel * 2 + 1] = motion.y * pixels;
      // The whole pixel shows the surface, and so does the square where it comes to lie; where
      // limbs bend fast, skin is not quite where its bones take it, which its phase tells.
      const Vec2 to = (p + motion) * static_cast<float>(next.samples);
      bool seen = true;
      for (int i = 0; i < many * many && seen; ++i) {
        const int dx = i % many, dy = i / many;
        const int qx = FloorInt(to.x - 0.5F * static_cast<float>(many - 1)) + dx;
        const int qy = FloorInt(to.y - 0.5F * static_cast<float>(many - 1)) + dy;
        if (qx < 0 || qy < 0 || qx >= next.samples || qy >= next.samples) {
          seen = false;
          break;
        }
        const std::size_t from = now.At(x * many + dx, y * many + dy), at = next.At(qx, qy);
        seen = now.surface[from] == surface && next.surface[at] == surface &&
               (!IsAnimal(surface) ||
                std::abs(now.skin[from].phase - next.skin[at].phase) < kSamePhase);
      }
      frame.flow_valid[pixel] = seen ? 1 : 0;
    }
  }
}

SavannaScene::SavannaScene(const SavannaSettings& settings, Coat coat, std::uint64_t seed,
                           std::uint64_t index) {
  if (settings.size < 16 || settings.supersample < 1 || settings.frame_rate <= 0) {
    Fail(ErrorKind::kConfig,
         "savanna: a size of at least 16, supersample of at least 1 and a frame_rate above 0 are "
         "needed");
  }
  const std::uint64_t key = MixBits(MixBits(seed) + 2 * index + (coat == Coat::kStriped ? 1 : 0));
  impl_ = std::make_unique<const Impl>(settings, coat, SceneRandom(key));
}
SavannaScene::SavannaScene(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
SavannaScene::~SavannaScene() = default;
SavannaScene::SavannaScene(SavannaScene&&) noexcept = default;

SavannaScene SavannaScene::WithCoat(Coat coat) const {
  auto impl = std::make_unique<Impl>(*impl_);
  impl->coat = coat;
  return SavannaScene(std::move(impl));
}

SavannaFrame SavannaScene::RenderStill(double time) const {
  Canvas canvas(static_cast<int>(impl_->settings.size),
                static_cast<int>(impl_->settings.supersample));
  impl_->Paint(canvas, time, false);
  return impl_->Develop(canvas);
}

SavannaFrame SavannaScene::Render(double time) const {
  Canvas canvas(static_cast<int>(impl_->settings.size),
                static_cast<int>(impl_->settings.supersample));
  Canvas next(canvas.size, canvas.supersample);
  impl_->Paint(canvas, time, true);
  impl_->Paint(next, time + 1.0 / impl_->settings.frame_rate, false);
  SavannaFrame frame = impl_->Develop(canvas);
  impl_->AddFlow(canvas, next, time, frame);
  return frame;
}

double SavannaScene::StripeFrequency() const {
  // Weighted by area.
  double sum = 0, weight = 0;
  for (const Animal& animal : impl_->animals) {
    const double area = animal.height * animal.height;
    sum += area / (animal.height * animal.build.stripe_length * impl_->settings.size);
    weight += area;
  }
  return sum / weight;
}

}  // namespace agon::cyclegan
