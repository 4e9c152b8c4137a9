// SPDX-License-Identifier: Apache-2.0
// savanna: domains A and B out of the procedural world, with its truth at hand.
#include <fmt/format.h>

#include "cyclegan/learn/domains.h"

namespace agon::cyclegan {
namespace {

// Scenes from here on are for looking at and for judging; training takes those below.
constexpr std::uint64_t kHeldOut = std::uint64_t{1} << 32;
constexpr std::uint64_t kJudged = kHeldOut + (std::uint64_t{1} << 31);

class Savanna final : public DomainSource {
 public:
  static void Describe(Description<Savanna>& d) {
    d.Field(&Savanna::size_, "size", "height and width of a picture; animals need some pixels")
        .Min(32)
        .Max(1024)
        .Unit("pixels");
    d.Field(&Savanna::pictures_, "pictures", "of each domain").Min(1).Max(1'000'000);
    d.Field(&Savanna::supersample_, "supersample",
            "samples a pixel along each side, for smooth edges")
        .Min(1)
        .Max(8);
  }

  DomainPair Load(const PictureSettings& pictures, std::uint64_t seed) const override {
    SavannaSettings settings;
    settings.size = size_;
    settings.supersample = supersample_;
    const auto make = [&](Coat coat, const char* label) {
      return std::make_shared<const PictureSet>(
          pictures_,
          [=](std::int64_t index) {
            return Still(settings, coat, seed, static_cast<std::uint64_t>(index), pictures);
          },
          label);
    };
    DomainPair pair;
    pair.name = fmt::format("savanna, {0}x{0}, {1} pictures a domain", size_, pictures_);
    pair.a = make(Coat::kPlain, "drawing plain animals");
    pair.b = make(Coat::kStriped, "drawing striped animals");
    PictureSettings whole = pictures;
    whole.crop = 0;
    for (std::int64_t i = 0; i < kSamples; ++i) {
      const std::uint64_t index = kHeldOut + static_cast<std::uint64_t>(i);
      pair.samples_a.push_back(Still(settings, Coat::kPlain, seed, index, whole));
      pair.samples_b.push_back(Still(settings, Coat::kStriped, seed, index, whole));
    }
    pair.held_out = true;
    pair.truth = std::make_shared<const SavannaTruth>(settings, seed, kJudged);
    return pair;
  }

 private:
  static formats::Pixels Still(const SavannaSettings& settings, Coat coat, std::uint64_t seed,
                               std::uint64_t index, const PictureSettings& pictures) {
    SavannaFrame frame = SavannaScene(settings, coat, seed, index).RenderStill(StillTime(index));
    return PreparePicture(std::move(frame.picture), pictures,
                          fmt::format("savanna scene {}", index));
  }

  std::int64_t size_ = 64;
  std::int64_t pictures_ = 2000;
  std::int64_t supersample_ = SavannaSettings().supersample;
};

}  // namespace

void RegisterSavanna(Registry& registry) {
  registry.Add<DomainSource, Savanna>(
      "savanna", "procedural animals with plain coats (A) and striped ones (B)");
}

}  // namespace agon::cyclegan
