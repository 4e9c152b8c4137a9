# SPDX-License-Identifier: Apache-2.0
"""Writes pillow_bicubic.npz, which tests/cyclegan/learn/resize_test.cpp reads.

Run with numpy and Pillow (made with Pillow 13.0; its resampling has not changed since 3.x).
Each pair: the picture as it was, and as Image.resize(size, Image.BICUBIC) gives it.
"""

import os

import numpy
from PIL import Image

folder = os.path.dirname(os.path.abspath(__file__))
random = numpy.random.default_rng(7)
arrays = {}
# (height, width) -> (height, width): larger, smaller, much smaller (antialiased), one axis alone,
# both ways at once, odd sizes, to and from a single pixel.
cases = [
    ((16, 16), (18, 18)),
    ((20, 24), (11, 13)),
    ((40, 33), (4, 5)),
    ((15, 17), (15, 29)),
    ((15, 17), (9, 17)),
    ((9, 30), (21, 7)),
    ((1, 1), (3, 2)),
    ((12, 10), (1, 1)),
]
for number, (size, wanted) in enumerate(cases):
    picture = random.integers(0, 256, (*size, 3), dtype=numpy.uint8)
    # Blocks of pure black and white, so that the overshoot of the kernel is clipped.
    picture[: size[0] // 2, : size[1] // 2] = random.integers(0, 2, (size[0] // 2, size[1] // 2, 1)) * 255
    resized = Image.fromarray(picture).resize((wanted[1], wanted[0]), Image.BICUBIC)
    arrays[f"from{number}"] = picture
    arrays[f"to{number}"] = numpy.asarray(resized)
numpy.savez_compressed(os.path.join(folder, "pillow_bicubic.npz"), **arrays)
