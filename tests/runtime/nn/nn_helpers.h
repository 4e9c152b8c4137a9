// SPDX-License-Identifier: Apache-2.0
// What the tests of runtime/nn share: models from YAML, error texts, the folder of real data.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>

#include "runtime/base/error.h"
#include "runtime/nn/model.h"

namespace agon::nn {

inline Component<Model> MakeModel(const std::string& yaml) {
  static Registry registry;
  static const bool registered = (RegisterModels(registry), true);
  (void)registered;
  config::Problems problems;
  const config::Value value = config::ParseYaml(yaml, "test.yaml", {}, problems);
  config::Reader reader{problems};
  auto model = registry.Create<Model>(value, reader, "model");
  problems.ThrowIfAny();
  return model;
}

inline std::unique_ptr<Network> BuildModel(const std::string& yaml,
                                           const Shape& input = {1, 28, 28},
                                           std::int64_t classes = 10, std::uint64_t seed = 0) {
  const auto model = MakeModel(yaml);
  return model->Build({.input = input, .classes = classes}, seed, model.name());
}

// The message of the agon::Error that `work` throws; "no error" when it throws none.
template <class Work>
std::string ErrorOf(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// AGON_TEST_DATA, else ../shared/data beside the sources.
inline Path TestData() {
  const char* given = std::getenv("AGON_TEST_DATA");
  return given != nullptr ? Path(given) : Path(AGON_SOURCE_DIR) / ".." / "shared" / "data";
}

}  // namespace agon::nn
