"""Trains the gate's first question: fundus photograph, red-free photograph, OCT scan, angiogram, or none of them?

    python training/gate_modality.py --data ../shared/data --photographs FOLDER ...

Makes models/gate-modality/modality.onnx: MobileNetV2 0.35 as Google trained it on ImageNet (out of a Teachable Machine
export, Apache-2.0), frozen, and on its features two small layers that are trained here. Retinas: half of the patients
of ODIR, EyePACS and Kermany's OCT (the other half, and every DRIVE, CHASE_DB1 and IDRiD picture, is left for
measuring), and phantoms drawn by the product. Everything else is drawn by gate_modality_negatives.py, or comes from
packages of Debian 12: tuxpaint-stamps-default without the kinds in KEPT_STAMPS, plasma-workspace-wallpapers,
lomiri-wallpapers-20.04, ukui-wallpapers, and every fourth texture of stellarium-data. No picture of theirs is kept.
Features and prepared pictures lie in $FOVEA_TRAINING/gate-modality; about a quarter of an hour on one core.
"""

import argparse
import csv
import glob
import math
import os
import pathlib
import subprocess
import zlib

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import h5py
import numpy as np
import onnx
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

import gate_modality_negatives as negatives

torch.set_num_threads(1)
cv2.setNumThreads(1)

CLASSES = ["fundus", "red-free", "oct", "angiogram", "other"]
SIDE = 160  # of the network's picture: that of the backbone's export allows any
STORED = 192  # longest side of prepared pictures, so that a crop of two thirds loses nothing
VIEWS = {"fundus": 4700, "red-free": 2600, "oct": 2000, "angiogram": 2000, "other": 13000}
KEPT_STAMPS = ("animals", "space", "town", "people", "clothes", "hobbies")  # for measuring
HERE = os.path.dirname(os.path.abspath(__file__))


def measured(source, patient):
    """Is this patient kept for measuring? bench/gate-modality.ts asks the same (zlib's crc32, odd)."""
    return zlib.crc32(f"{source}/{patient}".encode()) & 1 == 1


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
    """Photographs, textures and drawings of anything else, whole and in parts."""
    cache = os.path.join(work, "photographs-debian.npz")
    if folders and not os.path.exists(cache):
        r, pictures = np.random.default_rng(5), []
        for folder in folders:
            found = sorted(p for p in pathlib.Path(folder).rglob("*") if p.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp"))
            found = [p for p in found if p.stat().st_size > 12_000 and not set(p.parts) & set(KEPT_STAMPS)]
            if "stellarium" in str(folder):
                found = found[::4]
            parts = 12 if "wallpaper" in str(folder) else 4
            for path in found:
                pictures += parts_of(path, parts, r)
        np.savez(
            cache,
            kinds=np.array(["photograph"] * len(pictures)),
            names=np.array([f"photograph/{i}" for i in range(len(pictures))]),
            shapes=np.array([p.shape[:2] for p in pictures]),
            bytes=np.concatenate([p.ravel() for p in pictures]),
        )
    return unpacked(cache) if os.path.exists(cache) else []


def parts_of(path, count, r):
    """The whole picture, on paper, black or any colour where it is transparent, and parts of it."""
    ground = [(255, 255, 255), (0, 0, 0), tuple(int(v) for v in r.integers(0, 255, 3))][r.integers(3)]
    whole = Image.open(path)
    whole.draft("RGB", (1600, 1600))
    whole = whole.convert("RGBA")
    whole = Image.alpha_composite(Image.new("RGBA", whole.size, (*ground, 255)), whole).convert("RGB")
    whole.thumbnail((1200, 1200), Image.BILINEAR)
    whole = np.asarray(whole)
    h, w = whole.shape[:2]
    parts = []
    for i in range(count):
        ch, cw = (round(v * (1 if i == 0 else r.uniform(0.2, 0.9))) for v in (h, w))
        if min(ch, cw) < 48 or max(ch, cw) > 5 * min(ch, cw):
            continue
        y, x = r.integers(h - ch + 1), r.integers(w - cw + 1)
        part = Image.fromarray(whole[y : y + ch, x : x + cw])
        part.thumbnail((STORED, STORED), Image.BILINEAR)
        parts.append(np.asarray(part))
    return parts


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
    if r.uniform() < 0.1:  # a part of it: half, or a little more or less
        side, share = r.integers(4), r.uniform(0.4, 0.75)
        picture = np.rot90(np.rot90(picture, side)[: max(24, int(share * np.rot90(picture, side).shape[0]))], -side)
        picture = np.ascontiguousarray(picture)
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
    if r.uniform() < 0.4:  # through a round hole
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


def width_of(channels):
    """MobileNetV2's rounding of 0.35 of a width to a multiple of eight."""
    wanted = channels * 0.35
    rounded = max(8, int(wanted + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * wanted else rounded


def convolution(channels, out, size, stride=1, groups=1, active=True):
    # TensorFlow pads the end alone where it strides.
    padding = [nn.ZeroPad2d((0, 1, 0, 1))] if stride == 2 else []
    layer = nn.Conv2d(channels, out, size, stride, 0 if stride == 2 else size // 2, groups=groups, bias=False)
    return nn.Sequential(*padding, layer, nn.BatchNorm2d(out, eps=1e-3), *([nn.ReLU6()] if active else []))


class Block(nn.Module):
    def __init__(self, channels, out, stride, expansion):
        super().__init__()
        wide = channels * expansion
        expand = [convolution(channels, wide, 1)] if expansion > 1 else []
        self.path = nn.Sequential(*expand, convolution(wide, wide, 3, stride, wide), convolution(wide, out, 1, active=False))
        self.is_residual = stride == 1 and channels == out

    def forward(self, x):
        return x + self.path(x) if self.is_residual else self.path(x)


def mobilenet():
    """Sandler et al., MobileNetV2 (CVPR 2018), width 0.35, without its classes."""
    layers, channels = [convolution(3, width_of(32), 3, 2)], width_of(32)
    for expansion, out, count, stride in [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ]:
        for i in range(count):
            layers.append(Block(channels, width_of(out), stride if i == 0 else 1, expansion))
            channels = width_of(out)
    return nn.Sequential(*layers, convolution(channels, 1280, 1))


def from_imagenet(net, path):
    """Google's weights out of a Teachable Machine export."""
    group = h5py.File(path)["model_weights"]["sequential_1"]

    def stored(layer, name):
        found = []
        group[layer].visititems(lambda key, value: found.append(value) if key.split("/")[-1].startswith(name) else None)
        return torch.tensor(found[0][()])

    def put(part, layer, norm):
        conv, batch = (next(m for m in part if isinstance(m, kind)) for kind in (nn.Conv2d, nn.BatchNorm2d))
        kernel = stored(layer, "depthwise_kernel").permute(2, 3, 0, 1) if conv.groups > 1 else stored(layer, "kernel").permute(3, 2, 0, 1)
        assert kernel.shape == conv.weight.shape
        conv.weight.data = kernel
        batch.weight.data, batch.bias.data = stored(norm, "gamma"), stored(norm, "beta")
        batch.running_mean, batch.running_var = stored(norm, "moving_mean"), stored(norm, "moving_variance")

    put(net[0], "Conv1", "bn_Conv1")
    for i in range(17):
        name, parts = f"block_{i}" if i else "expanded_conv", list(net[i + 1].path)
        for part, step in zip(parts, ("expand", "depthwise", "project") if i else ("depthwise", "project")):
            put(part, f"{name}_{step}", f"{name}_{step}_BN")
    put(net[18], "Conv_1", "Conv_1_bn")
    return net.eval()


TAPS = (6, 13)  # the last blocks at strides 8 and 16: how a picture is made; the end: what is in it


class Net(nn.Module):
    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone
        self.centre, self.scale = nn.Parameter(torch.zeros(1376), False), nn.Parameter(torch.ones(1376), False)
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(1376, 48), nn.ReLU(), nn.Dropout(0.2), nn.Linear(48, len(CLASSES)))

    def features(self, x):
        found = []
        for i, layer in enumerate(self.backbone):
            x = layer(x)
            if i in TAPS:
                found += [x.mean((2, 3)), x.amax((2, 3))]
        return torch.cat([*found, x.mean((2, 3))], 1)

    def scores(self, features):
        return self.head((features - self.centre) / self.scale)

    def forward(self, x):
        """[N, 160, 160, 3], −1 to 1 → probabilities of CLASSES."""
        return torch.softmax(self.scores(self.features(x.permute(0, 3, 1, 2))), 1)


def features_of(net, pictures):
    rows, batch = [], []

    def flush():
        if batch:
            x = torch.from_numpy(np.stack(batch)).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
            with torch.no_grad():
                rows.append(net.features(x).numpy())
            batch.clear()

    for picture in pictures:
        batch.append(picture)
        if len(batch) == 32:
            flush()
    flush()
    return np.concatenate(rows)


def plain(picture):
    """As it is, with the kernel that the product shrinks by."""
    h, w = picture.shape[:2]
    scale = SIDE / max(h, w)
    size = (max(1, round(w * scale)), max(1, round(h * scale)))
    return letterboxed(np.asarray(Image.fromarray(picture).resize(size, Image.BILINEAR), np.float32))


def learnt_from(net, pools, work):
    """Features and classes of pictures as they may reach the gate, and of some as they are."""
    cache = os.path.join(work, "features.npz")
    if not os.path.exists(cache):
        r = np.random.default_rng(5)
        labels = np.repeat(np.arange(len(CLASSES)), [VIEWS[name] for name in CLASSES])
        r.shuffle(labels)
        seen = features_of(net, (view(r, CLASSES[k], pools) for k in labels))
        plainly = [(k, p) for name, k in (("fundus", 0), ("oct", 2), ("angiogram", 3)) for p in pools[name][::3]]
        plainly += [(4, p) for p in [*pools.get("photograph", [])[::2], *pools["other"][::6]]]
        np.savez(
            cache,
            features=np.concatenate([seen, features_of(net, (plain(p) for _, p in plainly))]),
            labels=np.concatenate([labels, [k for k, _ in plainly]]),
        )
    file = np.load(cache)
    return torch.tensor(file["features"]), torch.tensor(file["labels"])


def train_head(net, features, labels, epochs=12, batch=128):
    net.centre.data, net.scale.data = features.mean(0), features.std(0) + 1e-3
    optimiser = torch.optim.AdamW(net.head.parameters(), 1e-3, weight_decay=1e-3)
    for epoch in range(epochs):
        net.head.train()
        for group in optimiser.param_groups:
            group["lr"] = 1e-3 * (1 - epoch / epochs)
        losses = []
        for chosen in torch.randperm(len(features)).split(batch):
            loss = F.cross_entropy(net.scores(features[chosen]), labels[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}", flush=True)
    net.head.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.path.join(HERE, "../../shared/data"))
    parser.add_argument("--imagenet", default=os.path.join(HERE, "../../shared/keras-models/DrKamthorn__HP/converted_keras/keras_model.h5"))
    parser.add_argument("--work", default=os.path.join(os.environ.get("FOVEA_TRAINING", "/tmp/fovea-training"), "gate-modality"))
    parser.add_argument("--out", default=os.path.join(HERE, "../models/gate-modality/modality.onnx"))
    parser.add_argument("--others", type=int, default=9000, help="pictures drawn that are no retina, in thousands")
    parser.add_argument("--photographs", nargs="*", default=[], help="folders of pictures that are no retina")
    options = parser.parse_args()
    os.makedirs(options.work, exist_ok=True)
    phantoms(options.work)
    pools = {}
    for kind, _, picture in [*retinas(options.data, options.work), *others(options.work, options.others), *photographs(options.photographs, options.work)]:
        pools.setdefault(kind, []).append(picture)
    print({kind: len(pool) for kind, pool in pools.items()}, flush=True)
    torch.manual_seed(7)
    net = Net(from_imagenet(mobilenet(), options.imagenet)).eval()
    train_head(net, *learnt_from(net, pools, options.work))
    os.makedirs(os.path.dirname(options.out), exist_ok=True)
    torch.onnx.export(net.eval(), torch.zeros(1, SIDE, SIDE, 3), options.out, input_names=["picture"], output_names=["probabilities"], opset_version=17, dynamo=False)
    onnx.checker.check_model(options.out)
    print(os.path.getsize(options.out), "bytes")


if __name__ == "__main__":
    main()
