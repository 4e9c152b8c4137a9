// SPDX-License-Identifier: Apache-2.0
// fashion_mnist, mnist and idx: pairs of IDX files, plain or gzip-compressed.
#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "runtime/data/sources.h"
#include "runtime/formats/idx.h"
#include "runtime/tensor/convert.h"

namespace agon::data {
namespace {

// Where Debian's package dataset-fashion-mnist puts its files.
constexpr const char* kFashionMnistFolder = "/usr/share/datasets/fashion-mnist";

// `classes` 0: as many as the labels say.
Dataset LoadPair(std::string name, const Path& image_file, const Path& label_file,
                 std::int64_t classes) {
  const formats::Array images = formats::ReadIdx(image_file);
  const std::size_t dimensions = images.shape.size();
  if (images.dtype != formats::DType::kU8 || (dimensions != 3 && dimensions != 4)) {
    Fail(ErrorKind::kData, "{}: holds {} {}, expected images: U8 [N,H,W] or [N,C,H,W]",
         image_file.string(), formats::NameOf(images.dtype), formats::ShapeText(images.shape));
  }
  Dataset dataset;
  dataset.name = std::move(name);
  dataset.labels = LabelTensor(formats::ReadIdx(label_file), label_file.string());
  CheckCounts(images.shape[0], image_file.string(), dataset.labels.size(0), label_file.string());
  SetClasses(dataset, classes, label_file.string());
  dataset.images = ToTensor(images);
  if (dimensions == 3) dataset.images = dataset.images.unsqueeze(1);  // [N,1,H,W]
  if (dataset.images.numel() == 0) {
    Fail(ErrorKind::kData, "{}: images have no pixels: {}", image_file.string(),
         formats::ShapeText(images.shape));
  }
  dataset.files = {image_file, label_file};
  return dataset;
}

// "train-images-idx3-ubyte" under the names it is passed around with.
std::vector<std::string> UsualNames(const std::string& stem, const std::string& suffix) {
  return {stem + "-" + suffix, stem + "-" + suffix + ".gz", stem + "." + suffix,
          stem + "." + suffix + ".gz"};
}

Dataset LoadMnistFolder(const std::string& name, const Path& folder, const std::string& split,
                        const std::string& cure) {
  const std::string prefix = split == "train" ? "train" : "t10k";
  const Path images = FindFile(folder, UsualNames(prefix + "-images", "idx3-ubyte"));
  const Path labels = FindFile(folder, UsualNames(prefix + "-labels", "idx1-ubyte"));
  if (images.empty() || labels.empty()) {
    Fail(ErrorKind::kData, "{}: no file {}-{} (or .gz) in {}; {}", name, prefix,
         images.empty() ? "images-idx3-ubyte" : "labels-idx1-ubyte", folder.string(), cure);
  }
  return LoadPair(name + " " + split, images, labels, 10);
}

class FashionMnist final : public DatasetSource {
 public:
  static void Describe(Description<FashionMnist>& d) {
    d.Paper("Xiao et al. 2017, arXiv:1708.07747");
    DescribeCommon(d);
    d.Field(&FashionMnist::folder_, "folder",
            "folder with the four idx(.gz) files; where Debian's package puts them if not given");
  }

 private:
  Dataset LoadAll(const std::string& split) const override {
    Dataset dataset = LoadMnistFolder(
        "fashion_mnist", folder_.value_or(Path(kFashionMnistFolder)), split,
        folder_ ? "expected the four idx files of Fashion-MNIST"
                : "run ./scripts/setup, or install Debian's package dataset-fashion-mnist");
    dataset.class_names = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                           "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
    return dataset;
  }

  std::optional<Path> folder_;
};

class Mnist final : public DatasetSource {
 public:
  static void Describe(Description<Mnist>& d) {
    d.Paper("LeCun et al. 1998, Gradient-based learning applied to document recognition");
    DescribeCommon(d);
    d.Field(&Mnist::folder_, "folder",
            "folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, "
            "t10k-labels-idx1-ubyte, plain or .gz")
        .Required();
  }

 private:
  Dataset LoadAll(const std::string& split) const override {
    Dataset dataset =
        LoadMnistFolder("mnist", folder_, split, "expected the four idx files of MNIST there");
    for (int digit = 0; digit < 10; ++digit) dataset.class_names.push_back(std::to_string(digit));
    return dataset;
  }

  Path folder_;
};

class Idx final : public DatasetSource {
 public:
  static void Describe(Description<Idx>& d) {
    d.Field(&Idx::images_, "images", "idx or idx.gz file of bytes, [N,H,W] or [N,C,H,W]")
        .Required();
    d.Field(&Idx::labels_, "labels", "idx or idx.gz file of class numbers, [N]").Required();
    d.Field(&Idx::classes_, "classes", "number of classes; 0: the largest label + 1").Min(0);
    DescribeCommon(d, kSplitIgnored);
  }

 private:
  Dataset LoadAll(const std::string& /*split*/) const override {
    return LoadPair("idx " + images_.filename().string(), images_, labels_, classes_);
  }

  Path images_;
  Path labels_;
  std::int64_t classes_ = 0;
};

}  // namespace

void RegisterIdxDatasets(Registry& registry) {
  registry.Add<DatasetSource, FashionMnist>("fashion_mnist",
                                            "70,000 grey pictures of clothing, 28x28, 10 classes");
  registry.Add<DatasetSource, Mnist>("mnist", "70,000 handwritten digits, 28x28, from a folder");
  registry.Add<DatasetSource, Idx>("idx", "any pair of idx files, as MNIST uses them");
}

}  // namespace agon::data
