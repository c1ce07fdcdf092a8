"""Writes src/keras/fixtures/layers.zip: a tiny model for each layer and option, with what real Keras answers.

    python training/keras_fixtures.py

Each model is saved twice, as HDF5 and as a `.keras` archive. Inputs come from a linear congruential generator (see
`picture`), so that only outputs need keeping, in expected.json. src/keras/fixtures.test.ts converts and compares.
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
from keras import Input, Model, Sequential
from keras import layers as L

BATCH = 2
IMAGE, ROW, CUBE, FLAT = (9, 8, 3), (10, 4), (5, 6, 4, 2), (7,)


def picture(shape):
    """−1…1, the same numbers as in the test."""
    state, values = 12345, np.empty(int(np.prod(shape)), np.float32)
    for i in range(values.size):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values[i] = 2 * state / 4294967296 - 1
    return values.reshape(shape)


def settle(model):
    """Weights that show mistakes: no zeros, no ones, moving variances above zero."""
    generator = np.random.default_rng(7)
    for weight in model.weights:
        values = generator.normal(0, 0.5, weight.shape)
        weight.assign(np.abs(values) + 0.3 if "variance" in weight.path else values)
    for layer in model.layers:
        if isinstance(layer, L.Normalization):
            layer.finalize_state()  # It works with copies of its weights.


def chain(shape, *layers):
    return Sequential([Input(shape), *layers])


def merged(layer, *shapes):
    inputs = [Input(shape) for shape in shapes]
    return Model(inputs, layer(inputs))


def convolved(layer, *shapes):
    """The merge of two convolutions: both tensors are stored with their channels in front."""
    inputs = [Input(shape) for shape in shapes]
    return Model(inputs, layer([L.Conv2D(4, 3, padding="same")(x) for x in inputs]))


def shared():
    a, b = Input(FLAT), Input(FLAT)
    dense = L.Dense(5, activation="tanh")
    return Model([a, b], L.Concatenate()([dense(a), dense(b)]))


def nested():
    inner_in = Input(IMAGE)
    x = L.BatchNormalization()(L.Conv2D(4, 3)(inner_in))
    inner = Model(inner_in, L.ReLU()(x), name="backbone")
    head = Sequential([L.GlobalAveragePooling2D(), L.Dense(3, activation="softmax")], name="head")
    return Sequential([Input(IMAGE), inner, head])


def twice():
    inner = Sequential([Input(FLAT), L.Dense(7, activation="relu")], name="inner")
    x = Input(FLAT)
    return Model(x, inner(inner(x)))


def many_outputs():
    x = Input(IMAGE)
    y = L.Conv2D(4, 3, activation="relu")(x)
    return Model(x, [y, L.GlobalMaxPooling2D()(y), x])


def squeeze_excite():
    x = Input(IMAGE)
    y = L.Conv2D(6, 3, padding="same", activation="swish")(x)
    gate = L.Reshape((1, 1, 6))(L.GlobalAveragePooling2D()(y))
    gate = L.Conv2D(6, 1, activation="sigmoid")(L.Conv2D(2, 1, activation="relu")(gate))
    return Model(x, L.Add()([L.Multiply()([y, gate]), y]))


def padded_maximum():
    return chain(IMAGE, L.Conv2D(4, 3), L.ZeroPadding2D(1), L.MaxPooling2D(3, 2))


def slash_in_name():
    return chain(IMAGE, L.Conv2D(2, 3, name="block_a"), L.Flatten(), L.Dense(3, name="head"))


ACTIVATIONS = (
    "relu relu6 leaky_relu elu selu celu sigmoid hard_sigmoid hard_silu tanh softplus softsign silu gelu mish "
    "exponential softmax log_softmax log_sigmoid linear"
).split()

CASES = {
    "conv1d": lambda: chain(ROW, L.Conv1D(3, 3, strides=2, padding="same", activation="relu")),
    "conv1d causal": lambda: chain(ROW, L.Conv1D(3, 3, dilation_rate=2, padding="causal")),
    "conv2d": lambda: chain(IMAGE, L.Conv2D(4, 3)),
    "conv2d same strided": lambda: chain(IMAGE, L.Conv2D(4, (3, 2), strides=2, padding="same", use_bias=False)),
    "conv2d dilated": lambda: chain(IMAGE, L.Conv2D(4, 3, dilation_rate=2, padding="same")),
    "conv2d grouped": lambda: chain((9, 8, 4), L.Conv2D(6, 3, groups=2)),
    "conv2d any size": lambda: chain((None, None, 3), L.Conv2D(4, 3, strides=2, padding="same"), L.GlobalAveragePooling2D()),
    "conv3d": lambda: chain(CUBE, L.Conv3D(3, 2, padding="same", strides=(1, 2, 1))),
    "depthwise": lambda: chain(IMAGE, L.DepthwiseConv2D(3, depth_multiplier=2, strides=2, padding="same")),
    "depthwise 1d": lambda: chain(ROW, L.DepthwiseConv1D(3, depth_multiplier=2)),
    "separable": lambda: chain(IMAGE, L.SeparableConv2D(5, 3, depth_multiplier=2, padding="same", activation="relu")),
    "separable 1d": lambda: chain(ROW, L.SeparableConv1D(5, 3, padding="same")),
    "transposed": lambda: chain(IMAGE, L.Conv2DTranspose(4, 3, strides=2)),
    "transposed same": lambda: chain(IMAGE, L.Conv2DTranspose(4, 3, strides=2, padding="same")),
    "transposed wide stride": lambda: chain(IMAGE, L.Conv2DTranspose(4, 2, strides=3, padding="valid")),
    "transposed wide stride same": lambda: chain(IMAGE, L.Conv2DTranspose(4, 2, strides=3, padding="same")),
    "transposed 1d": lambda: chain(ROW, L.Conv1DTranspose(3, 4, strides=2, padding="same")),
    "max pool": lambda: chain(IMAGE, L.MaxPooling2D()),
    "max pool same": lambda: chain(IMAGE, L.MaxPooling2D(3, 2, padding="same")),
    "max pool after padding": padded_maximum,
    "average pool same": lambda: chain(IMAGE, L.AveragePooling2D(3, 2, padding="same")),
    "pools 1d": lambda: chain(ROW, L.MaxPooling1D(2), L.AveragePooling1D(2, 1, padding="same")),
    "pool 3d": lambda: chain(CUBE, L.AveragePooling3D((2, 2, 1)), L.MaxPooling3D(2, padding="same")),
    "global average": lambda: chain(IMAGE, L.GlobalAveragePooling2D()),
    "global average kept": lambda: chain(IMAGE, L.Conv2D(4, 3), L.GlobalAveragePooling2D(keepdims=True)),
    "global max 1d": lambda: chain(ROW, L.GlobalMaxPooling1D()),
    "global average 3d": lambda: chain(CUBE, L.GlobalAveragePooling3D()),
    "batch norm": lambda: chain(IMAGE, L.BatchNormalization()),
    "batch norm after conv": lambda: chain(IMAGE, L.Conv2D(4, 3), L.BatchNormalization(epsilon=1e-2), L.ReLU()),
    "batch norm without scale": lambda: chain(IMAGE, L.BatchNormalization(scale=False)),
    "batch norm without centre": lambda: chain(FLAT, L.BatchNormalization(center=False)),
    "batch norm on axis 1": lambda: chain(IMAGE, L.BatchNormalization(axis=1)),
    "layer norm": lambda: chain(IMAGE, L.LayerNormalization()),
    "layer norm on two axes": lambda: chain(IMAGE, L.LayerNormalization(axis=(-2, -1))),
    "dense": lambda: chain(FLAT, L.Dense(4, activation="softmax")),
    "dense on a sequence": lambda: chain(ROW, L.Dense(4, use_bias=False), L.Dense(3)),
    "zero padding": lambda: chain(IMAGE, L.ZeroPadding2D(((1, 2), (0, 3)))),
    "zero padding 1d": lambda: chain(ROW, L.ZeroPadding1D((1, 2))),
    "cropping": lambda: chain(IMAGE, L.Cropping2D(((1, 2), (0, 3)))),
    "cropping after conv": lambda: chain(IMAGE, L.Conv2D(4, 3), L.Cropping2D(1)),
    "upsampling": lambda: chain(IMAGE, L.UpSampling2D((2, 3))),
    "upsampling bilinear": lambda: chain(IMAGE, L.UpSampling2D(2, interpolation="bilinear")),
    "upsampling 1d": lambda: chain(ROW, L.UpSampling1D(2)),
    "resizing": lambda: chain(IMAGE, L.Resizing(13, 5)),
    "resizing nearest": lambda: chain(IMAGE, L.Resizing(5, 13, interpolation="nearest")),
    "flatten after conv": lambda: chain(IMAGE, L.Conv2D(4, 3), L.Flatten(), L.Dense(3)),
    "reshape": lambda: chain(IMAGE, L.Reshape((-1, 6)), L.Permute((2, 1))),
    "repeat": lambda: chain(FLAT, L.RepeatVector(3)),
    "training only": lambda: chain(IMAGE, L.RandomFlip(), L.Dropout(0.5), L.GaussianNoise(1.0), L.SpatialDropout2D(0.3)),
    "rescaling": lambda: chain(IMAGE, L.Rescaling(1 / 127.5, -1.0)),
    "normalization": lambda: chain(IMAGE, L.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 4.0, 0.25])),
    "normalization of weights": lambda: chain(IMAGE, L.Normalization()),
    "add": lambda: convolved(L.Add(), IMAGE, IMAGE),
    "add broadcast": lambda: merged(L.Add(), IMAGE, (1, 1, 3)),
    "subtract": lambda: merged(L.Subtract(), IMAGE, IMAGE),
    "multiply": lambda: convolved(L.Multiply(), IMAGE, IMAGE),
    "average": lambda: merged(L.Average(), FLAT, FLAT, FLAT),
    "maximum": lambda: merged(L.Maximum(), FLAT, FLAT),
    "minimum": lambda: merged(L.Minimum(), FLAT, FLAT),
    "concatenate": lambda: convolved(L.Concatenate(), IMAGE, IMAGE),
    "concatenate on axis 1": lambda: convolved(L.Concatenate(axis=1), IMAGE, IMAGE),
    "relu layer": lambda: chain(FLAT, L.ReLU(max_value=0.5, negative_slope=0.1, threshold=0.05)),
    "leaky relu layer": lambda: chain(FLAT, L.LeakyReLU(negative_slope=0.2)),
    "elu layer": lambda: chain(FLAT, L.ELU(alpha=0.5)),
    "prelu layer": lambda: chain(IMAGE, L.PReLU(shared_axes=[1, 2])),
    "softmax layer": lambda: chain(IMAGE, L.Softmax(axis=-1)),
    "softmax after conv": lambda: chain(IMAGE, L.Conv2D(4, 3, activation="softmax")),
    "shared layer": shared,
    "nested": nested,
    "nested twice": twice,
    "many outputs": many_outputs,
    "squeeze and excite": squeeze_excite,
    "two heads": slash_in_name,
    "lstm": lambda: chain(ROW, L.LSTM(5)),
    "lstm sequences": lambda: chain(ROW, L.LSTM(5, return_sequences=True, recurrent_activation="hard_sigmoid"), L.LSTM(3, use_bias=False)),
    "lstm backwards": lambda: chain(ROW, L.LSTM(5, return_sequences=True, go_backwards=True, activation="relu")),
    "lstm states": lambda: merged(lambda x: L.LSTM(5, return_state=True)(x[0]), ROW),
    "gru": lambda: chain(ROW, L.GRU(5)),
    "gru reset before": lambda: chain(ROW, L.GRU(5, reset_after=False, return_sequences=True)),
    "simple rnn": lambda: chain(ROW, L.SimpleRNN(5, return_sequences=True)),
    "rnn after conv": lambda: chain(ROW, L.Conv1D(4, 3, padding="same"), L.LSTM(5)),
    "bidirectional": lambda: chain(ROW, L.Bidirectional(L.LSTM(4, return_sequences=True))),
    "bidirectional gru summed": lambda: chain(ROW, L.Bidirectional(L.GRU(4), merge_mode="sum")),
    "bidirectional averaged": lambda: chain(ROW, L.Bidirectional(L.SimpleRNN(4, return_sequences=True), merge_mode="ave")),
    "embedding": lambda: chain(FLAT, L.Rescaling(3.0, 3.0), L.Embedding(7, 4)),
    **{f"activation {name}": (lambda name=name: chain(FLAT, L.Activation(name))) for name in ACTIVATIONS},
}


def main():
    archive = io.BytesIO()
    expected = {}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed, tempfile.TemporaryDirectory() as folder:
        for name, build in CASES.items():
            keras.utils.clear_session()
            keras.utils.set_random_seed(1)
            model = build()
            settle(model)
            shapes = [[BATCH, *(9 if size is None else size for size in x.shape[1:])] for x in model.inputs]
            answers = model([picture(shape) for shape in shapes] if len(shapes) > 1 else picture(shapes[0]), training=False)
            answers = answers if isinstance(answers, (list, tuple)) else [answers]
            expected[name] = {
                "inputs": shapes,
                "outputs": [
                    {"shape": list(a.shape), "values": [float(f"{v:.7g}") for v in np.asarray(a).ravel()]} for a in answers
                ],
            }
            for ending in ("h5", "keras"):
                path = pathlib.Path(folder) / f"model.{ending}"
                model.save(path)
                packed.write(path, f"{name}.{ending}")
        packed.writestr("expected.json", json.dumps({"keras": keras.__version__, "cases": expected}))
    out = pathlib.Path(__file__).resolve().parent.parent / "src/keras/fixtures/layers.zip"
    out.parent.mkdir(exist_ok=True)
    out.write_bytes(archive.getvalue())
    print(len(CASES), "models,", out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
