"""A trained Keras model → a folder of models/: keras_model.h5 and model.json. Figures and CARD.md come from card.ts."""
import hashlib
import json
import pathlib

import keras
import numpy as np

from lcg import IN_WORDS, lcg

MAX_BYTES = 12_000_000


def write_package(folder, model, manifest):
    """`manifest`: model.json without what is measured here (file, sha256, golden)."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "keras_model.h5"
    model.save(file)
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
