"""Trains models/fundus-disease: eight ODIR labels per eye (multi-label), on pictures prepared by the product itself.

    python training/fundus_disease.py                      trains (or resumes), evaluates, writes models/fundus-disease
    python training/fundus_disease.py --evaluate-only      the same from the last checkpoint, without training

Recipe: MobileNetV2 0.35 that starts from Google's ImageNet weights, global average pooling and one dense layer (so
that class activation maps are exact); AdamW on a cosine, moving average of the weights, binary cross-entropy with
each label weighted by the root of its rarity, flips, rotation, zoom, colour; first at 160 px, then at 224 px.
Validation patients of the data set serve only for the figures at the end; a tenth of the training patients chooses thresholds.
"""
import argparse
import csv
import hashlib
import os
import pathlib
import re
import subprocess
import time
import zlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import h5py
import keras
import numpy as np
import tensorflow as tf

from fundus_disease_manifest import imagenet_start, manifest, versions
from measures import auroc, bootstrap, evaluate, youden_thresholds
from package import write_package

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = pathlib.Path(os.environ.get("FOVEA_TRAINING", "/tmp/fovea-training"))
LABELS = "NDGCAHMO"
SIZE = 224
ALPHA = 0.35
# (input side, epochs): most of the learning is done where a step costs half.
STAGES = [(160, 20), (224, 8)]
BATCH = 32
PEAK_RATE = 8e-4
WARMUP_STEPS = 300
EMA_DECAY = 0.998
LABEL_SMOOTHING = 0.02
SEED = 20261123


def load(data):
    """Rows of a data set's labels.csv with their pixels, prepared by training/prepare.ts."""
    rows = list(csv.DictReader(open(data / "labels.csv")))
    store = WORK / f"{data.name}-{SIZE}.u8"
    if not store.exists() or store.stat().st_size != len(rows) * SIZE * SIZE * 3:
        node = ROOT / "node_modules/.bin/node"
        command = [node, "training/prepare.ts", "--data", data, "--size", str(SIZE), "--out", store]
        subprocess.run(command, cwd=ROOT, check=True)
    pixels = np.memmap(store, np.uint8, "r", shape=(len(rows), SIZE, SIZE, 3))
    return rows, pixels


def split(rows):
    """Indices: train, dev (a tenth of the training patients, by hash) and test (the data set's validation patients)."""
    parts = {"train": [], "dev": [], "test": []}
    for i, row in enumerate(rows):
        if row["suggested_split"] == "val":
            parts["test"].append(i)
        else:
            parts["dev" if zlib.crc32(row["patient"].encode()) % 10 == 0 else "train"].append(i)
    patients = [{rows[i]["patient"] for i in part} for part in parts.values()]
    assert not (patients[0] & patients[1] or patients[0] & patients[2] or patients[1] & patients[2])
    return {name: np.array(part) for name, part in parts.items()}


def build(side=None):
    """Input in 0…1 as the contract has it; the backbone wants −1…1."""
    inputs = keras.Input((side, side, 3), name="image")
    scaled = keras.layers.Rescaling(2.0, -1.0, name="to_symmetric")(inputs)
    backbone = keras.applications.MobileNetV2(
        input_tensor=scaled, input_shape=(side, side, 3), alpha=ALPHA, include_top=False, weights=None
    )
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(backbone.output)
    dropped = keras.layers.Dropout(0.3, name="dropout")(pooled)
    outputs = keras.layers.Dense(len(LABELS), activation="sigmoid", name="labels")(dropped)
    return keras.Model(inputs, outputs, name="fundus_disease")


def start_from_imagenet(model, path):
    """Copies Google's MobileNetV2 0.35 weights out of a Teachable Machine export, by weight name."""
    with h5py.File(path) as file:
        group = file["model_weights"]["sequential_1"]
        copied = 0
        for layer in model.layers:
            if layer.weights and layer.name != "labels":
                stored = group[layer.name]
                # Keras 2 called the one weight of a depthwise convolution `depthwise_kernel`.
                names = ["depthwise_kernel"] if "depthwise_kernel:0" in stored else [w.name for w in layer.weights]
                layer.set_weights([stored[f"{name}:0"][()] for name in names])
                copied += 1
    print(f"{copied} layers start from ImageNet")


def augment(pixels, side):
    """uint8 SIZE × SIZE → float 0…1 side × side: one affine map and one colour change a picture."""
    n = tf.shape(pixels)[0]
    uniform = lambda low, high, *shape: tf.random.uniform([n, *shape], low, high)
    angle = uniform(-0.5, 0.5)
    zoom = uniform(0.8, 1.1) * SIZE / side
    stretch = uniform(0.92, 1.08)
    flip = tf.where(uniform(0.0, 1.0) < 0.5, -1.0, 1.0)
    upside = tf.where(uniform(0.0, 1.0) < 0.2, -1.0, 1.0)
    a, b = zoom * stretch * flip * tf.cos(angle), -zoom * upside * tf.sin(angle)
    c, d = zoom * flip * tf.sin(angle), zoom / stretch * upside * tf.cos(angle)
    here, there = (side - 1) / 2, (SIZE - 1) / 2
    shift_x, shift_y = uniform(-12.0, 12.0), uniform(-12.0, 12.0)
    zero = tf.zeros_like(a)
    maps = tf.stack(
        [a, b, there - (a + b) * here + shift_x, c, d, there - (c + d) * here + shift_y, zero, zero], axis=1
    )
    warped = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(pixels, tf.float32) / 255.0, transforms=maps, output_shape=[side, side], fill_value=0.0,
        interpolation="BILINEAR", fill_mode="CONSTANT",
    )
    gamma = tf.exp(uniform(-0.3, 0.3))[:, None, None, None]
    gain = tf.exp(uniform(-0.15, 0.15, 1, 1, 3))
    contrast = uniform(0.8, 1.25)[:, None, None, None]
    mean = tf.reduce_mean(warped, [1, 2], keepdims=True)
    coloured = tf.pow(tf.clip_by_value(warped, 1e-4, 1.0), gamma) * gain
    return tf.clip_by_value((coloured - mean) * contrast + mean, 0.0, 1.0)


class Average:
    """Moving average of all weights, batch-norm statistics among them."""

    def __init__(self, model):
        self.source = model.variables
        self.values = [tf.Variable(v, trainable=False) for v in model.variables]

    def update(self, step):
        decay = tf.minimum(EMA_DECAY, (1.0 + step) / (10.0 + step))
        for mine, theirs in zip(self.values, self.source):
            if mine.dtype.is_floating:
                mine.assign(decay * mine + (1.0 - decay) * tf.convert_to_tensor(theirs))

    def into(self, model):
        for mine, theirs in zip(self.values, model.variables):
            theirs.assign(mine)
        return model


def predict(model, pixels, indices):
    """Probabilities of pictures as serving sees them: x/255, nothing else."""
    batches = [pixels[indices[i : i + 64]].astype(np.float32) / 255.0 for i in range(0, len(indices), 64)]
    return np.concatenate([model(batch, training=False).numpy() for batch in batches])


def settle(model, pixels, indices):
    """Batch-norm statistics of the averaged weights, on pictures as serving sees them.

    The moving ones lag: MobileNetV2's momentum is 0.999, and they come from augmented pictures of two sizes. On the dev
    patients settling took the mean AUROC from 0.862 to 0.894 and cross-entropy from 0.259 to 0.196.
    """
    layers = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    momenta = [layer.momentum for layer in layers]
    order = np.random.default_rng(SEED).permutation(indices)
    for batch in range(len(order) // 64):
        chosen = np.sort(order[batch * 64 : (batch + 1) * 64])
        for layer in layers:
            layer.momentum = batch / (batch + 1)
        model(pixels[chosen].astype(np.float32) / 255.0, training=True)
    for layer, momentum in zip(layers, momenta):
        layer.momentum = momentum


def train(model, average, rows, pixels, targets, parts):
    steps_an_epoch = len(parts["train"]) // BATCH
    total = sum(epochs for _, epochs in STAGES) * steps_an_epoch
    cosine = keras.optimizers.schedules.CosineDecay(
        PEAK_RATE * 0.02, total - WARMUP_STEPS, alpha=0.01, warmup_target=PEAK_RATE, warmup_steps=WARMUP_STEPS
    )
    optimizer = keras.optimizers.AdamW(cosine, weight_decay=0.02)
    optimizer.build(model.trainable_variables)
    rarity = 1.0 / np.sqrt(targets[parts["train"]].mean(0))
    weights = tf.constant(rarity / rarity.mean(), tf.float32)
    epoch_done = tf.Variable(0, dtype=tf.int64)
    checkpoint = tf.train.Checkpoint(
        model=model, optimizer=optimizer, epoch=epoch_done, **{f"average{i}": v for i, v in enumerate(average.values)}
    )
    manager = tf.train.CheckpointManager(checkpoint, str(WORK / "fundus-disease"), max_to_keep=2)
    if manager.latest_checkpoint:
        checkpoint.restore(manager.latest_checkpoint).expect_partial()
        print(f"resumed after epoch {int(epoch_done)}")

    def make_step(side):
        @tf.function(reduce_retracing=True)
        def step(batch, wanted):
            pictures = augment(batch, side)
            wanted = wanted * (1.0 - LABEL_SMOOTHING) + 0.5 * LABEL_SMOOTHING
            with tf.GradientTape() as tape:
                answer = tf.clip_by_value(model(pictures, training=True), 1e-6, 1.0 - 1e-6)
                entropy = -(wanted * tf.math.log(answer) + (1.0 - wanted) * tf.math.log(1.0 - answer))
                loss = tf.reduce_mean(entropy * weights)
            gradients = tape.gradient(loss, model.trainable_variables)
            gradients, _ = tf.clip_by_global_norm(gradients, 1.0)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables))
            average.update(tf.cast(optimizer.iterations, tf.float32))
            return loss
        return step

    epoch = 0
    for side, epochs in STAGES:
        step = make_step(side)
        for _ in range(epochs):
            epoch += 1
            if epoch <= int(epoch_done):
                continue
            start = time.time()
            order = np.random.default_rng(SEED + epoch).permutation(parts["train"])
            losses = []
            for i in range(steps_an_epoch):
                chosen = np.sort(order[i * BATCH : (i + 1) * BATCH])
                losses.append(step(tf.constant(pixels[chosen]), tf.constant(targets[chosen])))
            epoch_done.assign(epoch)
            manager.save()
            line = f"epoch {epoch} at {side} px: loss {np.mean(losses):.4f}, {time.time() - start:.0f} s"
            if epoch % 4 == 0:
                probe = average.into(build())
                answers = predict(probe, pixels, parts["dev"])
                line += f", dev mean AUROC {evaluate(targets[parts['dev']], answers, LABELS)['mean_auroc']:.4f}"
            print(line, flush=True)


def elsewhere(model, data):
    """Does D tell diabetic retinopathy on EyePACS, whose cameras and crop the training never saw?"""
    rows, pixels = load(data)
    answers = predict(model, pixels, np.arange(len(rows)))[:, LABELS.index("D")]
    patients = np.array([row["patient"] for row in rows])
    results = []
    for least, question in [(1, "D for any diabetic retinopathy (grade ≥ 1)"), (2, "D for grade ≥ 2")]:
        wanted = np.array([float(int(row["dr_grade"]) >= least) for row in rows])
        results.append({
            "photographs": "EyePACS, 400 px centre crop",
            "question": question,
            "n": len(rows),
            "positives": int(wanted.sum()),
            "auroc": round(auroc(wanted, answers), 4),
            "auroc_95": bootstrap(patients, lambda i: auroc(wanted[i], answers[i])),
        })
    return results


def recipe(imagenet):
    return {
        "script": "training/fundus_disease.py",
        "made_with": versions(),
        "start": imagenet_start(imagenet, hashlib.sha256(imagenet.read_bytes()).hexdigest()),
        "network": f"MobileNetV2 {ALPHA}, global average pooling, dropout 0.3, {len(LABELS)} sigmoids",
        "stages": ", then ".join(f"{epochs} epochs at {side} px" for side, epochs in STAGES),
        "optimiser": f"AdamW, weight decay 0.02, batch {BATCH}, peak rate {PEAK_RATE}, {WARMUP_STEPS} warm-up steps, "
        f"cosine; gradients clipped at norm 1; moving average of the weights {EMA_DECAY}, which is what is kept, "
        "with the batch-norm statistics of the training pictures without augmentation",
        "loss": f"binary cross-entropy, label smoothing {LABEL_SMOOTHING}, labels weighted by 1 / √frequency",
        "augmentation": "flips, rotation ± 0.5 rad, zoom, stretch, shift, gamma, channel gain, contrast",
        "choice": "the weights after the last epoch; no epoch was picked",
        "seed": SEED,
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", type=pathlib.Path, default=ROOT / "../shared/data")
    arguments.add_argument(
        "--imagenet",
        type=pathlib.Path,
        default=ROOT / "../shared/keras-models/DrKamthorn__HP/converted_keras/keras_model.h5",
        help="a Teachable Machine export, for the ImageNet weights in it",
    )
    arguments.add_argument("--evaluate-only", action="store_true")
    options = arguments.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(SEED)

    rows, pixels = load(options.data.resolve() / "odir")
    targets = np.array([[label in re.split("[;|]", row["labels"]) for label in LABELS] for row in rows], np.float32)
    parts = split(rows)
    print({name: len(part) for name, part in parts.items()})
    model = build()
    start_from_imagenet(model, options.imagenet)
    average = Average(model)
    if options.evaluate_only:
        latest = tf.train.latest_checkpoint(str(WORK / "fundus-disease"))
        restored = tf.train.Checkpoint(**{f"average{i}": v for i, v in enumerate(average.values)})
        restored.restore(latest).assert_existing_objects_matched().expect_partial()
    else:
        train(model, average, rows, pixels, targets, parts)

    final = average.into(build(SIZE))
    settle(final, pixels, parts["train"])
    dev, test = parts["dev"], parts["test"]
    thresholds = youden_thresholds(targets[dev], predict(final, pixels, dev))
    patients = np.array([rows[i]["patient"] for i in test])
    metrics = evaluate(targets[test], predict(final, pixels, test), LABELS, thresholds, patients)
    metrics["elsewhere"] = elsewhere(final, options.data.resolve() / "eyepacs")
    for label, values in metrics["labels"].items():
        print(label, values)
    print("mean AUROC", metrics["mean_auroc"], metrics["mean_auroc_95"])
    print(metrics["elsewhere"])
    census = {
        name: {
            "eyes": len(part),
            "patients": len({rows[i]["patient"] for i in part}),
            "positives": dict(zip(LABELS, map(int, targets[part].sum(0)))),
        }
        for name, part in parts.items()
    }
    described = manifest(SIZE, thresholds, metrics, census, recipe(options.imagenet))
    write_package(ROOT / "models/fundus-disease", final, described)


if __name__ == "__main__":
    main()
