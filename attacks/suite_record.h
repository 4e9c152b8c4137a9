// SPDX-License-Identifier: Apache-2.0
// What a suite records for the viewer: curves, and of a few examples the way from the clean image
// to the adversarial one, step by step. The tracks are listed in docs/formats.md.
//
// Who needs this file: suite.cpp only.
//
// Thread safety: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "attacks/suite.h"

namespace agon::attacks {

// Copies the followed examples' points and losses while an attack runs, on the device and without
// waiting for it: rows are found by masks, and looked at after the attack.
class ExampleTrace {
 public:
  // `places` [k] int64: which rows of a batch of `batch_size` are followed; both on the device.
  // Of the points at most `most_points` are kept: the first, then every second, fourth, ... one.
  ExampleTrace(Tensor places, std::int64_t batch_size, std::size_t most_points);

  void Step(std::int64_t step, const Tensor& x, const Tensor& loss);
  // From now on the batch is these of its present rows.
  void Keep(const Tensor& rows);

  struct Seen {
    std::vector<std::pair<std::int64_t, Tensor>> points;  // step, [C,H,W] uint8
    std::vector<std::pair<std::int64_t, double>> losses;
    std::int64_t last_step = -1;
  };
  // Of each followed example, in the order of `places`. Synchronises with the device.
  [[nodiscard]] std::vector<Seen> Take() const;

 private:
  struct Stretch {  // between two calls of Keep
    Tensor row;     // [k] int64: the example's present row; 0 where it is gone
    Tensor there;   // [k] bool
  };
  struct Sample {
    std::int64_t step = 0;
    std::size_t stretch = 0;
    Tensor value;
  };
  Tensor places_;   // [k]
  Tensor present_;  // [M] places of the present rows
  std::size_t most_points_;
  std::int64_t stride_ = 1;
  std::vector<Stretch> stretches_;
  std::vector<Sample> points_, losses_;
};

class SuiteRecorder {
 public:
  // Without a recorder in the options every call does nothing. `result` is as Begin or a
  // checkpoint left it: the first examples that are right when clean are followed.
  SuiteRecorder(const SuiteOptions& options, const data::Dataset& dataset, const Batch& all,
                const SuiteResult& result);

  // What was known before: clean accuracy, finished attacks, clean images.
  void Start(const SuiteResult& result) const;
  // Nothing when no row [B] of the batch is followed.
  [[nodiscard]] std::optional<ExampleTrace> Trace(const Tensor& rows, at::Device device) const;

  struct Pass {
    std::string attack;
    std::int64_t place = 0;
    std::int64_t restart = 0;
  };
  struct Outcome {      // of a batch, all on the CPU, by row
    Tensor candidates;  // [B,C,H,W]
    Tensor inside;      // [B] bool
    Tensor fell;        // [B] bool
    Tensor prediction;  // [B] int64
  };
  // Restarts are recorded when they broke the example: the first pass always.
  void Finished(const Pass& pass, const Tensor& rows, const ExampleTrace& trace,
                const Outcome& outcome) const;
  // Curves of attack `place`, which is done.
  void Finished(const SuiteResult& result, std::size_t place) const;

 private:
  [[nodiscard]] std::string Track(std::int64_t row) const;  // of an example
  [[nodiscard]] std::string ClassName(std::int64_t label) const;

  record::Recorder* recorder_;
  std::string track_;
  std::int64_t first_index_;
  std::vector<std::string> class_names_;
  Tensor images_;                    // [k,C,H,W] clean
  std::vector<std::int64_t> rows_;   // [k] followed, rising
  std::vector<std::int64_t> label_;  // [k]
  std::size_t most_points_;
};

}  // namespace agon::attacks
