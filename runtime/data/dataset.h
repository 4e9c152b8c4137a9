// SPDX-License-Identifier: Apache-2.0
// Datasets: labelled images in memory, as the component kind "dataset". Built in: fashion_mnist,
// mnist, idx, cifar10, cifar100, image_folder, npz.
//
// Thread safety: immutable after loading.
#pragma once

#include <nlohmann/json.hpp>

#include "runtime/plugin/registry.h"
#include "runtime/tensor/types.h"

namespace agon::data {

struct Dataset {
  std::string name;        // "fashion_mnist test"
  Tensor images;           // [N,C,H,W], uint8 (as stored) or float32 in [0,1]
  Tensor labels;           // [N] int64, in [0, classes)
  std::int64_t first = 0;  // index of the first example in the whole split
  std::int64_t classes = 0;
  // "FILE: label 9 at index 4" when only the largest label says how many classes there are; empty
  // when the format or the configuration says it.
  std::string classes_from;
  std::vector<std::string> class_names;  // empty or `classes` names
  std::vector<Path> files;               // what was read, for the manifest

  [[nodiscard]] std::int64_t size() const { return labels.size(0); }
  [[nodiscard]] Shape image_shape() const {
    return {images.size(1), images.size(2), images.size(3)};
  }
};

// A few examples ready for a network.
struct Batch {
  Tensor images;   // [N,C,H,W] float32 in [0,1]
  Tensor labels;   // [N] int64
  Tensor indices;  // [N] int64: places in the whole split, whatever `first` was

  [[nodiscard]] std::int64_t size() const { return labels.size(0); }
  [[nodiscard]] Batch Select(const Tensor& rows) const;  // int64 [M] or bool [N]
  [[nodiscard]] Batch To(at::Device device) const;
};

// Examples [begin, end) of a dataset, as float32 in [0,1] (uint8 / 255).
[[nodiscard]] Batch Slice(const Dataset& dataset, std::int64_t begin, std::int64_t end);

class DatasetSource {
 public:
  static constexpr std::string_view kKind = "dataset";
  struct Capabilities {
    [[nodiscard]] nlohmann::json ToJson() const { return nlohmann::json::object(); }
  };
  virtual ~DatasetSource();

  // The examples [first, first + count) of the split. Error(kData): missing or damaged files (with
  // the cure), counts that do not agree, labels out of range, an empty selection.
  [[nodiscard]] Dataset Load() const;
  [[nodiscard]] const std::string& split() const { return split_; }
  // The same source, all of another split ("train" for training, whatever the file says).
  [[nodiscard]] Dataset LoadSplit(const std::string& split, std::int64_t first,
                                  std::int64_t count) const;

  template <class T>
  static void DescribeCommon(Description<T>& d, std::string split_help = "which part") {
    d.Field(&T::split_, "split", std::move(split_help)).Choices({"train", "test"});
    d.Field(&T::first_, "first", "index of the first example used").Min(0);
    d.Field(&T::count_, "count", "number of examples used; 0: all from `first` on").Min(0);
  }

 protected:
  // All of a split.
  [[nodiscard]] virtual Dataset LoadAll(const std::string& split) const = 0;
  std::string split_ = "test";
  std::int64_t first_ = 0;
  std::int64_t count_ = 0;
};

void RegisterDatasets(Registry& registry);

}  // namespace agon::data
