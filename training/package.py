"""A trained Keras model → a folder of models/: keras_model.h5 and model.json. Figures and CARD.md come from card.ts."""
import hashlib
import json
import os
import pathlib

import h5py
import keras
import numpy as np

from lcg import IN_WORDS, lcg

MAX_BYTES = 12_000_000


def in_half(value):
    """Kernels as 16 bits hold them; what has one dimension (norms, biases) stays as it is."""
    return value.astype(np.float16).astype(np.float32) if value.ndim > 1 else value


def halve(file):
    """Stores in 16 bits whatever loses nothing by it: half of the bytes, the same model. Keras widens it as it reads."""
    with h5py.File(file) as full, h5py.File(f"{file}.half", "w") as half:
        for key, value in full.attrs.items():
            half.attrs[key] = value

        def copy(name, item):
            if isinstance(item, h5py.Group):
                there = half.create_group(name)
            else:
                value = item[()]
                fits = value.dtype == np.float32 and value.ndim > 1 and np.array_equal(in_half(value), value)
                there = half.create_dataset(name, data=value.astype(np.float16) if fits else value)
            for key, attribute in item.attrs.items():
                there.attrs[key] = attribute

        full.visititems(copy)
    os.replace(f"{file}.half", file)


def write_package(folder, model, manifest):
    """`manifest`: model.json without what is measured here (file, sha256, golden)."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "keras_model.h5"
    model.save(file)
    halve(file)
    assert file.stat().st_size <= MAX_BYTES, f"{file} has {file.stat().st_size} bytes"

    # The golden vector comes from the file as Keras reads it back, not from the model in memory.
    shape = (1, *model.input_shape[1:])
    picture = lcg(shape)
    output = keras.models.load_model(file, compile=False).predict(picture, verbose=0)[0]
    assert np.allclose(output, model.predict(picture, verbose=0)[0], atol=1e-6)

    head = ["name", "title", "version", "description"]
    manifest = {
        **{key: manifest[key] for key in head},
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        **{key: value for key, value in manifest.items() if key not in head},
        "golden": {
            "input": IN_WORDS.format(shape=list(shape)),
            "output": [float(value) for value in output],
            "tolerance": 1e-5,
        },
    }
    (folder / "model.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    print(f"wrote {folder}: {file.stat().st_size} bytes of weights")
