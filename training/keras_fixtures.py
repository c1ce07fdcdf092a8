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
from keras import ops

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


def masked(*layers):
    """A sequence some of whose steps are all zeros, which do not count."""
    return chain(ROW, L.ReLU(threshold=0.45), L.Masking(), *layers)


def seeded():
    """A decoder that starts from its encoder's states."""
    x, y = Input(ROW), Input(ROW)
    _, h, c = L.LSTM(5, return_state=True)(x)
    return Model([x, y], L.LSTM(5, return_sequences=True)(y, initial_state=[h, c]))


def attended(layer, *sequences, **options):
    inputs = [Input(shape) for shape in sequences]
    return Model(inputs, layer(inputs, **options))


def self_attended(layer, **options):
    x = Input(ROW)
    return Model(x, layer(x, x, **options))


def attended_where_it_counts(layer):
    x = Input(FLAT)
    y = L.Embedding(7, 4, mask_zero=True)(L.Rescaling(3.0, 3.0)(x))
    return Model(x, layer(y, y))


def both_attended_where_they_count(layer):
    x = Input(FLAT)
    y = L.Embedding(7, 4, mask_zero=True)(L.Rescaling(3.0, 3.0)(x))
    return Model(x, layer([y, y]))


def cbam():
    """Woo et al.: attention over channels, then over places, with keras.ops between the layers."""
    x = Input(IMAGE)
    y = L.Conv2D(6, 3, padding="same")(x)
    dense = [L.Dense(2, activation="relu"), L.Dense(6)]
    gates = [dense[1](dense[0](pool(y))) for pool in (L.GlobalAveragePooling2D(), L.GlobalMaxPooling2D())]
    y = L.Multiply()([y, L.Reshape((1, 1, 6))(L.Activation("sigmoid")(L.Add()(gates)))])
    places = L.Concatenate()([ops.mean(y, axis=-1, keepdims=True), ops.max(y, axis=-1, keepdims=True)])
    return Model(x, L.Multiply()([y, L.Conv2D(1, 3, padding="same", activation="sigmoid")(places)]))


def operated(operate, *shapes):
    """keras.ops called on the way."""
    inputs = [Input(shape) for shape in shapes or (IMAGE,)]
    return Model(inputs, operate(*inputs))


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
    "lstm masked": lambda: masked(L.LSTM(5)),
    "lstm masked sequences": lambda: masked(L.LSTM(5, return_sequences=True), L.Dropout(0.5), L.GRU(3)),
    "lstm masked backwards": lambda: masked(L.LSTM(5, return_sequences=True, go_backwards=True)),
    "gru masked": lambda: masked(L.GRU(5, return_sequences=True)),
    "gru masked reset before": lambda: masked(L.GRU(5, reset_after=False)),
    "simple rnn masked": lambda: masked(L.SimpleRNN(5, return_sequences=True)),
    "bidirectional masked": lambda: masked(L.Bidirectional(L.LSTM(4, return_sequences=True))),
    "bidirectional masked last": lambda: masked(L.Bidirectional(L.GRU(4))),
    "embedding masked": lambda: chain(FLAT, L.Rescaling(3.0, 3.0), L.Embedding(7, 4, mask_zero=True), L.LSTM(3)),
    "masked merge": lambda: Model(x := Input(ROW), L.LSTM(3)(L.Add()([y := L.Masking()(L.ReLU(threshold=0.45)(x)), L.Dense(4)(y)]))),
    "masked average": lambda: masked(L.GlobalAveragePooling1D()),
    "lstm unusual activation": lambda: chain(ROW, L.LSTM(5, activation="gelu", recurrent_activation="hard_silu", return_sequences=True)),
    "lstm with states": seeded,
    "bidirectional states": lambda: merged(lambda x: L.Bidirectional(L.LSTM(4, return_state=True))(x[0]), ROW),
    "bidirectional apart": lambda: merged(lambda x: L.Bidirectional(L.GRU(4), merge_mode=None)(x[0]), ROW),
    "bidirectional of two": lambda: chain(ROW, L.Bidirectional(L.LSTM(4), backward_layer=L.LSTM(4, go_backwards=True, activation="relu"))),
    "rnn of a cell": lambda: chain(ROW, L.RNN(L.GRUCell(5), return_sequences=True)),
    "rnn of two cells": lambda: chain(ROW, L.RNN([L.LSTMCell(5), L.GRUCell(3), L.LSTMCell(2)])),
    "conv lstm": lambda: chain((4, 7, 6, 2), L.ConvLSTM2D(3, 3, padding="same", return_sequences=True)),
    "conv lstm strided": lambda: chain((4, 7, 6, 2), L.ConvLSTM2D(3, (3, 2), strides=2, recurrent_activation="hard_sigmoid")),
    "conv lstm 1d": lambda: chain((4, 7, 2), L.ConvLSTM1D(3, 3, go_backwards=True)),
    "conv lstm 3d": lambda: chain((3, 4, 4, 3, 2), L.ConvLSTM3D(2, 2, padding="same")),
    "conv lstm both ways": lambda: chain((4, 7, 6, 2), L.Bidirectional(L.ConvLSTM2D(3, 3, return_sequences=True))),
    "time distributed dense": lambda: chain(ROW, L.TimeDistributed(L.Dense(3, activation="relu"))),
    "time distributed conv": lambda: chain((4, 9, 8, 3), L.TimeDistributed(L.Conv2D(2, 3)), L.TimeDistributed(L.Flatten())),
    "time distributed model": lambda: chain((4, 9, 8, 3), L.TimeDistributed(Sequential([L.Conv2D(2, 3), L.BatchNormalization(), L.GlobalAveragePooling2D(), L.Dense(2)])), L.LSTM(3)),
    "time distributed any length": lambda: chain((None, 4), L.TimeDistributed(L.Dense(3))),
    "spectral norm": lambda: chain(IMAGE, L.SpectralNormalization(L.Conv2D(4, 3))),
    "attention": lambda: attended(L.Attention(), ROW, (7, 4)),
    "attention with key": lambda: attended(L.Attention(use_scale=True), ROW, (7, 5), (7, 4)),
    "attention causal": lambda: attended(L.Attention(), ROW, ROW, use_causal_mask=True),
    "attention concat": lambda: attended(L.Attention(score_mode="concat", use_scale=True), ROW, (7, 4)),
    "attention with scores": lambda: attended(L.Attention(), ROW, (7, 4), return_attention_scores=True),
    "attention masked": lambda: both_attended_where_they_count(L.Attention()),
    "additive attention": lambda: attended(L.AdditiveAttention(), ROW, (7, 4)),
    "additive attention unscaled": lambda: attended(L.AdditiveAttention(use_scale=False), ROW, (7, 4)),
    "multi head": lambda: self_attended(L.MultiHeadAttention(2, 3)),
    "multi head other sizes": lambda: self_attended(L.MultiHeadAttention(2, 3, value_dim=5, output_shape=6, use_bias=False)),
    "multi head causal": lambda: self_attended(L.MultiHeadAttention(2, 3), use_causal_mask=True),
    "multi head with scores": lambda: self_attended(L.MultiHeadAttention(2, 3, dropout=0.1), return_attention_scores=True),
    "multi head crossed": lambda: Model([q := Input(ROW), v := Input((7, 5)), k := Input((7, 6))], L.MultiHeadAttention(2, 3)(q, v, key=k)),
    "multi head masked": lambda: attended_where_it_counts(L.MultiHeadAttention(2, 3)),
    "multi head gated": lambda: self_attended(L.MultiHeadAttention(2, 3, use_gate=True)),
    "grouped query": lambda: self_attended(L.GroupQueryAttention(3, 4, 2)),
    "group norm": lambda: chain((9, 8, 6), L.GroupNormalization(2)),
    "group norm after conv": lambda: chain(IMAGE, L.Conv2D(6, 3), L.GroupNormalization(3, scale=False), L.ReLU()),
    "group norm of each": lambda: chain((9, 8, 6), L.GroupNormalization(-1, center=False)),
    "group norm on axis 1": lambda: chain((6, 8, 4), L.GroupNormalization(2, axis=1)),
    "unit norm": lambda: chain(IMAGE, L.UnitNormalization(axis=(1, 2))),
    "rms norm": lambda: chain(IMAGE, L.RMSNormalization()),
    "layer norm on axis 1": lambda: chain(IMAGE, L.LayerNormalization(axis=1)),
    "layer norm by variance": lambda: chain(IMAGE, L.LayerNormalization(rms_scaling=True)),
    "dot": lambda: merged(L.Dot(axes=(2, 2)), ROW, (7, 4)),
    "dot of vectors": lambda: merged(L.Dot(axes=1, normalize=True), FLAT, FLAT),
    "dot of pictures": lambda: merged(L.Dot(axes=(3, 1)), (4, 5, 3), (3, 6)),
    "einsum dense": lambda: chain(ROW, L.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de", activation="relu")),
    "einsum dense with rest": lambda: chain(ROW, L.EinsumDense("...x,xy->...y", 5, bias_axes="y")),
    "softmax over two axes": lambda: chain(IMAGE, L.Softmax(axis=(1, 2))),
    "resizing antialiased": lambda: chain(IMAGE, L.Resizing(4, 5, antialias=True)),
    "resizing bicubic": lambda: chain(IMAGE, L.Resizing(13, 5, interpolation="bicubic", antialias=True)),
    "resizing lanczos": lambda: chain(IMAGE, L.Resizing(5, 13, interpolation="lanczos3")),
    "resizing lanczos antialiased": lambda: chain(IMAGE, L.Resizing(5, 3, interpolation="lanczos5", antialias=True)),
    "resizing area": lambda: chain(IMAGE, L.Resizing(4, 3, interpolation="area")),
    "resizing cropped": lambda: chain(IMAGE, L.Resizing(6, 3, crop_to_aspect_ratio=True)),
    "resizing padded": lambda: chain(IMAGE, L.Resizing(6, 3, pad_to_aspect_ratio=True, fill_value=0.5)),
    "centre crop": lambda: chain(IMAGE, L.CenterCrop(4, 5)),
    "centre crop of a small one": lambda: chain(IMAGE, L.CenterCrop(12, 5)),
    "random crop": lambda: chain(IMAGE, L.RandomCrop(4, 5)),
    "adaptive average": lambda: chain(IMAGE, L.AdaptiveAveragePooling2D((4, 3))),
    "adaptive max": lambda: chain(ROW, L.AdaptiveMaxPooling1D(3)),
    "discretization": lambda: chain(FLAT, L.Discretization([-0.5, 0.0, 0.4])),
    "discretization coded": lambda: chain(FLAT, L.Discretization([-0.5, 0.0, 0.4], output_mode="multi_hot")),
    "category encoding": lambda: chain(FLAT, L.Discretization([-0.5, 0.0, 0.4]), L.CategoryEncoding(4, output_mode="count")),
    "category one hot": lambda: chain((1,), L.Discretization([-0.5, 0.0, 0.4]), L.CategoryEncoding(4, output_mode="one_hot")),
    "normalization inverted": lambda: chain(IMAGE, L.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 4.0, 0.25], invert=True)),
    "normalization of all": lambda: chain(IMAGE, L.Normalization(axis=None, mean=0.1, variance=4.0)),
    "cropping 3d": lambda: chain(CUBE, L.Cropping3D(1), L.ZeroPadding3D(1), L.UpSampling3D((1, 2, 1))),
    "group of channels": lambda: chain((9, 8, 4), L.Conv2DTranspose(6, 3, dilation_rate=2)),
    "max over time": lambda: chain(ROW, L.GlobalMaxPooling1D(keepdims=True)),
    "nested outputs": lambda: Model({"b": (b := Input(FLAT, name="b")), "a": (a := Input(FLAT, name="a"))}, {"y": L.Dense(2)(a), "x": L.Dense(3)(b)}),
    "cbam": cbam,
    "operators": lambda: operated(lambda x: [2.0 - x * 3.0, x / 4.0 + 1.0, -x, x**2, x // 0.25, x % 0.3, abs(x)]),
    "comparisons": lambda: operated(lambda x, y: [ops.cast(x > y, "float32"), ops.where(x <= 0.1, x, y), ops.cast(ops.logical_and(x > 0.0, y != 0.5), "float32")], IMAGE, IMAGE),
    "slices": lambda: operated(lambda x: [x[:, 1:-1, ::2, :], x[..., 0], x[:, None, 2:], x[:, :, ::-1], x[:, -1]]),
    "unary operations": lambda: operated(lambda x: [ops.exp(x), ops.sqrt(ops.abs(x)), ops.square(x), ops.log1p(ops.relu(x)), ops.sign(x), ops.floor(x * 3), ops.round(x * 3), ops.sin(x), ops.rsqrt(ops.exp(x)), ops.erf(x), ops.reciprocal(x + 3.0)]),
    "activations as operations": lambda: operated(lambda x: [ops.relu6(x * 8), ops.sigmoid(x), ops.tanh(x), ops.silu(x), ops.gelu(x, approximate=True), ops.gelu(x, approximate=False), ops.leaky_relu(x, 0.1), ops.elu(x, 0.5), ops.hard_sigmoid(x), ops.softmax(x, axis=1), ops.log_softmax(x), ops.clip(x, -0.2, 0.3)]),
    "reductions": lambda: operated(lambda x: [ops.mean(x, axis=[1, 2]), ops.sum(x, axis=-1, keepdims=True), ops.max(x, axis=1), ops.min(x, axis=(1, 3)), ops.prod(x, axis=2), ops.var(x, axis=[1, 2], keepdims=True), ops.std(x, axis=-1), ops.logsumexp(x, axis=-1), ops.norm(x, axis=-1), ops.cast(ops.argmax(x, axis=-1), "float32"), ops.normalize(x, axis=-1), ops.cumsum(x, axis=1), *ops.moments(x, axes=[1, 2])]),
    "shapes": lambda: operated(lambda x: [ops.reshape(x, (-1, 72, 3)), ops.transpose(x, (0, 3, 1, 2)), ops.expand_dims(x, 1), ops.squeeze(ops.expand_dims(x, 2), 2), ops.stack([x, x], axis=1), ops.tile(x, (1, 2, 1, 1)), ops.repeat(x, 2, axis=2), ops.flip(x, axis=1), ops.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]]), ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="reflect"), ops.take(x, [2, 0], axis=-1), ops.swapaxes(x, 1, 3), ops.moveaxis(x, -1, 1)]),
    "splits": lambda: operated(lambda x: [*ops.split(x, 3, axis=-1), *ops.split(x, [2, 5], axis=1), *ops.unstack(x, axis=3)]),
    "joins": lambda: operated(lambda x, y: [ops.concatenate([x, y], axis=1), ops.maximum(x, y), ops.minimum(x, 0.1), ops.add(x, y), ops.subtract(x, y), ops.multiply(x, y), ops.divide(x, y + 3.0)], IMAGE, IMAGE),
    "products": lambda: operated(lambda x, y: [ops.matmul(x, ops.transpose(y, (0, 2, 1))), ops.einsum("bij,bkj->bik", x, y)], ROW, (7, 4)),
    "pictures as operations": lambda: operated(lambda x: [ops.image.resize(x, (4, 5)), ops.image.resize(x, (13, 5), interpolation="nearest"), ops.image.resize(x, (5, 5), interpolation="bicubic", antialias=True)]),
    "operations after convolution": lambda: operated(lambda x: (y := L.Conv2D(4, 3)(x)) * ops.sigmoid(ops.mean(y, axis=(1, 2), keepdims=True))),
    **{f"activation {name}": (lambda name=name: chain(FLAT, L.Activation(name))) for name in ACTIVATIONS},
}


def main():
    archive = io.BytesIO()
    expected = {}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed, tempfile.TemporaryDirectory() as folder:
        for name, build in CASES.items():
            keras.utils.clear_session()
            keras.utils.set_random_seed(1)
            try:
                model = build()
            except Exception as failure:
                raise RuntimeError(name) from failure
            settle(model)
            shapes = [[BATCH, *(9 if size is None else size for size in x.shape[1:])] for x in model.inputs]
            pictures = [picture(shape) for shape in shapes]
            structure = getattr(model, "_inputs_struct", None)
            given = pictures[0] if structure is None else keras.tree.pack_sequence_as(structure, pictures)
            answers = keras.tree.flatten(model(given, training=False))
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
