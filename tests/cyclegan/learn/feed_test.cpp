// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/feed.h"

#include <set>

#include "tests/cyclegan/learn/learn_helpers.h"

namespace agon::cyclegan {
namespace {

Feed MakeFeed(const DomainPair& domains, const FeedSettings& settings, std::int64_t first = 0,
              std::uint64_t seed = 1) {
  return {domains, settings, RandomSource(seed), at::kCPU, first};
}

// An epoch goes through the larger domain once, in another order each time; of B pictures are drawn
// freely.
TEST(Feed, GoesThroughTheLargerDomain) {
  const DomainPair domains = MadeUpDomains(7, 3, 16);
  Feed feed = MakeFeed(domains, {});
  std::vector<std::vector<std::int64_t>> epochs(2);
  std::set<std::int64_t> partners;
  for (std::int64_t sample = 0; sample < 14; ++sample) {
    const Feed::Choice choice = feed.Choose(sample);
    epochs[static_cast<std::size_t>(sample / 7)].push_back(choice.a);
    partners.insert(choice.b);
  }
  for (const auto& epoch : epochs) {
    EXPECT_EQ(std::set<std::int64_t>(epoch.begin(), epoch.end()).size(), 7U);
  }
  EXPECT_NE(epochs[0], epochs[1]);
  EXPECT_EQ(partners.size(), 3U);
}

TEST(Feed, RepeatsTheSmallerDomainWhenThatIsA) {
  const DomainPair domains = MadeUpDomains(2, 6, 16);
  Feed feed = MakeFeed(domains, {});
  std::array<int, 2> times{};
  for (std::int64_t sample = 0; sample < 6; ++sample) {
    ++times.at(static_cast<std::size_t>(feed.Choose(sample).a));
  }
  EXPECT_EQ(times, (std::array<int, 2>{3, 3}));
}

// What is in a batch depends on its number alone: not on where the feed began, and not on which
// thread was first.
TEST(Feed, BeginsAnywhere) {
  const DomainPair domains = MadeUpDomains(5, 9, 24);
  const FeedSettings settings{.batch_size = 2, .crop = 16, .flip = true};
  Feed whole = MakeFeed(domains, settings);
  std::vector<PictureBatch> batches;
  for (int i = 0; i < 12; ++i) batches.push_back(whole.Next());
  for (const std::int64_t first : {1, 5, 11}) {
    Feed part = MakeFeed(domains, settings, first);
    for (auto i = static_cast<std::size_t>(first); i < batches.size(); ++i) {
      const PictureBatch batch = part.Next();
      EXPECT_TRUE(at::equal(batch.a, batches[i].a));
      EXPECT_TRUE(at::equal(batch.b, batches[i].b));
    }
  }
  Feed other = MakeFeed(domains, settings, 0, 2);
  EXPECT_FALSE(at::equal(other.Next().a, batches[0].a)) << "another seed, another batch";
}

// Crops lie at every place, and half of the pictures are mirrored. The picture's red channel is its
// column, so both can be read off.
TEST(Feed, CropsAndMirrorsByChance) {
  formats::Pixels ramp{.width = 20, .height = 20, .channels = 3, .data = {}};
  for (int i = 0; i < 400; ++i) {
    ramp.data.insert(ramp.data.end(),
                     {static_cast<std::uint8_t>(i % 20), static_cast<std::uint8_t>(i / 20), 0});
  }
  DomainPair domains;
  domains.a = domains.b = std::make_shared<const PictureSet>(std::vector<formats::Pixels>{ramp});
  Feed feed = MakeFeed(domains, {.batch_size = 1, .crop = 16, .flip = true});
  std::set<std::pair<int, int>> places;
  int mirrored = 0, differ = 0;
  constexpr int kDraws = 400;
  for (int i = 0; i < kDraws; ++i) {
    const PictureBatch batch = feed.Next();
    const formats::Pixels a = ToPixels(batch.a);
    const int first = a.data[0], last = a.data[45];
    if (first > last) ++mirrored;
    places.insert({std::min(first, last), a.data[1]});
    EXPECT_EQ(std::abs(first - last), 15);
    if (!at::equal(batch.a, batch.b)) ++differ;
  }
  EXPECT_EQ(places.size(), 25U) << "5 x 5 places";
  EXPECT_NEAR(mirrored, kDraws / 2, 50);
  EXPECT_GT(differ, kDraws * 9 / 10) << "A and B are cut independently";
}

TEST(Feed, WithoutFlipNothingIsMirrored) {
  const DomainPair domains = MadeUpDomains(1, 1, 16);
  Feed feed = MakeFeed(domains, {.batch_size = 1, .crop = 0, .flip = false});
  const Tensor picture = ToTensor(*domains.a->Get(0));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(at::equal(feed.Next().a, picture));
}

TEST(Feed, RefusesSeveralSizesInABatch) {
  DomainPair domains = MadeUpDomains(2, 2, 16);
  domains.b = std::make_shared<const PictureSet>(
      std::vector<formats::Pixels>{MadeUp(16, 16, 1, 1), MadeUp(20, 16, 1, 1)});
  EXPECT_NE(MessageOf([&] { (void)MakeFeed(domains, {.batch_size = 2}); }, ErrorKind::kData)
                .find("domain b"),
            std::string::npos);
  (void)MakeFeed(domains, {.batch_size = 1}).Next();
  (void)MakeFeed(domains, {.batch_size = 2, .crop = 16}).Next();
}

}  // namespace
}  // namespace agon::cyclegan
