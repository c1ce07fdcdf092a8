"""OCT B-scans of phantoms beside real ones: brightness, grain and the profile across the layers.

    npx fovea phantom --modality oct --count 60 --seed 2026 -o WORK/oct
    python training/phantom_oct_statistics.py WORK/oct/images [--real ../shared/data/oct/NORMAL] [--count 60]

Grain: correlation of a pixel with its neighbours after what is slower than 3 pixels was taken away. Profile: mean grey of
columns flattened on the brightest line (pigment epithelium), columns 60 to 140 and 370 to 450 of 512, off the fovea.
"""
import argparse
import json
import pathlib

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter


def measures(grey):
    smooth = gaussian_filter(grey, 6)
    fine = grey - gaussian_filter(grey, 3)
    upper = np.arange(len(grey))[:, None] < 0.45 * len(grey)
    found = {}
    for name, inside in (("tissue", (smooth > 60) & (smooth < 120)), ("vitreous", (smooth > 5) & (smooth < 35) & upper)):
        if inside.sum() < 2000:
            continue

        def neighbours(rows, columns):
            a, b = fine[: len(fine) - rows, : fine.shape[1] - columns], fine[rows:, columns:]
            both = inside[: len(fine) - rows, : fine.shape[1] - columns] & inside[rows:, columns:]
            return float((a[both] * b[both]).mean() / (fine[inside] ** 2).mean())

        found[f"{name}: mean"] = float(grey[inside].mean())
        found[f"{name}: fine deviation"] = float(fine[inside].std())
        found[f"{name}: correlation across"] = neighbours(0, 1)
        found[f"{name}: correlation along the beam"] = neighbours(1, 0)
    return found


def profile(grey):
    lines = []
    line = gaussian_filter(grey, 2).argmax(0)
    level = np.median(line)
    for column in [*range(60, 140, 8), *range(370, 450, 8)]:
        row = line[column]
        if abs(row - level) < 60 and 130 < row < len(grey) - 76:
            lines.append(grey[row - 120 : row + 70, column])
    return lines


def study(paths):
    found, lines = [], []
    for path in paths:
        grey = np.asarray(Image.open(path).convert("L"), float)
        # White corners are no scan.
        if grey.shape != (496, 512) or (grey > 250).mean() > 0.02:
            continue
        found.append(measures(grey))
        lines += profile(grey)
    median = {key: round(float(np.median([f[key] for f in found if key in f])), 2) for key in found[0]}
    mean = np.mean(lines, 0)
    at = {"inner limiting and nerve fibres": -78, "ganglion and inner plexiform": -64, "inner nuclear": -48, "outer plexiform": -41, "outer nuclear": -24, "ellipsoid": -9, "pigment epithelium": 0, "choroid 45 µm below": 12, "choroid 230 µm below": 60}
    return {"scans": len(found), **median, **{f"grey: {name}": round(float(mean[120 + k])) for name, k in at.items()}}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("phantoms", type=pathlib.Path)
    parser.add_argument("--real", type=pathlib.Path, default="../shared/data/oct/NORMAL")
    parser.add_argument("--count", type=int, default=200)
    options = parser.parse_args()
    real = study(sorted(options.real.glob("*.jp*g"))[: options.count])
    phantoms = study(sorted(options.phantoms.glob("*.png"))[: options.count])
    print(json.dumps({key: [real[key], phantoms[key]] for key in real}, indent=1))


if __name__ == "__main__":
    main()
