// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/feed.h"

#include <algorithm>
#include <numeric>

#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/base/philox.h"

namespace agon::cyclegan {
namespace {

constexpr std::size_t kThreads = 2;
constexpr std::size_t kAhead = 4;

PhiloxBlock Draw(std::uint64_t key, std::int64_t number, std::uint32_t purpose) {
  return Philox4x32(key, {{static_cast<std::uint32_t>(number),
                           static_cast<std::uint32_t>(number >> 32), purpose, 0}});
}

// In [0, bound).
std::int64_t Below(std::uint32_t word, std::int64_t bound) {
  return static_cast<std::int64_t>(std::uint64_t{word} * static_cast<std::uint64_t>(bound) >> 32);
}

// Purposes of a sample's draws; those of domain A and B are 0 and 1.
constexpr std::uint32_t kPartner = 2;
constexpr std::uint32_t kShuffle = 3;

}  // namespace

Feed::Feed(const DomainPair& domains, const FeedSettings& settings, RandomSource random,
           at::Device device, std::int64_t first)
    : domains_(domains),
      settings_(settings),
      random_(random),
      device_(device),
      largest_(std::max(domains.a->size(), domains.b->size())),
      next_(first),
      pool_(kThreads) {
  AGON_CHECK(domains.a->size() > 0 && domains.b->size() > 0 && settings.batch_size > 0);
  for (const auto* set : {domains.a.get(), domains.b.get()}) {
    if (settings.batch_size > 1 && settings.crop == 0 && !set->same_size()) {
      Fail(ErrorKind::kData,
           "domain {}: its pictures have several sizes, which no batch of {} can hold; set "
           "pictures.crop, or pictures.load, or batch_size: 1",
           set == domains.a.get() ? "a" : "b", settings.batch_size);
    }
  }
  while (ahead_.size() < kAhead) Order();
}

void Feed::Order() {
  ahead_.push_back(std::make_unique<Ahead>());
  Ahead* const ahead = ahead_.back().get();
  ahead->done =
      pool_.Submit([this, ahead, iteration = next_++] { ahead->batch = Make(iteration); });
}

PictureBatch Feed::Next() {
  const Stopwatch watch;
  ahead_.front()->done.get();
  waited_ += watch.Seconds();
  PictureBatch batch = std::move(ahead_.front()->batch);
  ahead_.pop_front();
  Order();
  if (device_.is_cpu()) return batch;
  return {.a = batch.a.to(device_, /*non_blocking=*/true),
          .b = batch.b.to(device_, /*non_blocking=*/true)};
}

std::shared_ptr<const std::vector<std::int64_t>> Feed::OrderOf(std::int64_t epoch) {
  const std::lock_guard lock(order_mutex_);
  if (epoch == order_epoch_) return order_;
  auto order = std::make_shared<std::vector<std::int64_t>>(static_cast<std::size_t>(largest_));
  std::iota(order->begin(), order->end(), 0);
  const std::uint64_t key = random_.Stream("order", static_cast<std::uint64_t>(epoch)).key();
  for (std::int64_t i = largest_ - 1; i > 0; --i) {  // Fisher & Yates
    const std::int64_t other = Below(Draw(key, i, kShuffle).word[0], i + 1);
    std::swap((*order)[static_cast<std::size_t>(i)], (*order)[static_cast<std::size_t>(other)]);
  }
  order_ = std::move(order);
  order_epoch_ = epoch;
  return order_;
}

Feed::Choice Feed::Choose(std::int64_t sample) {
  const auto order = OrderOf(sample / largest_);
  const std::int64_t place = (*order)[static_cast<std::size_t>(sample % largest_)];
  return {.a = place % domains_.a->size(),
          .b = Below(Draw(random_.key(), sample, kPartner).word[0], domains_.b->size())};
}

PictureBatch Feed::Make(std::int64_t iteration) {
  const std::int64_t first = iteration * settings_.batch_size;
  std::vector<std::int64_t> a, b;
  for (std::int64_t i = 0; i < settings_.batch_size; ++i) {
    const Choice choice = Choose(first + i);
    a.push_back(choice.a);
    b.push_back(choice.b);
  }
  return {.a = MakeDomain(*domains_.a, a, first, 0), .b = MakeDomain(*domains_.b, b, first, 1)};
}

Tensor Feed::MakeDomain(const PictureSet& set, const std::vector<std::int64_t>& indices,
                        std::int64_t first_sample, std::uint32_t domain) const {
  Tensor out;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const auto picture = set.Get(indices[i]);
    const int crop = static_cast<int>(settings_.crop);
    PictureView view{.width = crop > 0 ? crop : picture->width,
                     .height = crop > 0 ? crop : picture->height};
    const PhiloxBlock draw =
        Draw(random_.key(), first_sample + static_cast<std::int64_t>(i), domain);
    view.left = static_cast<int>(Below(draw.word[0], picture->width - view.width + 1));
    view.top = static_cast<int>(Below(draw.word[1], picture->height - view.height + 1));
    view.mirrored = settings_.flip && (draw.word[2] >> 31) != 0;
    if (!out.defined()) {
      const auto options = at::TensorOptions(at::kFloat).pinned_memory(!device_.is_cpu());
      out = at::empty({static_cast<std::int64_t>(indices.size()), 3, view.height, view.width},
                      options);
    }
    WriteView(*picture, view,
              out.mutable_data_ptr<float>() +
                  static_cast<std::ptrdiff_t>(i) * 3 * view.height * view.width);
  }
  return out;
}

}  // namespace agon::cyclegan
