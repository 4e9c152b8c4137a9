// SPDX-License-Identifier: Apache-2.0
// Where the two unpaired piles of pictures come from, as the component kind "domains". Built in:
// savanna (the procedural world), folders (of pictures), videos (frames of files).
//
// Domain A is what is there (horses, plain coats), B what is wanted (zebras, stripes); the
// direction a2b makes B of A.
//
// Thread safety: sources and domains are immutable.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cyclegan/learn/pictures.h"
#include "cyclegan/learn/truth.h"
#include "runtime/plugin/registry.h"

namespace agon::cyclegan {

struct DomainPair {
  std::string name;  // "savanna, 64x64"
  std::shared_ptr<const PictureSet> a, b;
  // To be looked at, whole, prepared alike; `held_out`: none of them is trained on.
  std::vector<formats::Pixels> samples_a, samples_b;
  bool held_out = false;
  std::shared_ptr<const Truth> truth;  // null: nothing but the pictures is known
  std::vector<Path> files;             // what was read, for the manifest
  std::vector<std::string> notes;      // what a report should say: files that were skipped
};

// Pictures in `samples_a` and `samples_b`, fewer where a domain has fewer.
inline constexpr std::int64_t kSamples = 6;

class DomainSource {
 public:
  static constexpr std::string_view kKind = "domains";
  struct Capabilities {
    [[nodiscard]] nlohmann::json ToJson() const { return nlohmann::json::object(); }
  };
  virtual ~DomainSource();
  // Reads, resizes and checks all pictures. `seed` is the training's. Error(kData): missing or
  // empty, naming the domain; kInterrupted.
  [[nodiscard]] virtual DomainPair Load(const PictureSettings& pictures,
                                        std::uint64_t seed) const = 0;
};

void RegisterDomains(Registry& registry);

// One of each, in the file of that name.
void RegisterSavanna(Registry& registry);
void RegisterFolders(Registry& registry);
void RegisterVideos(Registry& registry);

// Evenly spread over a set, at most kSamples; each made a whole number of 4 pixels.
[[nodiscard]] std::vector<formats::Pixels> SamplesOf(const PictureSet& set);

}  // namespace agon::cyclegan
