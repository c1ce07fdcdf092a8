"""Writes src/gradient/fixtures/gradients.zip: gradients of the tiny models of layers.zip, as TensorFlow has them.

    python training/gradient_fixtures.py

For each model of training/keras_fixtures.py whose output is differentiable, and for some small whole networks: the
gradient of Σ seed · output with respect to each input (and for the networks each kernel), seed and inputs of the same
generator as there. src/gradient/gradient.test.ts compares.
"""
import io
import json
import os
import pathlib
import tempfile
import zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
import tensorflow as tf
from keras import Input, Model, ops
from keras import layers as L

from keras_fixtures import BATCH, picture, settle

ROOT = pathlib.Path(__file__).resolve().parent.parent
SIZE = (24, 24, 3)


def normed(y, filters, kernel, strides=1, activation="relu", **options):
    y = L.Conv2D(filters, kernel, strides, padding="same", use_bias=False, **options)(y)
    y = L.BatchNormalization()(y)
    return L.Activation(activation)(y) if activation else y


def headed(x, y):
    return Model(x, L.Dense(4, activation="softmax")(L.GlobalAveragePooling2D()(y)))


def resnet():
    x = Input(SIZE)
    y = L.MaxPooling2D(3, 2, padding="same")(normed(x, 8, 5, 2))
    for filters, strides in ((8, 1), (12, 2)):
        short = normed(y, filters, 1, strides, None)
        y = L.ReLU()(L.Add()([short, normed(normed(y, filters, 3, strides), filters, 3, activation=None)]))
    return headed(x, y)


def mobilenet():
    x = Input(SIZE)
    y = normed(x, 6, 3, 2, "relu6")
    for filters in (6, 8):
        z = normed(y, 18, 1, activation="relu6")
        z = L.ZeroPadding2D(((0, 1), (0, 1)))(z)
        z = L.ReLU(6.0)(L.BatchNormalization()(L.DepthwiseConv2D(3, 2, use_bias=False)(z)))
        y = normed(z, filters, 1, activation=None)
    return headed(x, y)


def densenet():
    x = Input(SIZE)
    y = normed(x, 6, 3, 2)
    for _ in range(3):
        y = L.Concatenate()([y, L.Conv2D(4, 3, padding="same")(L.ReLU()(L.BatchNormalization()(y)))])
    return headed(x, L.AveragePooling2D(2)(L.Conv2D(8, 1)(y)))


def efficientnet():
    x = Input(SIZE)
    y = normed(x, 6, 3, 2, "swish")
    z = L.DepthwiseConv2D(5, padding="same")(normed(y, 12, 1, activation="swish"))
    z = L.Activation("swish")(L.BatchNormalization()(z))
    gate = L.Reshape((1, 1, 12))(L.GlobalAveragePooling2D()(z))
    gate = L.Conv2D(12, 1, activation="sigmoid")(L.Conv2D(3, 1, activation="swish")(gate))
    return headed(x, L.Add()([y, normed(L.Multiply()([z, gate]), 6, 1, activation=None)]))


def convnext():
    x = Input(SIZE)
    y = L.LayerNormalization(epsilon=1e-6)(L.Conv2D(8, 4, 4)(x))
    z = L.LayerNormalization(epsilon=1e-6)(L.DepthwiseConv2D(7, padding="same")(y))
    z = L.Dense(8)(L.Dense(24, activation="gelu")(z))
    return headed(x, L.Add()([y, z]))


def transformer():
    x = Input(SIZE)
    y = L.Reshape((36, 8))(L.Conv2D(8, 4, 4)(x))
    z = L.LayerNormalization()(y)
    y = L.Add()([y, L.MultiHeadAttention(2, 4)(z, z)])
    return Model(x, L.Dense(4, activation="softmax")(L.GlobalAveragePooling1D()(y)))


def unet():
    x = Input(SIZE)
    a = normed(x, 6, 3)
    b = normed(L.MaxPooling2D()(a), 8, 3)
    y = L.Concatenate()([a, L.Conv2DTranspose(6, 2, 2)(b)])
    y = L.Concatenate()([y, L.UpSampling2D(2, interpolation="bilinear")(b)])
    return Model(x, L.Conv2D(1, 1, activation="sigmoid")(y))


NETWORKS = {f.__name__: f for f in (resnet, mobilenet, densenet, efficientnet, convnext, transformer, unet)}

#: TensorFlow has no gradient for these, or none that is unique.
WITHOUT = ("discretization", "category", "comparisons", "conv2d any size", "embedding", "training only", "nested outputs", "lstm", "gru", "rnn", "simple rnn", "conv lstm", "bidirectional", "time distributed model", "masked", "attention masked", "multi head masked")


def rounded(values):
    return [float(f"{v:.7g}") for v in np.asarray(values).ravel()]


def gradients(model, kernels):
    inputs = [tf.constant(picture([BATCH, *(9 if size is None else size for size in x.shape[1:])])) for x in model.inputs]
    weights = [w for w in model.trainable_weights if kernels and w.path.endswith("kernel")][:3]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = keras.tree.flatten(model(inputs if len(inputs) > 1 else inputs[0], training=False))
        floats = [y for y in outputs if y.dtype == tf.float32]
        total = tf.add_n([tf.reduce_sum(y * picture(y.shape)) for y in floats])
    try:
        made = tape.gradient(total, [*inputs, *[w.value for w in weights]])
    except LookupError:  # An operation whose gradient TensorFlow does not know.
        return None
    if any(g is None for g in made[: len(inputs)]):
        return None
    return {
        "inputs": [rounded(g) for g in made[: len(inputs)]],
        "kernels": {w.path: {"shape": list(w.shape), "values": rounded(g)} for w, g in zip(weights, made[len(inputs) :])},
    }


def main():
    expected = {}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed, tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(ROOT / "src/keras/fixtures/layers.zip") as layers:
            cases = json.loads(layers.read("expected.json"))["cases"]
            for name in cases:
                if name.startswith(WITHOUT):
                    continue
                path = pathlib.Path(folder) / "model.keras"
                path.write_bytes(layers.read(f"{name}.keras"))
                made = gradients(keras.models.load_model(path, compile=False), False)
                if made:
                    expected[name] = made
        for name, build in NETWORKS.items():
            keras.utils.clear_session()
            keras.utils.set_random_seed(1)
            model = build()
            settle(model)
            path = pathlib.Path(folder) / "model.keras"
            model.save(path)
            packed.write(path, f"{name}.keras")
            expected[f"network {name}"] = gradients(model, True)
        packed.writestr("expected.json", json.dumps({"tensorflow": tf.__version__, "cases": expected}))
    out = ROOT / "src/gradient/fixtures/gradients.zip"
    out.parent.mkdir(exist_ok=True)
    out.write_bytes(archive.getvalue())
    print(len(expected), "models,", out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
