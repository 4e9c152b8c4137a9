// SPDX-License-Identifier: Apache-2.0
#include "viewer/attack/attack_tracks.h"

#include <gtest/gtest.h>

namespace agon::viewer {
namespace {

TrackInfo Track(const std::string& name, TrackKind kind, std::int64_t last = 0) {
  TrackInfo info;
  info.name = name;
  info.kind = kind;
  info.count = 1;
  info.last_step = last;
  return info;
}

TEST(AttackTracks, AreFoundByTheirNames) {
  const auto found = FindRecorded({
      Track("attack/net_a linf 8/255/0.fgsm/loss", TrackKind::kScalar),
      Track("attack/net_a linf 8/255/1.pgd/loss", TrackKind::kScalar),
      Track("attack/net_a linf 8/255/example/12/1.pgd", TrackKind::kImage, 40),
      Track("attack/net_a linf 8/255/example/12/1.pgd#3", TrackKind::kImage, 40),
      Track("attack/net_a linf 8/255/example/12/1.pgd/loss", TrackKind::kScalar),
      Track("attack/net_a linf 8/255/example/12/0.fgsm", TrackKind::kImage, 1),
      Track("attack/net_a linf 8/255/example/12/clean", TrackKind::kImage),
      Track("attack/net_a linf 8/255/example/7/clean", TrackKind::kImage),
      Track("attack/net_a linf 8/255/robust_accuracy", TrackKind::kScalar, 2),
      Track("train/loss", TrackKind::kScalar),
  });
  ASSERT_EQ(found.size(), 1U);
  const RecordedResult& result = found[0];
  EXPECT_EQ(result.title, "net_a linf 8/255");
  EXPECT_EQ(result.model, "net_a");
  EXPECT_EQ(result.norm, "linf");
  EXPECT_DOUBLE_EQ(result.epsilon, 8.0 / 255);
  EXPECT_EQ(result.accuracy_track, "attack/net_a linf 8/255/robust_accuracy");
  EXPECT_EQ(result.loss_tracks, (std::vector<std::string>{"attack/net_a linf 8/255/0.fgsm/loss",
                                                          "attack/net_a linf 8/255/1.pgd/loss"}));
  ASSERT_EQ(result.examples.size(), 2U);
  EXPECT_EQ(result.examples[0].index, 7);
  const RecordedExample& example = result.examples[1];
  EXPECT_EQ(example.clean_track, "attack/net_a linf 8/255/example/12/clean");
  ASSERT_EQ(example.passes.size(), 3U);
  EXPECT_EQ(example.passes[0].name, "0.fgsm");
  EXPECT_EQ(example.passes[1].name, "1.pgd");
  EXPECT_EQ(example.passes[2].name, "1.pgd#3");
  EXPECT_EQ(example.passes[2].restart, 3);
  EXPECT_EQ(example.passes[2].last_step, 40);
}

// The model's name is the user's.
TEST(AttackTracks, AnyModelNameIsKept) {
  for (const std::string name :
       {"my net", "a/example/b", "\xF0\x9F\x98\x80", "x/robust_accuracy"}) {
    const std::string title = name + " l2 0.5";
    const auto found = FindRecorded({
        Track("attack/" + title + "/robust_accuracy", TrackKind::kScalar),
        Track("attack/" + title + "/0.pgd/loss", TrackKind::kScalar),
        Track("attack/" + title + "/example/3/0.pgd", TrackKind::kImage),
    });
    ASSERT_EQ(found.size(), 1U) << name;
    EXPECT_EQ(found[0].model, name);
    EXPECT_EQ(found[0].title, title);
    EXPECT_EQ(found[0].norm, "l2");
    EXPECT_EQ(found[0].examples.size(), 1U);
    EXPECT_EQ(found[0].loss_tracks.size(), 1U);
  }
}

TEST(AttackTracks, NamesThatAreNoneArePassedOver) {
  RecordedPass pass;
  for (const char* name : {"", "pgd", ".pgd", "1.", "x.pgd", "-1.pgd", "1.pgd#x", "1.pgd#-1"}) {
    EXPECT_FALSE(ParsePass(name, pass)) << name;
  }
  EXPECT_TRUE(FindRecorded({Track("attack/", TrackKind::kScalar),
                            Track("attack/example/", TrackKind::kImage),
                            Track("attack/a linf 1/example/x/clean", TrackKind::kImage),
                            Track("attack/a linf 1/example/1", TrackKind::kImage),
                            Track("attack/a linf 1/example/1/clean", TrackKind::kText),
                            Track("attack/loss", TrackKind::kScalar)})
                  .empty());
}

TEST(AccuracyCurves, GoThroughTheCleanAccuracyAndAreSorted) {
  const auto curves = AccuracyCurves(
      {{"b", 0.1, 0.9, 0.3}, {"a", 0.1, 0.8, 0.6}, {"b", 0.05, 0.9, 0.5}, {"b", 0.1, 0.9, 0.2}});
  ASSERT_EQ(curves.size(), 2U);
  EXPECT_EQ(curves[0].model, "b");
  EXPECT_EQ(curves[0].epsilon, (std::vector<double>{0, 0.05, 0.1}));
  EXPECT_EQ(curves[0].accuracy, (std::vector<double>{0.9, 0.5, 0.2})) << "the later one counts";
  EXPECT_EQ(curves[1].accuracy, (std::vector<double>{0.8, 0.6}));
}

}  // namespace
}  // namespace agon::viewer
