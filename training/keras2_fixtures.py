"""Writes src/keras/fixtures/keras2.zip: tiny models as Keras 2 saves them, with what it answers.

    python training/keras2_fixtures.py        # needs tf_keras, which is Keras 2 for today's TensorFlow

The picture is that of training/keras_fixtures.py. src/keras/keras2.test.ts converts and compares.
"""
import io
import json
import os
import pathlib
import tempfile
import zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_USE_LEGACY_KERAS"] = "1"
import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_keras import Input, Model, Sequential
from tf_keras import backend as K
from tf_keras import layers as L

BATCH = 2
IMAGE, ROW, FLAT = (9, 8, 3), (10, 4), (7,)


def picture(shape):
    """−1…1, the same numbers as in the test."""
    state, values = 12345, np.empty(int(np.prod(shape)), np.float32)
    for i in range(values.size):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values[i] = 2 * state / 4294967296 - 1
    return values.reshape(shape)


def settle(model):
    generator = np.random.default_rng(7)
    for weight in model.weights:
        values = generator.normal(0, 0.5, weight.shape)
        weight.assign(np.abs(values) + 0.3 if "variance" in weight.name else values)


def chain(shape, *layers):
    return Sequential([Input(shape), *layers])


def operated(operate, *shapes):
    inputs = [Input(shape) for shape in shapes or (IMAGE,)]
    return Model(inputs, operate(*inputs))


def hard_swish(x):
    return x * tf.nn.relu6(x + 3.0) / 6.0


def squeeze_excite(x):
    y = L.Conv2D(6, 3, padding="same")(x)
    gate = tf.reduce_mean(y, axis=[1, 2], keepdims=True)
    return y * L.Conv2D(6, 1, activation="hard_sigmoid")(gate)


def nested(x):
    inner = Sequential([Input(IMAGE), L.Conv2D(4, 3), L.BatchNormalization(), L.ReLU()], name="backbone")
    return L.Dense(3, activation="softmax")(L.GlobalAveragePooling2D()(inner(x)))


def twice(x, y):
    inner = Sequential([Input(FLAT), L.Dense(5, activation="tanh")], name="inner")
    return L.Concatenate()([inner(x), inner(y)])


def attention(x):
    return L.MultiHeadAttention(2, 3)(x, x)


def attended(x, y):
    return L.MultiHeadAttention(2, 3)(x, value=y, key=y)


def seeded(x, y):
    _, h, c = L.LSTM(5, return_state=True)(x)
    return L.LSTM(5, return_sequences=True)(y, initial_state=[h, c])


CASES = {
    "operators": lambda: operated(lambda x: [2.0 - x * 3.0, x / 4.0 + 1.0, -x, x**2, abs(x), x > 0.1]),
    "slices": lambda: operated(lambda x: [x[:, 1:-1, ::2, :], x[..., 0], x[:, :, ::-1], x[:, -1]]),
    "functions": lambda: operated(lambda x: [tf.reduce_mean(x, axis=[1, 2]), tf.nn.relu6(x), tf.image.resize(x, (4, 5)), tf.expand_dims(x, 1), tf.transpose(x, (0, 3, 1, 2)), tf.reshape(x, (-1, 72, 3)), tf.clip_by_value(x, 0.0, 0.5), tf.nn.softmax(x, axis=-1), tf.math.l2_normalize(x, axis=-1), tf.cast(x, tf.float32)]),
    "joins": lambda: operated(lambda x, y: [tf.concat([x, y], axis=-1), tf.stack([x, y], axis=1), tf.maximum(x, y), x + y, x - y, x * y], IMAGE, IMAGE),
    "splits": lambda: operated(lambda x: [*tf.split(x, 3, axis=-1), *tf.unstack(x, axis=-1)]),
    "products": lambda: operated(lambda x, y: tf.matmul(x, y, transpose_b=True), ROW, (7, 4)),
    "hard swish": lambda: operated(hard_swish),
    "squeeze and excite": lambda: operated(squeeze_excite),
    "nested": lambda: operated(nested),
    "nested twice": lambda: operated(twice, FLAT, FLAT),
    "lambdas": lambda: operated(lambda x: L.Lambda(lambda t: K.mean(t, axis=-1, keepdims=True))(L.Lambda(lambda t, k: t * k, arguments={"k": 2.5})(x))),
    "lambda of two": lambda: operated(lambda x, y: L.Lambda(lambda p: p[0] * p[1] + 1.0)([x, y]), IMAGE, IMAGE),
    "locally connected": lambda: chain(IMAGE, L.LocallyConnected2D(4, (3, 2), strides=2, activation="relu")),
    "locally connected 1d": lambda: chain(ROW, L.LocallyConnected1D(3, 3)),
    "locally connected channels first": lambda: chain((3, 9, 8), L.LocallyConnected2D(4, 3, data_format="channels_first")),
    "lstm": lambda: chain(ROW, L.LSTM(5, return_sequences=True, recurrent_activation="hard_sigmoid"), L.LSTM(3)),
    "gru": lambda: chain(ROW, L.GRU(5)),
    "gru before": lambda: chain(ROW, L.GRU(5, reset_after=False)),
    "lstm with states": lambda: operated(seeded, ROW, ROW),
    "bidirectional": lambda: chain(ROW, L.Bidirectional(L.LSTM(4, return_sequences=True))),
    "masked": lambda: chain(ROW, L.ReLU(threshold=0.45), L.Masking(), L.LSTM(5)),
    "embedding masked": lambda: chain(FLAT, L.ReLU(max_value=6), L.Embedding(7, 4, mask_zero=True), L.Bidirectional(L.GRU(3))),
    "conv lstm": lambda: chain((4, 7, 6, 2), L.ConvLSTM2D(3, 3, padding="same", return_sequences=True)),
    "time distributed": lambda: chain((4, 9, 8, 3), L.TimeDistributed(L.Conv2D(2, 3)), L.TimeDistributed(L.Flatten()), L.LSTM(3)),
    "time distributed model": lambda: chain((4, 9, 8, 3), L.TimeDistributed(Sequential([Input(IMAGE), L.Conv2D(2, 3), L.GlobalMaxPooling2D()]))),
    "attention": lambda: operated(attention, ROW),
    "attention crossed": lambda: operated(attended, ROW, (7, 4)),
    "dot attention": lambda: operated(lambda x, y: L.Attention(use_scale=True)([x, y]), ROW, (7, 4)),
    "additive attention": lambda: operated(lambda x, y: L.AdditiveAttention()([x, y]), ROW, (7, 4)),
    "layer norm": lambda: chain(ROW, L.LayerNormalization(), L.UnitNormalization()),
    "group norm": lambda: chain((9, 8, 6), L.GroupNormalization(3)),
    "resizing": lambda: chain(IMAGE, L.Resizing(13, 5), L.Rescaling(1 / 127.5, offset=-1)),
    "centre crop": lambda: chain(IMAGE, L.CenterCrop(4, 5)),
    "random crop": lambda: chain(IMAGE, L.RandomCrop(4, 5)),
    "discretization": lambda: chain(FLAT, L.Discretization([-0.5, 0.0, 0.4]), L.CategoryEncoding(4, output_mode="multi_hot")),
    "depthwise": lambda: chain(IMAGE, L.DepthwiseConv2D(3, depth_multiplier=2), L.SeparableConv2D(4, 3)),
    "transposed": lambda: chain(IMAGE, L.Conv2DTranspose(4, 3, strides=2, output_padding=1)),
    "einsum dense": lambda: chain(ROW, L.EinsumDense("abc,cd->abd", (None, 5), bias_axes="d")),
    "thresholded relu": lambda: chain(FLAT, L.ThresholdedReLU(0.3)),
    "spectral norm": lambda: chain(IMAGE, L.SpectralNormalization(L.Conv2D(4, 3))),
}


def main():
    archive = io.BytesIO()
    expected = {}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed, tempfile.TemporaryDirectory() as folder:
        for name, build in CASES.items():
            keras.backend.clear_session()
            keras.utils.set_random_seed(1)
            model = build()
            settle(model)
            shapes = [[BATCH, *x.shape[1:]] for x in model.inputs]
            pictures = [picture(shape) for shape in shapes]
            answers = model(pictures if len(pictures) > 1 else pictures[0], training=False)
            answers = tf.nest.flatten(answers)
            expected[name] = {
                "inputs": shapes,
                "outputs": [
                    {"shape": list(a.shape), "values": [float(f"{v:.7g}") for v in np.asarray(a, np.float32).ravel()]} for a in answers
                ],
            }
            for ending in ("h5", "keras"):
                path = pathlib.Path(folder) / f"model.{ending}"
                try:
                    model.save(path)
                except TypeError as failure:  # Keras 2 cannot write `...` to an archive.
                    print(name, ending, failure)
                    continue
                packed.write(path, f"{name}.{ending}")
        packed.writestr("expected.json", json.dumps({"keras": keras.__version__, "cases": expected}))
    out = pathlib.Path(__file__).resolve().parent.parent / "src/keras/fixtures/keras2.zip"
    out.write_bytes(archive.getvalue())
    print(len(CASES), "models,", out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
