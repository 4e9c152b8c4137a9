// SPDX-License-Identifier: Apache-2.0
#include "viewer/attack/attack_tracks.h"

#include <algorithm>
#include <map>

#include "runtime/base/text.h"

namespace agon::viewer {
namespace {

constexpr std::string_view kPrefix = "attack/";
constexpr std::string_view kExample = "/example/";
constexpr std::string_view kAccuracy = "/robust_accuracy";
constexpr std::string_view kLoss = "/loss";
constexpr std::string_view kClean = "clean";

// "net_a linf 0.1": a model may have blanks in its name.
void ParseTitle(RecordedResult& result) {
  const std::size_t last = result.title.rfind(' ');
  result.model = result.title;
  if (last == std::string::npos) return;
  result.epsilon = ParseReal(std::string_view(result.title).substr(last + 1)).value_or(0);
  const std::size_t norm = last == 0 ? std::string::npos : result.title.rfind(' ', last - 1);
  if (norm == std::string::npos) return;
  result.model = result.title.substr(0, norm);
  result.norm = result.title.substr(norm + 1, last - norm - 1);
}

class Found {
 public:
  void Add(const TrackInfo& track) {
    std::string_view name = track.name;
    if (!name.starts_with(kPrefix)) return;
    name.remove_prefix(kPrefix.size());
    // From the end: the title is the user's, and may contain anything.
    if (const std::size_t example = name.rfind(kExample);
        example != std::string_view::npos &&
        AddExample(track, name.substr(0, example), name.substr(example + kExample.size()))) {
      return;
    }
    if (track.kind != TrackKind::kScalar) return;
    if (name.ends_with(kAccuracy)) {
      name.remove_suffix(kAccuracy.size());
      results_[std::string(name)].accuracy_track = track.name;
    } else if (name.ends_with(kLoss)) {
      name.remove_suffix(kLoss.size());
      const std::size_t slash = name.rfind('/');
      RecordedPass pass;
      if (slash == std::string_view::npos || !ParsePass(name.substr(slash + 1), pass)) return;
      losses_[std::string(name.substr(0, slash))].emplace_back(pass.place, track.name);
    }
  }

  [[nodiscard]] std::vector<RecordedResult> Take() {
    std::vector<RecordedResult> all;
    for (auto& [title, losses] : losses_) {
      std::sort(losses.begin(), losses.end());
      for (auto& [place, track] : losses) results_[title].loss_tracks.push_back(std::move(track));
    }
    for (auto& [title, result] : results_) {
      result.title = title;
      ParseTitle(result);
      for (auto& [index, example] : examples_[title]) {
        example.index = index;
        std::sort(example.passes.begin(), example.passes.end(),
                  [](const RecordedPass& a, const RecordedPass& b) {
                    return std::pair(a.place, a.restart) < std::pair(b.place, b.restart);
                  });
        result.examples.push_back(std::move(example));
      }
      all.push_back(std::move(result));
    }
    return all;
  }

 private:
  // False: it is no track of an example.
  bool AddExample(const TrackInfo& track, std::string_view title, std::string_view rest) {
    const std::size_t slash = rest.find('/');
    const auto index = ParseInteger(rest.substr(0, slash));
    if (!index || slash == std::string_view::npos) return false;
    if (track.kind != TrackKind::kImage) return true;  // losses go with their images
    const std::string_view last = rest.substr(slash + 1);
    RecordedPass pass;
    if (last != kClean && !ParsePass(last, pass)) return true;
    results_[std::string(title)];
    RecordedExample& example = examples_[std::string(title)][*index];
    if (last == kClean) {
      example.clean_track = track.name;
      return true;
    }
    pass.track = track.name;
    pass.first_step = track.first_step;
    pass.last_step = track.last_step;
    example.passes.push_back(std::move(pass));
    return true;
  }

  std::map<std::string, RecordedResult> results_;
  std::map<std::string, std::vector<std::pair<std::int64_t, std::string>>> losses_;
  std::map<std::string, std::map<std::int64_t, RecordedExample>> examples_;
};

}  // namespace

bool ParsePass(std::string_view name, RecordedPass& pass) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos || dot + 1 == name.size()) return false;
  const std::size_t hash = name.rfind('#');
  const auto place = ParseInteger(name.substr(0, dot));
  const auto restart = hash == std::string_view::npos || hash < dot
                           ? std::optional<std::int64_t>(0)
                           : ParseInteger(name.substr(hash + 1));
  if (!place || *place < 0 || !restart || *restart < 0) return false;
  pass.name = name;
  pass.place = *place;
  pass.restart = *restart;
  return true;
}

std::vector<RecordedResult> FindRecorded(const std::vector<TrackInfo>& tracks) {
  Found found;
  for (const TrackInfo& track : tracks) found.Add(track);
  return found.Take();
}

std::vector<AccuracyCurve> AccuracyCurves(const std::vector<AccuracyPoint>& points) {
  std::vector<AccuracyCurve> curves;
  std::vector<std::map<double, double>> values;
  for (const AccuracyPoint& point : points) {
    const auto found = std::find_if(curves.begin(), curves.end(), [&](const AccuracyCurve& curve) {
      return curve.model == point.model;
    });
    const auto place = static_cast<std::size_t>(found - curves.begin());
    if (found == curves.end()) {
      curves.push_back({.model = point.model, .epsilon = {}, .accuracy = {}});
      values.emplace_back();
    }
    values[place][0] = point.clean;
    values[place][point.epsilon] = point.robust;
  }
  for (std::size_t i = 0; i < curves.size(); ++i) {
    for (const auto& [epsilon, accuracy] : values[i]) {
      curves[i].epsilon.push_back(epsilon);
      curves[i].accuracy.push_back(accuracy);
    }
  }
  return curves;
}

}  // namespace agon::viewer
