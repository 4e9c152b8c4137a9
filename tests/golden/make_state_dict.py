# SPDX-License-Identifier: Apache-2.0
"""Writes state_dict_zip.pt and state_dict_legacy.pt, which torch_file_test.cpp reads.

Run with Python's torch (made with 2.11.0):  python3 make_state_dict.py
The expected values stand in the test; they follow from the expressions below.
"""

import collections
import os

import torch

folder = os.path.dirname(os.path.abspath(__file__))

shared = torch.arange(6, dtype=torch.float32)
state = collections.OrderedDict()
state["f32"] = torch.tensor([[1.0, -2.0, 0.5], [3.25, 0.0, -0.125]])
state["f16"] = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float16)
state["bf16"] = torch.tensor([1.0, -2.0, 0.5], dtype=torch.bfloat16)
state["f64"] = torch.tensor([0.1], dtype=torch.float64)
state["i64"] = torch.tensor([[-1, 2**40]])
state["u8"] = torch.tensor([0, 255], dtype=torch.uint8)
state["bool"] = torch.tensor([True, False, True])
state["scalar"] = torch.tensor(7.0)
state["empty"] = torch.zeros(0, 3)
# A view that is not contiguous: rows of it are columns of the storage.
state["transposed"] = torch.arange(6, dtype=torch.float32).reshape(2, 3).t()
# Two views of one storage, the second with an offset.
state["shared_all"] = shared
state["shared_tail"] = shared[4:]
state["parameter"] = torch.nn.Parameter(torch.tensor([0.25, -0.25]))
state["buffers"] = {"running": {"mean": torch.tensor([4.0])}, "note": "not a tensor", "count": 3}
state["epoch"] = 12
state._metadata = collections.OrderedDict([("", {"version": 1})])

torch.save(state, os.path.join(folder, "state_dict_zip.pt"))
torch.save(
    state,
    os.path.join(folder, "state_dict_legacy.pt"),
    _use_new_zipfile_serialization=False,
)
