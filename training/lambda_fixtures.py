"""Writes src/keras/fixtures/lambdas.zip: bodies of Lambda layers as several Pythons compile them, and what they give.

    python training/lambda_fixtures.py [python2.7 python3.6 …]

Each Python named compiles every body and marshals its code, as Keras does when it saves a Lambda; TensorFlow computes
what the bodies give for the picture of training/keras_fixtures.py. src/keras/lambda/lambda.test.ts compares.
"""
import base64
import json
import os
import pathlib
import subprocess
import sys
import zipfile

SHAPE = (2, 8, 6, 3)

EXPRESSIONS = """
x / 255.0
x / 127.5 - 1
(x - 127.5) / 127.5
2 / (x + 3)
1 - x * 2
-x
x ** 2
x // 0.25 + x % 0.3
K.relu(x, max_value=6)
K.relu(x, alpha=0.1)
tf.nn.relu6(x * 8)
x * tf.nn.relu6(x + 3) / 6
x * K.sigmoid(x)
tf.nn.swish(x)
tf.keras.activations.gelu(x)
tf.math.softplus(x) * tf.tanh(x)
K.softmax(x)
tf.image.resize(x, (4, 5))
tf.image.resize(x, [16, 3], method='nearest')
tf.compat.v1.image.resize_bilinear(x, (4, 9))
tf.compat.v1.image.resize_bilinear(x, (4, 9), align_corners=True)
K.resize_images(x, 2, 2, 'channels_last')
K.resize_images(x, 2, 3, 'channels_last', interpolation='bilinear')
tf.nn.space_to_depth(x, 2)
tf.nn.depth_to_space(tf.concat([x, x, x, x], -1), block_size=2)
K.expand_dims(x, axis=-1)
K.expand_dims(x, 1)
tf.squeeze(tf.expand_dims(x, 1), axis=1)
K.l2_normalize(x, axis=-1)
tf.math.l2_normalize(x, axis=1)
K.mean(x, axis=-1, keepdims=True)
K.max(x, axis=3, keepdims=True)
tf.reduce_mean(x, axis=[1, 2])
tf.reduce_max(x, axis=-1, keepdims=True)
K.sum(x, axis=1) + K.min(x, axis=1)
K.std(x, axis=[1, 2]) * K.var(x, axis=[1, 2])
x[:, 1:, ::2, :]
x[..., 0]
x[:, :, :, ::-1]
x[:, -1]
x[:, :, 2:-1]
x[:, None]
K.concatenate([x, x * 2], axis=-1)
tf.concat([x, -x], -1)
tf.stack([x, x + 1], axis=1)
tf.split(x, 3, axis=-1)[1]
K.clip(x, -0.5, 0.5)
tf.clip_by_value(x, -0.5, 0.5)
tf.maximum(x, 0.1) - tf.minimum(x, 0.2)
tf.pad(x, [[0, 0], [1, 1], [2, 0], [0, 0]])
tf.pad(x, tf.constant([[0, 0], [1, 1], [1, 1], [0, 0]]), 'REFLECT')
K.spatial_2d_padding(x, ((1, 2), (0, 1)))
K.permute_dimensions(x, (0, 3, 1, 2))
tf.transpose(x, perm=[0, 2, 1, 3])
K.reshape(x, (-1, 48, 3))
tf.reshape(x, (tf.shape(x)[0], -1))
tf.reshape(x, [-1, x.shape[1] * x.shape[2], 3])
tf.reshape(x, [-1, x.get_shape().as_list()[1] * 6, 3])
K.int_shape(x)[1] * x
K.batch_flatten(x)
tf.cast(x > 0, tf.float32)
tf.where(x > 0, x, 0.1 * x)
K.cast(K.greater(x, 0.2), 'float32') * x
K.repeat_elements(x, 2, axis=1)
tf.tile(x, [1, 2, 1, 1])
tf.reverse(x, axis=[2])
K.square(x) + K.sqrt(K.abs(x)) + K.exp(x) + K.log(K.abs(x) + 1)
tf.math.subtract(x, tf.math.reduce_mean(x, axis=(1, 2), keepdims=True))
tf.gather(x, [2, 0], axis=-1)
tf.einsum('bhwc,bhwd->bcd', x, x)
tf.matmul(x, x, transpose_b=True)
x if K.image_data_format() == 'channels_last' else -x
K.relu(x) if len(x.shape) == 3 else K.tanh(x)
tf.keras.applications.vgg16.preprocess_input(x)
tf.keras.applications.mobilenet_v2.preprocess_input(x)
""".strip().splitlines()

FUNCTIONS = [
    "def f(x):\n    import tensorflow as tf\n    y = tf.nn.relu(x)\n    z = y * 2\n    return z + y",
    "def f(x, scale=3.0, offset=-1.0):\n    return x * scale + offset",
    "def f(x):\n    from tensorflow.keras import backend as K\n    a, b = x[..., 0], x[..., 1]\n    a *= 2\n    a -= b\n    return K.stack([a, b], axis=-1)",
    "def f(x):\n    'Says what it does.'\n    mean = tf.reduce_mean(x, axis=-1, keepdims=True)\n    top = tf.reduce_max(x, axis=-1, keepdims=True)\n    return tf.concat([mean, top], axis=-1)",
]

COMPILER = """
import base64, json, marshal, sys
bodies = json.load(sys.stdin)
def code(body):
    scope = {}
    if body.startswith('def'): exec(body, scope); return scope['f']
    return eval('lambda x: ' + body)
out = []
for body in bodies:
    f = code(body)
    out.append(base64.b64encode(marshal.dumps(f.__code__)).decode('ascii'))
print(json.dumps({'version': '%d.%d' % sys.version_info[:2], 'codes': out}))
"""


def expected(bodies):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import numpy as np
    import tensorflow as tf
    import tf_keras
    from keras_fixtures import picture
    from tf_keras import backend as K

    scope = {"tf": tf, "K": K, "np": np}
    tf.keras = tf_keras
    x = tf.constant(picture(SHAPE))
    answers = []
    for body in bodies:
        if body.startswith("def"):
            exec(body, scope)
            answer = scope["f"](x)
        else:
            answer = eval("lambda x: " + body, scope)(x)
        values = np.asarray(answer, np.float32)
        answers.append({"shape": list(values.shape), "values": [float(f"{v:.7g}") for v in values.ravel()]})
    return answers


def main(pythons):
    bodies = EXPRESSIONS + FUNCTIONS
    compiled = [
        json.loads(subprocess.run([python, "-c", COMPILER], input=json.dumps(bodies), capture_output=True, text=True, check=True).stdout)
        for python in pythons
    ]
    answers = expected(bodies)
    document = {
        "shape": SHAPE,
        "defaults": {str(len(EXPRESSIONS) + 1): [3.0, -1.0]},
        "bodies": [{"source": body, **answer} for body, answer in zip(bodies, answers)],
        "compiled": {one["version"]: one["codes"] for one in compiled},
    }
    out = pathlib.Path(__file__).resolve().parent.parent / "src/keras/fixtures/lambdas.zip"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        packed.writestr("lambdas.json", json.dumps(document))
    print(len(bodies), "bodies,", ", ".join(document["compiled"]), out.stat().st_size, "bytes")


if __name__ == "__main__":
    main(sys.argv[1:] or [sys.executable])
