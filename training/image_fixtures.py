"""Writes src/image/fixtures/resize.json: what PIL, OpenCV and TensorFlow make of pictures that anyone can make again.

    python training/image_fixtures.py

A picture is made from a linear congruential generator smoothed along its rows, so that kernels have edges and noise
to work on; src/image/resize.test.ts makes the same one. Only a hash of each result is kept.
"""
import hashlib
import json
import pathlib

import cv2
import numpy as np
import PIL
import tensorflow as tf
from PIL import Image, ImageOps

FILTERS = {
    "pil_nearest": Image.NEAREST,
    "pil_box": Image.BOX,
    "pil_bilinear": Image.BILINEAR,
    "pil_bicubic": Image.BICUBIC,
    "pil_lanczos": Image.LANCZOS,
}
# (width, height) → (width, height): down, up, odd, both at once, exact halves, thin, single pixels, tall.
SIZES = [
    ((64, 48), (32, 24)), ((97, 61), (32, 32)), ((33, 47), (224, 224)), ((300, 17), (20, 40)), ((1, 1), (5, 7)),
    ((640, 427), (224, 224)), ((2, 900), (16, 16)), ((50, 50), (50, 50)), ((50, 31), (50, 17)), ((50, 31), (23, 31)),
    ((511, 509), (299, 299)), ((128, 96), (127, 95)),
    # Pillow 13 shortens these before it narrows them; the last stands at the edge of its rule.
    ((240, 320), (224, 224)), ((60, 90), (110, 69)), ((300, 377), (224, 224)), ((300, 376), (224, 224)),
]


def picture(width, height, channels, seed):
    count = width * height * channels
    values = np.empty(count, np.uint8)
    state = seed
    for i in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values[i] = ((state >> 24) + 3 * int(values[i - channels] if i >= channels else 0)) >> 2 if i % 7 else state >> 24
    return values.reshape(height, width, channels)


def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def main():
    cases = []
    for channels in (3, 1):
        for i, ((w, h), (ow, oh)) in enumerate(SIZES):
            array = picture(w, h, channels, i + 1)
            image = Image.fromarray(array if channels == 3 else array[:, :, 0])
            case = dict(width=w, height=h, channels=channels, seed=i + 1, to=[ow, oh], whole={}, fit={})
            for name, kernel in FILTERS.items():
                case["whole"][name] = digest(np.asarray(image.resize((ow, oh), kernel)))
                case["fit"][name] = digest(np.asarray(ImageOps.fit(image, (ow, oh), kernel)))
            case["whole"]["opencv_bilinear"] = digest(cv2.resize(array, (ow, oh), interpolation=cv2.INTER_LINEAR))
            tensor = tf.image.resize(array, (oh, ow), method="bilinear").numpy().astype("<f4")
            case["whole"]["tensorflow_bilinear"] = digest(tensor)
            cases.append(case)
    out = pathlib.Path(__file__).parent.parent / "src/image/fixtures/resize.json"
    out.parent.mkdir(exist_ok=True)
    made_with = dict(pillow=PIL.__version__, opencv=cv2.__version__, tensorflow=tf.__version__)
    lines = ",\n".join("    " + json.dumps(case) for case in cases)
    out.write_text('{\n  "madeWith": %s,\n  "cases": [\n%s\n  ]\n}\n' % (json.dumps(made_with), lines))


if __name__ == "__main__":
    main()
