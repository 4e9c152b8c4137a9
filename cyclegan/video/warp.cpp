// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/video/warp.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "runtime/base/error.h"
#include "runtime/formats/byte_order.h"

namespace agon::cyclegan {
namespace {

// Which source pixels one pixel of the target covers along one axis: all of [first, last], the two
// ends in part.
struct Cover {
  int first = 0;
  int last = 0;
  float first_weight = 1;
  float last_weight = 1;  // not used when first == last
  float total = 1;        // of all weights
};

std::vector<Cover> Covers(int source, int target) {
  std::vector<Cover> covers(static_cast<std::size_t>(target));
  const double scale = static_cast<double>(source) / target;
  for (int i = 0; i < target; ++i) {
    const double begin = i * scale;
    const double end = std::min<double>(source, (i + 1) * scale);
    Cover& cover = covers[static_cast<std::size_t>(i)];
    cover.first = std::min(source - 1, static_cast<int>(begin + 1e-9));
    cover.last = std::clamp(static_cast<int>(std::ceil(end - 1e-9)) - 1, cover.first, source - 1);
    cover.total = static_cast<float>(end - begin);
    if (cover.first == cover.last) {
      cover.first_weight = cover.total;
    } else {
      cover.first_weight = static_cast<float>(cover.first + 1 - begin);
      cover.last_weight = static_cast<float>(end - cover.last);
    }
  }
  return covers;
}

template <class Sample>
void AddRow(const std::uint8_t* bytes, float weight, std::vector<float>& sum) {
  const std::size_t count = sum.size();
  for (std::size_t i = 0; i < count; ++i) {
    Sample sample;
    std::memcpy(&sample, bytes + i * sizeof(Sample), sizeof(Sample));
    sum[i] += weight * static_cast<float>(sample);
  }
}

template <class Sample>
void ShrinkSamples(const media::Picture& picture, Size size, float scale, Image4& out) {
  const std::vector<Cover> columns = Covers(picture.width, size.width);
  const std::vector<Cover> rows = Covers(picture.height, size.height);
  const std::size_t row_samples = 3 * static_cast<std::size_t>(picture.width);
  std::vector<float> sum(row_samples);  // of the rows that one row of the target covers
  for (int y = 0; y < size.height; ++y) {
    const Cover& row = rows[static_cast<std::size_t>(y)];
    std::fill(sum.begin(), sum.end(), 0.0F);
    for (int from = row.first; from <= row.last; ++from) {
      const float weight = from == row.first  ? row.first_weight
                           : from == row.last ? row.last_weight
                                              : 1.0F;
      AddRow<Sample>(
          picture.data.data() + static_cast<std::size_t>(from) * row_samples * sizeof(Sample),
          weight, sum);
    }
    Pixel4* const target = out.row(y);
    for (int x = 0; x < size.width; ++x) {
      const Cover& column = columns[static_cast<std::size_t>(x)];
      const float* from = sum.data() + 3 * static_cast<std::size_t>(column.first);
      Float4 total = Float4{from[0], from[1], from[2], 0} * column.first_weight;
      for (int i = column.first + 1; i < column.last; ++i) {
        from += 3;
        total += Float4{from[0], from[1], from[2], 0};
      }
      if (column.last > column.first) {
        from += 3;
        total += Float4{from[0], from[1], from[2], 0} * column.last_weight;
      }
      total *= scale / (column.total * row.total);
      for (int c = 0; c < 3; ++c) {
        total[c] = std::min(kWhite, static_cast<float>(Nearest(total[c])));
      }
      target[x].v = total;
    }
  }
}

}  // namespace

void Image4::Resize(int new_width, int new_height) {
  width = new_width;
  height = new_height;
  data.resize(static_cast<std::size_t>(new_width) * static_cast<std::size_t>(new_height));
}

Size Within(Size size, int max_side) {
  const int longer = std::max(size.width, size.height);
  if (max_side <= 0 || longer <= max_side) return size;
  const auto scaled = [&](int side) {
    return std::max(1,
                    static_cast<int>(std::lround(static_cast<double>(side) * max_side / longer)));
  };
  return {.width = scaled(size.width), .height = scaled(size.height)};
}

void Shrink(const media::Picture& picture, Size size, Image4& out) {
  AGON_CHECK(picture.width > 0 && picture.height > 0 && size.width > 0 && size.height > 0);
  AGON_CHECK(picture.bits == 8 || picture.bits == 16);
  const auto bytes = static_cast<std::size_t>(picture.bits / 8);
  AGON_CHECK(picture.data.size() == picture.SampleCount() * bytes);
  out.Resize(size.width, size.height);
  if (picture.bits == 8) {
    ShrinkSamples<std::uint8_t>(picture, size, 257.0F, out);
  } else {
    ShrinkSamples<std::uint16_t>(picture, size, 1.0F, out);
  }
}

void GreyOf(const Image4& image, std::vector<std::uint8_t>& grey) {
  constexpr Float4 kLuma = {0.299F / 257, 0.587F / 257, 0.114F / 257, 0};
  grey.resize(image.data.size());
  for (std::size_t i = 0; i < grey.size(); ++i) {
    const Float4 parts = image.data[i].v * kLuma;
    const float luma = parts[0] + parts[1] + parts[2];
    grey[i] = static_cast<std::uint8_t>(std::min(255, Nearest(luma)));
  }
}

void ToImage(const media::FlowField& flow, Image4& out) {
  out.Resize(flow.width, flow.height);
  AGON_CHECK(flow.data.size() == 2 * out.data.size());
  for (std::size_t i = 0; i < out.data.size(); ++i) {
    out.data[i].v = Float4{flow.data[2 * i], flow.data[2 * i + 1], 0, 0};
  }
}

void MoveBack(const Image4& image, const Image4& flow, Image4& out) {
  AGON_CHECK(flow.width == image.width && flow.height == image.height);
  out.Resize(image.width, image.height);
  for (int y = 0; y < image.height; ++y) {
    const Pixel4* const move = flow.row(y);
    Pixel4* const target = out.row(y);
    for (int x = 0; x < image.width; ++x) {
      const Spot spot(image.width, image.height, static_cast<float>(x) + move[x].v[0],
                      static_cast<float>(y) + move[x].v[1]);
      target[x].v = Bilinear(image, spot);
    }
  }
}

void AppendHead(Bytes& out, const StateHead& head) {
  formats::AppendLe(out, head.mark);
  for (const int side :
       {head.first.width, head.first.height, head.second.width, head.second.height}) {
    formats::AppendLe(out, static_cast<std::uint32_t>(side));
  }
}

std::optional<StateHead> LoadHead(ByteView bytes, std::uint32_t mark) {
  constexpr std::uint32_t kMaxSide = 1U << 15;
  if (bytes.size() < kStateHeadBytes || formats::LoadLe<std::uint32_t>(bytes, 0) != mark) return {};
  StateHead head{.mark = mark, .first = {}, .second = {}};
  std::size_t at = 4;
  for (int* const side :
       {&head.first.width, &head.first.height, &head.second.width, &head.second.height}) {
    const auto value = formats::LoadLe<std::uint32_t>(bytes, at);
    if (value > kMaxSide) return {};
    *side = static_cast<int>(value);
    at += 4;
  }
  return head;
}

void AppendImage(Bytes& out, const Image4& image, int channels) {
  out.reserve(out.size() + image.data.size() * static_cast<std::size_t>(channels) * 2);
  for (const Pixel4& pixel : image.data) {
    for (int c = 0; c < channels; ++c) {
      formats::AppendLe(out, static_cast<std::uint16_t>(pixel.v[c]));
    }
  }
}

void LoadImage(ByteView bytes, std::size_t& at, int channels, Image4& image) {
  for (Pixel4& pixel : image.data) {
    pixel.v = Float4{0, 0, 0, 0};
    for (int c = 0; c < channels; ++c) {
      pixel.v[c] = static_cast<float>(formats::LoadLe<std::uint16_t>(bytes, at));
      at += 2;
    }
  }
}

}  // namespace agon::cyclegan
