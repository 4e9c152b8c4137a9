// SPDX-License-Identifier: Apache-2.0
// Judges a translation of savanna pictures by what is known of them: the true mask and the true
// stripe frequency. For pictures of any size, all of one call alike. Two judges that prove nothing
// were tried and left out: a classifier of stripes (calls an untrained generator's noise striped),
// and the error against a paired striped picture (the phase of stripes is free).
//
//   SavannaJudge judge;
//   judge.AddReal(striped.picture, striped.mask, scene.StripeFrequency());   // many real B
//   judge.AddTranslated(plain, translated, mask, frequency);                  // many pairs
//   const SavannaVerdict verdict = judge.Verdict();
//
// Thread safety: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "runtime/formats/png.h"

namespace agon::cyclegan {

struct SavannaVerdict {
  std::int64_t real = 0, translated = 0;  // pictures
  // Colours where the mask is at least half covered, over all pictures together: mean over channels
  // of the 1-Wasserstein distance between histograms of 64 bins, to those of the real B; in [0,1],
  // and 1 where there is nothing to compare.
  double colour_distance = 0;        // of the translations
  double colour_distance_input = 0;  // of the untranslated inputs
  [[nodiscard]] double ColourRatio() const {
    return colour_distance_input > 0 ? colour_distance / colour_distance_input : 0;
  }
  // StripeEnergy over all pixels that the animals cover wholly; luminance in [0,1], squared.
  double stripe_energy = 0, stripe_energy_real = 0, stripe_energy_input = 0;
  [[nodiscard]] double StripeRatio() const {
    return stripe_energy_real > 0 ? stripe_energy / stripe_energy_real : 0;
  }
  // IoU, over all pictures together, of {a channel changed by more than 0.15} with {mask at least
  // half covered}. Any channel: a coat's brown and a stripe's grey may have the same mean.
  double change_iou = 0;
  // Mean over channels and pixels free of animals of |output - input|, of full scale.
  double background_change = 0;
  // The checkerboard of the hidden cycle signal: root mean square, over channels and pixels whose
  // neighbours too are free of animals, of the change less its 3x3 binomial mean, of full scale. A
  // checkerboard of +-a gives a, whatever slow changes are beside it.
  double background_checkerboard = 0;
  [[nodiscard]] nlohmann::json ToJson() const;
};

// Energy of stripes of `frequency` (cycles a pixel, in (0,0.5]) of any direction, summed over the
// pixels with coverage 255, and their number. Luminance less its local mean, both within these
// pixels, is correlated with a wave under a Gaussian window of standard deviation half a period: a
// band of +-32 % around the frequency at one standard deviation. Of 12 directions the one counts
// that exceeds its perpendicular most, the perpendicular subtracted. Straight stripes of amplitude
// a give 0.85 to 1 of their variance a^2 / 2 a pixel; white noise of that variance 1/20; checks and
// slow shading next to nothing. Pictures with periods of 16 pixels or more are shrunk first.
struct StripeSum {
  double energy = 0, pixels = 0;
};
[[nodiscard]] StripeSum StripeEnergy(const formats::Pixels& picture,
                                     std::span<const std::uint8_t> mask, double frequency);

class SavannaJudge {
 public:
  void AddReal(const formats::Pixels& picture, std::span<const std::uint8_t> mask,
               double frequency);
  void AddTranslated(const formats::Pixels& input, const formats::Pixels& output,
                     std::span<const std::uint8_t> mask, double frequency);
  [[nodiscard]] SavannaVerdict Verdict() const;

 private:
  static constexpr std::size_t kBins = 64;
  struct Sums {
    std::int64_t pictures = 0;
    std::vector<double> histogram = std::vector<double>(3 * kBins);
    StripeSum stripes;
  };
  static void AddTo(Sums& sums, const formats::Pixels& picture, std::span<const std::uint8_t> mask,
                    double frequency);
  static double Distance(const Sums& a, const Sums& b);
  void AddBackground(const formats::Pixels& input, const formats::Pixels& output,
                     std::span<const std::uint8_t> mask);

  Sums real_, input_, output_;
  double intersection_ = 0, union_ = 0;
  double background_change_ = 0, background_pixels_ = 0;
  double checkerboard_ = 0, checkerboard_pixels_ = 0;
};

}  // namespace agon::cyclegan
