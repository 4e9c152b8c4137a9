// SPDX-License-Identifier: Apache-2.0
// What is known of pictures beside the pictures, and judgement by it: savanna knows its animals'
// masks, their stripes and how every point moves.
//
// Who needs this file: the trainer (through DomainPair::truth) and its report.
//
// Thread safety: a Truth is immutable; Judge from one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cyclegan/world/judge.h"
#include "cyclegan/world/savanna.h"

namespace agon::cyclegan {

// Pictures of A to pictures of B, all of one size.
using TranslatePictures =
    std::function<std::vector<formats::Pixels>(const std::vector<formats::Pixels>&)>;

// Mean warping errors by the true flow over the frames of a few clips, [0,1] colours squared.
struct ClipErrors {
  std::int64_t pairs = 0;
  double input = 0, output = 0;
  std::optional<double> steadied;  // output with the filter at strong; nothing without OpenCV
  [[nodiscard]] nlohmann::json ToJson() const;
  static ClipErrors FromJson(const nlohmann::json& json);
};

struct TruthVerdict {
  SavannaVerdict savanna;
  ClipErrors clip;

  // One requirement of savanna, for the report.
  struct Line {
    std::string name, value, limit;
    bool met = false;
  };
  [[nodiscard]] std::vector<Line> Lines() const;
  [[nodiscard]] bool Met() const;  // all of them
  // "Judged by the truth of 64 scenes: ..."
  [[nodiscard]] std::string Sentence() const;
  [[nodiscard]] nlohmann::json ToJson() const;
};

class Truth {
 public:
  virtual ~Truth();
  // Translates `count` pictures of A that are never trained on, and a few clips. Deterministic.
  [[nodiscard]] virtual TruthVerdict Judge(const TranslatePictures& a2b,
                                           std::int64_t count) const = 0;
};

// The truth of savanna's scenes from `first` on, which training must not use.
class SavannaTruth final : public Truth {
 public:
  SavannaTruth(SavannaSettings settings, std::uint64_t seed, std::uint64_t first)
      : settings_(settings), seed_(seed), first_(first) {}
  [[nodiscard]] TruthVerdict Judge(const TranslatePictures& a2b, std::int64_t count) const override;

 private:
  using SeeScene = std::function<void(SavannaFrame&& frame, double frequency)>;
  // The first so many scenes whose stripes the pictures can hold.
  void ForScenes(Coat coat, std::uint64_t count, const SeeScene& see) const;
  [[nodiscard]] ClipErrors JudgeClips(const TranslatePictures& a2b) const;
  SavannaSettings settings_;
  std::uint64_t seed_;
  std::uint64_t first_;
};

// When in a scene's life its still picture is taken, in seconds; depends on the index alone.
[[nodiscard]] double StillTime(std::uint64_t index);

}  // namespace agon::cyclegan
