# SPDX-License-Identifier: Apache-2.0
"""Writes reference.safetensors and reference.npz, which the tests of runtime/formats read.

Run with numpy and the safetensors package (made with numpy 2 and safetensors 0.6 or later).
"""

import os

import numpy
from safetensors.numpy import save_file

folder = os.path.dirname(os.path.abspath(__file__))
common = {
    "scalar": numpy.array(-7, dtype=numpy.int64),
    "half": numpy.array([0.5], dtype=numpy.float16),
    "mask": numpy.array([True, False]),
}
matrix = numpy.arange(6, dtype=numpy.float32).reshape(2, 3)

save_file(
    {"matrix": matrix, **common},
    os.path.join(folder, "reference.safetensors"),
    {"made by": "safetensors"},
)
# Deflated; the matrix is big-endian and in Fortran order.
numpy.savez_compressed(
    os.path.join(folder, "reference.npz"),
    matrix=numpy.asfortranarray(matrix.astype(">f4")),
    empty=numpy.zeros((0, 3)),
    **common,
)
