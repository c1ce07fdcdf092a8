"""Trains the gate's first question: fundus photograph, red-free photograph, OCT scan, angiogram, or none of them?

    python training/gate_modality.py --data ../shared/data

Makes src/gate/modality-weights.json and src/gate/fixtures/modality-golden.json. Retinas: half of the patients of ODIR,
EyePACS and Kermany's OCT (the other half, and every DRIVE, CHASE_DB1 and IDRiD picture, is left for
bench/gate-modality.ts), and phantoms drawn by the product. Everything else is drawn by gate_modality_negatives.py.
Prepared pictures and the last epoch lie in $FOVEA_TRAINING/gate-modality; a run that was stopped goes on from there.
"""

import argparse
import base64
import csv
import glob
import json
import math
import os
import subprocess
import time
import zlib

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

import gate_modality_negatives as negatives

torch.set_num_threads(1)
cv2.setNumThreads(1)

CLASSES = ["fundus", "red-free", "oct", "angiogram", "other"]
SIDE = 128  # of the network's picture; vessels are still a pixel wide
STORED = 192  # longest side of prepared pictures, so that a crop of two thirds loses nothing
EPOCH = {"fundus": 2400, "red-free": 1600, "oct": 1100, "angiogram": 1300, "other": 6200}
HERE = os.path.dirname(os.path.abspath(__file__))


def measured(source, patient):
    """Is this patient kept for measuring? bench/gate-modality.ts asks the same (zlib's crc32, odd)."""
    return zlib.crc32(f"{source}/{patient}".encode()) & 1 == 1


def validated(name):
    """A tenth of the building half chooses the threshold."""
    return zlib.crc32(f"validate/{name}".encode()) % 10 == 0


# --- prepared pictures ---------------------------------------------------------------------------------------------

def prepared(path):
    picture = Image.open(path).convert("RGB")
    scale = STORED / max(picture.size)
    size = [max(1, round(v * scale)) for v in picture.size]
    return np.asarray(picture.resize(size, Image.BILINEAR))


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def retinas(data, work):
    """(class, name, picture) of all that may be built with."""
    cache = os.path.join(work, "retinas.npz")
    if not os.path.exists(cache):
        listed = []
        for source, kind in (("odir", "fundus"), ("eyepacs", "fundus"), ("oct", "oct")):
            for row in rows(os.path.join(data, source, "labels.csv")):
                if not measured(source, row["patient"]):
                    listed.append((kind, f"{source}/{row['patient']}", os.path.join(data, source, row["file"])))
        for kind, prefix in (("fundus", "fundus"), ("oct", "oct"), ("angiogram", "fa")):
            for path in sorted(glob.glob(os.path.join(work, "phantoms", f"{prefix}-*", "images", "*.png"))):
                listed.append((kind, path, path))
        pictures = [prepared(path) for _, _, path in listed]
        np.savez(
            cache,
            kinds=np.array([kind for kind, _, _ in listed]),
            names=np.array([name for _, name, _ in listed]),
            shapes=np.array([p.shape[:2] for p in pictures]),
            bytes=np.concatenate([p.ravel() for p in pictures]),
        )
    return unpacked(cache)


def unpacked(cache):
    file = np.load(cache)
    kinds, names, shapes, flat = file["kinds"], file["names"], file["shapes"], file["bytes"]
    ends = np.cumsum(shapes.prod(axis=1) * 3)
    return [
        (str(kind), str(name), flat[end - h * w * 3 : end].reshape(h, w, 3))
        for kind, name, (h, w), end in zip(kinds, names, shapes, ends)
    ]


def others(work, count):
    """Parts of a thousand, so that a stopped run loses little."""
    out = []
    for part in range(count // 1000):
        cache = os.path.join(work, f"others-{part}.npz")
        if not os.path.exists(cache):
            drawn = [negatives.draw(part * 1000 + i, longest=STORED) for i in range(1000)]
            np.savez(
                cache,
                kinds=np.array(["other"] * 1000),
                names=np.array([f"{name}/{part}/{i}" for i, (_, name) in enumerate(drawn)]),
                shapes=np.array([p.shape[:2] for p, _ in drawn]),
                bytes=np.concatenate([p.ravel() for p, _ in drawn]),
            )
            print(f"drawn {part + 1}000", flush=True)
        out += unpacked(cache)
    return out


def photographs(folders, work):
    """Parts of photographs, textures and screenshots of any size: 25 of each file."""
    cache = os.path.join(work, "photographs.npz")
    if folders and not os.path.exists(cache):
        r, names, pictures = np.random.default_rng(3), [], []
        paths = sorted(p for folder in folders for p in glob.glob(os.path.join(folder, "**", "*"), recursive=True))
        for path in (p for p in paths if p.lower().endswith((".jpg", ".jpeg", ".png")) and os.path.getsize(p) > 12_000):
            whole = Image.open(path).convert("RGBA")
            whole = np.asarray(Image.alpha_composite(Image.new("RGBA", whole.size, (255, 255, 255, 255)), whole).convert("RGB"))
            h, w = whole.shape[:2]
            for i in range(25):
                ch, cw = (round(v * (1 if i == 0 else r.uniform(0.15, 0.9))) for v in (h, w))
                if min(ch, cw) < 48 or max(ch, cw) > 5 * min(ch, cw):
                    continue
                y, x = r.integers(h - ch + 1), r.integers(w - cw + 1)
                crop = Image.fromarray(whole[y : y + ch, x : x + cw])
                crop.thumbnail((STORED, STORED), Image.BILINEAR)
                pictures.append(np.asarray(crop))
                names.append(f"photograph/{os.path.basename(path)}")
        np.savez(
            cache,
            kinds=np.array(["photograph"] * len(pictures)),
            names=np.array(names),
            shapes=np.array([p.shape[:2] for p in pictures]),
            bytes=np.concatenate([p.ravel() for p in pictures]),
        )
    return unpacked(cache) if os.path.exists(cache) else []


def phantoms(work):
    """Phantoms by the product's own command; a folder that is there is not drawn again."""
    sets = {f"fa-{p}": ["fa", "--phase", p, "--count", "130", "--size", "256"] for p in ("arterial", "arteriovenous", "late")}
    sets |= {f"oct-{s}": ["oct", "--scanner", s, "--count", "80"] for s in ("spectralis", "spectralis-wide", "cirrus")}
    sets |= {f"fundus-{c}": ["fundus", "--camera", c, "--count", "100", "--size", "256"] for c in ("tabletop", "handheld", "smartphone")}
    for name, choice in sets.items():
        out = os.path.join(work, "phantoms", name)
        if not os.path.exists(os.path.join(out, "labels.csv")):
            command = ["node", os.path.join(HERE, "../bin/fovea.mjs"), "phantom", "--disease", "mixed", "--seed", "1"]
            subprocess.run([*command, "--modality", *choice, "--out", out], check=True)


# --- how a picture may reach the gate ------------------------------------------------------------------------------

def warped(r, picture, turn, zoom, background, stretch=0.0):
    """Turned, zoomed about a point near the middle, on a canvas of its own shape: at most SIDE × SIDE."""
    h, w = picture.shape[:2]
    ratio = (w / h) * math.exp(r.normal(0, stretch) if stretch else 0)
    if r.uniform() < 0.25:
        ratio *= math.exp(r.normal(0, 0.2))
    tw, th = (SIDE, max(16, round(SIDE / ratio))) if ratio >= 1 else (max(16, round(SIDE * ratio)), SIDE)
    # Stretched: the scan fills the canvas whatever its shape. Otherwise shapes stay true.
    sx, sy = (tw / w * zoom, th / h * zoom) if stretch else (max(tw / w, th / h) * zoom if zoom > 1.15 else min(tw / w, th / h) * zoom,) * 2
    a = math.radians(turn)
    flip = -1 if r.uniform() < 0.5 else 1
    m = np.array([[math.cos(a) * sx * flip, -math.sin(a) * sy], [math.sin(a) * sx * flip, math.cos(a) * sy]])
    slack = abs(zoom - 1) * 0.5
    focus = np.array([w / 2, h / 2]) + r.uniform(-1, 1, 2) * slack * np.array([w, h]) * 0.6 / max(zoom, 1)
    shift = np.array([tw / 2, th / 2]) - m @ focus
    matrix = np.concatenate([m, shift[:, None]], axis=1)
    return cv2.warpAffine(picture, matrix, (tw, th), flags=cv2.INTER_LINEAR, borderValue=background)


def camera(r, x, hue=0.12):
    """Exposure, colour, blur, noise, compression; floats 0–255 in and out."""
    if hue:
        x = x * np.exp(r.normal(0, hue, 3))
    if r.uniform() < 0.5:
        x = 255 * (np.clip(x, 0, 255) / 255) ** math.exp(r.normal(0, 0.3))
    if r.uniform() < 0.35:
        x = x * r.uniform(0.22, 1) if r.uniform() < 0.6 else x * r.uniform(1, 2) + r.uniform(0, 50)
    if r.uniform() < 0.15:
        x = x * (1 - (k := r.uniform(0, 0.6))) + k * r.uniform(60, 220) * (x.max(-1, keepdims=True) > 20)
    if r.uniform() < 0.3:
        x = cv2.GaussianBlur(x.astype(np.float32), (0, 0), r.uniform(0.3, 1.8))
    if r.uniform() < 0.3:
        x = x + r.normal(0, r.uniform(0, 12), (*x.shape[:2], 1 if r.uniform() < 0.5 else 3))
    x = np.clip(x, 0, 255)
    if r.uniform() < 0.25:
        code = cv2.imencode(".jpg", x.astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, int(r.integers(15, 80))])[1]
        x = cv2.imdecode(code, cv2.IMREAD_COLOR)
    return x.astype(np.float32)


def written_on(r, x):
    """A name, a date, a scale bar: burnt in."""
    h, w = x.shape[:2]
    x = np.ascontiguousarray(np.clip(x, 0, 255).astype(np.uint8))
    for _ in range(int(r.integers(1, 4))):
        at = (int(r.uniform(0, 0.7) * w), int(r.choice([r.uniform(0.05, 0.15), r.uniform(0.88, 0.98)]) * h))
        ink = [float(v) for v in (r.uniform(120, 255, 3) if r.uniform() < 0.5 else [r.uniform(180, 255)] * 3)]
        if r.uniform() < 0.7:
            cv2.putText(x, negatives.word(r), at, cv2.FONT_HERSHEY_SIMPLEX, r.uniform(0.15, 0.4), ink, 1, cv2.LINE_AA)
        else:
            cv2.line(x, at, (at[0] + int(r.uniform(8, 40)), at[1]), ink, 1)
    return x


def round_view(r, picture):
    """A fundus as cameras, croppers and publishers give it."""
    zoom = r.choice([1, r.uniform(0.55, 1), r.uniform(1, 2.1)], p=[0.35, 0.3, 0.35])
    turn = r.choice([r.normal(0, 6), r.uniform(0, 360)], p=[0.6, 0.4])
    if r.uniform() < 0.3:
        picture = picture[::-1]
    black = [*[float(r.uniform(0, 22))] * 3, 0]
    return warped(r, picture, turn, zoom, black)


def whitened(r, x, lit):
    """The surround of a figure in print: white, where the camera left black."""
    return np.where((lit < 18)[..., None], r.uniform(225, 255), x)


def fundus(r, picture):
    x = round_view(r, picture)
    lit = cv2.GaussianBlur(x.max(-1), (0, 0), 1)
    x = x.astype(np.float32)
    if r.uniform() < 0.5:  # other cameras' colours: from nearly grey to no blue at all
        mean = x.mean(-1, keepdims=True)
        x = np.clip(mean + (x - mean) * r.uniform(0.45, 1.9), 0, 255)
    x = camera(r, x, hue=r.choice([0.05, 0.12, 0.2]))
    return whitened(r, x, lit) if r.uniform() < 0.05 else x


def grey(r, x):
    """A colour photograph as a red-free or any other grey one."""
    kind = r.uniform()
    x = x.astype(np.float32)
    if kind < 0.7:
        g = x[..., 1]
    elif kind < 0.85:
        g = x @ np.array([0.299, 0.587, 0.114], np.float32)
    else:
        g = 0.75 * x[..., 0] + 0.25 * x[..., 1]
    if r.uniform() < 0.5:
        top = np.percentile(g, 99) + 1
        g = g * (r.uniform(150, 250) / top)
    if r.uniform() < 0.25:
        fine = cv2.createCLAHE(r.uniform(1, 4), (8, 8))
        g = fine.apply(np.clip(g, 0, 255).astype(np.uint8)).astype(np.float32) * (g > 12)
    return g


def tinted(r, g):
    """Nearly always grey; filters and screens leave it green."""
    tint = [1, 1, 1] if r.uniform() < 0.9 else [r.uniform(0, 0.4), 1, r.uniform(0, 0.5)]
    return g[..., None] * np.array(tint, np.float32)


def red_free(r, picture):
    x = round_view(r, picture)
    lit = cv2.GaussianBlur(x.max(-1), (0, 0), 1)
    x = camera(r, tinted(r, grey(r, x)), hue=0)
    return whitened(r, x, lit) if r.uniform() < 0.04 else x


def angiogram(r, picture, photograph):
    """A phantom's, or a photograph whose vessels are made to shine: its finest scales inverted, its ground kept dark."""
    if not photograph:
        x = tinted(r, round_view(r, picture).mean(-1))
        return camera(r, x, hue=0)
    field = cv2.erode(np.uint8(255 * (cv2.GaussianBlur(picture.max(-1), (0, 0), 2) > 14)), np.ones((9, 9)), borderValue=0)
    seen = round_view(r, np.dstack([picture, field]))
    g, lit = seen[..., 1].astype(np.float32) + 2, seen[..., 3].astype(np.float32) / 255
    width = r.uniform(4, 9)  # of the ground's blur, over the lit field alone, or its edge would shine
    ground = cv2.GaussianBlur(g * lit, (0, 0), width) / (cv2.GaussianBlur(lit, (0, 0), width) + 1e-3) + 1
    detail = np.clip(2 - g / ground, 0.4, 1.8)
    dark = (ground / (np.percentile(ground, 95) + 1)) ** r.uniform(0.6, 1.6)
    x = r.uniform(30, 150) * dark * detail ** r.uniform(4, 9)
    x = lit * x + (1 - lit) * r.uniform(0, 14)
    return camera(r, tinted(r, x), hue=0)


def oct_scan(r, picture):
    h, w = picture.shape[:2]
    if r.uniform() < 0.5:  # a part of the scan: nearly all that holds the retina
        top, bottom = int(r.uniform(0, 0.12) * h), int(r.uniform(0.72, 1) * h)
        left, right = int(r.uniform(0, 0.4) * w), int(r.uniform(0.6, 1) * w)
        picture = picture[top:bottom, left:right]
    if r.uniform() < 0.4:  # white corners as black ones, and black as white
        white = (picture.min(-1) > 235).astype(np.uint8)
        picture = np.where(cv2.morphologyEx(white, cv2.MORPH_OPEN, np.ones((3, 3)))[..., None] > 0, r.integers(0, 40), picture).astype(np.uint8)
    border = [float(r.choice([0, 255, r.uniform(0, 40)]))] * 3
    turn = r.choice([0, r.normal(0, 8)], p=[0.5, 0.5])
    zoom = r.choice([1, r.uniform(0.7, 1), r.uniform(1, 1.4)], p=[0.5, 0.25, 0.25])
    x = warped(r, picture, turn, zoom, border, stretch=0.3)
    g = x.mean(-1).astype(np.float32)
    if r.uniform() < 0.1:
        g = 255 - g
    x = tinted(r, g) if r.uniform() > 0.05 else cv2.applyColorMap(g.astype(np.uint8), int(r.choice([2, 4, 11, 15])))
    return camera(r, x, hue=0)


def mixed(r, a, b):
    """Two pictures that are no retina make a third: one through the other, beside it, or on it."""
    h, w = a.shape[:2]
    a, b = a.astype(np.float32), cv2.resize(np.ascontiguousarray(b), (w, h), interpolation=cv2.INTER_AREA).astype(np.float32)
    kind = r.integers(4)
    if kind == 0:
        k = r.uniform(0.3, 0.7)
        return k * a + (1 - k) * b
    if kind == 1:
        return a * b / 255 * r.uniform(1, 2)
    if kind == 2:
        return np.abs(a - b)
    u, v = negatives.grid(h, w)
    t = r.uniform(0, math.pi)
    u, v = (u - r.normal(0, 0.4)) * math.cos(t) + v * math.sin(t), (v - r.normal(0, 0.4)) * math.cos(t) - u * math.sin(t)
    m = negatives.soft_disc(u, v * r.uniform(0.5, 2), r.uniform(0.3, 0.8), 0.03) if r.uniform() < 0.5 else (u > 0).astype(np.float32)
    return a * (1 - m[..., None]) + b * m[..., None]


def shuffled(r, picture):
    """Tiles of a retina in disorder: what it is made of is there, what it is is not."""
    n = int(r.integers(3, 6))
    h, w = (v // n for v in picture.shape[:2])
    tiles = [picture[i * h : (i + 1) * h, j * w : (j + 1) * w] for i in range(n) for j in range(n)]
    order = r.permutation(n * n)
    rows = [np.concatenate([tiles[order[i * n + j]][:: int(r.choice([1, -1]))] for j in range(n)], axis=1) for i in range(n)]
    return np.concatenate(rows, axis=0)


def other(r, picture):
    zoom = r.choice([1, r.uniform(0.6, 1), r.uniform(1, 2)], p=[0.5, 0.2, 0.3])
    turn = r.choice([0, r.uniform(0, 360)], p=[0.7, 0.3])
    if r.uniform() < 0.2:
        picture = picture[::-1]
    x = warped(r, picture, turn, zoom, [float(r.choice([0, 255, 20]))] * 3).astype(np.float32)
    if r.uniform() < 0.25:  # in the colours of a fundus, or in none
        colours = negatives.palette(r)
        x = 255 * negatives.coloured(r, x.mean(-1) / 255, colours)
    if r.uniform() < 0.3:  # through a round hole
        u, v = negatives.grid(*x.shape[:2])
        hole = negatives.soft_disc(u - r.normal(0, 0.08), v - r.normal(0, 0.08), r.uniform(0.6, 1.1), 0.03)[..., None]
        x = x * hole * (1 - r.uniform(0, 0.4) * (u * u + v * v)[..., None].clip(0, 1)) + (1 - hole) * r.uniform(0, 20)
    return camera(r, x.astype(np.float32))


def letterboxed(x):
    """SIDE × SIDE, −1 to 1, 0 where there is no picture."""
    h, w = x.shape[:2]
    top, left = (SIDE - h) // 2, (SIDE - w) // 2
    out = np.zeros((SIDE, SIDE, 3), np.float32)
    out[top : top + h, left : left + w] = x / 127.5 - 1
    return out


def no_retina(r, pools):
    if r.uniform() < 0.05:
        retinas = pools[("fundus", "oct", "angiogram")[r.integers(3)]]
        return shuffled(r, retinas[r.integers(len(retinas))])

    def one():
        pool = pools["photograph" if "photograph" in pools and r.uniform() < 0.5 else "other"]
        return pool[r.integers(len(pool))]

    return np.clip(mixed(r, one(), one()), 0, 255).astype(np.uint8) if r.uniform() < 0.35 else one()


def view(r, wanted, pools):
    source = "fundus" if wanted in ("fundus", "red-free") else wanted
    photograph = wanted == "angiogram" and r.uniform() < 0.5
    pool = pools["fundus" if photograph else source]
    picture = pool[r.integers(len(pool))]
    if wanted == "other":
        picture = no_retina(r, pools)
    if wanted == "angiogram":
        x = angiogram(r, picture, photograph)
    else:
        x = {"fundus": fundus, "red-free": red_free, "oct": oct_scan, "other": other}[wanted](r, picture)
    if r.uniform() < 0.12:
        x = written_on(r, x)
    return letterboxed(np.clip(np.round(x.astype(np.float32)), 0, 255))


# --- the network ---------------------------------------------------------------------------------------------------

CONVOLUTIONS = [(3, 12, 2), (12, 24, 2), (24, 32, 2), (32, 48, 2), (48, 64, 1)]


class Net(nn.Module):
    """Five convolutions of 3 × 3, mean and maximum over the picture, two dense layers: 55,000 weights."""

    def __init__(self):
        super().__init__()
        self.convolutions = nn.ModuleList(nn.Conv2d(i, o, 3, s, 1, bias=False) for i, o, s in CONVOLUTIONS)
        self.norms = nn.ModuleList(nn.BatchNorm2d(o) for _, o, _ in CONVOLUTIONS)
        self.hidden = nn.Linear(2 * CONVOLUTIONS[-1][1], 32)
        self.out = nn.Linear(32, len(CLASSES))

    def forward(self, x):
        for convolution, norm in zip(self.convolutions, self.norms):
            x = F.relu(norm(convolution(x)))
        x = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
        return self.out(F.dropout(F.relu(self.hidden(x)), 0.15, self.training))


def batches(seed, pools, counts):
    r = np.random.default_rng(seed)
    order = np.repeat(np.arange(len(CLASSES)), [counts[c] for c in CLASSES])
    r.shuffle(order)
    for start in range(0, len(order) - 63, 64):
        labels = order[start : start + 64]
        x = np.stack([view(r, CLASSES[k], pools) for k in labels])
        yield torch.from_numpy(x).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(labels)


def trained(pools, work, epochs, start, seed):
    net, path = Net(), os.path.join(work, "last.pt")
    if start:
        net.load_state_dict(torch.load(start, weights_only=False)["net"])
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3, weight_decay=1e-4)
    steps = epochs * (sum(EPOCH.values()) // 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps + 1, pct_start=0.15)
    first = 0
    if os.path.exists(path):
        saved = torch.load(path, weights_only=False)
        if saved["epochs"] == epochs:
            net.load_state_dict(saved["net"])
            optimiser.load_state_dict(saved["optimiser"])
            schedule.load_state_dict(saved["schedule"])
            first = saved["epoch"] + 1
    for epoch in range(first, epochs):
        net.train()
        began, losses, right = time.time(), [], []
        for x, labels in batches([seed, epoch], pools, EPOCH):
            scores = net(x)
            loss = F.cross_entropy(scores, labels, label_smoothing=0.01)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
            right.append((scores.argmax(1) == labels).float().mean().item())
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f} right {np.mean(right):.4f} {time.time() - began:.0f} s", flush=True)
        torch.save({"net": net.state_dict(), "optimiser": optimiser.state_dict(), "schedule": schedule.state_dict(), "epoch": epoch, "epochs": epochs}, path)
    return net.eval()


# --- what is shipped -----------------------------------------------------------------------------------------------

def rounded(weights):
    """Signed bytes and one scale an output; the last axis is the outputs."""
    scale = np.abs(weights).reshape(-1, weights.shape[-1]).max(axis=0) / 127
    return np.round(weights / scale).astype(np.int8), scale.astype(np.float32)


def layer(weights, bias, **more):
    """`weights` with the inputs before the outputs: height, width, inputs, outputs; or inputs, outputs."""
    q, scale = rounded(weights)
    return {
        **more,
        "shape": list(weights.shape),
        "weights": base64.b64encode(q.tobytes()).decode(),
        "scale": [float(f"{v:.7g}") for v in scale],
        "bias": [float(f"{v:.7g}") for v in bias],
    }


def folded(net):
    """Layers with the normalisation folded in."""
    layers = []
    for convolution, norm, (_, _, stride) in zip(net.convolutions, net.norms, CONVOLUTIONS):
        gain = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach().numpy()
        w = convolution.weight.detach().numpy().transpose(2, 3, 1, 0) * gain
        b = norm.bias.detach().numpy() - norm.running_mean.numpy() * gain
        layers.append(layer(w, b, kind="convolution", stride=stride))
    for dense in (net.hidden, net.out):
        layers.append(layer(dense.weight.detach().numpy().T, dense.bias.detach().numpy(), kind="dense"))
    return layers


def shipped(layers):
    """The network as the product runs it, from the rounded weights."""

    def values(entry):
        q = np.frombuffer(base64.b64decode(entry["weights"]), np.int8).reshape(entry["shape"])
        return torch.from_numpy((q * np.array(entry["scale"], np.float32)).astype(np.float32)), torch.tensor(entry["bias"])

    def run(x):
        with torch.no_grad():
            for entry in layers[:-2]:
                w, b = values(entry)
                x = F.relu(F.conv2d(x, w.permute(3, 2, 0, 1), b, entry["stride"], 1))
            x = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
            (w1, b1), (w2, b2) = values(layers[-2]), values(layers[-1])
            return F.relu(x @ w1 + b1) @ w2 + b2

    return run


def plain(picture):
    """As it is, with the kernel that the product shrinks by."""
    h, w = picture.shape[:2]
    scale = SIDE / max(h, w)
    size = (max(1, round(w * scale)), max(1, round(h * scale)))
    return letterboxed(np.asarray(Image.fromarray(picture).resize(size, Image.BILINEAR), np.float32))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.path.join(HERE, "../../shared/data"))
    parser.add_argument("--work", default=os.path.join(os.environ.get("FOVEA_TRAINING", "/tmp/fovea-training"), "gate-modality"))
    parser.add_argument("--out", default=os.path.join(HERE, "../src/gate"))
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--others", type=int, default=9000, help="pictures that are no retina, in thousands")
    parser.add_argument("--photographs", nargs="*", default=[], help="folders of photographs that are no retina")
    parser.add_argument("--start", help="last.pt of an earlier run to go on from, with a schedule of its own")
    parser.add_argument("--seed", type=int, default=1, help="of the pictures drawn in each epoch")
    parser.add_argument("--prepare-only", action="store_true")
    options = parser.parse_args()
    os.makedirs(options.work, exist_ok=True)
    phantoms(options.work)
    everything = retinas(options.data, options.work)
    everything += others(options.work, options.others)
    everything += photographs(options.photographs, options.work)
    if options.prepare_only:
        return
    pools, kept = {}, []
    for kind, name, picture in everything:
        if validated(name):
            kept.append((kind, picture))
        else:
            pools.setdefault(kind, []).append(picture)
    print({kind: len(pool) for kind, pool in pools.items()}, "kept", len(kept), flush=True)
    torch.manual_seed(7)
    net = trained(pools, options.work, options.epochs, options.start, options.seed)

    layers = folded(net)
    run = shipped(layers)
    r = np.random.default_rng(99)
    keep = {}
    for kind, picture in kept:
        keep.setdefault(kind, []).append(picture)
    xs, ys = [], []
    for kind, picture in kept:
        xs.append(plain(picture))
        ys.append(CLASSES.index("other" if kind == "photograph" else kind))
    for k, name in enumerate(CLASSES):
        for _ in range(400):
            xs.append(view(r, name, keep))
            ys.append(k)
    scores = torch.cat([run(torch.from_numpy(np.stack(xs[i : i + 64])).permute(0, 3, 1, 2)) for i in range(0, len(xs), 64)])
    ys = torch.tensor(ys)
    full = torch.cat([net(torch.from_numpy(np.stack(xs[i : i + 64])).permute(0, 3, 1, 2)).detach() for i in range(0, len(xs), 64)])
    print("rounding moves a score by at most", float((scores - full).abs().max()), "and changes", int((scores.argmax(1) != full.argmax(1)).sum()), "answers")
    # Temperature (Guo et al., 2017): the one number that makes confidences true on pictures kept from training.
    temperature = min(np.arange(0.5, 4, 0.05), key=lambda t: float(F.cross_entropy(scores / t, ys)))
    p = torch.softmax(scores / temperature, 1)
    eye = p[:, :4].sum(1).numpy()
    is_eye = (ys < 4).numpy()
    for t in (0.5, 0.2, 0.1, 0.05, 0.02, 0.01):
        print(f"retina at {t}: refused {np.mean(eye[is_eye] < t):.4f} let in {np.mean(eye[~is_eye] >= t):.4f}")
    print("modality right among retinas", float((p[ys < 4, :4].argmax(1) == ys[ys < 4]).float().mean()))
    with open(os.path.join(options.out, "modality-weights.json"), "w") as file:
        provenance = "training/gate_modality.py: half of the patients of ODIR-5K, EyePACS and OCT2017 (Kermany), phantoms of Fovea, pictures drawn by code. Research use only."
        json.dump({"provenance": provenance, "classes": CLASSES, "side": SIDE, "temperature": round(float(temperature), 2), "layers": layers}, file)
        file.write("\n")
    golden = [negatives.draw(seed, [kind], longest=56)[0] for seed, kind in ((1, negatives.orange), (2, negatives.page), (3, negatives.cloud))]
    golden = [g[: 34 + 5 * i, : 50 - 10 * i] for i, g in enumerate(golden)]
    cases = []
    for g in golden:
        score = run(torch.from_numpy(plain(np.ascontiguousarray(g))[None]).permute(0, 3, 1, 2))[0]
        cases.append({"width": g.shape[1], "height": g.shape[0], "rgb": base64.b64encode(g.tobytes()).decode(), "scores": [float(f"{v:.6g}") for v in score]})
    os.makedirs(os.path.join(options.out, "fixtures"), exist_ok=True)
    with open(os.path.join(options.out, "fixtures/modality-golden.json"), "w") as file:
        json.dump(cases, file)
        file.write("\n")


if __name__ == "__main__":
    main()
