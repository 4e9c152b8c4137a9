// SPDX-License-Identifier: Apache-2.0
// The parts of the Attack panel.
//
// Who needs this file: the files of this folder. Thread safety: the thread that draws.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "viewer/attack/attack_model.h"
#include "viewer/ui/panel.h"
#include "viewer/ui/picture_widget.h"
#include "viewer/ui/plot.h"

namespace agon::viewer {

// The column on the left: result, filters, examples, figures.
class AttackList {
 public:
  void Draw(AttackModel& model);

 private:
  void Filters(AttackModel& model);
  void Examples(AttackModel& model, float height);
  void Figures(const AttackModel& model);

  std::optional<std::int64_t> scrolled_to_;
  const ExampleTable* classes_of_ = nullptr;
  std::vector<std::string> classes_;  // "any", then the names
};

// Clean, adversarial, difference.
class AttackPictures {
 public:
  void Draw(AttackModel& model, PanelContext& context, float height);
  [[nodiscard]] float controls_height() const;  // of what stands below the pictures
  bool Set(std::string_view key, std::string_view value);

 private:
  void Keys(PanelContext& context);
  void Controls();
  void ColourBar() const;
  void Probe(const AttackModel& model);
  void MakePixels(const AttackModel::Shown& shown);
  [[nodiscard]] double Gain(const AttackModel& model) const;

  ui::PictureView view_;
  std::optional<ui::PixelHit> hit_;
  std::optional<ui::PixelHit> pinned_;  // by --show pixel=X,Y
  bool own_gain_ = false;               // not the one that goes with epsilon
  float gain_ = 1;
  bool flipped_ = false;
  std::shared_ptr<const FloatImage> clean_from_, adversarial_from_;
  double difference_gain_ = 0;
  bool difference_dark_ = false;
  std::shared_ptr<const formats::Pixels> clean_, adversarial_, difference_;
};

// Step, norms, probabilities, losses, robust accuracy.
class AttackFacts {
 public:
  void Steps(AttackModel& model, Workspace& workspace);
  void Norms(const AttackModel& model);
  void Draw(AttackModel& model, Workspace& workspace, float height);

 private:
  void Probabilities(const AttackModel& model, ImVec2 size);
  void Losses(const AttackModel& model, Workspace& workspace, ImVec2 size);
  void Accuracy(const AttackModel& model, ImVec2 size);

  ui::PlotView loss_view_, accuracy_view_;
};

}  // namespace agon::viewer
