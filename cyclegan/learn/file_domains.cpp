// SPDX-License-Identifier: Apache-2.0
// folders and videos: domains A and B out of the user's files.
#include <fmt/format.h>

#include <algorithm>

#include "cyclegan/learn/domains.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/progress.h"
#include "runtime/base/stop.h"
#include "runtime/base/text.h"
#include "runtime/media/pictures.h"
#include "runtime/media/video.h"

namespace agon::cyclegan {
namespace {

constexpr std::size_t kNamed = 5;  // skipped files that are named; the others are counted

bool EndsAs(const Path& file, std::initializer_list<std::string_view> extensions) {
  std::string extension = file.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::find(extensions, extension) != extensions.end();
}

bool IsPictureName(const Path& file) {
  return EndsAs(file, {".png", ".jpg", ".jpeg", ".bmp", ".webp"});
}

bool IsVideoName(const Path& file) {
  return EndsAs(file, {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".ts", ".gif"});
}

// "3 files that are no pictures were skipped: a.txt, b.csv, c"
std::string SkippedText(const std::vector<std::string>& skipped, const char* kind = "picture") {
  std::vector<std::string> named(
      skipped.begin(),
      skipped.begin() + static_cast<std::ptrdiff_t>(std::min(kNamed, skipped.size())));
  std::string text = Join(named, ", ");
  if (skipped.size() > kNamed) text += fmt::format(" and {} more", skipped.size() - kNamed);
  return skipped.size() == 1
             ? fmt::format("1 file that is no {} was skipped: {}", kind, text)
             : fmt::format("{} files that are no {}s were skipped: {}", skipped.size(), kind, text);
}

// Every file of a folder at any depth, in name order, hidden ones left out.
std::vector<Path> FilesIn(const Path& folder, const char* domain) {
  std::vector<Path> files;
  try {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file() && !entry.path().filename().string().starts_with('.')) {
        files.push_back(entry.path());
      }
    }
  } catch (const std::filesystem::filesystem_error& problem) {
    Fail(ErrorKind::kData, "domain {}: {}: {}", domain, problem.path1().string(),
         problem.code().message());
  }
  std::ranges::sort(files);
  return files;
}

struct Listing {
  std::vector<Path> pictures;
  std::vector<std::string> skipped;  // names inside the folder
};

Listing List(const Path& folder, const char* domain) {
  std::error_code failed;
  if (!std::filesystem::is_directory(folder, failed)) {
    Fail(ErrorKind::kData, "domain {}: {}: {}", domain, folder.string(),
         std::filesystem::exists(folder, failed) ? "not a folder" : "there is no such folder");
  }
  Listing listing;
  for (const Path& file : FilesIn(folder, domain)) {
    if (IsPictureName(file)) {
      listing.pictures.push_back(file);
    } else {
      listing.skipped.push_back(file.lexically_relative(folder).string());
    }
  }
  return listing;
}

class Folders final : public DomainSource {
 public:
  static void Describe(Description<Folders>& d) {
    d.Field(&Folders::a_, "a", "folder of pictures of domain A, at any depth").Required();
    d.Field(&Folders::b_, "b", "folder of pictures of domain B").Required();
  }

  DomainPair Load(const PictureSettings& pictures, std::uint64_t /*seed*/) const override {
    DomainPair pair;
    pair.a = LoadFolder(a_, "a", pictures, pair);
    pair.b = LoadFolder(b_, "b", pictures, pair);
    std::error_code ignored;
    if (std::filesystem::equivalent(a_, b_, ignored)) {
      pair.notes.push_back(
          fmt::format("{}: both domains are this folder; there is nothing to learn", a_.string()));
      log::Warning("{}", pair.notes.back());
    }
    pair.name = fmt::format("{} ({} pictures) and {} ({} pictures)", a_.filename().string(),
                            pair.a->size(), b_.filename().string(), pair.b->size());
    pair.samples_a = SamplesOf(*pair.a);
    pair.samples_b = SamplesOf(*pair.b);
    return pair;
  }

 private:
  static std::shared_ptr<const PictureSet> LoadFolder(const Path& folder, const char* domain,
                                                      const PictureSettings& settings,
                                                      DomainPair& pair) {
    Listing listing = List(folder, domain);
    const media::PictureReader& reader = media::Pictures();
    auto set = std::make_shared<const PictureSet>(
        static_cast<std::int64_t>(listing.pictures.size()),
        [files = listing.pictures, &reader,
         settings](std::int64_t index) -> std::optional<formats::Pixels> {
          const Path& file = files[static_cast<std::size_t>(index)];
          std::optional<formats::Pixels> picture;
          try {
            picture = reader.Read(file, {});
          } catch (const Error& error) {
            log::Warning("skipped: {}", error.what());
            return std::nullopt;
          }
          return PreparePicture(std::move(*picture), settings, file.string());
        },
        fmt::format("reading domain {}", domain));
    // Files that only look like pictures by their names count as skipped too.
    std::size_t next = 0;
    for (std::size_t i = 0; i < listing.pictures.size(); ++i) {
      const bool kept =
          next < set->indices().size() && set->indices()[next] == static_cast<std::int64_t>(i);
      if (kept) {
        pair.files.push_back(listing.pictures[i]);
        ++next;
      } else {
        listing.skipped.push_back(listing.pictures[i].lexically_relative(folder).string());
      }
    }
    if (set->size() == 0) {
      Fail(ErrorKind::kData,
           "domain {}: {}: no pictures inside (.png, .jpg, .jpeg, .bmp, .webp){}{}", domain,
           folder.string(), listing.skipped.empty() ? "" : "; " + SkippedText(listing.skipped),
           std::ranges::any_of(listing.skipped, IsVideoName)
               ? "; for frames of videos set domains.name=videos"
               : "");
    }
    if (!listing.skipped.empty()) {
      pair.notes.push_back(fmt::format("{}: {}", folder.string(), SkippedText(listing.skipped)));
      log::Warning("{}", pair.notes.back());
    }
    return set;
  }

  Path a_, b_;
};

formats::Pixels EightBits(const media::Picture& picture) {
  formats::Pixels pixels{
      .width = picture.width, .height = picture.height, .channels = 3, .data = {}};
  if (picture.bits == 8) {
    pixels.data = picture.data;
    return pixels;
  }
  pixels.data.resize(picture.SampleCount());
  const auto* const from = reinterpret_cast<const std::uint16_t*>(picture.data.data());
  // 65535 is white: 257 steps of 16 bits make one of 8.
  for (std::size_t i = 0; i < pixels.data.size(); ++i) {
    pixels.data[i] = static_cast<std::uint8_t>((from[i] + 128U) / 257U);
  }
  return pixels;
}

class VideoDomains final : public DomainSource {
 public:
  static void Describe(Description<VideoDomains>& d) {
    d.Field(&VideoDomains::a_, "a", "video files of domain A, or folders of them")
        .Required()
        .ScalarIsList();
    d.Field(&VideoDomains::b_, "b", "video files of domain B, or folders of them")
        .Required()
        .ScalarIsList();
    d.Field(&VideoDomains::every_, "every", "one frame in so many is taken").Min(1).Unit("frames");
  }

  DomainPair Load(const PictureSettings& pictures, std::uint64_t /*seed*/) const override {
    DomainPair pair;
    pair.a = Sample(a_, "a", pictures, pair);
    pair.b = Sample(b_, "b", pictures, pair);
    pair.name = fmt::format("videos, {} and {} frames", pair.a->size(), pair.b->size());
    pair.samples_a = SamplesOf(*pair.a);
    pair.samples_b = SamplesOf(*pair.b);
    return pair;
  }

 private:
  struct Video {
    Path file;
    bool named;  // else found in a folder: one that cannot be read is skipped
  };

  // Folders become the videos inside. One without videos stays: its pictures are frames.
  static std::vector<Video> Expand(const std::vector<Path>& places, const char* domain,
                                   DomainPair& pair) {
    std::vector<Video> videos;
    for (const Path& place : places) {
      std::error_code ignored;
      std::vector<std::string> skipped;
      const std::size_t before = videos.size();
      if (std::filesystem::is_directory(place, ignored)) {
        for (const Path& file : FilesIn(place, domain)) {
          if (IsVideoName(file)) {
            videos.push_back({.file = file, .named = false});
          } else {
            skipped.push_back(file.lexically_relative(place).string());
          }
        }
      }
      if (videos.size() == before) {
        videos.push_back({.file = place, .named = true});
      } else if (!skipped.empty()) {
        Note(pair, fmt::format("{}: {}", place.string(), SkippedText(skipped, "video")));
      }
    }
    return videos;
  }

  static void Note(DomainPair& pair, std::string text) {
    log::Warning("{}", text);
    pair.notes.push_back(std::move(text));
  }

  [[nodiscard]] std::shared_ptr<const PictureSet> Sample(const std::vector<Path>& files,
                                                         const char* domain,
                                                         const PictureSettings& settings,
                                                         DomainPair& pair) const {
    if (files.empty()) Fail(ErrorKind::kData, "domain {}: no video files are named", domain);
    std::vector<formats::Pixels> frames;
    std::size_t bytes = 0;
    Progress progress(fmt::format("reading domain {}", domain), 0, "frame");
    for (const Video& video : Expand(files, domain, pair)) {
      const Path& file = video.file;
      std::unique_ptr<media::VideoReader> reader;
      try {
        reader = media::Videos().Open(file, {});
      } catch (const Error& error) {
        if (video.named) throw;
        Note(pair, fmt::format("skipped: {}", error.what()));
        continue;
      }
      media::VideoFrame frame;
      for (std::int64_t number = 0;; ++number) {
        const bool wanted = number % every_ == 0;
        if (!(wanted ? reader->Next(frame) : reader->Skip(frame))) break;
        progress.Advance();
        if (StopSignal() != 0) Fail(ErrorKind::kInterrupted, "stopped while videos were read");
        if (!wanted) continue;
        frames.push_back(PreparePicture(EightBits(frame.picture), settings, file.string()));
        bytes += frames.back().data.size();
        if (bytes > PictureSet::kBudget) {
          Fail(ErrorKind::kData,
               "domain {}: its frames need more than {} of memory; set domains.every above {}, or "
               "a smaller pictures.load",
               domain, FormatBytes(PictureSet::kBudget), every_);
        }
      }
      if (reader->damaged() > 0) {
        Note(pair,
             fmt::format("{}: {} damaged frames were left out", file.string(), reader->damaged()));
      }
      pair.files.push_back(file);
    }
    if (frames.empty()) Fail(ErrorKind::kData, "domain {}: no frames in its files", domain);
    return std::make_shared<const PictureSet>(std::move(frames));
  }

  std::vector<Path> a_, b_;
  std::int64_t every_ = 5;
};

}  // namespace

void RegisterFolders(Registry& registry) {
  registry.Add<DomainSource, Folders>("folders", "two folders of pictures");
}

void RegisterVideos(Registry& registry) {
  registry.Add<DomainSource, VideoDomains>("videos", "frames of two lists of video files");
}

}  // namespace agon::cyclegan
