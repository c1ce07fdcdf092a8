"""Phantoms beside photographs, for docs/phantom.md: tables on the terminal, plots as SVG, a contact sheet.

    npx fovea phantom --count 48 --size 565 --masks --seed 9000 -o HEALTHY
    npx fovea phantom --disease mixed --count 24 --size 565 --masks --seed 5000 -o MIXED
    python training/phantom_statistics.py HEALTHY MIXED [--data ../shared/data] [--docs docs]

Colour and spectrum: ODIR's first 120 normal pictures without artefacts. Vessels: DRIVE's manual masks. Disc and fovea:
IDRiD (50 degrees), its disc masks. No real picture has its fovea marked there, so the fovea is found in both by the same
rule, and the rule's error is known on phantoms. Nothing of a real picture but these numbers is written.
"""

import argparse
import csv
import glob
import json
import pathlib

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

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


def report(name, measured):
    means, within, rings, spectra = (np.array(column) for column in zip(*measured))
    ratio = means / means[:, :1]
    line = lambda label, values, digits=2: print(f'  {label:<38}', np.round(values, digits))
    print(f'{name}: {len(measured)} pictures')
    line('mean R G B', means.mean(0), 0)
    line('its deviation between pictures', means.std(0), 0)
    line('deviation within a picture', within.mean(0), 0)
    line('G/R, B/R', ratio.mean(0)[1:])
    line('their deviation', ratio.std(0)[1:])
    for c, colour in enumerate('RGB'):
        line(f'{colour} from centre to margin', np.median(rings[:, :, c] / rings[:, :1, c], axis=0))
    line('spectrum of G, log10 power an octave', spectra.mean(0))


def grey(path):
    return np.asarray(Image.open(path).convert('L'))


def slope(spectrum):
    """Least-squares slope of log10 power over log10 cycles, at the geometric middle of each octave."""
    return np.polyfit(np.log10(np.sqrt([8, 32, 128, 512, 2048, 64 * 110])), spectrum, 1)[0]


def fovea(green, disc, field, radius):
    """The darkest place, smoothed over 0.6 degrees, 10 to 26 degrees from the disc towards the middle of the picture."""
    degree = 2 * radius / field
    smooth = gaussian_filter(green.astype(float), 0.6 * degree)
    y, x = np.mgrid[: green.shape[0], : green.shape[1]]
    dx, dy = (x - disc[0]) / degree, (y - disc[1]) / degree
    r = np.hypot(dx, dy)
    side = np.sign(green.shape[1] / 2 - disc[0])
    ring = (r > 10) & (r < 26) & (np.abs(dy) < 0.3 * r) & (dx * side > 0)
    place = np.unravel_index(np.argmin(np.where(ring, smooth, np.inf)), green.shape)
    return np.array([place[1], place[0]])


def landmarks(path, mask, field):
    """Height of the disc and distance of the fovea found, in degrees; None where the mask is empty."""
    pixels = np.asarray(Image.open(path).convert('RGB'))
    rows, columns = np.where(mask > 0)
    if not len(rows):
        return None
    radius = np.ptp(np.where(pixels.max(2) > 25)[1]) / 2
    disc = np.array([columns.mean(), rows.mean()])
    place = fovea(pixels[..., 1], disc, field, radius)
    degree = 2 * radius / field
    return np.ptp(rows) / degree, np.hypot(*(place - disc)) / degree, place


BLUE, ORANGE, INK = '#2b6cb0', '#c05621', '#2d3748'


class Panel:
    """One plot of the sheet: strips of points with quartiles, or lines with a band."""

    def __init__(self, x, y, title, low, high, ticks):
        self.x, self.y, self.low, self.high = x, y, low, high
        self.parts = [f'<text x="{x}" y="{y - 14}" font-weight="600">{title}</text>']
        for tick in ticks:
            at = self.height(tick)
            self.parts.append(f'<path d="M{x} {at:.1f}h270" stroke="#e2e8f0"/><text x="{x - 6}" y="{at + 4:.1f}" text-anchor="end" fill="#718096">{tick:g}</text>')

    def height(self, value):
        return self.y + 190 * (1 - (value - self.low) / (self.high - self.low))

    def strip(self, values, at, colour, label):
        jitter = np.random.default_rng(1).uniform(-11, 11, len(values))
        x = self.x + at
        inside = np.clip(values, self.low, self.high)
        self.parts += [f'<circle cx="{x + j:.1f}" cy="{self.height(v):.1f}" r="1.8" fill="{colour}" fill-opacity=".45"/>' for v, j in zip(inside, jitter)]
        first, middle, last = np.percentile(values, [25, 50, 75])
        self.parts.append(f'<rect x="{x - 15}" y="{self.height(last):.1f}" width="30" height="{self.height(first) - self.height(last):.1f}" fill="none" stroke="{colour}" stroke-width="1.5"/><path d="M{x - 15} {self.height(middle):.1f}h30" stroke="{colour}" stroke-width="3"/><text x="{x}" y="{self.y + 208}" text-anchor="middle" fill="{colour}">{label}</text>')

    def line(self, values, colour, labels):
        xs = self.x + 20 + 46 * np.arange(values.shape[1])
        low, middle, high = np.percentile(values, [25, 50, 75], axis=0)
        path = lambda ys, order: ' '.join(f'{x:.0f},{self.height(v):.1f}' for x, v in list(zip(xs, ys))[::order])
        self.parts.append(f'<polygon points="{path(low, 1)} {path(high, -1)}" fill="{colour}" fill-opacity=".18"/><polyline points="{path(middle, 1)}" fill="none" stroke="{colour}" stroke-width="2"/>')
        self.parts += [f'<text x="{x:.0f}" y="{self.y + 208}" text-anchor="middle" fill="#718096">{text}</text>' for x, text in zip(xs, labels)]


def drawn(panels, path):
    body = ''.join(''.join(panel.parts) for panel in panels)
    legend = f'<circle cx="60" cy="22" r="6" fill="{BLUE}"/><text x="72" y="26">photographs</text><circle cx="172" cy="22" r="6" fill="{ORANGE}"/><text x="184" y="26">phantoms</text><text x="270" y="26" fill="#718096">boxes and bands: quartiles</text>'
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1080 600" font-family="system-ui, sans-serif" font-size="12" fill="{INK}"><title>Phantoms beside photographs: colour, vessel share, spectrum, disc and fovea</title><rect width="1080" height="600" fill="#fff"/>{legend}{body}</svg>\n')


def sheet(folder, path):
    """The first 24 pictures of a set, six in a row; nothing is picked."""
    side = 200
    page = Image.new('RGB', (6 * side, 4 * side))
    for i, name in enumerate(sorted(glob.glob(f'{folder}/images/*.png'))[:24]):
        page.paste(Image.open(name).convert('RGB').resize((side, side), Image.LANCZOS), (i % 6 * side, i // 6 * side))
    page.save(path, quality=85, comment=b'Synthetic: 24 pictures by fovea phantom. Research use only, not a medical device.')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('healthy', type=pathlib.Path)
    parser.add_argument('mixed', type=pathlib.Path)
    parser.add_argument('--data', default='../shared/data', type=pathlib.Path)
    parser.add_argument('--docs', default='docs', type=pathlib.Path)
    options = parser.parse_args()
    data, healthy = options.data, options.healthy

    rows = csv.DictReader(open(data / 'odir/labels.csv'))
    normal = [data / 'odir' / row['file'] for row in rows if row['labels'] == 'N' and row['artefact'] == '0'][:COUNT]
    pictures = sorted((healthy / 'images').glob('*.png'))
    real, ours = [measure(path) for path in normal], [measure(path) for path in pictures]
    report('ODIR, normal', real)
    report('phantoms', ours)

    density = lambda vessel, field: (vessel[field > 0] > 127).mean()
    drive = [density(grey(path), grey(next((data / 'drive/mask').glob(path.name[:2] + '_*')))) for path in sorted((data / 'drive/1st_manual').glob('*.png'))]
    dense = [density(grey(healthy / 'masks/vessel' / path.name), grey(healthy / 'masks/field' / path.name)) for path in pictures]

    truths = [json.loads(line) for line in open(healthy / 'truth.jsonl')]
    marks, errors = [], []
    for truth in truths:
        name = pathlib.Path(truth['file']).name
        found = landmarks(healthy / truth['file'], grey(healthy / 'masks/disc' / name), 45)
        marks.append(found[:2])
        errors.append(np.hypot(*(found[2] - truth['foveaCentre'])) * truth['micrometresPerPixel'] / 1000)
    masks = sorted((data / 'idrid/masks_OD').glob('*.png'))
    idrid = [landmarks(data / 'idrid/images' / f'{path.stem[:-3]}.jpg', grey(path), 50) for path in masks]
    idrid = np.array([found[:2] for found in idrid if found])
    marks = np.array(marks)
    slopes = [np.array([slope(one[3]) for one in several]) for several in (real, ours)]

    spread = lambda values: f'{np.mean(values):.3f} ± {np.std(values):.3f} (n {len(values)})'
    print('vessel share of the field     DRIVE', spread(drive), ' phantoms', spread(dense))
    print('slope of the spectrum         ODIR ', spread(slopes[0]), ' phantoms', spread(slopes[1]))
    print('height of the disc, degrees   IDRiD', spread(idrid[:, 0]), ' phantoms', spread(marks[:, 0]))
    print('disc to fovea found, degrees  IDRiD', spread(idrid[:, 1]), ' phantoms', spread(marks[:, 1]), ' medians', np.median(idrid[:, 1]).round(2), np.median(marks[:, 1]).round(2))
    ratio, ourRatio = idrid[:, 1] / idrid[:, 0], marks[:, 1] / marks[:, 0]
    print('the same in heights of the disc IDRiD', spread(ratio), ' phantoms', spread(ourRatio), ' medians', np.median(ratio).round(2), np.median(ourRatio).round(2))
    print('error of the fovea found in phantoms, mm: median', np.median(errors).round(3), '90th percentile', np.percentile(errors, 90).round(3))

    pair = lambda panel, a, b, names: (panel.strip(a, 80, BLUE, names), panel.strip(b, 190, ORANGE, 'phantoms'))
    colour = Panel(50, 70, 'Mean red, green, blue within the field (ODIR)', 0, 250, [0, 50, 100, 150, 200, 250])
    for c, name in enumerate('RGB'):
        colour.strip([one[0][c] for one in real], 35 + 90 * c, BLUE, name)
        colour.strip([one[0][c] for one in ours], 70 + 90 * c, ORANGE, name)
    share = Panel(400, 70, 'Share of the field that is vessel (DRIVE)', 0.04, 0.18, [0.04, 0.08, 0.12, 0.16])
    pair(share, drive, dense, 'DRIVE')
    power = Panel(750, 70, 'log10 power of green by cycles across (ODIR)', 3, 10, [3, 4, 5, 6, 7, 8, 9, 10])
    for several, tint in ((real, BLUE), (ours, ORANGE)):
        power.line(np.array([one[3] for one in several]), tint, ['2–4', '4–8', '8–16', '16–32', '32–64', '64–110'])
    steep = Panel(50, 350, 'Slope of that spectrum (ODIR)', -4, -2, [-4, -3.5, -3, -2.5, -2])
    pair(steep, *slopes, 'ODIR')
    height = Panel(400, 350, 'Height of the disc, degrees (IDRiD)', 3, 10, [3, 4, 5, 6, 7, 8, 9, 10])
    pair(height, idrid[:, 0], marks[:, 0], 'IDRiD')
    distance = Panel(750, 350, 'Disc to fovea as found, in disc heights (IDRiD)', 1, 4, [1, 1.5, 2, 2.5, 3, 3.5, 4])
    pair(distance, ratio, ourRatio, 'IDRiD')
    drawn([colour, share, power, steep, height, distance], options.docs / 'phantom-statistics.svg')
    sheet(options.mixed, options.docs / 'phantom-sheet.jpg')


if __name__ == '__main__':
    main()
