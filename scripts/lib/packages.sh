# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# Everything scripts/setup installs, in one place.

# Debian 12, all with --no-install-recommends.
DEBIAN_PACKAGES=(
  # building
  git ca-certificates g++ cmake ninja-build ccache mold pkg-config python3 python3-pip python3-venv
  # libraries of the LibTorch-free folders and the command line
  libfmt-dev libspdlog-dev libyaml-cpp-dev nlohmann-json3-dev libcli11-dev libstb-dev zlib1g-dev
  libssl-dev
  # pictures and video (runtime/media)
  libopencv-core-dev libopencv-imgcodecs-dev libopencv-imgproc-dev libopencv-video-dev
  libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libswresample-dev libavfilter-dev
  # the viewer, and a display for its tests
  libimgui-dev libglfw3-dev libegl-dev libgl-dev libegl1 libgl1-mesa-dri xvfb xauth xdotool
  # tests, benchmarks, fuzzing, lint
  libgtest-dev libgmock-dev libbenchmark-dev clang clang-format clang-tidy libclang-rt-14-dev
  shellcheck codespell
  # video files for tests and benchmarks
  ffmpeg
  # the data set of the main job
  dataset-fashion-mnist
)

# A complete CPU LibTorch: libtorch_cpu.so needs nothing beyond these (docs/architecture.md).
LIBTORCH_WHEELS=(
  "torch==$LIBTORCH_VERSION"
  nvidia-cuda-runtime==13.0.96
  nvidia-cuda-cupti==13.0.85
)

# What a machine without Debian's packages needs to build with -DAGON_MEDIA=OFF
# -DAGON_VIEWER=OFF (setup --vendor).
VENDOR_HEADERS=(fmt spdlog yaml-cpp nlohmann CLI stb gtest gmock openssl zlib.h zconf.h)
VENDOR_LIBRARIES=(
  libfmt.so libspdlog.so libyaml-cpp.so libz.so libcrypto.so libstb.so
  libgtest.a libgtest_main.a libgmock.a libgmock_main.a
)
VENDOR_LIMIT_MIB=64
