"""The founding paper's program without its window: what bench.ts measures Fovea against.

    peer.py MODEL.h5 IMAGE…        one JSON line an image, flushed as soon as it is known
"""
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
from keras.models import load_model
from PIL import Image

model = load_model(sys.argv[1], compile=False)
for file in sys.argv[2:]:
    image = Image.open(file).convert("RGB").resize(model.input_shape[2:0:-1], Image.BILINEAR)
    pixels = np.asarray(image, np.float32)[np.newaxis] / 255.0
    probabilities = model.predict(pixels, verbose=0)[0]
    print(json.dumps({"file": file, "probabilities": [float(p) for p in probabilities]}), flush=True)
