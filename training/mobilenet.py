"""MobileNetV2 0.35 (Sandler 2018) in PyTorch, to be trained quickly in bfloat16, and the same in Keras, to be shipped.

PyTorch trains this network about four times as fast on a processor with bfloat16 as TensorFlow does; the file that is
shipped is built and saved by Keras, and `export` refuses it where the two answer differently.
"""
import hashlib
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import h5py
import keras
import numpy as np
import torch
from torch import nn

ALPHA = 0.35
# (expansion, channels, blocks, stride of the first), table 2 of the paper.
STAGES = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
FEATURES = 1280


def channels(count):
    """A multiple of 8, not below nine tenths of what was asked for: keras.applications.mobilenet_v2."""
    near = max(8, int(count + 4) // 8 * 8)
    return near + 8 if near < 0.9 * count else near


class Convolution(nn.Sequential):
    """Convolution, batch norm, ReLU6; for a stride of 2 the odd pixel of padding goes to the right and the bottom, as in Keras."""

    def __init__(self, before, after, kernel, stride, groups=1, active=True):
        padding = [nn.ZeroPad2d(2 * ((kernel - 2) // 2, (kernel - 1) // 2))] if stride == 2 else []
        super().__init__(
            *padding,
            nn.Conv2d(before, after, kernel, stride, 0 if stride == 2 else kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(after, eps=1e-3, momentum=0.01),
            *([nn.ReLU6()] if active else []),
        )


class Block(nn.Module):
    def __init__(self, before, after, stride, expansion, kernel=3):
        super().__init__()
        inner = before * expansion
        self.c = nn.Sequential(
            *([Convolution(before, inner, 1, 1)] if expansion > 1 else []),
            Convolution(inner, inner, kernel, stride, inner),
            Convolution(inner, after, 1, 1, active=False),
        )
        self.r = stride == 1 and before == after

    def forward(self, x):
        return x + self.c(x) if self.r else self.c(x)


def backbone(inputs):
    """`inputs` channels → 1280 features on a grid 32 times coarser."""
    layers = [Convolution(inputs, channels(32 * ALPHA), 3, 2)]
    before = channels(32 * ALPHA)
    for expansion, count, blocks, stride in STAGES:
        for i in range(blocks):
            after = channels(count * ALPHA)
            layers.append(Block(before, after, stride if i == 0 else 1, expansion))
            before = after
    return nn.Sequential(*layers, Convolution(before, FEATURES, 1, 1))


def named(layers):
    """(convolution, batch norm, Keras' names of the two) of every layer of a backbone."""
    pair = lambda part: ([m for m in part if isinstance(m, nn.Conv2d)][0], [m for m in part if isinstance(m, nn.BatchNorm2d)][0])
    yield *pair(layers[0]), "Conv1", "bn_Conv1"
    for i, block in enumerate(list(layers)[1:-1]):
        prefix = f"block_{i}" if i else "expanded_conv"
        parts = list(block.c)
        for part, name in zip(parts, (["expand"] if i else []) + ["depthwise", "project"]):
            yield *pair(part), f"{prefix}_{name}", f"{prefix}_{name}_BN"
    yield *pair(layers[-1]), "Conv_1", "Conv_1_bn"


NORMS = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}


def start_from_imagenet(layers, path, first=lambda kernel: kernel):
    """Copies Google's ImageNet weights out of a Teachable Machine export; `first` fits the kernel of the first layer."""
    with h5py.File(path) as file:
        group = file["model_weights"]["sequential_1"]

        def stored(name, ending):
            found = []
            group[name].visititems(lambda key, value: found.append(value) if key.split("/")[-1].startswith(ending) else None)
            return found[0][()]

        for convolution, norm, name, norm_name in named(layers):
            if convolution.groups > 1:
                kernel = stored(name, "depthwise_kernel").transpose(2, 3, 0, 1)
            else:
                kernel = stored(name, "kernel").transpose(3, 2, 0, 1)
            kernel = torch.tensor(kernel)
            if name == "Conv1":
                kernel = first(kernel)
            assert kernel.shape == convolution.weight.shape, name
            convolution.weight.data = kernel
            for here, there in NORMS.items():
                getattr(norm, here).data = torch.tensor(stored(norm_name, there))


def imagenet_start(path):
    """Where those weights came from, in words."""
    with h5py.File(path) as file:
        version = file.attrs.get("keras_version", "?")
    version = version.decode() if isinstance(version, bytes) else version
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return (
        "Google's MobileNetV2 0.35 for ImageNet (Apache-2.0), copied by weight name from a Teachable Machine export "
        f"(Keras {version}, SHA-256 {digest}), which keeps that backbone as Google published it"
    )


def keras_backbone(tensor, side):
    """The Keras layers of `backbone` on a Keras tensor, unfilled."""
    return keras.applications.MobileNetV2(
        input_tensor=tensor, input_shape=(side, side, tensor.shape[-1]), alpha=ALPHA, include_top=False, weights=None
    ).output


def fill_keras(model, layers):
    """Weights of a trained `backbone` into the Keras layers of that name."""
    for convolution, norm, name, norm_name in named(layers):
        kernel = convolution.weight.detach().numpy()
        order = (2, 3, 0, 1) if convolution.groups > 1 else (2, 3, 1, 0)
        model.get_layer(name).set_weights([np.ascontiguousarray(kernel.transpose(order))])
        model.get_layer(norm_name).set_weights([getattr(norm, here).detach().numpy() for here in NORMS])


def fill_dense(model, name, linear):
    model.get_layer(name).set_weights([linear.weight.detach().numpy().T, linear.bias.detach().numpy()])
