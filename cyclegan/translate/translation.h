// SPDX-License-Identifier: Apache-2.0
// A translation as a job: opened and checked before anything is written, then run in a run folder,
// where it can be stopped at any instant and continued.
//
//   Translation translation(config, device);                 // throws what can be found wrong
//   run::Run run = run::Run::Create({.config = config::Dump(translation.config()),
//                                    .inputs = translation.InputFiles(), ...});
//   TranslateResult result = translation.Run(run, {});
//
// or both at once, inside a run of something else:
//
//   TranslateVideo(config, run, device, {.folder = run.folder() / "translate", .resume = true});
//
// Leaves FOLDER/report.json, report.html, metrics.csv and samples/. While it works, closed segments
// of the video lie in FOLDER/segments/, and a checkpoint is written behind each. Killed at any
// instant, it goes on from the last of them, and the decoded frames of the output are those of a
// job that was never stopped. Asked to stop, it joins what there is into a playable output first.
//
// Who needs this file: the command cyclegan translate, the demo. Thread safety: one thread.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "cyclegan/translate/config.h"
#include "runtime/run/run.h"
#include "runtime/tensor/device.h"

namespace agon::cyclegan {

struct TranslateOptions {
  Path folder;                      // empty: the run's own
  bool resume = false;              // from the newest checkpoint in the folder, if there is one
  std::string label = "translate";  // of the progress line and the recorded tracks
};

struct TranslateResult {
  nlohmann::json report;  // as in report.json; docs/formats.md, "Reports"
  Path output, page;
};

class Translation {
 public:
  // Errors: kUsage, kConfig, kData, kModel, one line each; nothing was written.
  Translation(const TranslateConfig& config, const DevicePolicy& device);
  ~Translation();

  // With everything that was `auto` decided.
  [[nodiscard]] const TranslateConfig& config() const;
  // For the run's manifest: weights and source, every picture of a folder.
  [[nodiscard]] std::vector<Path> InputFiles() const;

  // Once. Errors: kInterrupted after a checkpoint, with the output holding what was done; kData
  // when a frame, kIo when the disk makes trouble, as the parts say it.
  [[nodiscard]] TranslateResult Run(run::Run& run, const TranslateOptions& options = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What a finished translation left in its folder; a null report: it is not finished.
[[nodiscard]] TranslateResult FinishedTranslation(const Path& folder);

[[nodiscard]] TranslateResult TranslateVideo(const TranslateConfig& config, run::Run& run,
                                             const DevicePolicy& device,
                                             const TranslateOptions& options = {});

}  // namespace agon::cyclegan
