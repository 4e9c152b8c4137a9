// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/domains.h"

#include <algorithm>

namespace agon::cyclegan {

DomainSource::~DomainSource() = default;

void RegisterDomains(Registry& registry) {
  RegisterSavanna(registry);
  RegisterFolders(registry);
  RegisterVideos(registry);
}

std::vector<formats::Pixels> SamplesOf(const PictureSet& set) {
  std::vector<formats::Pixels> samples;
  const std::int64_t count = std::min(kSamples, set.size());
  // With a crop, pictures keep any size; the networks take multiples of 4.
  for (std::int64_t i = 0; i < count; ++i) {
    samples.push_back(PreparePicture(*set.Get(i * set.size() / count), {}, "sample"));
  }
  return samples;
}

}  // namespace agon::cyclegan
