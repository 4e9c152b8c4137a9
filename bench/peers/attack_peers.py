#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same attack by Agon and by its peers, on the same network and images, in turn in one run.

usage: attack_peers.py [--agon FILE] [--data DIR] [--count N] [--rounds N] [--threads N] [--json]

The network is TRADES's for MNIST (DIR/models/trades_mnist_smallcnn.npz), which stands against most
attacks, so that all of them do the same work: PGD 40 x 0.01 without random start, and APGD-CE with
100 steps, at epsilon 0.3 in batches of 250. Printed are seconds (the median of the rounds, with least
and most), how many images stay correct, and the time over Agon's. Run by bench/peers/run.
"""
import argparse
import gzip
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import types

sys.setdlopenflags(os.RTLD_LAZY)  # the GPU libraries behind PyTorch may be empty files: see run
import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402

EPSILON = 0.3
STEP = 0.01
BATCH = 250
ROOT = pathlib.Path(__file__).resolve().parents[2]
ATTACKS = {
    "pgd": f"{{name: pgd, steps: 40, step_size: {STEP}, random_start: false}}",
    "apgd_ce": "{name: apgd_ce, steps: 100}",
}


def small_cnn(weights: pathlib.Path) -> nn.Module:
    layers = [nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 32, 3), nn.ReLU(), nn.MaxPool2d(2, 2),
              nn.Conv2d(32, 64, 3), nn.ReLU(), nn.Conv2d(64, 64, 3), nn.ReLU(), nn.MaxPool2d(2, 2),
              nn.Flatten(), nn.Linear(1024, 200), nn.ReLU(), nn.Linear(200, 200), nn.ReLU(),
              nn.Linear(200, 10)]
    model = nn.Sequential(*layers)
    with np.load(weights) as arrays, torch.no_grad():
        # Archives need not keep the order of the layers; names do.
        order = [f"feature_extractor.conv{i}" for i in (1, 2, 3, 4)]
        order += [f"classifier.fc{i}" for i in (1, 2, 3)]
        owners = [layer for layer in layers if isinstance(layer, (nn.Conv2d, nn.Linear))]
        for name, layer in zip(order, owners, strict=True):
            layer.weight.copy_(torch.from_numpy(arrays[name + ".weight"]))
            layer.bias.copy_(torch.from_numpy(arrays[name + ".bias"]))
    return model.eval().requires_grad_(False)


def mnist(folder: pathlib.Path, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    images = gzip.open(folder / "t10k-images-idx3-ubyte.gz").read()[16:16 + count * 784]
    labels = gzip.open(folder / "t10k-labels-idx1-ubyte.gz").read()[8:8 + count]
    x = torch.from_numpy(np.frombuffer(images, np.uint8).copy()).view(-1, 1, 28, 28).float() / 255
    return x, torch.from_numpy(np.frombuffer(labels, np.uint8).astype(np.int64))


def peers(model: nn.Module, attack: str) -> dict:
    """name -> function of a batch that returns the adversarial images; what is not installed is left out."""
    found = {}
    try:
        import torchattacks
        if attack == "pgd":
            ours = torchattacks.PGD(model, eps=EPSILON, alpha=STEP, steps=40, random_start=False)
        else:
            ours = torchattacks.APGD(model, norm="Linf", eps=EPSILON, steps=100, n_restarts=1, loss="ce")
        found["torchattacks"] = ours
    except ImportError as error:
        print(f"torchattacks is left out: {error}", file=sys.stderr)
    try:
        # Imported for a distance and for plots that are not used here.
        sys.modules.setdefault("torchvision", types.SimpleNamespace(models=None))
        sys.modules.setdefault("visdom", types.SimpleNamespace(Visdom=None))
        from adv_lib.attacks import apgd, pgd_linf
        if attack == "pgd":
            found["adversarial-library"] = lambda x, y: pgd_linf(
                model, x, y, EPSILON, steps=40, random_init=False, absolute_step_size=STEP)
        else:
            found["adversarial-library"] = lambda x, y: apgd(
                model, x, y, eps=EPSILON, norm=float("inf"), n_iter=100, loss_function="ce")
    except ImportError as error:
        print(f"adversarial-library is left out: {error}", file=sys.stderr)
    if attack == "pgd":
        try:
            import foolbox
            wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu")
            linf = foolbox.attacks.LinfPGD(abs_stepsize=STEP, steps=40, random_start=False)
            found["foolbox"] = lambda x, y: linf(wrapped, x, y, epsilons=EPSILON)[1]
        except ImportError as error:
            print(f"foolbox is left out: {error}", file=sys.stderr)
    return found


def run_peer(model: nn.Module, attack, images: torch.Tensor, labels: torch.Tensor) -> tuple[float, int]:
    correct, seconds = 0, 0.0
    for x, y in zip(images.split(BATCH), labels.split(BATCH)):
        start = time.perf_counter()
        adversarial = attack(x, y)
        seconds += time.perf_counter() - start
        correct += int((model(adversarial.detach()).argmax(1) == y).sum())
    return seconds, correct


def run_agon(arguments: argparse.Namespace, attack: str) -> tuple[float, int]:
    config = (f"dataset: {{name: mnist, folder: {arguments.data / 'mnist'}, split: test, "
              f"count: {arguments.count}}}\n"
              f"model: {{name: smallcnn, weights: {arguments.data / 'models/trades_mnist_smallcnn.npz'}}}\n"
              f"threat: {{norm: linf, epsilon: {EPSILON}}}\nsuite: [{ATTACKS[attack]}]\n"
              f"batch_size: {BATCH}\n")
    with tempfile.TemporaryDirectory(prefix="agon-peers-") as folder:
        file = pathlib.Path(folder, "attack.yaml")
        file.write_text(config, encoding="utf-8")
        command = [str(arguments.agon), "attack", str(file), "--run", f"{folder}/run", "--json", "--quiet",
                   "--device", "cpu", "--threads", str(arguments.threads)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"agon attack failed: {done.stderr.strip().splitlines()[-1]}")
        report = json.loads(done.stdout)
    return report["attacks"][0]["seconds"], round(report["robust_accuracy"] * report["examples"])


def main() -> int:
    data = os.environ.get("AGON_TEST_DATA", ROOT.parent / "shared/data")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--agon", type=pathlib.Path, default=ROOT / "build/agon")
    parser.add_argument("--data", type=lambda p: pathlib.Path(p).resolve(), default=pathlib.Path(data).resolve())
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    weights = arguments.data / "models/trades_mnist_smallcnn.npz"
    if not weights.exists():
        sys.exit(f"{weights} is not there; pass --data DIR")
    torch.set_num_threads(arguments.threads)
    model = small_cnn(weights)
    images, labels = mnist(arguments.data / "mnist", arguments.count)

    results = []
    for attack in ATTACKS:
        rivals = peers(model, attack)
        seconds = {"agon": []} | {name: [] for name in rivals}
        correct = {}
        for _ in range(arguments.rounds):
            for name, times in seconds.items():
                if name == "agon":
                    took, correct[name] = run_agon(arguments, attack)
                else:
                    took, correct[name] = run_peer(model, rivals[name], images, labels)
                times.append(took)
        base = statistics.median(seconds["agon"])
        for name, times in seconds.items():
            median = statistics.median(times)
            results.append({"attack": attack, "name": name, "median": median, "low": min(times),
                            "high": max(times), "rounds": len(times), "over_agon": median / base,
                            "correct": correct[name], "examples": arguments.count})
    if arguments.json:
        print(json.dumps({"format": 1, "name": "attack_peers", "results": results}, indent=2))
        return 0
    print(f"{'attack':8}  {'by':20}  {'seconds':>8}  {'least':>8}  {'most':>8}  {'/ agon':>7}  correct")
    for r in results:
        print(f"{r['attack']:8}  {r['name']:20}  {r['median']:8.2f}  {r['low']:8.2f}  {r['high']:8.2f}  "
              f"{r['over_agon']:7.2f}  {r['correct']} of {r['examples']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
