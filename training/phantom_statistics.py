"""Colour, illumination and spectrum of photographs beside those of phantoms, for docs/phantom.md.

    python phantom_statistics.py ODIR_FOLDER PHANTOM_FOLDER

ODIR_FOLDER holds labels.csv; its first 120 normal pictures without artefacts are measured. PHANTOM_FOLDER holds the PNG
files of `fovea phantom --size 320 --count 120` (its images/). Nothing is written.
"""

import csv
import glob
import sys

import numpy as np
from PIL import Image

COUNT = 120


def measure(path):
    pixels = np.asarray(Image.open(path).convert('RGB')).astype(float)
    lit = pixels.max(2) > 25
    rows, columns = np.where(lit)
    cx, cy = (columns.min() + columns.max()) / 2, (rows.min() + rows.max()) / 2
    radius = max(np.ptp(columns), np.ptp(rows)) / 2
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    r = np.hypot(x - cx, y - cy) / radius
    lit &= r < 0.97
    rings = [pixels[lit & (r >= i / 5) & (r < (i + 1) / 5)].mean(0) for i in range(5)]
    return pixels[lit].mean(0), pixels[lit].std(0), np.array(rings), spectrum(pixels[..., 1], cx, cy, radius)


def spectrum(green, cx, cy, radius):
    """log10 of the power in octaves of 2–4 … 64–110 cycles across the central square, scaled to 256 pixels."""
    half = int(radius * 0.62)
    square = green[max(0, int(cy) - half) : int(cy) + half, max(0, int(cx) - half) : int(cx) + half]
    scaled = np.asarray(Image.fromarray(square.astype(np.uint8)).resize((256, 256), Image.LANCZOS)).astype(float)
    window = np.hanning(256)
    power = np.abs(np.fft.fftshift(np.fft.fft2((scaled - scaled.mean()) * np.outer(window, window)))) ** 2
    y, x = np.mgrid[-128:128, -128:128]
    k = np.hypot(x, y).astype(int).ravel()
    radial = np.bincount(k, power.ravel()) / np.bincount(k)
    octaves = [(2, 4), (4, 8), (8, 16), (16, 32), (32, 64), (64, 110)]
    return np.log10([radial[low:high].mean() for low, high in octaves])


def report(name, paths):
    means, within, rings, spectra = (np.array(column) for column in zip(*map(measure, paths)))
    ratio = means / means[:, :1]
    line = lambda label, values, digits=2: print(f'  {label:<38}', np.round(values, digits))
    print(f'{name}: {len(paths)} pictures')
    line('mean R G B', means.mean(0), 0)
    line('its deviation between pictures', means.std(0), 0)
    line('deviation within a picture', within.mean(0), 0)
    line('G/R, B/R', ratio.mean(0)[1:])
    line('their deviation', ratio.std(0)[1:])
    for c, colour in enumerate('RGB'):
        line(f'{colour} from centre to margin', np.median(rings[:, :, c] / rings[:, :1, c], axis=0))
    line('spectrum of G, log10 power an octave', spectra.mean(0))


if __name__ == '__main__':
    odir, phantoms = sys.argv[1:]
    rows = csv.DictReader(open(f'{odir}/labels.csv'))
    normal = [f"{odir}/{row['file']}" for row in rows if row['labels'] == 'N' and row['artefact'] == '0']
    report('ODIR, normal', normal[:COUNT])
    report('phantoms', sorted(glob.glob(f'{phantoms}/*.png'))[:COUNT])
