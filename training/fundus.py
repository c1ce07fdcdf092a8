"""Trains the network of models/fundus-disease and models/fundus-dr-grade: one trunk, two heads.

    python training/fundus.py base           on ODIR alone: the figure on EyePACS is of a camera world never trained on
    python training/fundus.py both           goes on from `base` with the EyePACS training patients
    python training/fundus.py base-mild      the same two with milder changes of light
    python training/fundus.py both-mild
    python training/fundus.py coarse-1       sees 96 pixels, wanted for what it says of cataract; `coarse-2`, `coarse-3` are other draws
    python training/fundus.py one            `both` and `both-mild` distilled into one, and cataract as the coarse ones see
                                             it; writes both packages
    python training/fundus.py parts          no training: writes parts.csv, by which `fovea evaluate` makes the cards' figures

Input is RGB and RGB less its local mean (made in the graph), of the lit field alone. The heads are global average
pooling and one dense layer each, so that class activation maps are exact: eight sigmoids (N D G C A H M O), and a
softmax over the ICDR grades 0–4 that is taught through its cumulative sums, as grades are ordered.
"""
import argparse
import csv
import functools
import math
import os
import pathlib
import subprocess
import sys
import time
import zlib

if "MALLOC_MMAP_THRESHOLD_" not in os.environ:
    # Blocks that glibc maps and unmaps at every step cost half of the time: start once more and let it keep them.
    keep = {"MALLOC_MMAP_THRESHOLD_": "4000000000", "MALLOC_TRIM_THRESHOLD_": "16000000000", "MALLOC_TOP_PAD_": "500000000"}
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **keep})
import keras
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from describe import describe
from efficientnet import FEATURES, backbone, fill_keras, imagenet_start, keras_backbone, start_from_imagenet
from mobilenet import fill_dense
from package import in_half, write_package

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = pathlib.Path(os.environ.get("FOVEA_TRAINING", "/tmp/fovea-training")) / "fundus"
LABELS = "NDGCAHMO"
GRADES = 5
STORED, SIDE = 320, 256
BATCH = 32
FINE = [(SIDE, 6)]
# Cataract is haze before the whole retina: on the dev patients networks of 96 pixels tell it better than one of 256
# (docs/model-study.md).
COARSE, COARSE_SIDE = ["coarse-1", "coarse-2", "coarse-3"], 96
# Of 10 … 10,000 the one with which dev patients' cataract is answered most like the coarse networks answer.
RIDGE = 1000
# Peak rate, and (input side, epochs): most of `base` is learned where a step costs a third.
PLANS = {
    "base": (8e-4, [(160, 9), (224, 6)]),
    "both": (4e-4, FINE),
    "base-mild": (8e-4, [(160, 9), (224, 6)]),
    "both-mild": (4e-4, FINE),
    "one": (3e-4, FINE),
    **{name: (8e-4, [(COARSE_SIDE, 9)]) for name in COARSE},
}
# Layers at the input that stay as they are: edges and colours are learned by then, and cost most of a step's time.
HELD = {"base": 0, "both": 4, "base-mild": 0, "both-mild": 4, "one": 4, **{name: 0 for name in COARSE}}
# How much of the changes of exposure, contrast, colour and sharpness is left, by epoch. Two networks that err differently,
# and one distilled from them (docs/model-study.md).
STRENGTH = {
    "base": [1.0] * 15,
    "both": [1.0] * 3 + [0.3] * 3,
    "base-mild": [1.0] * 9 + [0.5] * 6,
    "both-mild": [0.5] * 3 + [0.3] * 3,
    "one": [1.0] * 2 + [0.6] * 2 + [0.3] * 2,
    **{name: [0.5] * 9 for name in COARSE},
}
TEACHERS = ["both", "both-mild"]
# Share of the teachers' answers in what the distilled network is asked for; the rest is what the doctors said.
TAUGHT = 0.7
BFLOAT16 = "avx512_bf16" in pathlib.Path("/proc/cpuinfo").read_text()
# What a wrong answer costs at each cut between grades: the rare, late ones more.
CUT_WEIGHTS = [0.8, 1.0, 1.3, 1.3]
SEED = 20261123


def local_mean(x):
    """Mean over 48 pixels: averages of 16, of 3 × 3 of those, and linear in between; the same layers as in `keras_model`."""
    mean = F.avg_pool2d(F.avg_pool2d(x, 16, 16), 3, 1, 1, count_include_pad=False)
    return F.interpolate(mean, scale_factor=16, mode="bilinear", align_corners=False)


class Network(nn.Module):
    """RGB 0…1 → eight logits, five logits."""

    def __init__(self):
        super().__init__()
        self.f = backbone(6)
        self.drop = nn.Dropout(0.3)
        self.h = nn.Linear(FEATURES, len(LABELS))
        self.g = nn.Linear(FEATURES, GRADES)

    def features(self, x):
        x = torch.cat([x * 2 - 1, (x - local_mean(x)) * 4], 1).contiguous(memory_format=torch.channels_last)
        return self.f(x).mean((2, 3)).float()

    def forward(self, x):
        features = self.drop(self.features(x))
        return self.h(features), self.g(features)


def rows_of(data):
    return list(csv.DictReader(open(data / "labels.csv")))


def prepared(data):
    """Pixels of the rows of labels.csv by the product's own decode and contract, N × 320 × 320 × 3."""
    out = WORK / data.name
    if not (out / "pixels.npy").exists():
        contract = ["--size", str(STORED), "--crop", "field_of_view"]
        subprocess.run([ROOT / "bin/fovea.mjs", "prepare", "--data", data, *contract, "--out", out], check=True)
    return np.load(out / "pixels.npy", mmap_mode="r")


def patient_tenth(row):
    return zlib.crc32(row["patient"].encode()) % 10


def odir_part(row):
    """`test` is what the data set's keepers laid aside; a fifth of the other patients calibrates and chooses thresholds."""
    return "test" if row["suggested_split"] == "val" else "dev" if patient_tenth(row) < 2 else "train"


def eyepacs_part(row):
    return "train" if patient_tenth(row) < 6 else "dev" if patient_tenth(row) == 6 else "test"


def odir_grade(row):
    """ICDR grade: of the keywords; 0 without diabetic retinopathy; -1 (not known) where it is there without a grade."""
    return int(row["dr_grade"]) if row["dr_grade"] else -1 if "D" in row["labels"].split("|") else 0


class Pictures:
    """ODIR and EyePACS under one numbering; -1 in `labels` is what nobody said."""

    def __init__(self, folder):
        self.folder = folder
        odir, eyepacs = rows_of(folder / "odir"), rows_of(folder / "eyepacs")
        self.rows = [("odir", row) for row in odir] + [("eyepacs", row) for row in eyepacs]
        self.part = np.array([f"odir {odir_part(r)}" for r in odir] + [f"eyepacs {eyepacs_part(r)}" for r in eyepacs])
        grades = [odir_grade(row) for row in odir] + [int(row["dr_grade"]) for row in eyepacs]
        self.grades = np.array(grades)
        self.labels = np.full((len(self.rows), len(LABELS)), -1, np.float32)
        self.labels[: len(odir)] = [[label in row["labels"].split("|") for label in LABELS] for row in odir]
        self.labels[len(odir) :, LABELS.index("D")] = self.grades[len(odir) :] >= 1

    @functools.cached_property
    def stored(self):
        return prepared(self.folder / "odir"), prepared(self.folder / "eyepacs")

    def pixels(self, indices):
        odir, eyepacs = self.stored
        return np.stack([odir[i] if i < len(odir) else eyepacs[i - len(odir)] for i in indices])

    def of(self, *parts):
        return np.flatnonzero(np.isin(self.part, parts))


def uniform(n, low, high, *shape):
    return torch.empty(n, *(shape or (1, 1, 1))).uniform_(low, high)


def augment(pixels, side, strength):
    """Other eyes and places; and to a strength of 0–1 other cameras, exposures, lights, sharpness and noise."""
    n = len(pixels)
    x = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
    flat = lambda low, high: uniform(n, low, high, 1)[:, 0]
    angle, zoom, stretch = flat(-0.6, 0.6), torch.exp(flat(-0.28, 0.22)), torch.exp(flat(-0.07, 0.07))
    flip = torch.where(flat(0, 1) < 0.5, -1.0, 1.0)
    upside = torch.where(flat(0, 1) < 0.15, -1.0, 1.0)
    a, b = zoom * stretch * flip * angle.cos(), -zoom * upside * angle.sin()
    c, d = zoom * flip * angle.sin(), zoom / stretch * upside * angle.cos()
    maps = torch.stack([torch.stack([a, b, flat(-0.08, 0.08)], 1), torch.stack([c, d, flat(-0.08, 0.08)], 1)], 1)
    x = F.grid_sample(x, F.affine_grid(maps, (n, 3, side, side), align_corners=False), align_corners=False)
    x = x.clamp(1e-4, 1) ** torch.exp(strength * uniform(n, -0.4, 0.4)) * torch.exp(strength * uniform(n, -0.22, 0.22, 3, 1, 1))
    mean = x.mean((2, 3), keepdim=True)
    x = (x - mean) * torch.exp(strength * uniform(n, -0.35, 0.3)) + mean
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * torch.exp(strength * uniform(n, -0.4, 0.3))
    down, across = torch.linspace(-1, 1, side).view(1, 1, -1, 1), torch.linspace(-1, 1, side).view(1, 1, 1, -1)
    tilt = uniform(n, -0.25, 0.25) * across + uniform(n, -0.25, 0.25) * down
    x = x * torch.exp(strength * (tilt + uniform(n, -0.3, 0.2) * (across * across + down * down - 0.6)))
    chance = torch.rand(n)
    for i in torch.where(chance < 0.3 * strength)[0]:  # fewer pixels, as compression leaves
        small = int(side * np.random.uniform(0.45, 0.85))
        few = F.interpolate(x[i : i + 1], (small, small), mode="bilinear", antialias=True)
        x[i : i + 1] = F.interpolate(few, (side, side), mode="bilinear")
    for i in torch.where(chance > 1 - 0.25 * strength)[0]:
        x[i] += torch.randn(3, side, side) * float(np.random.uniform(0.005, 0.035))
    return x.clamp(0, 1)


def at_least(logits):
    """P(grade ≥ 1 … 4) of five logits: ordered by construction."""
    return logits.softmax(1).flip(1).cumsum(1).flip(1)[:, 1:].clamp(1e-5, 1 - 1e-5)


def of_each(f, pictures, indices, side):
    """f(pixels) of every picture, in batches."""
    answers = []
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=BFLOAT16):
        for i in range(0, len(indices), 32):
            x = torch.from_numpy(pictures.pixels(indices[i : i + 32])).permute(0, 3, 1, 2).float() / 255
            answers.append(f(F.interpolate(x, (side, side), mode="bilinear", antialias=True)).numpy())
    return np.concatenate(answers)


def predict(net, pictures, indices, side=SIDE):
    """Probabilities of the labels, and P(grade ≥ 1 … 4)."""

    def answer(x):
        labels, grades = net(x)
        return torch.cat([labels.float().sigmoid(), at_least(grades.float())], 1)

    net.eval()
    return of_each(answer, pictures, indices, side)


def report(net, pictures, part, side=SIDE):
    """AUROCs in a line."""
    own, other = pictures.of(f"odir {part}"), pictures.of(f"eyepacs {part}")
    answers, elsewhere = predict(net, pictures, own, side), predict(net, pictures, other, side)
    areas = [roc_auc_score(pictures.labels[own, k], answers[:, k]) for k in range(len(LABELS))]
    known = pictures.grades[own] >= 0
    referable = roc_auc_score(pictures.grades[own][known] >= 2, answers[known, len(LABELS) + 1])
    away = roc_auc_score(pictures.grades[other] >= 2, elsewhere[:, len(LABELS) + 1])
    each = " ".join(f"{label} {area:.3f}" for label, area in zip(LABELS, areas))
    return f"{part}: mean {np.mean(areas):.4f} {each}, referable {referable:.3f}, on EyePACS {away:.3f}"


def report_away(net, pictures, side):
    """Referable disease on all of EyePACS, which `base` never saw; 95 % by 1000 draws of patients."""
    indices = np.flatnonzero([source == "eyepacs" for source, _ in pictures.rows])
    referable, asked = pictures.grades[indices] >= 2, predict(net, pictures, indices, side)[:, len(LABELS) + 1]
    _, patient = np.unique([pictures.rows[i][1]["patient"] for i in indices], return_inverse=True)
    images = [np.flatnonzero(patient == k) for k in range(patient.max() + 1)]
    draws = np.random.default_rng(SEED)
    areas = []
    for _ in range(1000):
        drawn = np.concatenate([images[k] for k in draws.integers(0, len(images), len(images))])
        areas.append(roc_auc_score(referable[drawn], asked[drawn]))
    low, high = np.quantile(areas, [0.025, 0.975])
    area = roc_auc_score(referable, asked)
    return f"EyePACS, never trained on: referable {area:.3f} ({low:.3f}–{high:.3f}), {len(indices)} photographs"


def mean_answer(teachers, x):
    """What the teachers say of the same pixels: probabilities of the labels and P(grade ≥ 1 … 4), by their mean logits."""
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=BFLOAT16):
        answers = [teacher(x) for teacher in teachers]
    labels, grades = (torch.stack([a.float() for a in answer]).mean(0) for answer in zip(*answers))
    return labels.sigmoid(), at_least(grades)


def batch_loss(net, pictures, batch, side, strength, label_weights, teachers):
    """Of labels and grades that were told; with teachers (Hinton 2015), of their answers to the same pixels too (Beyer 2022)."""
    x = augment(pictures.pixels(batch), side, strength)
    y, grades = torch.tensor(pictures.labels[batch]), torch.tensor(pictures.grades[batch])
    cuts = (grades[:, None] > torch.arange(GRADES - 1)[None]).float()
    cut_known = (grades >= 0).float()[:, None].expand(-1, GRADES - 1).clone()
    # Diabetic retinopathy of a grade that nobody told is at least grade 1.
    cuts[grades < 0, 0] = cut_known[grades < 0, 0] = 1.0
    known, y = (y >= 0).float(), y.clamp(0, 1)
    if np.random.rand() < 0.5:  # mixup (Zhang 2018)
        share = float(np.random.beta(0.3, 0.3))
        share, other = max(share, 1 - share), torch.randperm(len(x))
        mix = lambda value: share * value + (1 - share) * value[other]
        x, y, cuts = mix(x), mix(y), mix(cuts)
        known, cut_known = known * known[other], cut_known * cut_known[other]
    y = y * 0.98 + 0.01
    if teachers:
        # They answer where nobody told anything, too: EyePACS has no label but D.
        taught, taught_cuts = mean_answer(teachers, x)
        y = torch.where(known > 0, TAUGHT * taught + (1 - TAUGHT) * y, taught)
        cuts = torch.where(cut_known > 0, TAUGHT * taught_cuts + (1 - TAUGHT) * cuts, taught_cuts)
        known, cut_known = torch.ones_like(known), torch.ones_like(cut_known)
    with torch.autocast("cpu", torch.bfloat16, enabled=BFLOAT16):
        labels, grade = net(x)
    by_label = F.binary_cross_entropy_with_logits(labels.float(), y, reduction="none") * known * label_weights
    by_cut = F.binary_cross_entropy(at_least(grade.float()), cuts, reduction="none") * cut_known
    return by_label.sum() / known.sum() + 0.5 * (by_cut * torch.tensor(CUT_WEIGHTS)).sum() / cut_known.sum().clamp(min=1)


def train(name, net, pictures, chosen, teachers=()):
    """The moving average of the weights after the last epoch; resumes from `WORK/name.pt`."""
    rate, stages = PLANS[name]
    average = Network()
    average.load_state_dict(net.state_dict())
    net, average = net.to(memory_format=torch.channels_last), average.to(memory_format=torch.channels_last)
    held = net.f[: HELD[name]].requires_grad_(False)
    decayed = [p for p in net.parameters() if p.requires_grad and p.ndim > 1]
    plain = [p for p in net.parameters() if p.requires_grad and p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.03}, {"params": plain, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=rate)
    checkpoint, done, step = WORK / f"{name}.pt", 0, 0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        net.load_state_dict(state["net"])
        average.load_state_dict(state["ema"])
        optimizer.load_state_dict(state["opt"])
        done, step = state["epoch"], state["step"]
    frequency = pictures.labels[pictures.of("odir train")].mean(0)
    rarity = 1 / np.sqrt(np.maximum(frequency, 0.01))
    label_weights = torch.tensor(rarity / rarity.mean(), dtype=torch.float32)
    sides = [side for side, epochs in stages for _ in range(epochs)]
    steps = len(chosen) // BATCH
    seed = SEED + 1000 * COARSE.index(name) if name in COARSE else SEED
    for epoch, side in enumerate(sides):
        if epoch < done:
            continue
        start, losses = time.time(), []
        torch.manual_seed(seed + epoch)
        np.random.seed(seed + epoch)
        order = np.random.permutation(chosen)
        net.train()
        held.eval()
        for i in range(steps):
            for group in optimizer.param_groups:
                fall = 0.5 * (1 + math.cos(math.pi * step / (steps * len(sides)))) * 0.98 + 0.02
                group["lr"] = rate * min(1, (step + 1) / 200) * fall
            loss = batch_loss(net, pictures, np.sort(order[i * BATCH : (i + 1) * BATCH]), side, STRENGTH[name][epoch], label_weights, teachers)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            step += 1
            decay = min(0.997, (1 + step) / (10 + step))
            with torch.no_grad():
                for mine, theirs in zip(average.state_dict().values(), net.state_dict().values()):
                    if mine.dtype.is_floating_point:
                        mine.mul_(decay).add_(theirs, alpha=1 - decay)
                    else:
                        mine.copy_(theirs)
            losses.append(float(loss.detach()))
        state = {"net": net.state_dict(), "ema": average.state_dict(), "opt": optimizer.state_dict()}
        torch.save({**state, "epoch": epoch + 1, "step": step}, f"{checkpoint}.tmp")
        os.replace(f"{checkpoint}.tmp", checkpoint)
        line = f"{name} epoch {epoch + 1} at {side}: loss {np.mean(losses):.4f}, {time.time() - start:.0f} s"
        if epoch % 3 == 2:
            line += f" | {report(average, pictures, 'dev', side)}"
        print(line, flush=True)
    return average


def trained(name):
    """The network that `name` trained."""
    net = Network()
    net.load_state_dict(torch.load(WORK / f"{name}.pt")["ema"])
    return net.to(memory_format=torch.channels_last)


def mean_weights(nets):
    """Mean of the states of networks of one architecture; what counts steps is the last one's."""
    states = [net.state_dict() for net in nets]
    return {k: sum(s[k] for s in states) / len(states) if v.dtype.is_floating_point else v for k, v in states[-1].items()}


def teach_cataract(net, coarse, pictures, chosen):
    """Gives `net`, whose other weights stay, a row for cataract: the coarse networks' mean log-odds, by ridge regression."""
    k = LABELS.index("C")
    asked = np.mean([of_each(lambda x: n(x)[0][:, k].float(), pictures, chosen, COARSE_SIDE) for n in coarse], 0)
    fit = make_pipeline(StandardScaler(), Ridge(RIDGE)).fit(of_each(net.features, pictures, chosen, SIDE).astype(float), asked)
    scale, ridge = fit[0], fit[1]
    row = ridge.coef_ / scale.scale_
    with torch.no_grad():
        net.h.weight[k] = torch.tensor(row)
        net.h.bias[k] = float(ridge.intercept_ - row @ scale.mean_)


def keras_model(net, name, head, linear):
    """One head as a Keras model: RGB 0…1, 256 × 256 × 3 → probabilities."""
    layers = keras.layers
    inputs = keras.Input((SIDE, SIDE, 3), name="image")
    coarse = layers.AveragePooling2D(16, name="mean_of_16")(inputs)
    smooth = layers.AveragePooling2D(3, 1, padding="same", name="mean_of_48")(coarse)
    mean = layers.UpSampling2D(16, interpolation="bilinear", name="local_mean")(smooth)
    detail = layers.Rescaling(4.0, name="detail")(layers.Subtract(name="less_local_mean")([inputs, mean]))
    colour = layers.Rescaling(2.0, -1.0, name="colour")(inputs)
    features = keras_backbone(layers.Concatenate(name="colour_and_detail")([colour, detail]))
    pooled = layers.GlobalAveragePooling2D(name="pool")(features)
    outputs = layers.Dense(linear.out_features, activation=head, name="labels")(pooled)
    model = keras.Model(inputs, outputs, name=name)
    fill_keras(model, net.f)
    fill_dense(model, "labels", linear)
    return model


def export(net, parts):
    """Writes both packages, and proves that Keras answers as PyTorch does."""
    net = net.eval().to(memory_format=torch.contiguous_format)
    probe = np.random.default_rng(SEED).random((2, SIDE, SIDE, 3), np.float32)
    with torch.no_grad():
        labels, grades = net(torch.tensor(probe).permute(0, 3, 1, 2))
    for name, head, linear, wanted in [
        ("fundus-disease", "sigmoid", net.h, labels.sigmoid()),
        ("fundus-dr-grade", "softmax", net.g, grades.softmax(1)),
    ]:
        model = keras_model(net, name.replace("-", "_"), head, linear)
        assert np.allclose(model.predict(probe, verbose=0), wanted.numpy(), atol=1e-4), name
        write_package(ROOT / "models" / name, model, describe(name, imagenet_start(), parts))


def write_parts(pictures):
    """`parts.csv`: every photograph with its part, labels and grade, for `fovea calibrate` and `evaluate --root ../shared/data`."""
    columns = ["file", "patient", "eye", "sex", "age", "source", "labels", "grade", "part", "role"]
    with open(WORK / "parts.csv", "w", newline="") as file:
        table = csv.DictWriter(file, columns, extrasaction="ignore")
        table.writeheader()
        for i, (source, row) in enumerate(pictures.rows):
            grade = "" if pictures.grades[i] < 0 else int(pictures.grades[i])
            own = {"file": f"{source}/{row['file']}", "patient": f"{source} {row['patient']}"}
            table.writerow({**row, **own, "source": source, "grade": grade, "part": pictures.part[i], "role": pictures.part[i].split()[1]})


def census(pictures):
    """Part → photographs, patients, and how many have each label and grade."""
    counts = {}
    for part in dict.fromkeys(pictures.part):
        mine = pictures.of(part)
        labels = pictures.labels[mine]
        counts[part] = {
            "photographs": len(mine),
            "patients": len({pictures.rows[i][1]["patient"] for i in mine}),
            **({label: int(n) for label, n in zip(LABELS, labels.sum(0))} if (labels >= 0).all() else {}),
            **{f"grade {grade}": int((pictures.grades[mine] == grade).sum()) for grade in range(GRADES)},
        }
    return counts


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("plan", choices=[*PLANS, "parts"])
    arguments.add_argument("--data", type=pathlib.Path, default=ROOT / "../shared/data")
    arguments.add_argument("--threads", type=int, default=os.cpu_count())
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    WORK.mkdir(parents=True, exist_ok=True)
    pictures = Pictures(options.data.resolve())
    write_parts(pictures)
    if options.plan == "parts":
        return
    torch.manual_seed(SEED)
    net, teachers, coarse = Network(), [], []
    own_only = options.plan.startswith(("base", "coarse"))
    if own_only:
        # The kernel of RGB serves both halves of the input, so that their sum is what ImageNet taught.
        start_from_imagenet(net.f, lambda kernel: torch.cat([kernel * 0.6, kernel * 0.4], 1))
    elif options.plan == "one":
        teachers, coarse = ([trained(name).eval() for name in names] for names in (TEACHERS, COARSE))
        # Their weights lie in one valley: the mean of them answers nearly as well as they do (Wortsman 2022).
        net.load_state_dict(mean_weights(teachers))
    else:
        net.load_state_dict(trained(options.plan.replace("both", "base")).state_dict())
    chosen = pictures.of("odir train", *([] if own_only else ["eyepacs train"]))
    average = train(options.plan, net, pictures, chosen, teachers)
    if options.plan == "one":
        teach_cataract(average.eval(), coarse, pictures, chosen)
    side = PLANS[options.plan][1][-1][0]
    print(report(average, pictures, "dev", side), flush=True)
    if options.plan.startswith("base"):
        print(report_away(average, pictures, side), flush=True)
    for weights in average.parameters():  # as they are stored
        weights.data = torch.tensor(in_half(weights.detach().numpy()))
    for part in ["dev", "test"]:
        print(report(average, pictures, part, side), flush=True)
    if options.plan == "one":
        export(average, census(pictures))


if __name__ == "__main__":
    main()
