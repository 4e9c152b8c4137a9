// SPDX-License-Identifier: Apache-2.0
// npz: images and labels as NumPy arrays in one file.
#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "runtime/data/sources.h"
#include "runtime/formats/npy.h"
#include "runtime/tensor/convert.h"

namespace agon::data {
namespace {

// [N,C,H,W] from [N,H,W], [N,C,H,W] or [N,H,W,C]. Channels stand last when the last dimension is 1
// or 3 and the second is not.
Tensor ChannelsFirst(const Tensor& images) {
  if (images.dim() == 3) return images.unsqueeze(1);
  const auto is_channels = [](std::int64_t size) { return size == 1 || size == 3; };
  if (is_channels(images.size(3)) && !is_channels(images.size(1))) {
    return images.permute({0, 3, 1, 2}).contiguous();
  }
  return images;
}

// uint8 as it is; floating point as float32, every value in [0,1].
Tensor ImageTensor(const formats::Array& array, const std::string& what) {
  if (array.shape.size() != 3 && array.shape.size() != 4) {
    Fail(ErrorKind::kData, "{}: shape {}, expected [N,H,W], [N,C,H,W] or [N,H,W,C]", what,
         formats::ShapeText(array.shape));
  }
  const Tensor images = ToTensor(array);
  if (images.numel() == 0) {
    Fail(ErrorKind::kData, "{}: shape {} holds no pixels", what, formats::ShapeText(array.shape));
  }
  if (images.scalar_type() == at::kByte) return ChannelsFirst(images);
  if (!images.is_floating_point()) {
    Fail(ErrorKind::kData, "{}: type {}, expected uint8 or floating point in [0,1]", what,
         formats::NameOf(array.dtype));
  }
  const Tensor values = images.to(at::kFloat);
  const Tensor inside = values.ge(0).logical_and_(values.le(1));  // NaN is not inside
  if (!inside.all().item<bool>()) {
    const std::int64_t place = inside.flatten().to(at::kByte).argmin().item<std::int64_t>();
    Fail(ErrorKind::kData,
         "{}: image {} holds the value {}, expected [0,1]; store uint8, or divide by 255", what,
         place / (values.numel() / values.size(0)), values.flatten()[place].item<float>());
  }
  return ChannelsFirst(values);
}

class Npz final : public DatasetSource {
 public:
  static void Describe(Description<Npz>& d) {
    d.Field(&Npz::file_, "file", "NumPy .npz file").Required();
    d.Field(&Npz::images_, "images",
            "name of the array of images, uint8 or [0,1]: [N,H,W], [N,C,H,W] or [N,H,W,C]");
    d.Field(&Npz::labels_, "labels", "name of the array of class numbers, [N]");
    d.Field(&Npz::classes_, "classes", "number of classes; 0: the largest label + 1").Min(0);
    DescribeCommon(d, kSplitIgnored);
  }

 private:
  Dataset LoadAll(const std::string& /*split*/) const override {
    const formats::NamedArrays arrays = formats::ReadNpz(file_);
    const std::string image_place = file_.string() + ": " + images_;
    const std::string label_place = file_.string() + ": " + labels_;
    Dataset dataset;
    dataset.name = "npz " + file_.filename().string();
    dataset.images = ImageTensor(Find(arrays, images_, "images"), image_place);
    dataset.labels = LabelTensor(Find(arrays, labels_, "labels"), label_place);
    CheckCounts(dataset.images.size(0), image_place, dataset.labels.size(0), label_place);
    SetClasses(dataset, classes_, label_place);
    dataset.files = {file_};
    return dataset;
  }

  [[nodiscard]] const formats::Array& Find(const formats::NamedArrays& arrays,
                                           const std::string& name, const char* field) const {
    std::vector<std::string> names;
    for (const auto& [key, array] : arrays) {
      if (key == name) return array;
      names.push_back(key);
    }
    Fail(ErrorKind::kData, "{}: no array \"{}\"; it holds {}; name the right one with `{}:`",
         file_.string(), name, names.empty() ? "nothing" : Join(names, ", "), field);
  }

  Path file_;
  std::string images_ = "images";
  std::string labels_ = "labels";
  std::int64_t classes_ = 0;
};

}  // namespace

void RegisterNpzDataset(Registry& registry) {
  registry.Add<DatasetSource, Npz>("npz", "images and labels from a NumPy .npz file");
}

}  // namespace agon::data
