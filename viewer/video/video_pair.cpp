// SPDX-License-Identifier: Apache-2.0
#include "viewer/video/video_pair.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "runtime/base/error.h"

namespace agon::viewer {
namespace {

// Of the decoder. A run that works beside the viewer needs the cores more.
constexpr int kDecoderThreads = 2;
// Going back, more is read before as much as this share of what lies behind is used up.
constexpr std::int64_t kRefillShare = 3;
constexpr std::int64_t kMostFrames = std::int64_t{1} << 40;  // more than any video has

std::unique_ptr<media::VideoReader> OpenMedia(const Path& file, int height) {
  return media::Videos().Open(file, {.height = height, .threads = kDecoderThreads});
}

std::size_t BytesOf(int width, int height) {
  return static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3;
}

}  // namespace

VideoPair::VideoPair(VideoPairFiles files, VideoPairOptions options)
    : files_(std::move(files)), options_([&] {
        if (!options.open) options.open = OpenMedia;
        return std::move(options);
      }()) {
  At(VideoSide::kInput).file = files_.input;
  At(VideoSide::kOutput).file = files_.output;
  thread_ = std::thread([this] { Work(); });
}

VideoPair::~VideoPair() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void VideoPair::LookAt(std::int64_t frame) {
  {
    const std::lock_guard lock(mutex_);
    frame = std::clamp<std::int64_t>(frame, 0, kMostFrames);
    if (frame == cursor_) return;
    backwards_ = frame < cursor_;
    cursor_ = frame;
  }
  wake_.notify_all();
}

std::shared_ptr<const VideoPicture> VideoPair::Get(VideoSide side, std::int64_t frame) const {
  const std::lock_guard lock(mutex_);
  const auto& kept = At(side).kept;
  const auto found = kept.find(frame);
  return found == kept.end() ? nullptr : found->second;
}

VideoPairStatus VideoPair::status() const {
  const std::lock_guard lock(mutex_);
  VideoPairStatus status;
  status.opened = opened_;
  status.frames_exact = opened_;
  for (const Side& side : sides_) {
    if (!opened_ || !side.problem.empty()) continue;
    const std::int64_t frames = side.end.value_or(side.claimed);
    status.frames_exact = status.frames_exact && side.end.has_value();
    if (frames > 0 && (status.frames == 0 || frames < status.frames)) status.frames = frames;
  }
  status.frame_rate = frame_rate_;
  status.reduced = reduced_;
  status.seeking = seeking_;
  status.decoded = decoded_;
  status.problem_input = At(VideoSide::kInput).problem;
  status.problem_output = At(VideoSide::kOutput).problem;
  return status;
}

bool VideoPair::settled() const {
  const std::lock_guard lock(mutex_);
  return opened_ && std::all_of(sides_.begin(), sides_.end(), [this](const Side& side) {
           const std::optional<Need> need = NeedOf(side);
           return !need || need->urgency > 0;
         });
}

std::size_t VideoPair::bytes() const {
  const std::lock_guard lock(mutex_);
  std::size_t sum = 0;
  for (const Side& side : sides_) {
    for (const auto& [index, picture] : side.kept) sum += picture->pixels.data.size();
  }
  return sum;
}

std::int64_t VideoPair::CursorOf(const Side& side) const {
  return side.end ? std::clamp<std::int64_t>(cursor_, 0, std::max<std::int64_t>(0, *side.end - 1))
                  : cursor_;
}

std::optional<VideoPair::Need> VideoPair::NeedOf(const Side& side) const {
  if (!side.problem.empty() || side.end == 0) return std::nullopt;
  const std::int64_t cursor = CursorOf(side);
  const std::int64_t last = side.end ? *side.end - 1 : INT64_MAX;
  const std::int64_t start = std::max<std::int64_t>(0, cursor - side.behind());
  const auto missing = [&](std::int64_t index) { return !side.kept.contains(index); };
  for (std::int64_t index = std::max<std::int64_t>(0, cursor - 1); index <= cursor; ++index) {
    if (!missing(index)) continue;
    return Need{.urgency = 0, .from = std::min(start, index), .reopen = side.position > index};
  }
  for (std::int64_t index = cursor + 1; index <= std::min(last, cursor + side.ahead()); ++index) {
    if (missing(index) && side.position <= index) return Need{.urgency = 1, .from = index};
  }
  if (!backwards_) return std::nullopt;
  std::int64_t low = cursor;
  while (low > 0 && !missing(low - 1)) --low;
  if (low == 0 || cursor - low > side.behind() / kRefillShare || start >= low) return std::nullopt;
  return Need{.urgency = 2, .from = start, .reopen = side.position > low - 1};
}

void VideoPair::Fail(Side& side, const char* what) {
  const std::lock_guard lock(mutex_);
  side.problem = what;
}

void VideoPair::OpenSide(Side& side, int height) {
  side.reader.reset();  // first: two open decoders of large frames need much memory
  side.reader = options_.open(side.file, height);
  side.height = height;
  const std::lock_guard lock(mutex_);
  side.position = 0;
}

// Both at one height: a translation may have been made of the source scaled down.
void VideoPair::OpenBoth() {
  Side& input = At(VideoSide::kInput);
  Side& output = At(VideoSide::kOutput);
  const auto try_open = [&](Side& side, int height) {
    try {
      OpenSide(side, height);
    } catch (const std::exception& error) {
      Fail(side, error.what());
    }
  };
  if (input.file.empty()) Fail(input, "no such video");
  try_open(output, 0);
  if (!input.file.empty()) try_open(input, 0);
  const auto share = [&](const Side& side) {
    return &side == &output && files_.side_by_side ? 2 : 1;
  };
  if (input.reader && output.reader &&
      input.reader->info().height != output.reader->info().height) {
    try_open(input, output.reader->info().height);
  }
  const std::size_t limit = options_.limit_bytes / 2;
  for (Side& side : sides_) {
    if (!side.reader) continue;
    const media::VideoInfo info = side.reader->info();
    const std::size_t bytes = BytesOf(info.width / share(side), info.height);
    if (bytes * kLeastFrames <= limit || info.height < 2) continue;
    const double scale =
        std::sqrt(static_cast<double>(limit) / static_cast<double>(bytes * kLeastFrames));
    const int height = std::max(2, static_cast<int>(scale * info.height) / 2 * 2);
    try_open(side, height);
    const std::lock_guard lock(mutex_);
    reduced_ = true;
  }
  const std::lock_guard lock(mutex_);
  for (Side& side : sides_) {
    if (!side.reader || !side.problem.empty()) continue;
    const media::VideoInfo& info = side.reader->info();
    const std::size_t bytes =
        std::max<std::size_t>(1, BytesOf(info.width / share(side), info.height));
    side.capacity = std::max(kLeastFrames, static_cast<std::int64_t>(limit / bytes));
    side.claimed = info.frames;
    const double rate = info.frame_rate.den != 0 ? info.frame_rate.value() : 0;
    if (frame_rate_ == 0 && std::isfinite(rate)) frame_rate_ = rate;
  }
  opened_ = true;
}

VideoPicture VideoPair::PictureOf(const Side& side) const {
  const media::Picture& from = side.frame.picture;
  const bool half = &side == &At(VideoSide::kOutput) && files_.side_by_side;
  const int left = half ? from.width / 2 : 0;
  VideoPicture made;
  made.pixels = {.width = from.width - left, .height = from.height, .channels = 3, .data = {}};
  const auto row = static_cast<std::size_t>(made.pixels.width) * 3;
  made.pixels.data.resize(row * static_cast<std::size_t>(from.height));
  for (int y = 0; y < from.height; ++y) {
    const std::size_t begin = (static_cast<std::size_t>(y) * static_cast<std::size_t>(from.width) +
                               static_cast<std::size_t>(left)) *
                              3;
    std::uint8_t* const to = made.pixels.data.data() + static_cast<std::size_t>(y) * row;
    if (from.bits == 8) {
      std::memcpy(to, from.data.data() + begin, row);
      continue;
    }
    for (std::size_t i = 0; i < row; ++i) {
      std::uint16_t deep = 0;
      std::memcpy(&deep, from.data.data() + 2 * (begin + i), sizeof deep);
      to[i] = static_cast<std::uint8_t>((std::uint32_t{deep} + 128) / 257);
    }
  }
  const media::Ratio& base = side.reader->info().time_base;
  made.seconds = static_cast<double>(side.frame.pts - side.first_pts) * base.value();
  return made;
}

void VideoPair::Keep(Side& side, std::int64_t index, VideoPicture&& picture) {
  const std::size_t bytes = std::max<std::size_t>(1, picture.pixels.data.size());
  auto shared = std::make_shared<const VideoPicture>(std::move(picture));
  const std::lock_guard lock(mutex_);
  ++decoded_;
  // Pictures of a folder may grow.
  const auto room = static_cast<std::int64_t>(options_.limit_bytes / 2 / bytes);
  side.capacity = std::max(kLeastFrames, std::min(side.capacity, room));
  side.kept[index] = std::move(shared);
  const std::int64_t cursor = CursorOf(side);
  // The window around the cursor is as wide as there is room for: what is too much lies outside.
  while (static_cast<std::int64_t>(side.kept.size()) > side.capacity) {
    const auto first = side.kept.begin();
    side.kept.erase(first->first < cursor - side.behind() ? first : std::prev(side.kept.end()));
  }
}

// One frame of one side.
void VideoPair::Advance(Side& side, const Need& need) {
  if (need.reopen) OpenSide(side, side.height);
  const std::int64_t index = side.position;
  bool wanted = false;
  {
    const std::lock_guard lock(mutex_);
    wanted = index >= need.from && !side.kept.contains(index);
    seeking_ = index < need.from ? index : -1;
  }
  const bool there = wanted ? side.reader->Next(side.frame) : side.reader->Skip(side.frame);
  if (there && index == 0) side.first_pts = side.frame.pts;
  if (there && wanted) Keep(side, index, PictureOf(side));
  const std::lock_guard lock(mutex_);
  if (there) {
    ++side.position;
  } else {
    side.end = index;
  }
}

void VideoPair::Work() {
  OpenBoth();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    Side* next = nullptr;
    Need need;
    for (Side& side : sides_) {
      const std::optional<Need> found = NeedOf(side);
      if (!found) continue;
      // The more urgent one; else the one that is not as far.
      const bool better = next == nullptr || found->urgency < need.urgency ||
                          (found->urgency == need.urgency && side.position < next->position);
      if (better) {
        next = &side;
        need = *found;
      }
    }
    if (next == nullptr) {
      seeking_ = -1;
      wake_.wait(lock);
      continue;
    }
    lock.unlock();
    try {
      Advance(*next, need);
    } catch (const std::exception& error) {
      Fail(*next, error.what());
    }
    lock.lock();
  }
}

}  // namespace agon::viewer
