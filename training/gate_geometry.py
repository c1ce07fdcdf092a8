"""Trains the gate's second question: where are disc and fovea?

    python training/gate_geometry.py --data ../shared/data

Makes models/gate-geometry/geometry.onnx in about 30 minutes on one core. Learns in four rounds: (1) phantoms, whose
places are known, the disc masks of half of IDRiD, and which eye a photograph of ODIR is of by its file's name; (2–4)
besides, the places that the network itself found in photographs of the building half of ODIR and EyePACS, where it finds
the same in the mirrored picture and, in ODIR, their order is that of the eye in the file's name. In EyePACS it is not in
two of five: those were taken through a condensing lens and stand upside down, and teach what that looks like. Kept for
measuring (bench/gate-geometry.ts): ODIR's `suggested_split` val, the patients of EyePACS and the pictures of IDRiD with
an odd crc32, all of CHASE_DB1, and phantoms of other seeds.

Prepared pictures and the last epoch lie in $FOVEA_TRAINING/geometry; a run that was stopped goes on from there.
"""

import argparse
import csv
import glob
import json
import math
import os
import subprocess
import time
import zlib

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

torch.set_num_threads(1)

SIDE = 128  # of the network's picture
STORED = 192  # of the prepared crops: a margin of 0.15 of the field each side, where the network sees 0.02
CELLS = 32  # of the maps, a side
ROOM = 1.04 / 1.30  # the network's view as a share of the stored crop
PHANTOMS = 2500
BATCH = 48
ROUNDS = [5, 6, 7, 8]  # epochs
PER_EPOCH = {"phantom": 2500, "photograph": 3600, "idrid": 150, "nothing": 150}
INVERTED = 0.12  # share of pictures turned upside down, or back
HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join(HERE, "..", "models", "gate-geometry", "geometry.onnx")


def measured(source, name):
    """Is this kept for measuring? bench/gate-geometry.ts asks the same (zlib's crc32, odd)."""
    return zlib.crc32(f"{source}/{name}".encode()) & 1 == 1


# --- what is learned from ------------------------------------------------------------------------------------------

def prepare(data, work):
    node = ["node", os.path.join(HERE, "gate_geometry_phantoms.ts")]
    if not os.path.exists(os.path.join(work, "phantoms.jsonl")):
        subprocess.run([*node, "phantoms", os.path.join(work, "phantoms"), "0", str(PHANTOMS)], check=True)
    if not os.path.exists(os.path.join(work, "photographs.jsonl")):
        paths = [p for s in ("odir", "eyepacs", "idrid") for p in sorted(glob.glob(os.path.join(data, s, "images", "*")))]
        listed = os.path.join(work, "list.txt")
        with open(listed, "w") as file:
            file.write("\n".join(paths) + "\n")
        subprocess.run([*node, "photographs", os.path.join(work, "photographs"), listed], check=True)


def crops(work, name):
    with open(os.path.join(work, f"{name}.jsonl")) as file:
        lines = [json.loads(line) for line in file]
    pixels = np.memmap(os.path.join(work, f"{name}.u8"), np.uint8, "r").reshape(len(lines), 3, STORED, STORED)
    return lines, pixels


def placed(line, point):
    """A place of the picture (pixel centres at whole numbers) as shares of the stored crop."""
    square = line["square"]
    return [(point[0] + 0.5 - square["left"]) / square["side"], (point[1] + 0.5 - square["top"]) / square["side"]]


NOWHERE = [np.nan, np.nan]


class Samples:
    """Crops with what is known of each: disc, fovea (shares of the crop; NaN unknown), log of the disc's diameter as a
    share of the crop, side (1 the disc stands right of the fovea, 0 left, NaN unknown), inverted (1 upside down)."""

    def __init__(self, data, work):
        lines, phantoms = crops(work, "phantoms")
        self.pixels, self.kind, self.name, known = [], [], [], []
        for line, pixels in zip(lines, phantoms):
            size = math.log(line["diameter"] / line["square"]["side"])
            self.add("phantom", line["path"], pixels)
            known.append([*placed(line, line["disc"]), *placed(line, line["fovea"]), size, line["eye"] == "OD", 0])
        lines, photographs = crops(work, "photographs")
        odir = {r["file"]: r for r in rows(os.path.join(data, "odir", "labels.csv"))}
        eyepacs = {r["file"]: r for r in rows(os.path.join(data, "eyepacs", "labels.csv"))}
        for line, pixels in zip(lines, photographs):
            source, file = line["path"].split("/")[-3], "images/" + os.path.basename(line["path"])
            if source == "odir" and odir[file]["suggested_split"] == "train":
                self.add("photograph", line["path"], pixels)
                known.append([*NOWHERE, *NOWHERE, np.nan, odir[file]["eye"] == "right", 0])
            elif source == "eyepacs" and not measured(source, eyepacs[file]["patient"]):
                # Some of EyePACS stand upside down: the eye does not tell the side.
                self.add("upside", line["path"], pixels)
                known.append([*NOWHERE, *NOWHERE, np.nan, np.nan, np.nan])
            elif source == "idrid" and not measured(source, os.path.basename(file)):
                self.add("idrid", line["path"], pixels)
                known.append(idrid(line))
        self.kind = np.array(self.kind)
        self.known = np.array(known, np.float32)
        self.file_eye = np.array([1.0 if eye(n) else 0.0 for n in self.name])

    def add(self, kind, name, pixels):
        self.kind.append(kind)
        self.name.append(name)
        self.pixels.append(pixels)


def eye(path):
    return "right" in os.path.basename(path)


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def idrid(line):
    """Disc by the mask of its observer: the centre of its box and its height."""
    name = os.path.basename(line["path"]).replace(".jpg", "_OD.png")
    mask = np.asarray(Image.open(os.path.join(os.path.dirname(line["path"]), "..", "masks_OD", name)).convert("L")) > 127
    ys, xs = np.nonzero(mask)
    sx, sy = line["width"] / mask.shape[1], line["height"] / mask.shape[0]
    centre = [(xs.min() + xs.max()) / 2 * sx, (ys.min() + ys.max()) / 2 * sy]
    height = (ys.max() - ys.min() + 1) * sy
    return [*placed(line, centre), *NOWHERE, math.log(height / line["square"]["side"]), np.nan, 0]


# --- faults of cameras ---------------------------------------------------------------------------------------------

def views(pixels, known, r, plain=False, mirrored=False):
    """Pictures as the network sees them, (n, 3, SIDE, SIDE) of 0–1, and what is known of them, places as shares of them."""
    n = len(pixels)
    angle, zoom = np.zeros(n), np.full(n, ROOM)
    shift = np.zeros((n, 2))
    across = np.full(n, -1.0 if mirrored else 1.0)
    down = np.ones(n)
    if not plain:
        angle = r.normal(0, 5, n)
        wild = r.random(n) < 0.1
        angle[wild] = r.uniform(-25, 25, wild.sum())
        zoom *= r.uniform(0.85, 1.15, n)
        near = r.random(n) < 0.15
        zoom[near] *= r.uniform(0.5, 0.85, near.sum())
        shift = r.uniform(-0.05, 0.05, (n, 2))
        shift[near] *= 3
        across = np.where(r.random(n) < 0.5, -1.0, 1.0)
        turned = r.random(n) < INVERTED
        across = np.where(turned & (r.random(n) < 0.5), -across, across)
        down = np.where(turned, -1.0, 1.0)
    radians = np.radians(angle)
    # View (−1 … 1) → crop (−1 … 1): mirror, then turn, scale and shift.
    cos, sin = np.cos(radians) * zoom, np.sin(radians) * zoom
    theta = np.stack([np.stack([cos * across, -sin * down, shift[:, 0]], 1), np.stack([sin * across, cos * down, shift[:, 1]], 1)], 1)
    picture = torch.from_numpy(np.stack(pixels)).float() / 255
    grid = F.affine_grid(torch.from_numpy(theta).float(), [n, 3, SIDE, SIDE], align_corners=False)
    picture = F.grid_sample(picture, grid, align_corners=False)
    back = np.linalg.inv(np.concatenate([theta, np.tile([[[0.0, 0.0, 1.0]]], (n, 1, 1))], 1))
    seen = known.copy()
    for at in (0, 2):
        place = np.concatenate([known[:, at : at + 2] * 2 - 1, np.ones((n, 1))], 1)
        seen[:, at : at + 2] = (np.einsum("nij,nj->ni", back, place)[:, :2] + 1) / 2
    seen[:, 4] = known[:, 4] - np.log(zoom)
    seen[:, 5] = np.where(across < 0, 1 - known[:, 5], known[:, 5])
    seen[:, 6] = np.where(np.abs(angle) > 10, np.nan, np.where(down < 0, 1 - known[:, 6], known[:, 6]))
    return (picture if plain else faulty(picture, r)), seen


def faulty(x, r):
    n = len(x)

    def draw(chance, low, high, neutral=0.0):
        return torch.from_numpy(np.where(r.random(n) < chance, r.uniform(low, high, n), neutral)).float().view(n, 1, 1, 1)

    lit = (x.amax(1, keepdim=True) > 0.03).float()
    for factor, chance in ((2, 0.2), (4, 0.1)):
        soft = F.interpolate(F.avg_pool2d(x, factor), size=SIDE, mode="bilinear")
        pick = draw(chance, 1, 1)
        x = x * (1 - pick) + soft * pick
    x = x ** torch.exp(torch.from_numpy(r.normal(0, 0.25, (n, 1, 1, 1))).float())
    x = x * torch.exp(torch.from_numpy(r.normal(0, 0.22, (n, 3, 1, 1))).float())
    line = torch.linspace(-1, 1, SIDE)
    tilt = draw(0.5, -0.6, 0.6) * line.view(1, 1, 1, -1) + draw(0.5, -0.6, 0.6) * line.view(1, 1, -1, 1)
    x = x * torch.exp(tilt)
    # A soft spot, dark (a floater, a lash) or bright (a flare).
    cx, cy = (torch.from_numpy(r.uniform(-1, 1, (n, 1, 1, 1))).float() for _ in range(2))
    wide = torch.from_numpy(r.uniform(0.05, 0.4, (n, 1, 1, 1))).float()
    spot = torch.exp(-(((line.view(1, 1, 1, -1) - cx) ** 2 + (line.view(1, 1, -1, 1) - cy) ** 2) / wide**2))
    tone = torch.from_numpy(r.uniform(-0.1, 1, (n, 1, 1, 1))).float()
    depth = draw(0.3, 0.2, 0.9)
    x = x * (1 - spot * depth) + spot * depth * tone
    haze = draw(0.4, 0, 0.6)
    x = x * (1 - haze) + haze * torch.from_numpy(r.uniform(0.2, 0.9, (n, 3, 1, 1))).float()
    x = x + torch.randn_like(x) * draw(0.6, 0, 0.06)
    x = x * lit
    grey = draw(0.15, 1, 1)
    x = x * (1 - grey) + x[:, 1:2] * grey
    grey = draw(0.06, 1, 1)
    x = x * (1 - grey) + x.mean(1, keepdim=True) * grey
    cut = draw(0.1, 0.05, 0.25)
    x = x * ((line.view(1, 1, -1, 1) + 1) / 2 >= cut).float() * ((1 - line.view(1, 1, -1, 1)) / 2 >= draw(0.1, 0.05, 0.25)).float()
    return x.clamp(0, 1)


def nothing(count, r):
    """Pictures with no eye in them: flat, noise, clouds, discs, bars."""
    line = np.linspace(-1, 1, SIDE)
    out = []
    for _ in range(count):
        kind = r.integers(5)
        tone = r.random((3, 1, 1)) * np.ones((3, SIDE, SIDE))
        if kind == 1:
            tone = r.random((3 if r.random() < 0.5 else 1, SIDE, SIDE)) * np.ones((3, 1, 1))
        elif kind == 2:
            size = int(r.integers(2, 12))
            cloud = F.interpolate(torch.from_numpy(r.random((1, 3, size, size))), size=SIDE, mode="bilinear")
            tone = cloud[0].numpy()
        elif kind == 3:
            for _ in range(int(r.integers(1, 6))):
                cx, cy, radius = r.uniform(-1, 1), r.uniform(-1, 1), r.uniform(0.05, 0.9)
                inside = (line[None, :] - cx) ** 2 + (line[:, None] - cy) ** 2 < radius**2
                tone = np.where(inside[None], r.random((3, 1, 1)), tone)
        elif kind == 4:
            bars = (np.sin(line * r.uniform(3, 90) + r.uniform(0, 6)) > 0)[None, :] * np.ones((SIDE, 1))
            tone = np.where((bars if r.random() < 0.5 else bars.T)[None] > 0, r.random((3, 1, 1)), tone)
        if r.random() < 0.5:
            tone = tone * ((line[None, :] ** 2 + line[:, None] ** 2) < 0.93)[None]
        out.append(tone)
    noisy = np.stack(out) + r.normal(0, 1, (count, 3, SIDE, SIDE)) * r.uniform(0, 0.05, (count, 1, 1, 1))
    return torch.from_numpy(noisy.clip(0, 1)).float()


# --- the network ---------------------------------------------------------------------------------------------------

def conv(inputs, outputs, stride=1):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


class Geometry(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = conv(3, 16, 2)
        self.c2 = nn.Sequential(conv(16, 24, 2), conv(24, 24))
        self.c3 = nn.Sequential(conv(24, 32, 2), conv(32, 32), conv(32, 32))
        self.c4 = nn.Sequential(conv(32, 48, 2), conv(48, 48), conv(48, 48))
        self.whole = nn.Linear(48, 48)
        self.u3 = nn.Conv2d(48, 32, 1)
        self.m3 = conv(32, 32)
        self.u2 = nn.Conv2d(32, 24, 1)
        self.m2 = conv(24, 24)
        self.maps = nn.Conv2d(24, 3, 1)
        self.told = nn.Sequential(nn.Linear(192, 32), nn.ReLU(), nn.Linear(32, 4))

    def forward(self, x):
        """(n, 3, SIDE, SIDE) of 0–1 → (n, 2 · (CELLS² + 1) + 3): logits of the disc's cell, of no disc; of the fovea's, of no fovea;
        log of the disc's diameter as a share of the side; logits of disc right of fovea and of upside down."""
        # Light and colour of the lit part come off: cameras differ in them the most.
        lit = (x.amax(1, keepdim=True) > 0.04).float()
        count = lit.sum((2, 3), keepdim=True) + 1
        mean = (x * lit).sum((2, 3), keepdim=True) / count
        spread = (((x - mean) ** 2 * lit).sum((2, 3), keepdim=True) / count + 1e-4).sqrt()
        x = ((x - mean) / spread).clamp(-4, 4) * lit
        a = self.c2(self.c1(x))
        b = self.c3(a)
        c = self.c4(b)
        pooled = F.relu(self.whole(c.mean((2, 3))))
        c = c + pooled[:, :, None, None]
        b = self.m3(b + F.interpolate(self.u3(c), scale_factor=2.0, mode="nearest"))
        a = self.m2(a + F.interpolate(self.u2(b), scale_factor=2.0, mode="nearest"))
        maps = self.maps(a)
        # Quarters of the picture apart, so that left and right, up and down can be told.
        told = self.told(F.avg_pool2d(c, 4).flatten(1))
        flat = maps.flatten(2)
        # The diameter where the disc is.
        size = (flat[:, 2] * flat[:, 0].softmax(1)).sum(1, keepdim=True) - 2
        return torch.cat([flat[:, 0], told[:, :1], flat[:, 1], told[:, 1:2], size, told[:, 2:]], 1)


CENTRES = (torch.arange(CELLS).float() + 0.5) / CELLS


def targets(places):
    """Soft targets over the cells and the answer 'nowhere', and which rows are known."""
    known = torch.isfinite(places).all(1)
    p = torch.nan_to_num(places)
    spread = 1.2 / CELLS
    gx = torch.exp(-((CENTRES[None] - p[:, :1]) ** 2) / (2 * spread**2))
    gy = torch.exp(-((CENTRES[None] - p[:, 1:]) ** 2) / (2 * spread**2))
    heat = (gy[:, :, None] * gx[:, None, :]).flatten(1)
    # A disc half outside the picture can still be told.
    inside = ((p > -0.01) & (p < 1.01)).all(1, keepdim=True).float()
    heat = heat / heat.sum(1, keepdim=True).clamp(min=1e-6) * inside
    return torch.cat([heat, 1 - inside], 1), known


def loss_of(out, known):
    known = torch.from_numpy(known)
    total = out.sum() * 0
    n = CELLS * CELLS + 1
    for at, logits in ((0, out[:, :n]), (2, out[:, n : 2 * n])):
        heat, sure = targets(known[:, at : at + 2])
        if sure.any():
            total = total - (heat * logits.log_softmax(1)).sum(1)[sure].sum() / len(out)
    size, side, upside = out[:, 2 * n], out[:, 2 * n + 1], out[:, 2 * n + 2]
    inside = ((known[:, :2] > 0) & (known[:, :2] < 1)).all(1) & torch.isfinite(known[:, 4])
    if inside.any():
        total = total + 2 * F.smooth_l1_loss(size[inside], known[inside, 4], beta=0.1)
    for logits, truth, weight in ((side, known[:, 5], 1.0), (upside, known[:, 6], 1.0)):
        sure = torch.isfinite(truth)
        if sure.any():
            total = total + weight * F.binary_cross_entropy_with_logits(logits[sure], truth[sure])
    return total


def found(out):
    """Places (shares of the view) and sureness of disc and fovea, as geometry-network.ts reads them."""
    n = CELLS * CELLS + 1
    answers = []
    for logits in (out[:, :n], out[:, n : 2 * n]):
        p = logits.softmax(1)
        grid = p[:, :-1].view(-1, 1, CELLS, CELLS)
        mass = F.avg_pool2d(F.pad(grid, (2, 2, 2, 2)), 5, 1) * 25
        peak = mass.flatten(1).argmax(1)
        row, column = peak // CELLS, peak % CELLS
        xs, ys = torch.arange(CELLS)[None], torch.arange(CELLS)[None]
        near_x = ((xs - column[:, None]).abs() <= 2).float()
        near_y = ((ys - row[:, None]).abs() <= 2).float()
        local = grid[:, 0] * near_y[:, :, None] * near_x[:, None, :]
        total = local.sum((1, 2)).clamp(min=1e-9)
        x = (local.sum(1) * (xs + 0.5)).sum(1) / total / CELLS
        y = (local.sum(2) * (ys + 0.5)).sum(1) / total / CELLS
        answers.append((x.numpy(), y.numpy(), total.numpy()))
    return answers, out[:, 2 * n].numpy(), out[:, 2 * n + 1].numpy(), out[:, 2 * n + 2].numpy()


def ask(network, samples, chosen, mirrored=False):
    network.eval()
    r = np.random.default_rng(0)
    outs = []
    with torch.no_grad():
        for at in range(0, len(chosen), 128):
            part = chosen[at : at + 128]
            x, _ = views([samples.pixels[i] for i in part], samples.known[part], r, plain=True, mirrored=mirrored)
            outs.append(network(x))
    return found(torch.cat(outs))


def label_itself(network, samples):
    """Gives photographs the places that the network finds, where it agrees with itself and with the file's name."""
    chosen = np.nonzero(np.isin(samples.kind, ["photograph", "upside", "idrid"]))[0]
    (disc, fovea), size, side, _ = ask(network, samples, chosen)
    (disc_m, fovea_m), size_m, _, _ = ask(network, samples, chosen, mirrored=True)
    accepted = 0
    for k, i in enumerate(chosen):
        d = np.array([(disc[0][k] + 1 - disc_m[0][k]) / 2, (disc[1][k] + disc_m[1][k]) / 2])
        f = np.array([(fovea[0][k] + 1 - fovea_m[0][k]) / 2, (fovea[1][k] + fovea_m[1][k]) / 2])
        diameter = math.exp((size[k] + size_m[k]) / 2)
        apart = [np.hypot(a[0][k] - 1 + b[0][k], a[1][k] - b[1][k]) for a, b in ((disc, disc_m), (fovea, fovea_m))]
        sure = [min(a[2][k], b[2][k]) for a, b in ((disc, disc_m), (fovea, fovea_m))]
        distance, lean = np.hypot(*(d - f)), np.degrees(np.arctan2(d[1] - f[1], abs(d[0] - f[0])))
        # Disc to fovea is 2.7 disc heights (DOMAIN: 4.76 mm and 1.8), with what eyes and cameras differ.
        shaped = 1.6 < distance / diameter < 4.2 and abs(lean) < 25
        right = 1.0 if d[0] > f[0] else 0.0
        agrees = samples.kind[i] != "photograph" or right == samples.file_eye[i]
        good = max(apart) < 0.3 * diameter and sure[0] > 0.5 and sure[1] > 0.35 and shaped and agrees
        to_crop = lambda p: (p - 0.5) * ROOM + 0.5
        if samples.kind[i] != "idrid":
            samples.known[i, :5] = [*to_crop(d), *to_crop(f), math.log(diameter * ROOM)] if good else np.nan
            if samples.kind[i] == "upside":
                samples.known[i, 5:] = [right, right != samples.file_eye[i]] if good else np.nan
        elif good:
            samples.known[i, 2:4], samples.known[i, 5] = to_crop(f), right
        accepted += good
    print(f"labelled itself: {accepted} of {len(chosen)}", flush=True)


# --- training ------------------------------------------------------------------------------------------------------

def train(samples, work):
    network = Geometry()
    steps = math.ceil(sum(PER_EPOCH.values()) / BATCH)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1, weight_decay=1e-3)
    state = {"epoch": 0}
    checkpoint = os.path.join(work, "last.pt")
    if os.path.exists(checkpoint):
        state = torch.load(checkpoint, weights_only=False)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        samples.known = state["known"]
    starts = np.cumsum([0, *ROUNDS[:-1]])
    for epoch in range(state["epoch"], sum(ROUNDS)):
        if epoch in starts[1:]:
            label_itself(network, samples)
        r = np.random.default_rng(epoch)
        torch.manual_seed(epoch)
        order = chosen_for_epoch(samples, r)
        blanks = PER_EPOCH["nothing"] // (len(order) // (BATCH - 1))
        began, losses = time.time(), []
        network.train()
        this = int(np.searchsorted(starts, epoch, "right")) - 1
        for at in range(0, len(order) - BATCH // 2, BATCH):
            part = order[at : at + BATCH]
            done = (epoch - starts[this] + at / len(order)) / ROUNDS[this]
            highest = 3e-3 if this == 0 else 1.5e-3
            rate = highest * min(1, done * 12 + 0.05) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
            for group in optimiser.param_groups:
                group["lr"] = rate
            x, known = views([samples.pixels[i] for i in part], samples.known[part], r)
            blank = nothing(blanks, r)
            x = torch.cat([x, blank])
            known = np.concatenate([known, np.tile([[-9, -9, -9, -9, np.nan, np.nan, np.nan]], (blanks, 1)).astype(np.float32)])
            loss = loss_of(network(x), known)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 2.0)
            optimiser.step()
            losses.append(loss.item())
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, {time.time() - began:.0f} s", flush=True)
        saved = {"epoch": epoch + 1, "network": network.state_dict(), "optimiser": optimiser.state_dict(), "known": samples.known}
        torch.save(saved, checkpoint + ".new")
        os.replace(checkpoint + ".new", checkpoint)
    return network


def chosen_for_epoch(samples, r):
    def some(kinds, count):
        ids = np.nonzero(np.isin(samples.kind, kinds))[0]
        return r.choice(ids, count, replace=count > len(ids))

    order = np.concatenate([
        some(["phantom"], PER_EPOCH["phantom"]),
        some(["photograph", "upside"], PER_EPOCH["photograph"]),
        some(["idrid"], PER_EPOCH["idrid"]),
    ])
    return r.permutation(order)


def export(network):
    network.eval()
    os.makedirs(os.path.dirname(MODEL), exist_ok=True)
    torch.onnx.export(
        network, torch.zeros(1, 3, SIDE, SIDE), MODEL, opset_version=17, dynamo=False,
        input_names=["picture"], output_names=["geometry"],
    )
    print(f"{MODEL}: {os.path.getsize(MODEL)} bytes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default=os.path.join(HERE, "..", "..", "shared", "data"))
    options = parser.parse_args()
    work = os.path.join(os.environ.get("FOVEA_TRAINING", "/tmp/fovea-training"), "geometry")
    os.makedirs(work, exist_ok=True)
    prepare(os.path.abspath(options.data), work)
    export(train(Samples(os.path.abspath(options.data), work), work))
