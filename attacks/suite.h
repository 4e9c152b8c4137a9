// SPDX-License-Identifier: Apache-2.0
// The suite: runs attacks in order over the examples still standing, checks every candidate itself,
// keeps the worst case per example, and says what each attack added and cost.
//
// Who needs this file: commands and trainers that want a robust accuracy. An attack alone:
// attacks/attack.h.
//
// Thread safety: one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "attacks/attack.h"
#include "runtime/record/recorder.h"

namespace agon::attacks {

// One entry: an attack with its settings, run `restarts` times with different random numbers on
// what still stands.
struct SuiteEntry {
  Component<Attack> attack;
  std::int64_t restarts = 1;

  static SuiteEntry FromConfig(const config::Value& value, config::Reader& reader,
                               const std::string& path);
  [[nodiscard]] config::Value ToConfig() const;
  static std::string TypeName() { return "attack"; }
};

// `suite: quick`, or a list of entries.
struct SuiteSettings {
  std::string name;  // of a named suite; "custom" for a list
  std::vector<SuiteEntry> entries;

  static SuiteSettings FromConfig(const config::Value& value, config::Reader& reader,
                                  const std::string& path);
  [[nodiscard]] config::Value ToConfig() const;
  static std::string TypeName() { return "suite"; }
};
// The named suites and their entries as YAML flow text: quick -> "[fgsm, pgd, apgd_ce]".
[[nodiscard]] const std::vector<std::pair<std::string, std::string>>& NamedSuites();

struct AttackRow {
  std::string name;
  std::int64_t broken = 0;  // examples that fell to it, that had stood before
  double robust_accuracy_after = 0;
  std::int64_t forwards = 0, backwards = 0, queries = 0;
  double seconds = 0;
  std::int64_t rejected = 0;  // candidates outside the ball, the box, or not finite
  bool finished = false;
  std::vector<double> mean_loss;    // per step, over the examples that were still attacked
  std::vector<double> loss_weight;  // how many those were
};

// The state of one (model, threat) pair; everything a report or a resume needs. Row-aligned with
// the dataset slice. Tensors on the CPU.
struct SuiteResult {
  std::string model;
  Threat threat;
  std::string suite;
  std::int64_t examples = 0;
  double clean_accuracy = 0;
  double robust_accuracy = 0;
  double robust_accuracy_8bit = 0;  // adversarial images rounded to k/255 and judged again
  std::vector<AttackRow> attacks;
  std::vector<std::string> flags;  // what looks like gradient masking, in sentences
  std::int64_t next_pass = 0;      // for resuming: passes (entry x restart) done, and
  std::int64_t next_example = 0;   // examples done of the present one
  Tensor adversarial;              // [N,C,H,W] worst case per example (clean where it stands)
  Tensor label;                    // [N] int64
  Tensor clean_prediction;         // [N] int64
  Tensor prediction;               // [N] int64 of the worst case
  Tensor broken_by;                // [N] int64: -1 stands, -2 wrong when clean, else place in suite
  Tensor queries;                  // [N] int64
  Tensor goal_label;               // [N] int64: true class, or target
  // [N,K] of the clean image and of the worst case; undefined when the result was resumed from a
  // checkpoint that did not have them yet.
  Tensor clean_probabilities, adversarial_probabilities;
};

// `record: {examples: 4}`: what the viewer gets beyond the curves.
struct RecordSettings {
  std::int64_t examples = 4;
  static void Describe(config::Fields<RecordSettings>& f);
};

struct SuiteOptions {
  std::int64_t batch_size = 250;
  std::uint64_t seed = 0;
  bool draws_per_batch = false;  // the references' randomness, for parity
  std::string target = "none";   // ThreatSettings::target
  // Called after each batch of each attack with the state so far; false stops the suite (the state
  // is then complete up to there).
  std::function<bool(const SuiteResult&)> after_batch = {};
  std::string progress_label = {};       // empty: no progress line
  record::Recorder* recorder = nullptr;  // null: nothing is recorded
  std::string track = {};                // what its tracks begin with: "attack/net_a linf 0.1"
  RecordSettings record = {};
};

// Attacks all of `dataset`. `resume` continues an earlier result of the same call.
[[nodiscard]] SuiteResult RunSuite(Target& target, const data::Dataset& dataset,
                                   const Threat& threat, const SuiteSettings& suite,
                                   const SuiteOptions& options, at::Device device,
                                   const SuiteResult* resume = nullptr);

// Error(kConfig) naming the first entry that cannot work under the threat (norm, target).
void CheckCompatible(const SuiteSettings& suite, const Threat& threat);

// Signs that gradients are hidden rather than robustness gained, as sentences for the report:
// predictions that change from call to call, gradients that are zero or not finite at the clean
// images, attacks whose loss did not rise, and perturbations that 8-bit rounding undoes.
[[nodiscard]] std::vector<std::string> MaskingFlags(Target& target, const SuiteResult& result,
                                                    const Batch& some_examples);

// Name, counts and time of a row, as report.json and checkpoints have them.
[[nodiscard]] nlohmann::json FiguresOf(const AttackRow& row);

// For checkpoints.
[[nodiscard]] nlohmann::json StateOf(const SuiteResult& result);
[[nodiscard]] NamedTensors TensorsOf(const SuiteResult& result);
[[nodiscard]] SuiteResult Restore(const nlohmann::json& state, const NamedTensors& tensors);

}  // namespace agon::attacks
