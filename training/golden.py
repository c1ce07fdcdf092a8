"""Writes what real PIL and real Keras make of pictures, for the tests to compare with.

    python training/golden.py             the answers alone, after a change of the model
    python training/golden.py --draw      the pictures too

test/fixtures/*.jpg|png        pictures drawn here, one for each thing that a decoder can get wrong
test/golden/fundus-disease.json  for each of them, and for some real photographs (by their path under ../shared/data,
                               which is not part of the repository): SHA-256 of PIL's RGB bytes, and the
                               probabilities that Keras gives with the contract of models/fundus-disease
"""
import hashlib
import json
import os
import pathlib
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import cv2
import keras
import numpy as np
import PIL
import tensorflow as tf
from PIL import Image, ImageCms, ImageDraw, ImageFilter, ImageOps

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL = ROOT / "models/fundus-disease"
FIXTURES = ROOT / "test/fixtures"
SHARED = ROOT / "../shared/data"
MAX_FIXTURE_BYTES = 60_000
PHOTOGRAPHS = [
    "fullres/10_left.jpeg",
    "fullres/13_right.jpeg",
    "fullres/16_left.jpeg",
    "odir/images/0_right.jpg",
    "odir/images/2_right.jpg",
    "eyepacs/images/10003_left.jpeg",
    "idrid/images/IDRiD_15.jpg",
    "drive/images/21_training.png",
    "chase/Image_01L.jpg",
    "oct/DME/DME-1081406-1.jpeg",
]
# Not retinal: decoded only.
ODD = [
    "odd/hopper_orientation_3.jpg",
    "odd/hopper_orientation_6.jpg",
    "odd/hopper_orientation_8.jpg",
    "odd/pil_sample_cmyk.jpg",
    "odd/broken_exif_dpi.jpg",
    "odd/truncated_exif_dpi.jpg",
    "odd/16bit.cropped.tif",
    "odd/12in16bit.tif",
    "odd/tiff_16bit_RGB.tiff",
    "odd/tiff_strip_cmyk_jpeg.tif",
]


def eye(width, height, seed):
    """A crude fundus: a disc of colour with an optic disc and some vessels, enough for a decoder to work on."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    radius = 0.47 * min(width, height)
    u, v = (x - width / 2) / radius, (y - height / 2) / radius
    far = np.sqrt(u * u + v * v)
    disc = np.exp(-((u - 0.45) ** 2 + (v + 0.05) ** 2) / 0.02)[..., None]
    field = np.array([205.0, 95.0, 40.0]) * (1.05 - 0.5 * far[..., None] ** 2)
    picture = Image.fromarray(np.clip(field + disc * np.array([50.0, 120.0, 90.0]), 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    for side in (-1, 1, -1, 1):
        reach, bend = random.uniform(0.7, 1.1), random.uniform(0.35, 0.6)
        way = [(0.45 - reach * t, -0.05 + side * bend * np.sin(2.4 * t)) for t in np.linspace(0, 1, 24)]
        points = [(width / 2 + a * radius, height / 2 + b * radius) for a, b in way]
        pen.line(points, fill=(120, 30, 20), width=max(1, int(radius * 0.02)), joint="curve")
    pixels = np.asarray(picture.filter(ImageFilter.GaussianBlur(0.6))).copy()
    pixels[far > 1] = 0
    return Image.fromarray(pixels)


def swapped_profile():
    """An sRGB profile whose red and blue primaries are exchanged: whoever applies it is seen at once."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(profile)


def draw_fixtures():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    save = lambda picture, name, **options: picture.save(FIXTURES / name, **options)
    upright = Image.Exif()
    upright[0x0112] = 6
    save(eye(224, 224, 1), "square.jpg", quality=92)
    save(eye(1500, 1100, 2), "large.jpg", quality=60)
    save(eye(300, 500, 3), "narrow.jpg", quality=85)
    save(eye(400, 300, 4), "progressive.jpg", quality=80, progressive=True, subsampling=0)
    save(eye(320, 240, 5), "turned.jpg", quality=85, exif=upright)
    save(eye(260, 260, 6).convert("CMYK"), "cmyk.jpg", quality=85)
    save(eye(240, 200, 7).convert("L"), "grey.jpg", quality=85)
    save(eye(300, 225, 8), "profile.jpg", quality=85, icc_profile=swapped_profile())
    save(eye(200, 160, 9).convert("L"), "grey.png", optimize=True)
    save(eye(180, 180, 10).quantize(64), "palette.png", optimize=True)
    clear = eye(150, 150, 11)
    clear.putalpha(Image.fromarray(np.tile(np.linspace(0, 255, 150).astype(np.uint8), (150, 1))))
    save(clear, "alpha.png", optimize=True)
    # 16 bits: the lower byte is noise, so that rounding and cutting differ.
    noise = np.random.default_rng(12).integers(0, 256, (90, 100, 3)).astype(np.uint16)
    deep = np.asarray(eye(100, 90, 12)).astype(np.uint16) * 256 + noise
    cv2.imwrite(str(FIXTURES / "deep.png"), deep[..., ::-1])
    cv2.imwrite(str(FIXTURES / "deep-grey.png"), deep[..., 1])
    for file in FIXTURES.iterdir():
        assert file.stat().st_size <= MAX_FIXTURE_BYTES, f"{file} has {file.stat().st_size} bytes"


def read(file):
    """As serving must read it: upright, RGB; of 16 bits the upper byte (PIL's own convert would clip them)."""
    image = ImageOps.exif_transpose(Image.open(file))
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8))
    return image.convert("RGB")


def lit_field(image):
    """The box of the lit field, by the words of src/image/field.ts and none of its code."""
    brightest = np.asarray(image).max(2)
    lit = brightest > max(12, 0.15 * np.percentile(brightest, 99, method="inverted_cdf"))
    columns = np.flatnonzero(lit.sum(0) >= 0.03 * image.height)
    rows = np.flatnonzero(lit.sum(1) >= 0.03 * image.width)
    whole = (0, 0, image.width, image.height)
    if len(columns) == 0 or len(rows) == 0:
        return whole
    box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    least = 0.25 * max(image.size)
    return whole if box[2] - box[0] < least or box[3] - box[1] < least else tuple(map(int, box))


def pixels_of(image):
    digest = hashlib.sha256(np.asarray(image).tobytes()).hexdigest()
    return {"width": image.width, "height": image.height, "sha256": digest}


def main():
    if "--draw" in sys.argv:
        draw_fixtures()
    manifest = json.loads((MODEL / "model.json").read_text())
    contract = manifest["preprocessing"]
    assert contract["crop"] == "field_of_view" and contract["resample"] == "pil_bilinear"
    size = (contract["size"]["width"], contract["size"]["height"])
    model = keras.models.load_model(MODEL / manifest["file"], compile=False)

    def answer(file):
        image = read(file)
        box = lit_field(image)
        # Pixels beyond the box take part in its edge, as in `resize` with a box.
        frame = ImageOps.contain(Image.new("L", (box[2] - box[0], box[3] - box[1])), size)
        seen = ImageOps.pad(image.resize(frame.size, Image.BILINEAR, box=box), size)
        batch = np.asarray(seen, np.float32)[np.newaxis] / 255.0
        return {**pixels_of(image), "probabilities": [float(p) for p in model.predict(batch, verbose=0)[0]]}

    made_with = dict(pillow=PIL.__version__, keras=keras.__version__, tensorflow=tf.__version__)
    golden = {
        "madeWith": made_with,
        "model": manifest["sha256"],
        "fixtures": {file.name: answer(file) for file in sorted(FIXTURES.iterdir()) if file.suffix in {".jpg", ".png"}},
        "shared": {path: answer(SHARED / path) for path in PHOTOGRAPHS},
        "decoded": {path: pixels_of(read(SHARED / path)) for path in ODD},
    }
    out = ROOT / "test/golden/fundus-disease.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(golden, indent=2) + "\n")
    subprocess.run([ROOT / "node_modules/.bin/biome", "format", "--write", out], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
