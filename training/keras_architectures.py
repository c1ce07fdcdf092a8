"""Makes the large architectures that docs/keras.md compares: random weights, saved by real Keras, with its answers.

    python training/keras_architectures.py FOLDER [name …]

Each is saved as NAME.h5 and NAME.keras beside NAME.json, which holds Keras's answer for a picture of the same
generator as training/keras_fixtures.py, and the seconds Keras took to save and load. bench/keras-table.ts reads them.
Batch-norm statistics are those of the picture itself, so that no activation vanishes and a wrong one shows.
"""
import json
import os
import pathlib
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
from keras import Input, Model, ops
from keras import applications as A
from keras import layers as L

from keras_fixtures import picture


def vit():
    """Dosovitskiy et al.: patches, positions, four blocks of attention, the mean of all patches."""
    x = Input((96, 96, 3))
    y = L.Conv2D(64, 16, 16)(x)
    y = L.Reshape((36, 64))(y)
    y = y + L.Embedding(36, 64)(ops.arange(36))
    for _ in range(4):
        z = L.LayerNormalization(epsilon=1e-6)(y)
        y = L.Add()([y, L.MultiHeadAttention(4, 16)(z, z)])
        z = L.LayerNormalization(epsilon=1e-6)(y)
        y = L.Add()([y, L.Dense(64)(L.Dense(128, activation="gelu")(z))])
    return Model(x, L.Dense(10, activation="softmax")(L.GlobalAveragePooling1D()(y)), name="vit")


def unet():
    """Ronneberger et al., three levels deep."""

    def block(y, filters):
        for _ in range(2):
            y = L.Activation("relu")(L.BatchNormalization()(L.Conv2D(filters, 3, padding="same")(y)))
        return y

    x = Input((96, 96, 3))
    y, kept = x, []
    for filters in (16, 32, 64):
        y = block(y, filters)
        kept.append(y)
        y = L.MaxPooling2D()(y)
    y = block(y, 128)
    for filters in (64, 32, 16):
        y = L.Conv2DTranspose(filters, 2, 2)(y)
        y = block(L.Concatenate()([kept.pop(), y]), filters)
    return Model(x, L.Conv2D(1, 1, activation="sigmoid")(y), name="unet")


def application(build, size=224, **options):
    return lambda: build(weights=None, input_shape=(size, size, 3), classes=100, **options)


ARCHITECTURES = {
    "MobileNet": application(A.MobileNet),
    "MobileNetV2": application(A.MobileNetV2),
    "MobileNetV3Small": application(A.MobileNetV3Small),
    "MobileNetV3Large": application(A.MobileNetV3Large),
    "EfficientNetB0": application(A.EfficientNetB0),
    "EfficientNetB3": application(A.EfficientNetB3),
    "EfficientNetV2B0": application(A.EfficientNetV2B0),
    "NASNetMobile": application(A.NASNetMobile),
    "DenseNet121": application(A.DenseNet121),
    "ResNet50": application(A.ResNet50),
    "ResNet50V2": application(A.ResNet50V2),
    "InceptionV3": application(A.InceptionV3, 299),
    "Xception": application(A.Xception, 299),
    "InceptionResNetV2": application(A.InceptionResNetV2, 299),
    "ConvNeXtTiny": application(A.ConvNeXtTiny),
    "VGG16": application(A.VGG16),
    "VGG19": application(A.VGG19),
    "ViT": vit,
    "U-Net": unet,
}


def settle(model, shape):
    """Weights that show mistakes, and statistics that keep what flows through alive."""
    generator = np.random.default_rng(11)
    for weight in model.weights:
        if weight.path.endswith(("beta", "bias")):
            weight.assign(generator.normal(0, 0.1, weight.shape))
        elif weight.path.endswith(("gamma", "scale")):
            weight.assign(generator.uniform(0.7, 1.3, weight.shape))
    norms = [layer for layer in model._flatten_layers() if isinstance(layer, L.BatchNormalization)]
    for layer in norms:
        layer.momentum = 0.0
    model(picture(shape), training=True)
    for layer in norms:
        layer.momentum = 0.99


def main(folder, names):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or ARCHITECTURES:
        if (folder / f"{name}.json").exists():
            continue
        keras.utils.clear_session()
        keras.utils.set_random_seed(3)
        model = ARCHITECTURES[name]()
        size = model.input_shape[1]
        shape = [2, size, size, 3]
        settle(model, shape)
        answer = np.asarray(model(picture(shape), training=False))
        for ending in ("h5", "keras"):
            model.save(folder / f"{name}.{ending}")
        times = {}
        for ending in ("h5", "keras"):
            begin = time.perf_counter()
            try:
                keras.models.load_model(folder / f"{name}.{ending}", compile=False)
                times[ending] = time.perf_counter() - begin
            except Exception as failure:  # Keras does not open all that it saves.
                times[ending] = None
                print(name, ending, "cannot be loaded:", str(failure).splitlines()[0])
        row = {
            "keras": keras.__version__,
            "parameters": model.count_params(),
            "layers": len(model.layers),
            "input": shape,
            "shape": list(answer.shape),
            "values": [float(f"{v:.7g}") for v in answer.ravel()[:20000]],
            "load_seconds": times,
        }
        (folder / f"{name}.json").write_text(json.dumps(row))
        print(name, model.count_params(), "parameters; spread of the answers", float(answer.std()), times, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
