// SPDX-License-Identifier: Apache-2.0
// cifar10 and cifar100 in the binary version of https://www.cs.toronto.edu/~kriz/cifar.html:
// records of the label bytes (CIFAR-100: coarse, then fine) and 3 x 32 x 32 bytes of red, green and
// blue planes.
#include <algorithm>

#include "runtime/base/error.h"
#include "runtime/data/sources.h"

namespace agon::data {
namespace {

constexpr std::int64_t kPixels = 3 * 32 * 32;

struct Layout {
  const char* name;
  std::int64_t label_bytes;  // the last one is the class
  std::int64_t classes;
  const char* inner_folder;  // what the archive unpacks to
  const char* names_file;
};
constexpr Layout kCifar10{"cifar10", 1, 10, "cifar-10-batches-bin", "batches.meta.txt"};
constexpr Layout kCifar100{"cifar100", 2, 100, "cifar-100-binary", "fine_label_names.txt"};

Dataset LoadCifar(const Layout& layout, const Path& given, const std::vector<std::string>& files,
                  const std::string& split) {
  std::error_code ignored;
  const bool inner = std::filesystem::is_directory(given / layout.inner_folder, ignored);
  const Path folder = inner ? given / layout.inner_folder : given;

  const std::int64_t record = layout.label_bytes + kPixels;
  Dataset dataset;
  dataset.name = std::string(layout.name) + " " + split;
  dataset.classes = layout.classes;
  std::vector<Bytes> parts;
  std::int64_t total = 0;
  for (const std::string& name : files) {
    const Path file = FindFile(folder, {name});
    if (file.empty()) {
      Fail(ErrorKind::kData, "{}: no file {} in {}; expected the unpacked binary version ({})",
           layout.name, name, folder.string(), layout.inner_folder);
    }
    parts.push_back(ReadFileBytes(file));
    const auto size = static_cast<std::int64_t>(parts.back().size());
    if (size == 0 || size % record != 0) {
      Fail(ErrorKind::kData, "{}: {} bytes are no whole number of {}-byte records: damaged, or {}",
           file.string(), size, record, "not the binary version");
    }
    total += size / record;
    dataset.files.push_back(file);
  }

  dataset.images = at::empty({total, 3, 32, 32}, at::kByte);
  dataset.labels = at::empty({total}, at::kLong);
  auto* pixels = reinterpret_cast<std::byte*>(dataset.images.mutable_data_ptr<std::uint8_t>());
  auto* label = dataset.labels.mutable_data_ptr<std::int64_t>();
  for (std::size_t part = 0; part < parts.size(); ++part) {
    std::int64_t* const first = label;
    for (const std::byte* at = parts[part].data(); at != parts[part].data() + parts[part].size();
         at += record) {
      *label++ = std::to_integer<std::int64_t>(at[layout.label_bytes - 1]);
      pixels = std::copy_n(at + layout.label_bytes, kPixels, pixels);
    }
    CheckLabels(at::from_blob(first, {label - first}, at::kLong), layout.classes,
                dataset.files[part].string());
  }

  if (const Path names = FindFile(folder, {layout.names_file}); !names.empty()) {
    dataset.class_names = ReadNames(names);
    if (std::ssize(dataset.class_names) != layout.classes) {
      Fail(ErrorKind::kData, "{}: {} class names, expected {}", names.string(),
           dataset.class_names.size(), layout.classes);
    }
    dataset.files.push_back(names);
  }
  return dataset;
}

class Cifar10 final : public DatasetSource {
 public:
  static void Describe(Description<Cifar10>& d) {
    d.Paper("Krizhevsky 2009, Learning multiple layers of features from tiny images");
    DescribeCommon(d);
    d.Field(&Cifar10::folder_, "folder",
            "folder with data_batch_1.bin to data_batch_5.bin and test_batch.bin")
        .Required();
  }

 private:
  Dataset LoadAll(const std::string& split) const override {
    std::vector<std::string> files = {"test_batch.bin"};
    if (split == "train") {
      files = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
               "data_batch_5.bin"};
    }
    return LoadCifar(kCifar10, folder_, files, split);
  }

  Path folder_;
};

class Cifar100 final : public DatasetSource {
 public:
  static void Describe(Description<Cifar100>& d) {
    d.Paper("Krizhevsky 2009, Learning multiple layers of features from tiny images");
    DescribeCommon(d);
    d.Field(&Cifar100::folder_, "folder", "folder with train.bin and test.bin").Required();
  }

 private:
  Dataset LoadAll(const std::string& split) const override {
    return LoadCifar(kCifar100, folder_, {split + ".bin"}, split);
  }

  Path folder_;
};

}  // namespace

void RegisterCifarDatasets(Registry& registry) {
  registry.Add<DatasetSource, Cifar10>(
      "cifar10", "60,000 colour pictures, 32x32, 10 classes, binary version from a folder");
  registry.Add<DatasetSource, Cifar100>(
      "cifar100", "60,000 colour pictures, 32x32, 100 fine classes, binary version from a folder");
}

}  // namespace agon::data
