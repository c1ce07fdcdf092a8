"""The input that a golden vector answers for: numbers that any language can make again."""
import numpy as np

IN_WORDS = (
    "LCG: s = 12345; for each element s = (s * 1664525 + 1013904223) mod 2^32, value = s / 2^32, cast to float32; "
    "in C order over {shape}; fed to the model as it stands, without preprocessing"
)


def lcg(shape):
    state, values = 12345, np.empty(int(np.prod(shape)))
    for i in range(values.size):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values[i] = state / 2**32
    return values.astype(np.float32).reshape(shape)
