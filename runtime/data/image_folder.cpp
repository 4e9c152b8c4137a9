// SPDX-License-Identifier: Apache-2.0
// image_folder: one subfolder of pictures per class.
#include <algorithm>
#include <cstring>
#include <future>

#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "runtime/base/thread_pool.h"
#include "runtime/data/sources.h"
#include "runtime/media/pictures.h"
#include "runtime/tensor/device.h"

namespace agon::data {
namespace {

constexpr std::size_t kMaxDatasetBytes = std::size_t{32} << 30;

bool IsPictureName(const Path& file) {
  std::string extension = file.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::string_view kKnown[] = {".png", ".jpg", ".jpeg", ".bmp", ".webp"};
  return std::ranges::find(kKnown, extension) != std::end(kKnown);
}

bool IsHidden(const Path& path) { return path.filename().string().starts_with('.'); }

// The class folders, or the pictures of a class at any depth: in name order, hidden ones left out.
std::vector<Path> Folders(const Path& folder) {
  std::vector<Path> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_directory() && !IsHidden(entry.path())) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}
std::vector<Path> Files(const Path& folder) {
  std::vector<Path> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && !IsHidden(entry.path()) && IsPictureName(entry.path())) {
      found.push_back(entry.path());
    }
  }
  std::ranges::sort(found);
  return found;
}

class ImageFolder final : public DatasetSource {
 public:
  static void Describe(Description<ImageFolder>& d) {
    d.Field(&ImageFolder::folder_, "folder",
            "folder with one subfolder of PNG, JPEG, BMP or WebP pictures per class; classes are "
            "numbered in name order")
        .Required();
    d.Field(&ImageFolder::size_, "size",
            "[height, width] pictures are brought to, or one number for both; 0: as they are, all "
            "of one size")
        .Min(0)
        .Max(media::kMaxPictureSide)
        .Unit("pixels")
        .ScalarIsList();
    d.Field(&ImageFolder::grey_, "grey", "one grey channel instead of red, green and blue");
    DescribeCommon(d, kSplitIgnored);
    d.Check([](const ImageFolder& source) -> std::string {
      const auto& size = source.size_;
      const bool same = size.size() == 2 && (size[0] == 0) != (size[1] == 0);
      return size.empty() || size.size() > 2 || same
                 ? "size: expected [height, width], both above 0, one number, or 0"
                 : "";
    });
  }

 private:
  Dataset LoadAll(const std::string& /*split*/) const override {
    Dataset dataset;
    dataset.name = "image_folder " + folder_.filename().string();
    std::vector<std::int64_t> labels;
    try {
      CollectFiles(dataset, labels);
    } catch (const std::filesystem::filesystem_error& problem) {
      Fail(ErrorKind::kData, "{}: {}", problem.path1().string(), problem.code().message());
    }
    dataset.labels = at::tensor(labels, at::kLong);
    ReadPictures(dataset);
    return dataset;
  }

  void CollectFiles(Dataset& dataset, std::vector<std::int64_t>& labels) const {
    for (const Path& folder : Folders(folder_)) {
      const std::vector<Path> files = Files(folder);
      if (files.empty()) {
        Fail(ErrorKind::kData, "{}: a class without pictures (.png, .jpg, .jpeg, .bmp, .webp)",
             folder.string());
      }
      dataset.files.insert(dataset.files.end(), files.begin(), files.end());
      labels.resize(dataset.files.size(), dataset.classes);
      dataset.class_names.push_back(folder.filename().string());
      ++dataset.classes;
    }
    if (dataset.files.empty()) {
      Fail(ErrorKind::kData, "{}: no subfolders; expected one per class, with its pictures inside",
           folder_.string());
    }
  }

  // Fills dataset.images, decoding on all cores.
  void ReadPictures(Dataset& dataset) const {
    const media::PictureReader& reader = media::Pictures();
    const media::PictureOptions options{.height = static_cast<int>(size_.front()),
                                        .width = static_cast<int>(size_.back()),
                                        .grey = grey_};
    const formats::Pixels first = reader.Read(dataset.files.front(), options);
    const auto count = dataset.files.size();
    const std::size_t bytes = first.data.size();
    if (bytes > kMaxDatasetBytes / count) {
      Fail(ErrorKind::kData, "{}: {} pictures of {}x{} need more than {}; set a smaller `size`",
           folder_.string(), count, first.height, first.width, FormatBytes(kMaxDatasetBytes));
    }
    const auto n = static_cast<std::int64_t>(count);
    const Tensor interleaved =
        at::empty({n, first.height, first.width, first.channels}, at::kByte);  // [N,H,W,C]
    auto* const out = interleaved.mutable_data_ptr<std::uint8_t>();

    ThreadPool pool(static_cast<std::size_t>(AvailableCores()));
    std::vector<std::future<void>> jobs;
    for (std::size_t i = 0; i < count; ++i) {
      jobs.push_back(pool.Submit([&, i] {
        const formats::Pixels pixels = reader.Read(dataset.files[i], options);
        if (pixels.height != first.height || pixels.width != first.width) {
          Fail(ErrorKind::kData,
               "{}: {}x{} pixels, but {} has {}x{}; set `size` to bring all to one",
               dataset.files[i].string(), pixels.height, pixels.width,
               dataset.files.front().string(), first.height, first.width);
        }
        std::memcpy(out + i * bytes, pixels.data.data(), bytes);
      }));
    }
    for (std::future<void>& job : jobs) job.wait();
    for (std::future<void>& job : jobs) job.get();  // the first error in the order of the files
    dataset.images = interleaved.permute({0, 3, 1, 2}).contiguous();  // [N,C,H,W]
  }

  Path folder_;
  std::vector<std::int64_t> size_ = {0};
  bool grey_ = false;
};

}  // namespace

void RegisterImageFolder(Registry& registry) {
  registry.Add<DatasetSource, ImageFolder>("image_folder",
                                           "pictures in one subfolder per class (OpenCV)");
}

}  // namespace agon::data
