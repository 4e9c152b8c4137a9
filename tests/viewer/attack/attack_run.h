// SPDX-License-Identifier: Apache-2.0
// A finished run of `agon attack` on four 4x3 images, written by hand.
//
// Thread safety: one thread.
#pragma once

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "runtime/formats/safetensors.h"
#include "tests/viewer/ui/run_fixture.h"

namespace agon::viewer {

inline formats::Array Floats(std::vector<std::int64_t> shape, const std::vector<float>& values) {
  formats::Array array{.dtype = formats::DType::kF32, .shape = std::move(shape), .data = {}};
  array.data.resize(values.size() * sizeof(float));
  std::memcpy(array.data.data(), values.data(), array.data.size());
  return array;
}

inline constexpr int kSide = 4, kRows = 3, kPixels = kSide * kRows, kImages = 4;

// Image i is (i + 1) / 10 everywhere; the adversarial one 0.1 more in its even pixels, 0.1 less in
// its odd ones, where it was broken.
inline bool Broken(int image) { return image == 0 || image == 2; }
inline float Clean(int image) { return static_cast<float>(image + 1) / 10; }
inline float Adversarial(int image, int pixel) {
  return Clean(image) + (!Broken(image) ? 0.0F : pixel % 2 == 0 ? 0.1F : -0.1F);
}

inline constexpr const char* kExamplesCsv =
    "index,label,clean_prediction,broken_by,prediction,linf,l2,l1,l0,queries\n"
    "100,0,0,0,1,0.1,0.3464102,1.2,12,1\n"
    "101,1,1,-1,1,0,0,0,0,41\n"
    "102,2,2,1,0,0.1,0.3464102,1.2,12,21\n"
    "103,1,0,-2,0,0,0,0,0,0\n";

inline std::string ResultJson(const std::string& model, double epsilon) {
  return R"({"model": ")" + model + R"(", "threat": "linf", "epsilon": )" +
         std::to_string(epsilon) +
         R"(, "suite": "custom", "examples": 4, "clean_accuracy": 0.75, "robust_accuracy": 0.25,
             "robust_accuracy_8bit": 0.25, "flags": ["a flag"], "attacks": [
             {"name": "fgsm", "broken": 1, "robust_accuracy_after": 0.5, "seconds": 0.1},
             {"name": "pgd", "broken": 1, "robust_accuracy_after": 0.25, "seconds": 0.2}]})";
}

inline void WriteExamples(RunFixture& run, const std::string& folder, bool probabilities = true) {
  run.WriteFile(folder + "examples.csv", kExamplesCsv);
  std::vector<float> clean;
  std::vector<float> adversarial;
  for (int image = 0; image < kImages; ++image) {
    for (int pixel = 0; pixel < kPixels; ++pixel) {
      clean.push_back(Clean(image));
      adversarial.push_back(Adversarial(image, pixel));
    }
  }
  formats::NamedArrays arrays = {{"clean", Floats({kImages, 1, kRows, kSide}, clean)},
                                 {"adversarial", Floats({kImages, 1, kRows, kSide}, adversarial)}};
  if (probabilities) {
    arrays.emplace_back("clean_probabilities", Floats({kImages, 3}, {0.8F, 0.15F, 0.05F,  //
                                                                     0.2F, 0.7F, 0.1F,    //
                                                                     0.1F, 0.1F, 0.8F,    //
                                                                     0.6F, 0.3F, 0.1F}));
    arrays.emplace_back("adversarial_probabilities", Floats({kImages, 3}, {0.3F, 0.6F, 0.1F,  //
                                                                           0.2F, 0.7F, 0.1F,  //
                                                                           0.5F, 0.2F, 0.3F,  //
                                                                           0.6F, 0.3F, 0.1F}));
  }
  formats::WriteSafetensors(run.folder() / (folder + "adversarial.safetensors"), arrays,
                            {{"class_names", R"(["bag","boot","coat"])"}});
}

inline void WriteOneResult(RunFixture& run, bool probabilities = true) {
  WriteExamples(run, "", probabilities);
  run.WriteFile("report.json", R"({"format": 1, "dataset": "small test, examples 100 to 103",
      "results": [)" + ResultJson("net", 0.1) +
                                   "]}");
}

// The way of examples 100 (broken by fgsm) and 101 (stands), as the suite records it.
inline void RecordExamples(RunFixture& run) {
  const std::string title = "attack/net linf 0.1";
  const auto image = [](double value) {
    return MakePixels(kSide, kRows, 1, [&](int, int, int) { return std::lround(255 * value); });
  };
  run.Scalar(title + "/robust_accuracy", 0, 0.75);
  run.Image(title + "/example/100/clean", 0, image(0.1), "label bag");
  run.Image(title + "/example/101/clean", 0, image(0.2), "label boot");
  run.Image(title + "/example/100/0.fgsm", 0, image(0.1), "step 0");
  run.Scalar(title + "/example/100/0.fgsm/loss", 0, 0.5);
  run.Image(title + "/example/100/0.fgsm", 1, image(0.2), "broken, seen as boot");
  run.Scalar(title + "/robust_accuracy", 1, 0.5);
  for (int step = 0; step < 4; ++step) {
    run.Image(title + "/example/101/1.pgd", step, image(0.2 + 0.02 * step),
              "step " + std::to_string(step));
    run.Scalar(title + "/example/101/1.pgd/loss", step, 1 + step);
    run.Scalar(title + "/1.pgd/loss", step, 2 + step);
  }
  run.Image(title + "/example/101/1.pgd", 4, image(0.3), "stands, seen as boot");
  run.Scalar(title + "/robust_accuracy", 2, 0.25);
  run.Flush();
}

}  // namespace agon::viewer
