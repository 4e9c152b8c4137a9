// SPDX-License-Identifier: Apache-2.0
// Checkpoints and the end of a CycleGAN training.
#include "cyclegan/learn/report.h"
#include "cyclegan/learn/training.h"
#include "cyclegan/network/network_file.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"

namespace agon::cyclegan {

void Training::Save() {
  if (const std::string name = learner_.NotFinite(); !name.empty()) Diverged("weight " + name);
  TrainingState state = state_;
  state.seconds = Seconds();
  run::Checkpoint checkpoint{.step = state_.step, .tensors = {}, .state = state.ToJson()};
  checkpoint.tensors = learner_.State();
  run::SaveCheckpoint(folder_, checkpoint);
  since_checkpoint_.Restart();
}

void Training::Restore() {
  const auto checkpoint = run::LoadNewestCheckpoint(folder_);
  if (!checkpoint) {
    log::Info("no checkpoint yet: training starts from the beginning");
    return;
  }
  state_ = TrainingState::FromJson(checkpoint->state);
  learner_.LoadState(checkpoint->tensors);
  over_ = !state_.ended.empty();
  log::Info("continues after iteration {}", state_.step);
}

void Training::SaveWeights() const {
  SaveGenerators(folder_ / kWeightsFile, config_.generator, learner_.Weights(0),
                 learner_.Weights(1),
                 {{"iterations", std::to_string(state_.step)},
                  {"domains", domains_.name},
                  {"averaged", learner_.averaged() ? "yes" : "no"}});
}

CycleganResult Training::Finish() {
  // What follows measures; it is no training.
  state_.seconds = Seconds();
  over_ = true;
  CloseWindow();
  CloseRow();
  Save();
  if (state_.sampled.empty() || state_.sampled.back() < state_.step) Sample();
  const bool judged = !state_.judged.empty() && state_.judged.back().step == state_.step;
  if (domains_.truth && config_.evaluate.count > 0 && !judged) Judge();
  Save();

  CycleganResult result;
  result.domains = domains_.name;
  result.generator = learner_.generator().Summary();
  result.discriminator = learner_.discriminator().Summary();
  result.precision = learner_.precision();
  result.pictures_a = domains_.a->size();
  result.pictures_b = domains_.b->size();
  result.iterations = total_;
  result.epochs = Epochs();
  result.averaged = learner_.averaged();
  result.held_out = domains_.held_out;
  result.state = state_;
  result.notes = domains_.notes;
  snapshot_.Take(learner_);
  result.samples_a = SamplesOf(0);
  result.samples_b = SamplesOf(1);
  result.folder = folder_;
  result.weights = folder_ / kWeightsFile;
  result.report = folder_ / kReportFile;
  SaveWeights();
  WriteCycleganReport(result, config::ToYaml(config::Dump(config_)));
  if (state_.ended == "collapsed") {
    Fail(ErrorKind::kModel, "training {}; weights, samples and report are in {}",
         state_.collapse->message, folder_.string());
  }
  return result;
}

}  // namespace agon::cyclegan
