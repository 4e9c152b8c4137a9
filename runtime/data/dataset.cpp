// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/dataset.h"

#include <algorithm>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/text.h"
#include "runtime/data/sources.h"
#include "runtime/tensor/convert.h"

namespace agon::data {
namespace {

// A largest label this far above the next one (or farther than there are classes in use) was not
// counted up to: a changed bit or another file's bytes.
constexpr std::int64_t kWideGap = 10;

// The place of the first true value, or -1.
std::int64_t FirstTrue(const Tensor& mask) {
  return mask.any().item<bool>() ? mask.to(at::kByte).argmax().item<std::int64_t>() : -1;
}

}  // namespace

DatasetSource::~DatasetSource() = default;

Batch Batch::Select(const Tensor& rows) const {
  // A mask becomes places once: indexing by the mask itself would search it for every tensor.
  const Tensor places = rows.scalar_type() == at::kBool ? rows.nonzero().flatten() : rows;  // [M]
  return {images.index_select(0, places), labels.index_select(0, places),
          indices.index_select(0, places)};
}

Batch Batch::To(at::Device device) const {
  return {images.to(device), labels.to(device), indices.to(device)};
}

Batch Slice(const Dataset& dataset, std::int64_t begin, std::int64_t end) {
  AGON_CHECK(0 <= begin && begin <= end && end <= dataset.size());
  Tensor images = dataset.images.slice(0, begin, end);  // [N,C,H,W]
  // Division, not multiplication by 1/255: only it rounds as the references do.
  if (images.scalar_type() == at::kByte) images = images.to(at::kFloat).div_(255.0);
  return {std::move(images), dataset.labels.slice(0, begin, end),
          at::arange(dataset.first + begin, dataset.first + end, at::kLong)};
}

Dataset DatasetSource::Load() const { return LoadSplit(split_, first_, count_); }

Dataset DatasetSource::LoadSplit(const std::string& split, std::int64_t first,
                                 std::int64_t count) const {
  Dataset dataset = LoadAll(split);
  const std::int64_t all = dataset.size();
  if (first < 0 || first >= all) {
    Fail(ErrorKind::kData, "{}: first: {} selects nothing, there are {} examples (0 to {})",
         dataset.name, first, all, all - 1);
  }
  std::int64_t used = all - first;
  if (count > used) {
    log::Warning("{}: count: {} asked for, {} used: all there are from example {} on", dataset.name,
                 count, used, first);
  } else if (count > 0) {
    used = count;
  }
  if (used < all) {
    // Copied, so that the rest of the split does not stay in memory.
    dataset.images = dataset.images.slice(0, first, first + used).clone();
    dataset.labels = dataset.labels.slice(0, first, first + used).clone();
  }
  dataset.first = first;
  return dataset;
}

Tensor LabelTensor(const formats::Array& array, const std::string& file) {
  if (array.shape.size() != 1) {
    Fail(ErrorKind::kData, "{}: labels have shape {}, expected one class number per example: [N]",
         file, formats::ShapeText(array.shape));
  }
  switch (array.dtype) {
    case formats::DType::kU8:
    case formats::DType::kI8:
    case formats::DType::kI16:
    case formats::DType::kI32:
    case formats::DType::kI64:
      return ToTensor(array).to(at::kLong);
    default:
      Fail(ErrorKind::kData, "{}: labels are of type {}, expected integers", file,
           formats::NameOf(array.dtype));
  }
}

void CheckLabels(const Tensor& labels, std::int64_t classes, const std::string& file) {
  const std::int64_t bad = FirstTrue(labels.lt(0).logical_or_(labels.ge(classes)));
  if (bad >= 0) {
    Fail(ErrorKind::kData, "{}: label {} at index {} is out of range, expected 0 to {}", file,
         labels[bad].item<std::int64_t>(), bad, classes - 1);
  }
}

void SetClasses(Dataset& dataset, std::int64_t stated, const std::string& label_file) {
  const Tensor& labels = dataset.labels;
  dataset.classes = stated;
  if (stated > 0) {
    CheckLabels(labels, stated, label_file);
    return;
  }
  if (labels.numel() == 0) return;
  const std::int64_t bad = FirstTrue(labels.lt(0));
  if (bad >= 0) {
    Fail(ErrorKind::kData, "{}: label {} at index {} is out of range, expected 0 or more",
         label_file, labels[bad].item<std::int64_t>(), bad);
  }
  const Tensor found = std::get<0>(at::_unique(labels));  // sorted
  const auto count = found.size(0);
  const auto largest = found[-1].item<std::int64_t>();
  const std::int64_t place = FirstTrue(labels.eq(largest));
  const std::int64_t next = count > 1 ? found[-2].item<std::int64_t>() : largest;
  if (largest - next > std::max(kWideGap, count)) {
    Fail(ErrorKind::kData,
         "{}: label {} at index {} stands alone, all others are at most {}; mend the file, or "
         "write classes: N if it is right",
         label_file, largest, place, next);
  }
  dataset.classes = largest + 1;
  dataset.classes_from = fmt::format("{}: label {} at index {}", label_file, largest, place);
}

void CheckCounts(std::int64_t images, const std::string& image_file, std::int64_t labels,
                 const std::string& label_file) {
  if (images != labels) {
    Fail(ErrorKind::kData, "{} holds {} images, {} holds {} labels: the two do not belong together",
         image_file, images, label_file, labels);
  }
  if (images == 0) Fail(ErrorKind::kData, "{}: holds no images", image_file);
}

Path FindFile(const Path& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    std::error_code ignored;
    if (Path file = folder / name; std::filesystem::is_regular_file(file, ignored)) return file;
  }
  return {};
}

std::vector<std::string> ReadNames(const Path& file) {
  std::vector<std::string> names;
  for (std::string& line : Split(ReadFileText(file, std::size_t{1} << 20), '\n')) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty()) names.push_back(std::move(line));
  }
  return names;
}

void RegisterDatasets(Registry& registry) {
  RegisterIdxDatasets(registry);
  RegisterCifarDatasets(registry);
  RegisterNpzDataset(registry);
  RegisterImageFolder(registry);
}

}  // namespace agon::data
