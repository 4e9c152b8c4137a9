// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/loader.h"

#include <algorithm>
#include <exception>
#include <thread>

#include "runtime/base/bounded_queue.h"
#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/tensor/device.h"

namespace agon::data {
namespace {

constexpr std::size_t kBatchesAhead = 3;

// How the images of one batch are cut out; null pointers: not at all.
struct Augmentation {
  std::int64_t pad = 0;
  const std::int64_t* down = nullptr;   // [N] in [0, 2 pad]: pad leaves the image where it is
  const std::int64_t* right = nullptr;  // [N]
  const std::int64_t* flip = nullptr;   // [N] 0 or 1
};

struct Geometry {
  std::int64_t channels, height, width;
};

// One image: crop out of a frame of zeros and mirror, in one pass.
template <class T>
void WriteImage(const T* in, T* out, const Geometry& g, std::int64_t down, std::int64_t right,
                bool flip) {
  for (std::int64_t channel = 0; channel < g.channels; ++channel) {
    for (std::int64_t y = 0; y < g.height; ++y) {
      const std::int64_t from_y = y + down;
      T* const row = out + (channel * g.height + y) * g.width;
      if (from_y < 0 || from_y >= g.height) {
        std::fill_n(row, g.width, T{0});
        continue;
      }
      const T* const source = in + (channel * g.height + from_y) * g.width;
      for (std::int64_t x = 0; x < g.width; ++x) {
        const std::int64_t from_x = (flip ? g.width - 1 - x : x) + right;
        row[x] = from_x < 0 || from_x >= g.width ? T{0} : source[from_x];
      }
    }
  }
}

template <class T>
void WriteImages(const Tensor& images, const std::int64_t* rows, Tensor& out,
                 const Augmentation& augmentation) {
  const Geometry g{images.size(1), images.size(2), images.size(3)};
  const std::int64_t pixels = g.channels * g.height * g.width;
  const T* const from = images.const_data_ptr<T>();
  T* to = out.mutable_data_ptr<T>();
  const bool moves = augmentation.down != nullptr || augmentation.flip != nullptr;
  for (std::int64_t i = 0; i < out.size(0); ++i, to += pixels) {
    const T* const image = from + rows[i] * pixels;
    if (!moves) {
      std::copy_n(image, pixels, to);
      continue;
    }
    const std::int64_t down = augmentation.down ? augmentation.down[i] - augmentation.pad : 0;
    const std::int64_t right = augmentation.right ? augmentation.right[i] - augmentation.pad : 0;
    const bool flip = augmentation.flip != nullptr && augmentation.flip[i] != 0;
    WriteImage(image, to, g, down, right, flip);
  }
}

// What the thread makes of a batch. Bytes stay bytes and become unit range where the batch is
// taken: LibTorch's pool, which the thread must leave to the training loop, does that in an eighth
// of the time, and what goes to a GPU is a quarter as much.
struct Prepared {
  Tensor images;   // [N,C,H,W] uint8 or float32
  Tensor numbers;  // [2,N] int64: labels, indices; together, since each copy is a launch
};

}  // namespace

void LoaderSettings::Describe(config::Fields<LoaderSettings>& f) {
  f.Field(&LoaderSettings::batch_size, "batch_size", "examples per step").Min(1);
  f.Field(&LoaderSettings::shuffle, "shuffle", "a new order in every epoch");
  f.Field(&LoaderSettings::drop_last, "drop_last", "leave out a last batch that is not full");
  f.Field(&LoaderSettings::pad, "pad", "random crop after zero padding by so many pixels; 0: none")
      .Min(0)
      .Unit("pixels");
  f.Field(&LoaderSettings::flip, "flip", "random horizontal flip");
}

struct Loader::Impl {
  Impl(const Dataset& dataset_in, LoaderSettings settings_in, RandomSource random_in,
       at::Device device_in)
      : dataset(dataset_in), settings(settings_in), random(random_in), device(device_in) {
    AGON_CHECK(dataset.images.is_cpu() && dataset.images.is_contiguous());
    AGON_CHECK(dataset.labels.is_cpu() && dataset.labels.is_contiguous());
    if (settings.drop_last && settings.batch_size > dataset.size()) {
      Fail(ErrorKind::kConfig,
           "batch_size: {} is more than the {} examples of {}, and drop_last leaves out the rest",
           settings.batch_size, dataset.size(), dataset.name);
    }
    if (dataset.images.scalar_type() == at::kByte) {
      // A tensor on the device, because division by a host number multiplies by its reciprocal
      // on a GPU, which rounds differently.
      divisor = at::full({1}, 255.0F, at::TensorOptions(at::kFloat).device(device));
    }
  }
  ~Impl() { Stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void Stop() {
    if (queue) queue->Close();
    if (thread.joinable()) thread.join();
    queue.reset();
    failure = nullptr;
  }

  [[nodiscard]] std::int64_t BatchCount() const {
    const std::int64_t size = dataset.size();
    return settings.drop_last ? size / settings.batch_size
                              : (size + settings.batch_size - 1) / settings.batch_size;
  }

  // The thread: fills the queue until the epoch ends or the queue is closed.
  void Fill(std::int64_t epoch, std::int64_t first_batch) {
    try {
      // A second pool beside the training loop's: more threads than cores, and OpenMP then lets
      // both sleep between operators, which costs net_a 23 % of its speed.
      LimitThreadsHere(1);
      const auto number = static_cast<std::uint64_t>(epoch);
      const Tensor order = settings.shuffle
                               ? random.Stream("epoch", number).Permutation(dataset.size())
                               : at::arange(dataset.size(), at::kLong);  // [N]
      for (std::int64_t batch = first_batch; batch < BatchCount(); ++batch) {
        const std::int64_t begin = batch * settings.batch_size;
        const std::int64_t end = std::min(begin + settings.batch_size, dataset.size());
        if (!queue->Push(Make(order.slice(0, begin, end), number))) return;
      }
    } catch (...) {
      failure = std::current_exception();
    }
    queue->Close();
  }

  // In pinned memory for another device.
  [[nodiscard]] Prepared Make(const Tensor& rows, std::uint64_t epoch) const {
    const std::int64_t count = rows.size(0);
    const auto options = at::TensorOptions().pinned_memory(!device.is_cpu());
    const Tensor& all = dataset.images;
    Prepared batch{.images = at::empty({count, all.size(1), all.size(2), all.size(3)},
                                       options.dtype(all.scalar_type())),
                   .numbers = at::empty({2, count}, options.dtype(at::kLong))};

    const std::int64_t* const row = rows.const_data_ptr<std::int64_t>();
    const std::int64_t* const all_labels = dataset.labels.const_data_ptr<std::int64_t>();
    std::int64_t* const labels = batch.numbers.mutable_data_ptr<std::int64_t>();
    std::int64_t* const indices = labels + count;
    for (std::int64_t i = 0; i < count; ++i) {
      labels[i] = all_labels[row[i]];
      indices[i] = dataset.first + row[i];
    }

    // What happens to an example depends on its index and the epoch, not on its batch. Crop and
    // flip have streams of their own, so that switching one off leaves the other as it was.
    Augmentation augmentation{.pad = settings.pad};
    Tensor down, right, flip;  // [N] int64
    if (settings.pad > 0) {
      ExampleRandom crop = random.Stream("crop", epoch).For(batch.numbers[1]);
      down = crop.Integers(2 * settings.pad + 1);
      right = crop.Integers(2 * settings.pad + 1);
      augmentation.down = down.const_data_ptr<std::int64_t>();
      augmentation.right = right.const_data_ptr<std::int64_t>();
    }
    if (settings.flip) {
      flip = random.Stream("flip", epoch).For(batch.numbers[1]).Integers(2);
      augmentation.flip = flip.const_data_ptr<std::int64_t>();
    }
    if (all.scalar_type() == at::kByte) {
      WriteImages<std::uint8_t>(all, row, batch.images, augmentation);
    } else {
      WriteImages<float>(all, row, batch.images, augmentation);
    }
    return batch;
  }

  // Copies and converts on the caller's stream, so that everything after it is in order.
  [[nodiscard]] Batch Finish(const Prepared& batch) const {
    Tensor images = batch.images.to(device, /*non_blocking=*/true);
    if (divisor.defined()) {
      // On a GPU one launch; on the CPU dividing bytes by floats is fifteen times slower than this.
      images = device.is_cpu() ? images.to(at::kFloat).div_(divisor) : at::div(images, divisor);
    }
    const Tensor numbers = batch.numbers.to(device, /*non_blocking=*/true);
    return {std::move(images), numbers[0], numbers[1]};
  }

  const Dataset& dataset;
  const LoaderSettings settings;
  const RandomSource random;
  const at::Device device;
  Tensor divisor;
  double waited = 0;
  std::unique_ptr<BoundedQueue<Prepared>> queue;
  std::exception_ptr failure;  // written before the queue is closed, read after
  std::thread thread;
};

Loader::Loader(const Dataset& dataset, LoaderSettings settings, RandomSource random,
               at::Device device)
    : impl_(std::make_unique<Impl>(dataset, settings, random, device)) {}

Loader::~Loader() = default;

std::int64_t Loader::BatchesPerEpoch() const { return impl_->BatchCount(); }

void Loader::Start(std::int64_t epoch, std::int64_t first_batch) {
  AGON_CHECK(epoch >= 0 && first_batch >= 0);
  impl_->Stop();
  impl_->queue = std::make_unique<BoundedQueue<Prepared>>(kBatchesAhead);
  impl_->thread =
      std::thread([impl = impl_.get(), epoch, first_batch] { impl->Fill(epoch, first_batch); });
}

std::optional<Batch> Loader::Next() {
  AGON_CHECK(impl_->queue != nullptr);
  const Stopwatch watch;
  const std::optional<Prepared> batch = impl_->queue->Pop();
  impl_->waited += watch.Seconds();
  if (!batch) {
    if (impl_->failure) std::rethrow_exception(impl_->failure);
    return std::nullopt;
  }
  return impl_->Finish(*batch);
}

double Loader::waited() const { return impl_->waited; }

}  // namespace agon::data
