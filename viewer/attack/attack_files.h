// SPDX-License-Identifier: Apache-2.0
// What a run of `agon attack` left in its folder (docs/formats.md, "Reports"): report.json,
// examples.csv, adversarial.safetensors. Whole results are read, of images those looked at.
//
// Thread safety: free functions; they read files, so they are for the background.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/files.h"
#include "viewer/attack/picture_math.h"

namespace agon::viewer {

struct AttackFigures {
  std::string name;
  std::int64_t broken = 0;
  double robust_after = 0;
  double seconds = 0;
};

// One model under one threat.
struct AttackResult {
  std::string title;  // "net_a linf 0.1": what its tracks are called
  std::string model, norm, suite;
  double epsilon = 0;
  std::int64_t examples = 0;
  double clean_accuracy = 0, robust_accuracy = 0, robust_accuracy_8bit = 0;
  std::vector<AttackFigures> attacks;
  std::vector<std::string> flags;
  Path folder;  // of its examples; empty when it is not there
};

struct AttackReport {
  std::string dataset;
  std::vector<AttackResult> results;
};

// Error(kData) when there is none, or it is not one of `agon attack`.
[[nodiscard]] AttackReport ReadAttackReport(const Path& run);

inline constexpr std::int64_t kStands = -1;
inline constexpr std::int64_t kWrongWhenClean = -2;

// A line of examples.csv.
struct ExampleRow {
  std::int64_t index = 0;  // in the dataset's split
  std::int64_t label = 0, clean_prediction = 0;
  std::int64_t broken_by = kStands;  // or the attack's place in the suite
  std::int64_t prediction = 0;
  double linf = 0, l2 = 0, l1 = 0, l0 = 0;
  std::int64_t queries = 0;
};

struct ExampleTable {
  std::vector<ExampleRow> rows;
  std::vector<std::string> class_names;  // empty: numbers
  std::int64_t classes = 0;              // above every label and prediction
  [[nodiscard]] std::string ClassName(std::int64_t label) const;
  // The row of an example of the split.
  [[nodiscard]] std::optional<std::size_t> Find(std::int64_t index) const;
};

inline constexpr std::size_t kMostExamples = 4'000'000;
[[nodiscard]] ExampleTable ReadExampleTable(const Path& folder);  // Error(kData)
// Error(kData) naming the line that is none of examples.csv.
[[nodiscard]] std::vector<ExampleRow> ParseExamples(std::string_view csv, const std::string& file);
// As examples.csv, of these rows, with the names of classes and attacks.
[[nodiscard]] std::string ExamplesCsv(const ExampleTable& table, const AttackResult& result,
                                      const std::vector<std::size_t>& rows);

struct ExampleImages {
  FloatImage clean, adversarial;
  std::vector<float> clean_probabilities, adversarial_probabilities;  // empty: not stored
};
[[nodiscard]] ExampleImages ReadExampleImages(const Path& folder, std::size_t row);  // Error(kData)

}  // namespace agon::viewer
