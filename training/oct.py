"""Trains models/oct: CNV, DME, DRUSEN, NORMAL of an OCT B-scan, on pictures prepared by the product itself.

    python training/oct.py --fold 0        one of the four folds, for its figures (docs/model-study.md)
    python training/oct.py --shortcuts     what the four models of the folds do without tissue, and by width
    python training/oct.py                 the model that is shipped: fold 0 and a dev part of the patients laid aside

The width of these scans tells the class and half of them have white filling: the contract paints the filling black and
keeps the centred square, and training moves, stretches and cuts the scans so that neither tells anything.
"""
import argparse
import csv
import math
import os
import pathlib
import subprocess
import time
import zlib

os.environ.setdefault("OMP_NUM_THREADS", "1")
import keras
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from describe import describe
from mobilenet import FEATURES, backbone, fill_dense, fill_keras, imagenet_start, keras_backbone, start_from_imagenet
from package import write_package

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = pathlib.Path(os.environ.get("FOVEA_TRAINING", "/tmp/fovea-training")) / "oct"
LABELS = ["CNV", "DME", "DRUSEN", "NORMAL"]
STORED, SIDE = 288, 224
BATCH, EPOCHS, RATE = 32, 40, 1e-3
SEED = 20261123


class Network(nn.Module):
    """Grey 0…1 → four logits; global average pooling and one dense layer, so that class activation maps are exact."""

    def __init__(self):
        super().__init__()
        self.f = backbone(1)
        self.drop = nn.Dropout(0.3)
        self.h = nn.Linear(FEATURES, len(LABELS))

    def forward(self, x):
        return self.h(self.drop(self.f(x * 2 - 1).mean((2, 3)).float()))


def load(data):
    """Rows of labels.csv and their pixels, N × 288 × 288."""
    rows = list(csv.DictReader(open(data / "labels.csv")))
    out = WORK / "pixels"
    if not (out / "pixels.npy").exists():
        contract = ["--size", str(STORED), "--blank", "white_edges", "--crop", "cover", "--grey"]
        subprocess.run([ROOT / "bin/fovea.mjs", "prepare", "--data", data, *contract, "--out", out], check=True)
    return rows, np.load(out / "pixels.npy", mmap_mode="r")[..., 0]


def uniform(n, low, high, *shape):
    return torch.empty(n, *(shape or (1, 1, 1))).uniform_(low, high)


def augment(pixels):
    """Other places, scales, contrasts, speckle and filling: what another device or operator would bring."""
    n = len(pixels)
    x = torch.from_numpy(np.ascontiguousarray(pixels)).float()[:, None] / 255
    flat = lambda low, high: uniform(n, low, high, 1)[:, 0]
    angle, zoom, stretch = flat(-0.2, 0.2), torch.exp(flat(-0.35, 0.15)), torch.exp(flat(-0.25, 0.25))
    flip = torch.where(flat(0, 1) < 0.5, -1.0, 1.0)
    a, b = zoom * stretch * flip * angle.cos(), -zoom * angle.sin()
    c, d = zoom * flip * angle.sin(), zoom / stretch * angle.cos()
    maps = torch.stack([torch.stack([a, b, flat(-0.2, 0.2)], 1), torch.stack([c, d, flat(-0.25, 0.25)], 1)], 1)
    x = F.grid_sample(x, F.affine_grid(maps, (n, 1, SIDE, SIDE), align_corners=False), align_corners=False)
    x = x.clamp(1e-4, 1) ** torch.exp(uniform(n, -0.5, 0.5)) * torch.exp(uniform(n, -0.3, 0.3)) + uniform(n, -0.05, 0.1)
    x = x * (1 + torch.randn(n, 1, SIDE, SIDE) * uniform(n, 0.0, 0.35))
    for i in range(n):
        chance = np.random.rand(4)
        if chance[0] < 0.3:  # fewer pixels
            side = int(SIDE * np.random.uniform(0.35, 0.8))
            small = F.interpolate(x[i : i + 1], (side, side), mode="bilinear", antialias=True)
            x[i : i + 1] = F.interpolate(small, (SIDE, SIDE), mode="bilinear")
        if chance[1] < 0.3:  # bars at the sides, as of a scan that is narrower than the picture
            bar = np.random.randint(4, SIDE // 5)
            x[i, :, :, :bar] = 0
            x[i, :, :, SIDE - bar :] = 0
        if chance[2] < 0.5:  # wedges of filling above or below
            height, slope = np.random.randint(0, SIDE // 4), np.random.uniform(-0.2, 0.2)
            edge = height + slope * (torch.arange(SIDE) - SIDE / 2)
            mask = torch.arange(SIDE)[:, None] < edge[None]
            x[i, 0][mask.flip(0) if chance[3] < 0.5 else mask] = 0
    return x.clamp(0, 1)


def predict(net, pixels, indices):
    """Probabilities of the four classes, as serving sees the scans but for one more resize."""
    net.eval()
    answers = []
    with torch.no_grad():
        for i in range(0, len(indices), 50):
            x = torch.from_numpy(np.ascontiguousarray(pixels[indices[i : i + 50]])).float()[:, None] / 255
            x = F.interpolate(x, (SIDE, SIDE), mode="bilinear", antialias=True)
            answers.append(net(x).softmax(1).numpy())
    return np.concatenate(answers)


def train(name, pixels, targets, chosen, imagenet):
    """The moving average of the weights after the last epoch; resumes from `WORK/name.pt`."""
    torch.manual_seed(SEED)
    net = Network()
    start_from_imagenet(net.f, imagenet, lambda kernel: kernel.sum(1, keepdim=True))
    average = Network()
    average.load_state_dict(net.state_dict())
    net = net.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.03)
    checkpoint, done = WORK / f"{name}.pt", 0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        net.load_state_dict(state["net"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        done = state["epoch"]
    steps = len(chosen) // BATCH
    for epoch in range(done, EPOCHS):
        start, losses = time.time(), []
        np.random.seed(SEED + epoch)
        order = np.random.permutation(chosen)
        net.train()
        for i in range(steps):
            step = epoch * steps + i
            batch = order[i * BATCH : (i + 1) * BATCH]
            x = augment(pixels[np.sort(batch)])
            y = F.one_hot(torch.tensor(targets[np.sort(batch)]), len(LABELS)).float()
            if np.random.rand() < 0.5:  # mixup (Zhang 2018)
                share = max(share := float(np.random.beta(0.3, 0.3)), 1 - share)
                other = torch.randperm(len(x))
                x, y = share * x + (1 - share) * x[other], share * y + (1 - share) * y[other]
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(1, (step + 1) / 60) * 0.5 * (1 + math.cos(math.pi * step / (steps * EPOCHS)))
            with torch.autocast("cpu", torch.bfloat16):
                logits = net(x.contiguous(memory_format=torch.channels_last))
            loss = F.cross_entropy(logits.float(), y, label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            decay = min(0.99, (1 + step) / (10 + step))
            with torch.no_grad():
                for mine, theirs in zip(average.state_dict().values(), net.state_dict().values()):
                    if mine.dtype.is_floating_point:
                        mine.mul_(decay).add_(theirs, alpha=1 - decay)
            losses.append(float(loss.detach()))
        state = {"net": net.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch + 1}
        torch.save(state, f"{checkpoint}.tmp")
        os.replace(f"{checkpoint}.tmp", checkpoint)
        print(f"{name} epoch {epoch + 1}: loss {np.mean(losses):.4f}, {time.time() - start:.0f} s", flush=True)
    return average


def keras_model(net):
    """The same network as a Keras model: grey 0…1, 224 × 224 × 1 → four probabilities."""
    inputs = keras.Input((SIDE, SIDE, 1), name="image")
    features = keras_backbone(keras.layers.Rescaling(2.0, -1.0, name="to_symmetric")(inputs), SIDE)
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(features)
    outputs = keras.layers.Dense(len(LABELS), activation="softmax", name="labels")(pooled)
    model = keras.Model(inputs, outputs, name="oct")
    fill_keras(model, net.f)
    fill_dense(model, "labels", net.h)
    probe = np.random.default_rng(SEED).random((2, SIDE, SIDE, 1), np.float32)
    with torch.no_grad():
        wanted = net.eval()(torch.tensor(probe).permute(0, 3, 1, 2)).softmax(1).numpy()
    assert np.allclose(model.predict(probe, verbose=0), wanted, atol=1e-5)
    return model


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", type=pathlib.Path, default=ROOT / "../shared/data/oct")
    arguments.add_argument(
        "--imagenet",
        type=pathlib.Path,
        default=ROOT / "../shared/keras-models/DrKamthorn__HP/converted_keras/keras_model.h5",
        help="a Teachable Machine export, for the ImageNet weights in it",
    )
    arguments.add_argument("--fold", type=int, help="train on the other three folds whole and measure this one")
    arguments.add_argument("--parts", action="store_true", help="only write parts.csv, by which the card's figures are made")
    arguments.add_argument("--shortcuts", action="store_true", help="of the shipped package: what carries it")
    options = arguments.parse_args()
    torch.set_num_threads(1)
    WORK.mkdir(parents=True, exist_ok=True)
    rows, pixels = load(options.data.resolve())
    targets = np.array([LABELS.index(row["label"]) for row in rows])
    folds = np.array([int(row["suggested_fold"]) for row in rows])
    if options.shortcuts:
        return shortcuts(options.data, rows, pixels, targets, folds)
    if options.fold is not None:
        net = train(f"fold-{options.fold}", pixels, targets, np.flatnonzero(folds != options.fold), options.imagenet)
        measured = np.flatnonzero(folds == options.fold)
        answers = predict(net, pixels, measured)
        np.save(WORK / f"fold-{options.fold}.npy", answers)
        print(f"fold {options.fold}: accuracy {np.mean(answers.argmax(1) == targets[measured]):.4f} of {len(measured)}")
        return
    parts = np.array(["test" if fold == 0 else part(row["patient"]) for row, fold in zip(rows, folds)])
    with open(WORK / "parts.csv", "w", newline="") as file:
        table = csv.DictWriter(file, [*rows[0], "part"])
        table.writeheader()
        for row, name in zip(rows, parts):
            table.writerow({**row, "file": f"oct/{row['file']}", "part": name})
    if options.parts:
        return
    net = train("shipped", pixels, targets, np.flatnonzero(parts == "train"), options.imagenet)
    for name in ["dev", "test"]:
        measured = np.flatnonzero(parts == name)
        print(name, len(measured), np.mean(predict(net, pixels, measured).argmax(1) == targets[measured]))
    write_package(ROOT / "models/oct", keras_model(net), describe("oct", imagenet_start(options.imagenet), census(rows, parts)))


def census(rows, parts):
    """Part → scans, patients, and how many of each class."""
    counts = {}
    for name in ["train", "dev", "test"]:
        mine = [row for row, part in zip(rows, parts) if part == name]
        classes = {label: sum(row["label"] == label for row in mine) for label in LABELS}
        counts[name] = {"scans": len(mine), "patients": len({row["patient"] for row in mine}), **classes}
    return counts


def without_tissue(pixels):
    """The scan with its tissue, and what is near it, painted over with what lies about it, place by place at random."""
    x = torch.from_numpy(pixels).float()[None, None]
    smooth = F.avg_pool2d(x, 9, 1, 4)[0, 0].numpy()
    levels = np.sort(smooth[pixels > 0])
    # Otsu's threshold: of two groups of levels the largest distance between their means, by their sizes.
    counts = np.arange(1, len(levels))
    sums = levels.cumsum()
    below, above = sums[:-1] / counts, (sums[-1] - sums[:-1]) / (len(levels) - counts)
    threshold = levels[np.argmax(counts * (len(levels) - counts) * (above - below) ** 2)]
    tissue = F.max_pool2d(torch.from_numpy((smooth > threshold).astype(np.float32))[None, None], 31, 1, 15)[0, 0].numpy() > 0
    about = pixels[~tissue & (pixels > 0)]
    out = pixels.copy()
    if len(about):
        out[tissue] = np.random.default_rng(0).choice(about, tissue.sum())
    return out


def shortcuts(data, rows, pixels, targets, folds):
    """Is it the retina that tells the class? The shipped model is asked, of patients that it never saw."""
    from PIL import Image

    model = keras.models.load_model(ROOT / "models/oct/keras_model.h5", compile=False)
    ask = lambda scans: model.predict(as_served(scans), verbose=0).argmax(1)
    mine = np.flatnonzero(folds == 0)
    widths = np.array([Image.open(data / row["file"]).width for row in rows])
    by_width = np.zeros(len(mine), int)
    for width in np.unique(widths[mine]):
        others = targets[(folds != 0) & (widths == width)]
        by_width[widths[mine] == width] = np.bincount(others, minlength=4).argmax() if len(others) else 0
    scans = np.ascontiguousarray(pixels[mine])
    hit = ask(scans) == targets[mine]
    print(f"accuracy {hit.mean():.4f} of {len(mine)}; the width alone, by the most frequent class of it: {np.mean(by_width == targets[mine]):.4f}")
    for width in np.unique(widths[mine]):
        print(f"  {width} px wide: {hit[widths[mine] == width].mean():.4f} of {(widths[mine] == width).sum()}")
    bare = np.stack([without_tissue(scan) for scan in scans])
    erased = ask(bare)
    print(f"without tissue: {np.mean(erased == targets[mine]):.4f}, answers {np.bincount(erased, minlength=4).tolist()}")
    Image.fromarray(np.concatenate(list(bare[::25]), 1)).save(WORK / "without-tissue.png")


def as_served(scans):
    """As serving sees the scans but for one more resize: N × 224 × 224 × 1, 0…1."""
    x = torch.from_numpy(scans).float()[:, None] / 255
    return F.interpolate(x, (SIDE, SIDE), mode="bilinear", antialias=True).permute(0, 2, 3, 1).numpy()


def part(patient):
    """A fifth of the training patients calibrates and chooses thresholds."""
    return "dev" if zlib.crc32(patient.encode()) % 5 == 0 else "train"


if __name__ == "__main__":
    main()
