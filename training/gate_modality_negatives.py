"""Pictures of anything but a retina, drawn by code: textures, pages, scenes, round things, other medicine.

    python training/gate_modality_negatives.py --count 40 --out /tmp/sheet          # to look at, one folder a kind
    python training/gate_modality_negatives.py --held-out --count 60 --out /tmp/neg  # the kinds kept from training

A kind is a function of a numpy generator and a size; it returns RGB, floats from 0 to 1. What `HELD_OUT` names is never
trained on: it stands for the pictures that nobody thought of.
"""

import argparse
import math
import os

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONTS = ["DejaVuSans.ttf", "DejaVuSerif.ttf", "DejaVuSansMono.ttf", "LiberationSans-Regular.ttf", "LiberationSerif-Italic.ttf"]


# --- parts ---------------------------------------------------------------------------------------------------------

def grid(h, w):
    """x, y from −1 to 1 along the shorter side."""
    s = min(h, w)
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    return (x - w / 2) / (s / 2), (y - h / 2) / (s / 2)


def unit(a):
    low, high = float(a.min()), float(a.max())
    return (a - low) / (high - low + 1e-6)


def power_noise(r, h, w, beta=None):
    """Noise whose spectrum falls as f^−beta, 0–1: 0 is white, 2 and above clouds."""
    beta = r.uniform(0.5, 3.2) if beta is None else beta
    f = np.hypot(np.fft.fftfreq(h)[:, None], np.fft.rfftfreq(w)[None])
    f[0, 0] = 1
    spectrum = (r.normal(size=f.shape) + 1j * r.normal(size=f.shape)) * f ** (-beta / 2)
    spectrum[0, 0] = 0
    a = np.fft.irfft2(spectrum, (h, w)).astype(np.float32)
    return np.clip(0.5 + a / (a.std() * 5 + 1e-9), 0, 1)


def palette(r):
    """Colours of a map from 0–1; a third of them those of a fundus, a quarter grey."""
    n = r.integers(2, 6)
    kind = r.uniform()
    if kind < 0.33:
        dark = np.array([r.uniform(0.05, 0.5), r.uniform(0, 0.2), r.uniform(0, 0.12)])
        light = np.array([r.uniform(0.7, 1), r.uniform(0.35, 0.85), r.uniform(0.1, 0.6)])
        t = np.linspace(0, 1, n)[:, None]
        colours = dark + t * (light - dark) + r.normal(0, 0.04, (n, 3))
    elif kind < 0.58:
        colours = np.repeat(np.sort(r.uniform(0, 1, (n, 1)), axis=0), 3, axis=1)
        if r.uniform() < 0.3:
            colours = colours[::-1]
    else:
        colours = r.uniform(0, 1, (n, 3))
    return np.clip(colours, 0, 1).astype(np.float32)


def coloured(r, a, colours=None):
    colours = palette(r) if colours is None else colours
    t = np.linspace(0, 1, len(colours))
    return np.stack([np.interp(a, t, colours[:, c]) for c in range(3)], axis=-1).astype(np.float32)


def colour(r):
    return palette(r)[-1]


def paint(picture, mask, paintwork):
    return picture * (1 - mask[..., None]) + paintwork * mask[..., None]


def soft_disc(x, y, radius, edge=0.02):
    return np.clip((radius - np.hypot(x, y)) / edge + 0.5, 0, 1)


def font(r, size):
    try:
        return ImageFont.truetype(FONTS[r.integers(len(FONTS))], size)
    except OSError:
        return ImageFont.load_default()


def word(r):
    return "".join(chr(97 + c) for c in r.integers(0, 26, r.integers(1, 11)))


def pil(h, w, background):
    return Image.new("RGB", (w, h), tuple(int(255 * c) for c in background))


def rgb(c):
    return tuple(int(255 * v) for v in c)


def floats(picture):
    return np.asarray(picture, np.float32) / 255


# --- textures ------------------------------------------------------------------------------------------------------

def cloud(r, h, w):
    if r.uniform() < 0.4:
        return np.stack([power_noise(r, h, w, b) for b in [r.uniform(0.3, 3)] * 3], -1)
    return coloured(r, power_noise(r, h, w))


def static(r, h, w):
    k = int(r.choice([1, 1, 2, 4, 8, 16]))
    shape = (max(1, h // k), max(1, w // k), int(r.choice([1, 3])))
    a = r.uniform(0, 1, shape) if r.uniform() < 0.6 else r.normal(r.uniform(0, 1), r.uniform(0.05, 0.4), shape)
    a = cv2.resize(a.astype(np.float32), (w, h), interpolation=int(r.choice([cv2.INTER_NEAREST, cv2.INTER_CUBIC])))
    a = a if a.ndim == 3 else a[..., None]
    return np.clip(np.repeat(a, 3 // a.shape[2], axis=2), 0, 1)


def gradient(r, h, w):
    x, y = grid(h, w)
    kind = r.uniform()
    if kind < 0.2:
        return np.ones((h, w, 3), np.float32) * colour(r)
    if kind < 0.6:
        a = r.uniform(0, 2 * math.pi)
        return coloured(r, unit(x * math.cos(a) + y * math.sin(a)))
    return coloured(r, unit(np.hypot(x - r.uniform(-1, 1), y * r.uniform(0.4, 2) - r.uniform(-1, 1))))


def waves(r, h, w):
    x, y = grid(h, w)
    a = np.zeros((h, w), np.float32)
    for _ in range(r.integers(1, 4)):
        t, f = r.uniform(0, math.pi), r.uniform(2, 60)
        bend = power_noise(r, h, w, 3) * r.uniform(0, 3)
        a += np.sin((x * math.cos(t) + y * math.sin(t)) * f + bend * r.uniform(0, 6) + r.uniform(0, 6))
    a = unit(a)
    return coloured(r, (a > 0.5).astype(np.float32) if r.uniform() < 0.3 else a)


def checks(r, h, w):
    x, y = grid(h, w)
    t, f = r.uniform(0, math.pi), r.uniform(1, 12)
    u, v = x * math.cos(t) + y * math.sin(t), y * math.cos(t) - x * math.sin(t)
    return coloured(r, ((np.floor(u * f) + np.floor(v * f * r.uniform(0.5, 2))) % 2).astype(np.float32))


def cells(r, h, w):
    n = int(r.integers(5, 120))
    points = r.uniform(0, 1, (n, 2)) * [h, w]
    y, x = np.mgrid[0:h, 0:w]
    d = np.sort(np.hypot(y[..., None] - points[:, 0], x[..., None] - points[:, 1]), axis=-1)[..., :2]
    a = unit(d[..., 1] - d[..., 0]) if r.uniform() < 0.5 else unit(d[..., 0])
    return coloured(r, a ** r.uniform(0.3, 1.2))


def leaves(r, h, w, blur=False):
    """Dead leaves: overlapping shapes whose sizes follow a power law, as surfaces in photographs do."""
    out = np.zeros((h, w, 3), np.float32)
    tint = r.uniform() < 0.35
    base = colour(r)
    for _ in range(int(r.integers(40, 160))):
        size = min(h, w) * float(np.clip(0.03 / r.uniform(0.02, 1) ** 0.6, 0.02, 0.6))
        c = np.clip(base + r.normal(0, 0.18, 3), 0, 1) if tint else r.uniform(0, 1, 3)
        c2 = np.clip(c * r.uniform(0.5, 1.3), 0, 1)
        centre = r.uniform(0, 1, 2) * [w, h]
        mask = np.zeros((h, w), np.uint8)
        kind = r.uniform()
        if kind < 0.4:
            axes = (int(size) + 1, int(size * r.uniform(0.4, 1)) + 1)
            cv2.ellipse(mask, tuple(int(v) for v in centre), axes, r.uniform(0, 180), 0, 360, 255, -1)
        else:
            n = int(r.integers(3, 8))
            angles = np.sort(r.uniform(0, 2 * math.pi, n))
            polygon = centre + np.stack([np.cos(angles), np.sin(angles)], -1) * size * r.uniform(0.5, 1.2, (n, 1))
            cv2.fillPoly(mask, [polygon.astype(np.int32)], 255)
        x, y = grid(h, w)
        a = r.uniform(0, 2 * math.pi)
        shade = unit(x * math.cos(a) + y * math.sin(a))
        if r.uniform() < 0.25:
            shade = 0.5 * shade + 0.5 * power_noise(r, h, w, r.uniform(0.5, 2))
        out = paint(out, mask / 255.0, c + (c2 - c) * shade[..., None])
    return cv2.GaussianBlur(out, (0, 0), r.uniform(1.5, 8)) if blur else out


def bokeh(r, h, w):
    return leaves(r, h, w, blur=True)


def strata(r, h, w):
    """Layers that are no retina: rock, wood, sunset over water, spectrogram."""
    x, y = grid(h, w)
    bend = (power_noise(r, h, w, 3.2) - 0.5) * r.uniform(0, 1.5)
    lines = np.interp(unit(y + bend * r.uniform(0, 1)), np.linspace(0, 1, 40), r.uniform(0, 1, 40))
    a = 0.75 * unit(lines) + r.uniform(0, 0.5) * power_noise(r, h, w, r.uniform(0, 2))
    if r.uniform() < 0.3:
        a = a * (0.4 + 0.6 * np.interp(x, np.linspace(-1, 1, 30), r.uniform(0, 1, 30)))
    out = coloured(r, unit(a))
    return out.transpose(1, 0, 2)[:h, :w] if r.uniform() < 0.15 and h == w else out


# --- pages and screens ---------------------------------------------------------------------------------------------

def page(r, h, w):
    ink, paper = (r.uniform(0, 0.3, 3), r.uniform(0.75, 1, 3))
    if r.uniform() < 0.25:
        ink, paper = paper, ink
    k = 2
    picture = pil(h * k, w * k, paper)
    draw = ImageDraw.Draw(picture)
    size = int(r.integers(8, 36))
    f = font(r, size)
    y, left = int(r.integers(4, 40)), int(r.integers(4, 40))
    while y < h * k - size:
        line = " ".join(word(r) for _ in range(int(r.integers(1, 16))))
        draw.text((left, y), line, font=f, fill=rgb(ink))
        y += int(size * r.uniform(1.15, 1.4) + (size if r.uniform() < 0.15 else 0))
        if r.uniform() < 0.08:
            box = [left, y, left + int(r.uniform(0.2, 0.6) * w * k), y + int(r.uniform(0.1, 0.3) * h * k)]
            draw.rectangle(box, fill=rgb(r.uniform(0, 1, 3)))
            y = box[3] + 8
    out = cv2.resize(floats(picture), (w, h), interpolation=cv2.INTER_AREA)
    return np.clip(out * (1 - r.uniform(0, 0.5) * power_noise(r, h, w, 3)[..., None]), 0, 1)


def screen(r, h, w):
    k = 2
    picture = pil(h * k, w * k, r.uniform(0.8, 1, 3) if r.uniform() < 0.6 else r.uniform(0, 0.25, 3))
    draw = ImageDraw.Draw(picture)
    draw.rectangle([0, 0, w * k, int(r.integers(10, 40))], fill=rgb(r.uniform(0, 1, 3)))
    if r.uniform() < 0.5:
        draw.rectangle([0, 30, int(r.uniform(0.1, 0.3) * w * k), h * k], fill=rgb(r.uniform(0, 1, 3)))
    for _ in range(int(r.integers(3, 25))):
        x0, y0 = r.uniform(0, 0.9) * w * k, r.uniform(0.05, 0.95) * h * k
        x1, y1 = x0 + r.uniform(0.03, 0.5) * w * k, y0 + r.uniform(0.02, 0.25) * h * k
        if r.uniform() < 0.5:
            draw.rounded_rectangle([x0, y0, x1, y1], int(r.integers(0, 10)), fill=rgb(r.uniform(0, 1, 3)))
        elif r.uniform() < 0.3:
            draw.ellipse([x0, y0, x0 + (y1 - y0), y1], fill=rgb(r.uniform(0, 1, 3)))
        else:
            draw.text((x0, y0), word(r) + " " + word(r), font=font(r, int(r.integers(9, 26))), fill=rgb(r.uniform(0, 1, 3)))
    return cv2.resize(floats(picture), (w, h), interpolation=cv2.INTER_AREA)


def chart(r, h, w):
    k = 2
    back = r.uniform(0.85, 1, 3) if r.uniform() < 0.7 else r.uniform(0, 0.2, 3)
    picture = pil(h * k, w * k, back)
    draw = ImageDraw.Draw(picture)
    W, H = w * k, h * k
    kind = r.integers(4)
    if kind == 0:
        for _ in range(int(r.integers(1, 6))):
            ys = 0.5 + np.cumsum(r.normal(0, 0.04, 60))
            draw.line([(W * i / 60, H * float(v)) for i, v in enumerate(ys)], fill=rgb(r.uniform(0, 1, 3)), width=int(r.integers(1, 6)))
    elif kind == 1:
        n = int(r.integers(3, 20))
        for i in range(n):
            draw.rectangle([W * (i + 0.1) / n, H * r.uniform(0.1, 0.9), W * (i + 0.9) / n, H * 0.95], fill=rgb(r.uniform(0, 1, 3)))
    elif kind == 2:
        for _ in range(int(r.integers(20, 200))):
            x, y, s = r.uniform(0, W), r.uniform(0, H), r.uniform(2, 8)
            draw.ellipse([x - s, y - s, x + s, y + s], fill=rgb(r.uniform(0, 1, 3)))
    else:
        s, start = min(W, H) * r.uniform(0.25, 0.48), 0.0
        while start < 360:
            end = start + r.uniform(10, 150)
            draw.pieslice([W / 2 - s, H / 2 - s, W / 2 + s, H / 2 + s], start, min(360, end), fill=rgb(r.uniform(0, 1, 3)))
            start = end
    for i in range(int(r.integers(0, 10))):
        draw.line([0, H * i / 10, W, H * i / 10], fill=rgb(r.uniform(0.4, 0.8, 3)))
    draw.text((W * 0.1, 2), word(r) + " " + word(r), font=font(r, 20), fill=rgb(1 - back))
    return cv2.resize(floats(picture), (w, h), interpolation=cv2.INTER_AREA)


def street_map(r, h, w):
    picture = np.ones((h, w, 3), np.float32) * r.uniform(0.6, 0.95, 3)
    for _ in range(int(r.integers(1, 6))):
        cv2.ellipse(picture, (int(r.uniform(0, w)), int(r.uniform(0, h))), (int(r.uniform(5, 60)), int(r.uniform(5, 60))), r.uniform(0, 180), 0, 360, r.uniform(0, 1, 3).tolist(), -1)
    for _ in range(int(r.integers(8, 40))):
        a, b = r.uniform(0, 1, 2) * [w, h], r.uniform(0, 1, 2) * [w, h]
        if r.uniform() < 0.6:
            b = a + (b - a) * np.eye(2)[r.integers(2)]
        cv2.line(picture, tuple(a.astype(int).tolist()), tuple(b.astype(int).tolist()), r.uniform(0, 1, 3).tolist(), int(r.integers(1, 5)), cv2.LINE_AA)
    return picture


# --- scenes --------------------------------------------------------------------------------------------------------

def landscape(r, h, w):
    x, y = grid(h, w)
    sky = palette(r)[:2] if r.uniform() < 0.5 else np.array([r.uniform(0.2, 0.6, 3), r.uniform(0.6, 1, 3)], np.float32)
    out = coloured(r, unit(y), sky)
    out = paint(out, np.clip(power_noise(r, h, w, 2.5) * 2 - 1, 0, 1) * r.uniform(0, 1), np.ones(3, np.float32))
    if r.uniform() < 0.6:
        out = paint(out, soft_disc(x - r.uniform(-1, 1), y + r.uniform(0, 0.8), r.uniform(0.05, 0.4), r.uniform(0.01, 0.3)), r.uniform(0.7, 1, 3))
    level = r.uniform(-0.3, 0.3)
    for _ in range(int(r.integers(1, 6))):
        ridge = level + (np.interp(np.arange(w), np.linspace(0, w, 12), r.normal(0, 1, 12)) + 0.2 * r.normal(size=w)) * r.uniform(0.01, 0.12)
        ground = colour(r) * (0.5 + 0.7 * power_noise(r, h, w, r.uniform(0.5, 2.2))[..., None])
        out = paint(out, (y > ridge[None]).astype(np.float32), ground)
        level += r.uniform(0.05, 0.35)
    for _ in range(int(r.integers(0, 8))):
        cx, base, tall = r.uniform(-1.3, 1.3), r.uniform(0, 1), r.uniform(0.2, 1.2)
        trunk = (np.abs(x - cx) < 0.02 + tall * 0.02) & (y < base) & (y > base - tall)
        out = paint(out, trunk.astype(np.float32), r.uniform(0, 0.4, 3))
        crown = soft_disc((x - cx) + (power_noise(r, h, w, 1.5) - 0.5) * 0.5, y - base + tall, tall * 0.4, 0.1)
        out = paint(out, crown, colour(r) * (0.4 + power_noise(r, h, w, 1)[..., None]))
    return np.clip(out, 0, 1)


def room(r, h, w):
    x, y = grid(h, w)
    out = coloured(r, unit(np.hypot(x - r.uniform(-1, 1), y)))
    horizon = r.uniform(-0.2, 0.4)
    depth = 1 / np.clip(y - horizon, 0.03, None)
    floor = ((np.floor(x * depth * r.uniform(0.5, 3)) + np.floor(depth * r.uniform(0.5, 3))) % 2)[..., None]
    out = np.where((y > horizon)[..., None], colour(r) * (0.5 + 0.5 * floor), out)
    for _ in range(int(r.integers(1, 8))):
        cx, cy, s = r.uniform(0, w), r.uniform(h * 0.2, h), r.uniform(0.08, 0.4) * min(h, w)
        c, skew = r.uniform(0, 1, 3), r.uniform(-0.6, 0.6)
        tall = s * r.uniform(0.5, 2)
        front = np.array([[cx - s, cy], [cx + s, cy], [cx + s, cy - tall], [cx - s, cy - tall]])
        top = np.array([[cx - s, cy - tall], [cx + s, cy - tall], [cx + s * (1 + skew), cy - tall - s * 0.5], [cx - s * (1 - skew), cy - tall - s * 0.5]])
        out = np.ascontiguousarray(out, np.float32)
        cv2.fillPoly(out, [front.astype(np.int32)], (c * 0.7).tolist(), cv2.LINE_AA)
        cv2.fillPoly(out, [top.astype(np.int32)], np.clip(c * 1.2, 0, 1).tolist(), cv2.LINE_AA)
    return np.clip(out * (0.6 + 0.5 * power_noise(r, h, w, 2.5)[..., None]), 0, 1)


def spheres(r, h, w):
    x, y = grid(h, w)
    out = coloured(r, power_noise(r, h, w, r.uniform(1.5, 3)))
    for _ in range(int(r.integers(1, 9))):
        out = sphere(r, out, x - r.uniform(-1, 1), y - r.uniform(-1, 1), r.uniform(0.1, 0.6), coloured(r, power_noise(r, h, w)))
    return out


def sphere(r, out, x, y, radius, skin, gloss=None):
    """A ball lit from the side, which a fundus is not: its shading falls to one edge."""
    z = np.sqrt(np.clip(1 - (x * x + y * y) / radius**2, 0, 1))
    a, e = r.uniform(0, 2 * math.pi), r.uniform(0.2, 1.2)
    light = np.array([math.cos(a) * math.cos(e), math.sin(a) * math.cos(e), math.sin(e)])
    lambert = np.clip((x * light[0] + y * light[1]) / radius + z * light[2], 0, 1)
    shine = np.clip(lambert, 0, 1) ** r.uniform(15, 60) * (r.uniform(0, 0.9) if gloss is None else gloss)
    lit = np.clip(skin * (r.uniform(0, 0.3) + lambert[..., None]) + shine[..., None], 0, 1)
    return paint(out, soft_disc(x, y, radius, 0.03), lit)


def person(r, h, w):
    x, y = grid(h, w)
    out = leaves(r, h, w, blur=True) if r.uniform() < 0.5 else gradient(r, h, w)
    skin = np.array([r.uniform(0.35, 1), 0, 0])
    skin[1] = skin[0] * r.uniform(0.6, 0.85)
    skin[2] = skin[1] * r.uniform(0.6, 0.95)
    hair = r.uniform(0, 0.5) * np.array([1, r.uniform(0.6, 1), r.uniform(0.2, 1)])
    s = r.uniform(0.3, 0.8)
    x, y = (x - r.uniform(-0.3, 0.3)) / s, (y - r.uniform(-0.3, 0.2)) / s
    shade = 0.7 + 0.4 * power_noise(r, h, w, 2.5)[..., None]
    out = paint(out, soft_disc(x / 1.6, (y - 2.1), 1.1, 0.05), r.uniform(0, 1, 3) * shade)
    out = paint(out, soft_disc(x, y / 1.3 + 0.1, 0.9, 0.06), hair * shade)
    out = paint(out, soft_disc(x, (y - 0.1) / 1.3, 0.72, 0.05), skin * shade)
    for side in (-1, 1):
        out = paint(out, soft_disc((x - side * 0.28) / 1.6, y + 0.05, 0.09, 0.03), np.ones(3))
        out = paint(out, soft_disc(x - side * 0.28, y + 0.05, 0.06, 0.02), r.uniform(0, 0.4, 3))
    out = paint(out, soft_disc(x / 2.5, y - 0.55, 0.1, 0.03), skin * [0.9, 0.5, 0.5])
    return np.clip(out, 0, 1)


# --- round things --------------------------------------------------------------------------------------------------

def backdrop(r, h, w):
    kind = r.uniform()
    if kind < 0.55:
        return np.ones((h, w, 3), np.float32) * r.uniform(0, 0.06)
    if kind < 0.7:
        return np.ones((h, w, 3), np.float32) * r.uniform(0.8, 1)
    return coloured(r, power_noise(r, h, w, 2.5))


def placed(r, h, w):
    """x, y with the thing's radius at 1, and the picture behind it."""
    x, y = grid(h, w)
    s = r.uniform(0.45, 1.15)
    return (x - r.uniform(-0.2, 0.2)) / s, (y - r.uniform(-0.2, 0.2)) / s, backdrop(r, h, w)


def moon(r, h, w):
    x, y, out = placed(r, h, w)
    skin = 0.4 + 0.5 * power_noise(r, h, w, r.uniform(1, 2.5))
    for _ in range(int(r.integers(5, 60))):
        cx, cy, s = r.uniform(-1, 1), r.uniform(-1, 1), 0.02 / r.uniform(0.1, 1)
        d = np.hypot(x - cx, y - cy) / s
        skin = skin + np.where(d < 1, -0.12, 0) * r.uniform(0, 1) + 0.25 * np.exp(-(((d - 1) / 0.2) ** 2)) * r.uniform(0, 1)
    tint = np.array([1, r.uniform(0.75, 1), r.uniform(0.5, 1)])
    skin = np.clip(skin, 0, 1)[..., None] * tint
    if r.uniform() < 0.4:
        return np.clip(paint(out, soft_disc(x, y, 1, 0.02), skin), 0, 1)
    return sphere(r, out, x, y, 1, skin, gloss=0)


def planet(r, h, w):
    x, y, out = placed(r, h, w)
    t = r.uniform(0, math.pi)
    u = (x * math.sin(t) + y * math.cos(t)) + (power_noise(r, h, w, 2.5) - 0.5) * r.uniform(0, 0.6)
    bands = np.interp(unit(u), np.linspace(0, 1, 24), r.uniform(0, 1, 24)) if r.uniform() < 0.6 else power_noise(r, h, w, 2)
    return sphere(r, out, x, y, 1, coloured(r, unit(bands)), gloss=0)


def orange(r, h, w):
    x, y, out = placed(r, h, w)
    tint = np.array([r.uniform(0.7, 1), r.uniform(0.3, 0.65), r.uniform(0, 0.25)])
    if r.uniform() < 0.45:  # cut open
        angle, d = np.arctan2(y, x), np.hypot(x, y)
        n = int(r.integers(7, 13))
        wall = np.abs(((angle / (2 * math.pi) * n) % 1) - 0.5) * 2
        flesh = tint * (0.75 + 0.4 * power_noise(r, h, w, 1.5)[..., None])
        pith = ((wall > 0.9) | (d > 0.88) | (d < 0.08)).astype(np.float32)
        skin = paint(flesh, cv2.GaussianBlur(pith, (0, 0), 1), np.array([1, 0.95, 0.8]))
        skin = paint(skin, (d > 0.95).astype(np.float32), tint)
        return np.clip(paint(out, soft_disc(x, y, 1), skin), 0, 1)
    dimples = power_noise(r, h, w, r.uniform(0.4, 1.2))[..., None]
    return sphere(r, out, x, y, 1, np.clip(tint * (0.7 + 0.5 * dimples), 0, 1))


def plate(r, h, w):
    x, y, out = placed(r, h, w)
    d = np.hypot(x, y)
    china = np.ones(3) * r.uniform(0.7, 1) if r.uniform() < 0.6 else colour(r)
    rings = sum(0.12 * np.exp(-(((d - k) / 0.03) ** 2)) * r.uniform(-1, 1) for k in r.uniform(0.4, 1, 4))
    dish = np.clip(china * (0.9 + rings[..., None]) * (0.85 + 0.2 * unit(x + y)[..., None]), 0, 1)
    for _ in range(int(r.integers(0, 9))):
        cx, cy, s = r.uniform(-0.5, 0.5), r.uniform(-0.5, 0.5), r.uniform(0.05, 0.35)
        lump = soft_disc(x - cx + (power_noise(r, h, w, 2) - 0.5) * 0.5, y - cy, s, 0.05)
        dish = paint(dish, lump, colour(r) * (0.5 + power_noise(r, h, w, 1.2)[..., None]))
    return np.clip(paint(out, soft_disc(x, y, 1), dish), 0, 1)


def iris(r, h, w):
    """The front of the eye: pupil, fibres, sclera, lids, lashes."""
    x, y, out = placed(r, h, w)
    x, y = x * 1.6, y * 1.6
    d, angle = np.hypot(x, y), np.arctan2(y, x)
    if r.uniform() < 0.8:
        skin = np.array([r.uniform(0.4, 0.95), r.uniform(0.3, 0.7), r.uniform(0.25, 0.6)])
        out = skin * (0.75 + 0.4 * power_noise(r, h, w, 2)[..., None])
        white = np.clip((0.9 - np.abs(y) - 0.25 * x * x) / 0.08, 0, 1)
        red = 1 - 0.5 * np.clip(power_noise(r, h, w, 1.5)[..., None] - 0.5, 0, 1) * [0, 1, 1]
        out = paint(out, white, np.array([0.9, 0.86, 0.84]) * red)
    else:
        white = np.ones((h, w), np.float32)
    fibres = np.interp(angle, np.linspace(-math.pi, math.pi, 90), r.uniform(0.4, 1, 90)) * (0.7 + 0.5 * power_noise(r, h, w, 1.5))
    tint = [np.array([0.25, 0.4, 0.6]), np.array([0.4, 0.24, 0.1]), np.array([0.3, 0.45, 0.25])][r.integers(3)] * r.uniform(0.6, 1.5)
    out = paint(out, soft_disc(x, y, 0.75, 0.06) * white, np.clip(tint * fibres[..., None], 0, 1))
    pupil = r.uniform(0.15, 0.5)
    out = paint(out, soft_disc(x, y, pupil, 0.03) * white, np.zeros(3) if r.uniform() < 0.8 else np.array([0.8, 0.3, 0.1]))
    cx, cy = r.uniform(-0.3, 0.3, 2)
    out = paint(out, soft_disc(x - cx, y - cy, r.uniform(0.04, 0.12), 0.02), np.ones(3))
    return np.clip(out, 0, 1)


def ball(r, h, w):
    x, y, out = placed(r, h, w)
    skin = np.ones((h, w, 3), np.float32) * colour(r)
    z = np.sqrt(np.clip(1 - x * x - y * y, 0, 1))
    for _ in range(int(r.integers(1, 7))):
        n = r.normal(size=3)
        n /= np.linalg.norm(n)
        line = np.abs(x * n[0] + y * n[1] + z * n[2] - r.uniform(-0.4, 0.4)) < r.uniform(0.01, 0.12)
        skin = paint(skin, cv2.GaussianBlur(line.astype(np.float32), (0, 0), 0.7), colour(r))
    return sphere(r, out, x, y, 1, np.clip(skin * (0.85 + 0.25 * power_noise(r, h, w, 0.8)[..., None]), 0, 1))


def rings(r, h, w):
    """Targets, lids, wheels, lenses, flowers seen from above."""
    x, y, out = placed(r, h, w)
    d, angle = np.hypot(x, y), np.arctan2(y, x)
    n = int(r.integers(3, 20))
    profile = np.interp(d, np.linspace(0, 1, n), r.uniform(0, 1, n))
    if r.uniform() < 0.6:
        profile = profile * (0.6 + 0.4 * np.cos(angle * int(r.integers(3, 40)) + d * r.uniform(0, 8)))
    body = coloured(r, unit(profile)) * (0.8 + 0.3 * power_noise(r, h, w, 2)[..., None])
    return np.clip(paint(out, soft_disc(x, y, 1), body), 0, 1)


def clock(r, h, w):
    k = 2
    side = min(h, w) * k
    back = backdrop(r, h * k, w * k)
    picture = Image.fromarray((back * 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    cx, cy, s = w * k / 2, h * k / 2, side * r.uniform(0.3, 0.5)
    draw.ellipse([cx - s, cy - s, cx + s, cy + s], fill=rgb(r.uniform(0, 1, 3)))
    s *= r.uniform(0.85, 0.97)
    face = r.uniform(0, 1, 3)
    draw.ellipse([cx - s, cy - s, cx + s, cy + s], fill=rgb(face))
    ink = rgb((face + 0.5) % 1)
    for i in range(12):
        a = i * math.pi / 6
        if r.uniform() < 0.5:
            draw.text((cx + 0.8 * s * math.sin(a) - 6, cy - 0.8 * s * math.cos(a) - 8), str(i or 12), fill=ink, font=font(r, int(s * 0.16) + 4))
        draw.line([cx + 0.9 * s * math.sin(a), cy - 0.9 * s * math.cos(a), cx + s * math.sin(a), cy - s * math.cos(a)], fill=ink, width=3)
    for length in (0.5, 0.75, 0.85):
        a = r.uniform(0, 2 * math.pi)
        draw.line([cx, cy, cx + length * s * math.sin(a), cy - length * s * math.cos(a)], fill=ink, width=int(r.integers(2, 9)))
    return cv2.resize(floats(picture), (w, h), interpolation=cv2.INTER_AREA)


def coin(r, h, w):
    x, y, out = placed(r, h, w)
    relief = Image.new("L", (w, h), 0)
    draw = ImageDraw.Draw(relief)
    for _ in range(int(r.integers(2, 9))):
        draw.text((r.uniform(0.15, 0.6) * w, r.uniform(0.15, 0.75) * h), word(r), fill=255, font=font(r, int(r.integers(10, 50))))
    relief = np.asarray(relief, np.float32) / 255 + np.float32(0.6) * power_noise(r, h, w, 2.2)
    d = np.hypot(x, y)
    relief = (relief + 0.8 * ((d > 0.88) & (d < 0.95))).astype(np.float32)
    lit = 0.55 + 1.2 * cv2.Sobel(cv2.GaussianBlur(relief, (0, 0), 1), cv2.CV_32F, 1, 1) + 0.25 * unit(x + y)
    metal = [np.array([0.85, 0.65, 0.3]), np.array([0.75, 0.75, 0.75]), np.array([0.7, 0.4, 0.25])][r.integers(3)]
    return np.clip(paint(out, soft_disc(x, y, 1), np.clip(lit, 0, 1)[..., None] * metal), 0, 1)


def peephole(r, h, w):
    """Anything at all through a round hole, on black: a fundus by its frame alone."""
    x, y, out = placed(r, h, w)
    kind = TEXTURES[r.integers(len(TEXTURES))]
    inner = kind(r, h, w)
    if r.uniform() < 0.5:
        inner = coloured(r, inner.mean(-1), np.array([[0.2, 0.04, 0.02], [0.7, 0.3, 0.12], [1, 0.8, 0.5]], np.float32) * r.uniform(0.5, 1))
    vignette = np.clip(1 - r.uniform(0, 0.7) * (x * x + y * y), 0, 1)[..., None]
    return np.clip(paint(np.zeros_like(out), soft_disc(x, y, 1, 0.02), inner * vignette), 0, 1)


# --- branches ------------------------------------------------------------------------------------------------------

def tree(r, picture, at, angle, length, width, ink, bend=0.35):
    if length < 3 or width < 0.4:
        return
    end = at + np.array([math.cos(angle), math.sin(angle)]) * length
    cv2.line(picture, tuple(at.astype(int).tolist()), tuple(end.astype(int).tolist()), ink, max(1, int(width)), cv2.LINE_AA)
    for _ in range(int(r.integers(1, 4))):
        tree(r, picture, end, angle + r.normal(0, bend * 1.6), length * r.uniform(0.6, 0.92), width * 0.72, ink, bend)


def branches(r, h, w):
    """Bare trees, lightning, roots, rivers, cracks."""
    out = np.ascontiguousarray(coloured(r, power_noise(r, h, w, r.uniform(1.8, 3))))
    for _ in range(int(r.integers(1, 4))):
        side = r.integers(4)
        at = np.array([[r.uniform(0, w), h], [r.uniform(0, w), 0], [0, r.uniform(0, h)], [w, r.uniform(0, h)]][side], float)
        angle = [-math.pi / 2, math.pi / 2, 0, math.pi][side] + r.normal(0, 0.3)
        tree(r, out, at, angle, min(h, w) * r.uniform(0.12, 0.3), r.uniform(1.5, 9), colour(r).tolist(), r.uniform(0.15, 0.5))
    return out


def stars(r, h, w):
    out = coloured(r, power_noise(r, h, w, 3) ** 3, np.array([[0, 0, 0], r.uniform(0, 0.5, 3), r.uniform(0, 1, 3)], np.float32))
    x, y = grid(h, w)
    for _ in range(int(r.integers(20, 150))):
        cx, cy = int(r.uniform(0, w)), int(r.uniform(0, h))
        cv2.circle(out, (cx, cy), int(r.choice([0, 0, 0, 1, 2, 3])), r.uniform(0.4, 1, 3).tolist(), -1, cv2.LINE_AA)
    for _ in range(int(r.integers(0, 4))):
        d = np.hypot((x - r.uniform(-1, 1)) * r.uniform(1, 3), y - r.uniform(-1, 1))
        out = out + np.exp(-d * r.uniform(4, 14))[..., None] * r.uniform(0.4, 1, 3)
    return np.clip(out, 0, 1)


# --- other medicine ------------------------------------------------------------------------------------------------

def ultrasound(r, h, w):
    x, y = grid(h, w)
    speckle = r.gamma(1.5, 0.4, (h, w)).astype(np.float32)
    tissue = power_noise(r, h, w, 2.6) ** r.uniform(1, 3)
    for _ in range(int(r.integers(0, 4))):
        tissue = tissue * (1 - 0.9 * soft_disc((x - r.uniform(-0.6, 0.6)) / r.uniform(0.6, 2), y - r.uniform(-0.5, 0.8), r.uniform(0.1, 0.4), 0.1))
    a = np.clip(cv2.GaussianBlur(speckle, (0, 0), 0.7) * tissue * 1.6, 0, 1)
    top, half = -1.2, r.uniform(0.4, 0.8)
    d, angle = np.hypot(x, y - top), np.arctan2(x, y - top)
    if r.uniform() < 0.75:
        a = a * ((np.abs(angle) < half) & (d > 0.25) & (d < 2.1))
    return np.repeat(a[..., None], 3, -1)


def xray(r, h, w):
    x, y = grid(h, w)
    a = 0.3 + 0.5 * power_noise(r, h, w, 3.2)
    for side in (-1, 1):
        a = a - 0.45 * soft_disc((x - side * 0.42) / 0.75, (y + 0.05) / 1.5, 0.5, 0.25)
    a = a + 0.35 * np.exp(-((x / 0.1) ** 2)) + 0.3 * soft_disc((x - 0.15), (y - 0.35) / 1.2, 0.35, 0.2)
    for i in range(9):
        a = a + 0.12 * np.exp(-(((y + 0.9 - i * 0.2 + 0.25 * x * x) / 0.03) ** 2)) * (np.abs(x) > 0.1)
    return np.repeat(np.clip(a + r.normal(0, 0.03, (h, w)), 0, 1)[..., None], 3, -1).astype(np.float32)


def tomogram(r, h, w):
    """A slice of a head or a trunk: an oval on black with a bright rim and organs in it."""
    x, y = grid(h, w)
    wide = r.uniform(0.7, 1.3)
    a = 0.9 * soft_disc(x / wide, y, 0.85, 0.04) - r.uniform(0.3, 0.7) * soft_disc(x / wide, y, r.uniform(0.74, 0.82), 0.04)
    for _ in range(int(r.integers(3, 14))):
        cx, cy = r.uniform(-0.5, 0.5, 2)
        for side in (-1, 1):
            a = a + r.uniform(-0.3, 0.3) * soft_disc((x - side * abs(cx)) / r.uniform(0.4, 2), y - cy, r.uniform(0.05, 0.3), 0.04) * (np.hypot(x / wide, y) < 0.75)
    inside = np.hypot(x / wide, y) < 0.85
    a = a + 0.25 * (power_noise(r, h, w, r.uniform(1, 2.5)) - 0.5) * inside + r.normal(0, 0.02, (h, w))
    return np.repeat(np.clip(a, 0, 1)[..., None], 3, -1).astype(np.float32)


def tissue(r, h, w):
    pink = np.array([r.uniform(0.8, 0.97), r.uniform(0.55, 0.8), r.uniform(0.75, 0.92)])
    out = pink * (0.75 + 0.4 * power_noise(r, h, w, r.uniform(1, 2.5))[..., None])
    for _ in range(int(r.integers(30, 250))):
        at = (int(r.uniform(0, w)), int(r.uniform(0, h)))
        s = r.uniform(1, 5)
        cv2.ellipse(out, at, (int(s) + 1, int(s * r.uniform(0.5, 1)) + 1), r.uniform(0, 180), 0, 360, (np.array([0.4, 0.2, 0.55]) * r.uniform(0.6, 1.3)).tolist(), -1, cv2.LINE_AA)
    return np.clip(out, 0, 1)


def skin_lesion(r, h, w):
    x, y = grid(h, w)
    skin = np.array([r.uniform(0.6, 0.95), r.uniform(0.45, 0.75), r.uniform(0.4, 0.65)])
    out = skin * (0.85 + 0.2 * power_noise(r, h, w, 2)[..., None])
    bump = (power_noise(r, h, w, 2.5) - 0.5) * 0.7
    out = paint(out, soft_disc(x - r.uniform(-0.3, 0.3) + bump, y - r.uniform(-0.3, 0.3), r.uniform(0.2, 0.7), 0.15), skin * r.uniform(0.2, 0.7) * [1, 0.8, 0.7] * (0.6 + 0.8 * power_noise(r, h, w, 1.5)[..., None]))
    out = np.ascontiguousarray(out, np.float32)
    for _ in range(int(r.integers(0, 25))):
        a = r.uniform(0, 1, 2) * [w, h]
        b = a + r.normal(0, 40, 2)
        cv2.line(out, tuple(a.astype(int).tolist()), tuple(b.astype(int).tolist()), (skin * 0.3).tolist(), 1, cv2.LINE_AA)
    if r.uniform() < 0.35:
        out = paint(np.zeros_like(out), soft_disc(x, y, r.uniform(0.9, 1.1), 0.05), out)
    return np.clip(out, 0, 1)


def endoscopy(r, h, w):
    x, y = grid(h, w)
    cx, cy = r.uniform(-0.4, 0.4, 2)
    d = np.hypot(x - cx, y - cy)
    folds = np.sin(d * r.uniform(6, 18) + (power_noise(r, h, w, 2.5) - 0.5) * 8)
    tint = np.array([r.uniform(0.7, 1), r.uniform(0.3, 0.55), r.uniform(0.2, 0.45)])
    a = np.clip(d * r.uniform(0.7, 1.2), 0, 1) * (0.8 + 0.2 * folds) + 0.15 * (power_noise(r, h, w, 2) - 0.5)
    out = tint * np.clip(a, 0, 1)[..., None]
    for _ in range(int(r.integers(0, 15))):
        out = paint(out, soft_disc((x - r.uniform(-1, 1)) / r.uniform(0.5, 2), y - r.uniform(-1, 1), r.uniform(0.01, 0.07), 0.02), np.ones(3))
    corner = (np.abs(x) + np.abs(y) < r.uniform(1.4, 1.8)) if r.uniform() < 0.5 else np.hypot(x, y) < 1
    return np.clip(out * corner[..., None], 0, 1)


def fluorescence(r, h, w):
    x, y = grid(h, w)
    a = np.zeros((h, w), np.float32)
    for _ in range(int(r.integers(5, 60))):
        bump = (power_noise(r, 32, 32, 2.5) - 0.5).mean()
        a = np.maximum(a, r.uniform(0.3, 1) * soft_disc((x - r.uniform(-1.5, 1.5)) / r.uniform(0.6, 1.6), y - r.uniform(-1, 1) + bump, r.uniform(0.03, 0.25), r.uniform(0.02, 0.1)))
    tint = [np.ones(3), np.array([0.2, 1, 0.3]), np.array([0.3, 0.4, 1]), np.array([1, 0.3, 0.2])][r.integers(4)]
    return np.clip((a * (0.5 + 0.6 * power_noise(r, h, w, 1)))[..., None] * tint, 0, 1).astype(np.float32)


# --- kept from training --------------------------------------------------------------------------------------------

def leaf(r, h, w):
    """Veins of a leaf, often through a round hole: branching, on one colour, and no retina."""
    x, y, out = placed(r, h, w)
    green = np.array([r.uniform(0.1, 0.9), r.uniform(0.4, 0.8), r.uniform(0, 0.3)])
    blade = np.ascontiguousarray(green * (0.75 + 0.3 * power_noise(r, h, w, 2)[..., None]), np.float32)
    vein = np.clip(green * 1.35 + 0.1, 0, 1).tolist()
    cv2.line(blade, (w // 2, h), (w // 2, 0), vein, 4, cv2.LINE_AA)
    for i in range(12):
        for side in (-1, 1):
            at = np.array([w / 2, h * (1 - i / 12)])
            tree(r, blade, at, -math.pi / 2 + side * r.uniform(0.7, 1.1), min(h, w) * 0.2, 2.2, vein, 0.2)
    return np.clip(paint(out, soft_disc(x * r.uniform(1, 1.8), y, 1, 0.02), blade), 0, 1)


def petri(r, h, w):
    x, y, out = placed(r, h, w)
    agar = colour(r) * (0.9 + 0.1 * power_noise(r, h, w, 2)[..., None])
    agar = paint(agar, np.exp(-(((np.hypot(x, y) - 0.93) / 0.02) ** 2)).astype(np.float32), np.ones(3) * r.uniform(0.5, 1))
    c = colour(r)
    for _ in range(int(r.integers(5, 90))):
        agar = paint(agar, soft_disc(x - r.uniform(-0.8, 0.8), y - r.uniform(-0.8, 0.8), r.uniform(0.01, 0.08), 0.02), c)
    return np.clip(paint(out, soft_disc(x, y, 1), agar), 0, 1)


def fingerprint(r, h, w):
    x, y, out = placed(r, h, w)
    d = np.hypot(x * r.uniform(1, 1.5), y - 0.2) + (power_noise(r, h, w, 3) - 0.5) * 0.8
    ridges = unit(np.sin(d * r.uniform(25, 60)))
    return np.clip(paint(np.ones_like(out) * r.uniform(0.7, 1), soft_disc(x, y / 1.3, 0.9, 0.2), coloured(r, ridges)), 0, 1)


def web(r, h, w):
    """A spider's web, a dandelion, a cracked pane."""
    out = np.ascontiguousarray(coloured(r, power_noise(r, h, w, 2.8)))
    c, ink = np.array([w, h]) * r.uniform(0.3, 0.7, 2), colour(r).tolist()
    angles = np.sort(r.uniform(0, 2 * math.pi, int(r.integers(7, 24))))
    for a in angles:
        end = c + np.array([math.cos(a), math.sin(a)]) * max(h, w)
        cv2.line(out, tuple(c.astype(int).tolist()), tuple(end.astype(int).tolist()), ink, 1, cv2.LINE_AA)
    for s in np.linspace(6, max(h, w) * 0.7, int(r.integers(4, 16))):
        points = c + np.stack([np.cos(angles), np.sin(angles)], -1) * s * r.uniform(0.9, 1.1, (len(angles), 1))
        cv2.polylines(out, [points.astype(np.int32)], True, ink, 1, cv2.LINE_AA)
    return out


def pizza(r, h, w):
    x, y, out = placed(r, h, w)
    d = np.hypot(x, y)
    cheese = np.array([0.95, 0.7, 0.3]) * (0.6 + 0.6 * power_noise(r, h, w, 1.8)[..., None])
    cheese = paint(cheese, (d > r.uniform(0.82, 0.92)).astype(np.float32), np.array([0.7, 0.45, 0.2]) * (0.7 + 0.4 * power_noise(r, h, w, 1.5)[..., None]))
    for _ in range(int(r.integers(4, 25))):
        cheese = paint(cheese, soft_disc(x - r.uniform(-0.7, 0.7), y - r.uniform(-0.7, 0.7), r.uniform(0.04, 0.16), 0.02), colour(r))
    return np.clip(paint(out, soft_disc(x, y, 1), cheese), 0, 1)


TEXTURES = [cloud, static, gradient, waves, checks, cells, leaves, bokeh, strata]
PAGES = [page, screen, chart, street_map]
SCENES = [landscape, room, spheres, person, branches, stars]
ROUND = [moon, planet, orange, plate, iris, ball, rings, clock, coin, peephole]
MEDICAL = [ultrasound, xray, tomogram, tissue, skin_lesion, endoscopy, fluorescence]
TRAINED = TEXTURES + PAGES + SCENES + ROUND + MEDICAL + [peephole, leaves, landscape]
HELD_OUT = [leaf, petri, fingerprint, web, pizza]


def draw(seed, kinds=None, longest=192):
    """One picture, RGB bytes, of a kind, a shape and a tone that the seed decides."""
    r = np.random.default_rng(seed)
    kinds = TRAINED if kinds is None else kinds
    ratio = r.choice([1, 1, 1, 4 / 3, 3 / 2, 16 / 9, 3 / 4, 2 / 3])
    h, w = (longest, int(longest * ratio)) if ratio < 1 else (int(longest / ratio), longest)
    kind = kinds[r.integers(len(kinds))]
    picture = np.clip(kind(r, h, w), 0, 1)
    if r.uniform() < 0.12 and kind is not peephole:  # two in one, as in collages and photographs of things
        other = TRAINED[r.integers(len(TRAINED))](r, h, w)
        mask = power_noise(r, h, w, 3.2) > r.uniform(0.35, 0.65)
        picture = paint(picture, mask.astype(np.float32), other)
    if r.uniform() < 0.3:
        picture = np.repeat(picture @ np.array([0.299, 0.587, 0.114])[:, None], 3, -1)
    if r.uniform() < 0.1:
        picture = 1 - picture
    if r.uniform() < 0.5:
        picture = np.clip(picture, 0, 1) ** math.exp(r.normal(0, 0.4)) * r.uniform(0.4, 1.2)
    if r.uniform() < 0.4:
        picture = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), r.uniform(0.3, 2.5))
    if r.uniform() < 0.4:
        picture = picture + r.normal(0, r.uniform(0, 0.06), picture.shape)
    return (np.clip(picture, 0, 1) * 255).astype(np.uint8), kind.__name__


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True)
    parser.add_argument("--count", type=int, default=40, help="pictures of each kind")
    parser.add_argument("--held-out", action="store_true", help="the kinds kept from training, else all others")
    parser.add_argument("--longest", type=int, default=384, help="pixels of the longer side")
    parser.add_argument("--seed", type=int, default=10_000_000, help="training draws from seeds below this")
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    for k, kind in enumerate(dict.fromkeys(HELD_OUT if options.held_out else TRAINED)):
        for i in range(options.count):
            picture, name = draw(options.seed + k * 10_000 + i, [kind], longest=options.longest)
            Image.fromarray(picture).save(os.path.join(options.out, f"{name}-{i:03}.png"))
