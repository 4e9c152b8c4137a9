#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TensorBoard's own reader opens the event files of a training: every scalar is there, at its step.

usage: tensorboard_test.py AGON      (exit status 77: the reader is not installed)
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError as error:
    print(f"skipped: {error}; ./scripts/setup --for-tests installs it")
    sys.exit(77)

CONFIG = """
seed: 1
dataset: {name: idx, images: images, labels: labels}
model: mlp
objective: standard
optimizer: adam
epochs: 3
loader: {batch_size: 2}
validate: {count: 20}
"""
EPOCHS = 3


def write_data(folder: pathlib.Path) -> None:
    count, side = 120, 8
    labels = bytes(i % 3 for i in range(count))
    images = bytearray()
    for i in range(count):
        for pixel in range(side * side):
            images.append(200 if pixel // 22 == i % 3 else (i * 7 + pixel) % 50)
    (folder / "images").write_bytes(struct.pack(">IIII", 0x803, count, side, side) + images)
    (folder / "labels").write_bytes(struct.pack(">II", 0x801, count) + labels)


def main() -> None:
    agon = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_data(folder)
        (folder / "train.yaml").write_text(CONFIG)
        subprocess.run([agon, "train", "train.yaml", "--run", "run", "--quiet", "--device", "cpu",
                        "--threads", "1"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        report = json.loads((folder / "run" / "report.json").read_text())
        events = EventAccumulator(str(folder / "run"))
        events.Reload()
        tags = events.Tags()["scalars"]
        assert "train/loss" in tags, tags
        losses = events.Scalars("train/loss")
        assert len(losses) >= EPOCHS, losses
        assert all(a.step < b.step for a, b in zip(losses, losses[1:])), losses
        assert all(a.wall_time > 1.6e9 for a in losses), losses
        history = report["history"]
        assert len(history) == EPOCHS, history
        clean = [tag for tag in tags if tag.startswith("validation") and "clean" in tag]
        assert len(clean) == 1, tags
        last = events.Scalars(clean[0])[-1].value
        expected = history[-1]["clean_accuracy"] if "clean_accuracy" in history[-1] else None
        if expected is None:
            expected = history[-1]["validation"]["clean_accuracy"]
        assert abs(last - expected) < 1e-6, (last, expected)
        print(f"TensorBoard reads {len(tags)} tracks")


main()
