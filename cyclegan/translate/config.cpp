// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/translate/config.h"

namespace agon::cyclegan {

void TranslateConfig::Describe(config::Fields<TranslateConfig>& f) {
  using C = TranslateConfig;
  f.Field(&C::seed, "seed", "recorded only: a translation draws no random numbers").Min(0);
  f.Field(&C::plugins, "plugins", "libraries with further components");
  f.Field(&C::weights, "weights", "the generator's file, or identity").Required();
  f.Field(&C::direction, "direction", "which of the file's two generators").Choices({"a2b", "b2a"});
  f.Field(&C::input, "input", "a video, a picture, or a folder of pictures").Required();
  f.Field(&C::output, "output", "a video, a folder of pictures, or one picture").Required();
  f.Field(&C::height, "height", "frames are scaled to so many rows first; 0: as they are")
      .Min(0)
      .Max(16'384)
      .Unit("pixels");
  f.Field(&C::steady, "steady",
          "how much flicker is taken away; auto: light for videos, off for pictures and identity")
      .Choices({"auto", "off", "light", "strong"});
  f.Field(&C::side_by_side, "side_by_side", "input and output beside one another");
  f.Field(
       &C::metrics, "metrics",
       "off; some: flicker of every frame, optical flow of about 60 pairs (8 with identity); all")
      .Choices({"off", "some", "all"});
  f.Field(&C::codec, "codec", "of a video; auto: what goes with its container")
      .Choices({"auto", "h264", "hevc", "vp9", "ffv1"});
  f.Field(&C::crf, "crf", "quality of h264, hevc and vp9: less is better").Min(0).Max(51);
  f.Field(&C::preset, "preset", "speed of h264 and hevc");
  f.Field(&C::batch, "batch", "frames through the network at once; 0: by their size")
      .Min(0)
      .Max(1024);
  f.Field(&C::segment, "segment", "frames between two points from which a stopped job goes on")
      .Min(1)
      .Max(1'000'000);
  f.Field(&C::precision, "precision", "of the network").Choices({"auto", "float32", "bf16"});
}

}  // namespace agon::cyclegan
