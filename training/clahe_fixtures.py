"""Writes src/web/reading/fixtures/clahe.json: what OpenCV's CLAHE makes of pictures that anyone can make again.

    python training/clahe_fixtures.py

The pictures are sums of waves and of a linear congruential generator's noise; src/web/reading/clahe.test.ts makes the
same ones.
"""
import base64
import json
import pathlib

import cv2
import numpy as np

# (width, height, clip limit, tiles): whole tiles, sides that cannot be divided, one that can, strong, thin.
CASES = [(64, 48, 2.0, 8), (61, 47, 2.0, 8), (64, 47, 2.0, 8), (90, 70, 4.0, 4), (33, 128, 40.0, 8), (80, 9, 1.0, 8)]


def picture(width, height, channels, seed):
    count = width * height * channels
    values = np.empty(count, np.uint8)
    state = seed
    for i in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        pixel, channel = divmod(i, channels)
        x, y = pixel % width, pixel // width
        wave = (x * (3 + channel) + y * 2) % 128
        values[i] = wave + ((state >> 24) >> 2) + (60 if (x // 16 + y // 16) % 2 else 0)
    return values.reshape(height, width, channels)


def packed(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def main():
    cases = []
    for i, (width, height, clip, tiles) in enumerate(CASES):
        equaliser = cv2.createCLAHE(clipLimit=clip, tileGridSize=(tiles, tiles))
        grey = equaliser.apply(picture(width, height, 1, i + 1)[:, :, 0])
        colour = picture(width, height, 3, i + 1)
        lab = cv2.cvtColor(colour.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        lightness = np.round(lab[:, :, 0] * 2.55).astype(np.uint8)
        # Half the contrast about a mid grey: hardly anything leaves the colours that there are.
        lab[:, :, 0] += ((lightness // 2 + 64).astype(np.float32) - lightness) / 2.55
        rgb = np.clip(np.round(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255), 0, 255).astype(np.uint8)
        cases.append(dict(width=width, height=height, clipLimit=clip, tiles=tiles, seed=i + 1,
                          grey=packed(grey),
                          lightness=packed(lightness), rgb=packed(rgb)))
    path = pathlib.Path(__file__).parent.parent / "src/web/reading/fixtures/clahe.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(dict(opencv=cv2.__version__, cases=cases), indent=1) + "\n")


if __name__ == "__main__":
    main()
