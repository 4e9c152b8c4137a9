// SPDX-License-Identifier: Apache-2.0
// What the dataset sources share: labels are checked and examples are put together in one place, so
// that every format objects to the same things in the same words. Private to this folder.
//
// Thread safety: free functions.
#pragma once

#include "runtime/data/dataset.h"
#include "runtime/formats/array.h"

namespace agon::data {

inline constexpr const char* kSplitIgnored =
    "ignored here: the files named are the part that is used";

// int64 [N] from an array of integers. Error(kData) naming `file` when it is not one-dimensional or
// not of an integer type.
[[nodiscard]] Tensor LabelTensor(const formats::Array& array, const std::string& file);

// Sets dataset.classes for its labels: `stated`, or with 0 the largest label + 1. Error(kData)
// naming the first label outside [0, stated), a negative one, or one that stands so far above all
// others that it is damage rather than a class.
void SetClasses(Dataset& dataset, std::int64_t stated, const std::string& label_file);

// Error(kData) naming the first example whose label is outside [0, classes).
void CheckLabels(const Tensor& labels, std::int64_t classes, const std::string& file);

// Error(kData) when there are no images, or not as many as labels.
void CheckCounts(std::int64_t images, const std::string& image_file, std::int64_t labels,
                 const std::string& label_file);

// The first of `names` that is a file in `folder`; an empty path when none is.
[[nodiscard]] Path FindFile(const Path& folder, const std::vector<std::string>& names);

// The lines of a text file of names; empty lines are left out.
[[nodiscard]] std::vector<std::string> ReadNames(const Path& file);

void RegisterIdxDatasets(Registry& registry);    // fashion_mnist, mnist, idx
void RegisterCifarDatasets(Registry& registry);  // cifar10, cifar100
void RegisterNpzDataset(Registry& registry);
void RegisterImageFolder(Registry& registry);

}  // namespace agon::data
