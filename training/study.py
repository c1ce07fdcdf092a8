"""The model study (docs/model-study.md): networks, attention, first weights and numbers of pictures under one budget.

    python training/study.py            runs what is not in results.jsonl yet; may be stopped at any time
    python training/study.py --baseline 30 minutes of one core for a plain ResNet of 1.2 M parameters at 160 px
    python training/study.py --table    writes the tables of docs/model-study.md between their markers

One split (ODIR by patient), one input (64 px, lit field), one budget: equal processor seconds of one core, counted by
the process itself, so that a network that is quicker sees more pictures.
"""
import argparse
import csv
import json
import math
import os
import pathlib
import time
import zlib

os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.metrics import roc_auc_score
from torch import nn

from mobilenet import FEATURES, backbone, start_from_imagenet

ROOT = pathlib.Path(__file__).resolve().parent.parent
TRAINING = pathlib.Path(os.environ.get("FOVEA_TRAINING", "/tmp/fovea-training"))
WORK = TRAINING / "study"
DATA = ROOT / "../shared/data"
IMAGENET = ROOT / "../shared/keras-models/DrKamthorn__HP/converted_keras/keras_model.h5"
LABELS = "NDGCAHMO"
STORED, SIDE = 80, 64
BATCH, RATE = 32, 1e-3
# Processor seconds of a training, and of a pre-training.
BUDGET, PRETRAINING = 120.0, 120.0
DRAWS = 1000


# --- networks: three channels in, a feature map out; all end in global average pooling and one dense layer ---


def conv(before, after, kernel=3, stride=1, groups=1, act=nn.ReLU):
    layers = [nn.Conv2d(before, after, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(after)]
    return nn.Sequential(*layers, *([act()] if act else []))


class Sum(nn.Module):
    """x + f(x), with a projection where the shape changes."""

    def __init__(self, f, before, after, stride=1, last=nn.ReLU):
        super().__init__()
        self.f, self.last = f, last() if last else nn.Identity()
        self.skip = nn.Identity() if before == after and stride == 1 else conv(before, after, 1, stride, act=None)

    def forward(self, x):
        return self.last(self.f(x) + self.skip(x))


class Squeeze(nn.Module):
    """SE (Hu 2018)."""

    def __init__(self, width, share=8):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(width, width // share), nn.ReLU(), nn.Linear(width // share, width), nn.Sigmoid())

    def forward(self, x):
        return x * self.f(x.mean((2, 3)))[:, :, None, None]


class Cbam(nn.Module):
    """CBAM (Woo 2018): channels by mean and maximum, then places by both."""

    def __init__(self, width, share=8):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(width, width // share), nn.ReLU(), nn.Linear(width // share, width))
        self.place = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, x):
        x = x * (self.f(x.mean((2, 3))) + self.f(x.amax((2, 3)))).sigmoid()[:, :, None, None]
        return x * self.place(torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)).sigmoid()


class SelfAttention(nn.Module):
    """One block of multi-head attention over all places, added to the map (non-local, Wang 2018)."""

    def __init__(self, width, heads=4):
        super().__init__()
        self.norm, self.attention = nn.LayerNorm(width), nn.MultiheadAttention(width, heads, batch_first=True)

    def forward(self, x):
        n, c, h, w = x.shape
        tokens = self.norm(x.flatten(2).transpose(1, 2).float())
        return x + self.attention(tokens, tokens, tokens, need_weights=False)[0].transpose(1, 2).reshape(n, c, h, w)


def vgg():
    layers, before = [], 3
    for width in [32, 64, 128, 256]:
        layers += [conv(before, width), conv(width, width), nn.MaxPool2d(2)]
        before = width
    return nn.Sequential(*layers), 256


def resnet(attention=None, last=None, widths=(32, 64, 128, 256)):
    layers, before = [conv(3, widths[0], 3, 2)], widths[0]
    for width, stride in zip(widths, (1, 2, 2, 2)):
        for i in range(2):
            s = stride if i == 0 else 1
            inner = [conv(before, width, 3, s), conv(width, width, act=None), *([attention(width)] if attention else [])]
            layers.append(Sum(nn.Sequential(*inner), before, width, s))
            before = width
    return nn.Sequential(*layers, *([last(widths[-1])] if last else [])), widths[-1]


class Dense(nn.Module):
    def __init__(self, before, growth):
        super().__init__()
        self.f = nn.Sequential(conv(before, 4 * growth, 1), conv(4 * growth, growth))

    def forward(self, x):
        return torch.cat([x, self.f(x)], 1)


def densenet(growth=24):
    layers, width = [conv(3, 48, 3, 2), nn.MaxPool2d(2)], 48
    for i, blocks in enumerate([4, 6, 8, 6]):
        for _ in range(blocks):
            layers.append(Dense(width, growth))
            width += growth
        if i < 3:
            layers += [conv(width, width // 2, 1), nn.AvgPool2d(2)]
            width //= 2
    return nn.Sequential(*layers), width


class Inception(nn.Module):
    def __init__(self, before, width):
        super().__init__()
        q = width // 4
        self.paths = nn.ModuleList([
            conv(before, q, 1),
            nn.Sequential(conv(before, q, 1), conv(q, q)),
            nn.Sequential(conv(before, q, 1), conv(q, q), conv(q, q)),
            nn.Sequential(nn.AvgPool2d(3, 1, 1), conv(before, q, 1)),
        ])

    def forward(self, x):
        return torch.cat([path(x) for path in self.paths], 1)


def inception():
    layers, before = [conv(3, 32, 3, 2), conv(32, 64), nn.MaxPool2d(2)], 64
    for width in [128, 256, 384]:
        layers += [Inception(before, width), Inception(width, width), nn.MaxPool2d(2)]
        before = width
    return nn.Sequential(*layers[:-1]), before


def mobilenet():
    return backbone(3), FEATURES


def efficientnet():
    layers, before = [conv(3, 16, 3, 2, act=nn.SiLU)], 16
    for expansion, width, blocks, stride, kernel in [(1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 2, 1, 5), (6, 160, 2, 2, 5)]:
        for i in range(blocks):
            inner, s = before * expansion, stride if i == 0 else 1
            parts = [conv(before, inner, 1, act=nn.SiLU), conv(inner, inner, kernel, s, inner, nn.SiLU), Squeeze(inner, 24 if expansion > 1 else 4), conv(inner, width, 1, act=None)]
            block = nn.Sequential(*parts)
            layers.append(Sum(block, before, width, last=None) if before == width and s == 1 else block)
            before = width
    return nn.Sequential(*layers, conv(before, 640, 1, act=nn.SiLU)), 640


class ChannelNorm(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1).float()).permute(0, 3, 1, 2)


def convnext():
    widths, depths = [40, 80, 160, 320], [2, 2, 4, 2]
    layers = [nn.Conv2d(3, 40, 4, 4), ChannelNorm(40)]
    for i, (width, depth) in enumerate(zip(widths, depths)):
        if i:
            layers += [ChannelNorm(widths[i - 1]), nn.Conv2d(widths[i - 1], width, 2, 2)]
        for _ in range(depth):
            parts = [nn.Conv2d(width, width, 7, padding=3, groups=width), ChannelNorm(width), nn.Conv2d(width, 4 * width, 1), nn.GELU(), nn.Conv2d(4 * width, width, 1)]
            layers.append(Sum(nn.Sequential(*parts), width, width, last=None))
    return nn.Sequential(*layers, ChannelNorm(320)), 320


NETWORKS = {
    "VGG": vgg,
    "ResNet": resnet,
    "DenseNet": densenet,
    "Inception": inception,
    "MobileNetV2 0.35": mobilenet,
    "EfficientNet": efficientnet,
    "ConvNeXt": convnext,
    "ResNet + SE": lambda: resnet(Squeeze),
    "ResNet + CBAM": lambda: resnet(Cbam),
    "ResNet + self-attention": lambda: resnet(last=SelfAttention),
    "plain ResNet": lambda: resnet(widths=(24, 48, 96, 168)),
}


class Network(nn.Module):
    def __init__(self, name, outputs):
        super().__init__()
        self.body, width = NETWORKS[name]()
        self.drop, self.head = nn.Dropout(0.2), nn.Linear(width, outputs)

    def features(self, x):
        return self.body(x * 2 - 1).mean((2, 3)).float()

    def forward(self, x):
        return self.head(self.drop(self.features(x)))


# --- pictures ---


def small(data):
    """Small pictures of a data set, from those of training/fundus.py."""
    store = WORK / f"{data}-{STORED}.npy"
    if not store.exists():
        pixels = np.load(TRAINING / f"fundus/{data}/pixels.npy", mmap_mode="r")
        out = []
        for i in range(0, len(pixels), 64):
            x = torch.tensor(pixels[i : i + 64]).permute(0, 3, 1, 2).float()
            x = F.interpolate(x, (STORED, STORED), mode="bilinear", antialias=True)
            out.append(x.round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy())
        np.save(store, np.concatenate(out))
    return list(csv.DictReader(open(DATA / data / "labels.csv"))), np.load(store)


def phantoms():
    """Synthetic eyes (`fovea phantom`) of every folder below `WORK/ph`, and what they were drawn with."""
    from PIL import Image

    pixels, targets = [], []
    folders = sorted(p for p in (WORK / "ph").iterdir() if p.is_dir())
    for k, folder in enumerate(folders):
        for file in sorted((folder / "images").iterdir()):
            pixels.append(np.asarray(Image.open(file).convert("RGB").resize((STORED, STORED))))
            targets.append(k)
    return np.stack(pixels), np.array(targets), len(folders)


def augment(pixels):
    n = len(pixels)
    x = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float() / 255
    flat = lambda low, high: torch.empty(n).uniform_(low, high)
    wide = lambda low, high, *s: torch.empty(n, *(s or (1, 1, 1))).uniform_(low, high)
    angle, zoom = flat(-0.5, 0.5), torch.exp(flat(-0.25, 0.15))
    flip = torch.where(flat(0, 1) < 0.5, -1.0, 1.0)
    rows = [torch.stack([zoom * flip * angle.cos(), -zoom * angle.sin(), flat(-0.08, 0.08)], 1), torch.stack([zoom * flip * angle.sin(), zoom * angle.cos(), flat(-0.08, 0.08)], 1)]
    x = F.grid_sample(x, F.affine_grid(torch.stack(rows, 1), (n, 3, SIDE, SIDE), align_corners=False), align_corners=False)
    x = x.clamp(1e-4, 1) ** torch.exp(wide(-0.35, 0.35)) * torch.exp(wide(-0.2, 0.2, 3, 1, 1))
    mean = x.mean((2, 3), keepdim=True)
    return ((x - mean) * torch.exp(wide(-0.3, 0.3)) + mean).clamp(0, 1).contiguous(memory_format=torch.channels_last)


# --- training by the clock ---


def run_for(seconds, net, count, loss_of, seed):
    """Trains for so many processor seconds on batches of `count` pictures; the moving average, and pictures seen."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = net.to(memory_format=torch.channels_last).train()
    average = {key: value.clone() for key, value in net.state_dict().items()}
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.03)
    start, seen, step, order = time.process_time(), 0, 0, []
    while (share := (time.process_time() - start) / seconds) < 1:
        if len(order) < BATCH:
            order = rng.permutation(count).tolist() if count >= BATCH else rng.integers(0, count, BATCH).tolist()
        batch, order = np.sort(order[:BATCH]), order[BATCH:]
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / 50) * 0.5 * (1 + math.cos(math.pi * share))
        loss = loss_of(net, batch)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        step, seen = step + 1, seen + len(batch)
        decay = min(0.99, (1 + step) / (10 + step))
        with torch.no_grad():
            for key, value in net.state_dict().items():
                if value.dtype.is_floating_point:
                    average[key].mul_(decay).add_(value, alpha=1 - decay)
    net.load_state_dict(average)
    return net, seen


def forward(net, x):
    with torch.autocast("cpu", torch.bfloat16):
        return net(x).float()


def pretrained(name, how, pixels, unlabelled, seed):
    """A network whose body has seen phantoms, or pictures without their labels, or one after the other."""
    net = None
    if "phantoms" in how:
        drawn, kinds, count = phantoms()
        net = Network(name, count)
        loss = lambda n, b: F.cross_entropy(forward(n, augment(drawn[b])), torch.tensor(kinds[b]), label_smoothing=0.05)
        net, _ = run_for(PRETRAINING, net, len(drawn), loss, seed)
    if "itself" in how:
        # VICReg (Bardes 2022): two views alike, features of unit spread and unrelated.
        learner = Network(name, 256)
        if net:
            learner.body.load_state_dict(net.body.state_dict())

        def loss(n, b):
            both = [forward(n, augment(unlabelled[b])) for _ in range(2)]
            alike = F.mse_loss(*both)
            spread = sum(F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean() for z in both)
            centred = [z - z.mean(0) for z in both]
            covariance = [(z.T @ z) / (len(z) - 1) for z in centred]
            related = sum((c.pow(2).sum() - c.diagonal().pow(2).sum()) / c.shape[0] for c in covariance)
            return 25 * alike + 25 * spread + related

        net, _ = run_for(PRETRAINING, learner, len(unlabelled), loss, seed)
    fresh = Network(name, len(LABELS))
    if net:
        fresh.body.load_state_dict(net.body.state_dict())
    if how == "ImageNet":
        start_from_imagenet(fresh.body, IMAGENET)
    return fresh


def predict(net, pixels):
    net.eval()
    answers = []
    with torch.no_grad():
        for i in range(0, len(pixels), 64):
            x = torch.from_numpy(np.ascontiguousarray(pixels[i : i + 64])).permute(0, 3, 1, 2).float() / 255
            x = F.interpolate(x, (SIDE, SIDE), mode="bilinear", antialias=True).contiguous(memory_format=torch.channels_last)
            answers.append(forward(net, x).sigmoid().numpy())
    return np.concatenate(answers)


# (table, network, first weights, pictures or None for all, seed)
RUNS = [("networks", name, "none", None, 1) for name in list(NETWORKS)[:7]]
RUNS += [("attention", name, "none", None, 1) for name in list(NETWORKS)[7:10]]
RUNS += [("first weights", "ResNet", how, None, 1) for how in ["phantoms", "itself", "phantoms, then itself"]]
RUNS += [("first weights", "MobileNetV2 0.35", "ImageNet", None, 1)]
RUNS += [("pictures", name, how, n, 1) for n in [50, 200, 1000] for name, how in [("ResNet", "none"), ("ResNet", "phantoms"), ("MobileNetV2 0.35", "ImageNet")]]
# The decisive ones again, to know the noise.
RUNS += [("seeds", name, how, None, seed) for seed in [2, 3] for name, how in [("ResNet", "none"), ("MobileNetV2 0.35", "none"), ("MobileNetV2 0.35", "ImageNet"), ("ResNet", "phantoms"), ("ResNet + SE", "none"), ("ResNet + CBAM", "none"), ("ResNet + self-attention", "none"), ("VGG", "none"), ("ConvNeXt", "none")]]


def main(runs=RUNS):
    torch.set_num_threads(1)
    WORK.mkdir(parents=True, exist_ok=True)
    rows, pixels = small("odir")
    others, elsewhere = small("eyepacs")
    labels = np.array([[label in row["labels"].split("|") for label in LABELS] for row in rows], np.float32)
    grades = np.array([int(row["dr_grade"]) for row in others])
    tenth = np.array([zlib.crc32(row["patient"].encode()) % 10 for row in rows])
    test = np.array([row["suggested_split"] == "val" for row in rows])
    train = np.flatnonzero(~test & (tenth != 0))
    test = np.flatnonzero(test)
    patients = np.array([rows[i]["patient"] for i in test])
    unlabelled = np.concatenate([pixels[train], elsewhere])
    results = WORK / "results.jsonl"
    done = {line["key"] for line in map(json.loads, results.open())} if results.exists() else set()
    for table, name, how, count, seed in runs:
        key = f"{name}/{how}/{count}/{seed}"
        if key in done:
            continue
        torch.manual_seed(seed)
        chosen = train if count is None else np.random.default_rng(7).permutation(train)[:count]
        net = pretrained(name, how, pixels, unlabelled, seed)

        def loss(n, b):
            x, y = augment(pixels[chosen[b]]), torch.tensor(labels[chosen[b]])
            if np.random.rand() < 0.5:
                part = max(p := float(np.random.beta(0.3, 0.3)), 1 - p)
                other = torch.randperm(len(x))
                x, y = part * x + (1 - part) * x[other], part * y + (1 - part) * y[other]
            return F.binary_cross_entropy_with_logits(forward(n, x), y * 0.98 + 0.01)

        net, seen = run_for(BUDGET, net, len(chosen), loss, seed)
        answers, away = predict(net, pixels[test]), predict(net, elsewhere)[:, LABELS.index("D")]
        np.save(WORK / f"{key.replace('/', '_')}.npy", answers)
        line = {
            "key": key, "table": table, "network": name, "first": how, "pictures": count, "seed": seed,
            "parameters": sum(p.numel() for p in net.parameters()), "seen": seen,
            "auroc": [roc_auc_score(labels[test, k], answers[:, k]) for k in range(len(LABELS))],
            "mean": float(np.mean([roc_auc_score(labels[test, k], answers[:, k]) for k in range(len(LABELS))])),
            "interval": interval(patients, labels[test], answers), "eyepacs": roc_auc_score(grades >= 2, away),
        }
        with results.open("a") as file:
            file.write(json.dumps(line) + "\n")
        print(f"{key}: mean {line['mean']:.4f}, EyePACS {line['eyepacs']:.3f}, {seen} seen", flush=True)


def interval(patients, truth, answers, against=None, seed=0):
    """95 % of the mean AUROC over resampled patients; of its difference to `against`, where that is given."""
    rng = np.random.default_rng(seed)
    _, which = np.unique(patients, return_inverse=True)
    members = [np.flatnonzero(which == i) for i in range(which.max() + 1)]
    draws = []
    for _ in range(DRAWS):
        i = np.concatenate([members[k] for k in rng.integers(0, len(members), len(members))])
        areas = lambda a: np.mean([roc_auc_score(truth[i, k], a[i, k]) for k in range(truth.shape[1])])
        if truth[i].sum(0).min() > 0:
            draws.append(areas(answers) - (areas(against) if against is not None else 0))
    return [float(v) for v in np.percentile(draws, [2.5, 97.5])]


def write_tables():
    """Fills docs/model-study.md between `<!-- NAME -->` and `<!-- end -->` from what was measured."""
    rows = list(csv.DictReader(open(DATA / "odir/labels.csv")))
    test = [row for row in rows if row["suggested_split"] == "val"]
    truth = np.array([[label in row["labels"].split("|") for label in LABELS] for row in test], np.float32)
    patients = np.array([row["patient"] for row in test])
    lines = {line["key"]: line for line in map(json.loads, (WORK / "results.jsonl").open())}
    answers = lambda key: np.load(WORK / f"{key.replace('/', '_')}.npy")
    base = "ResNet/none/None/1"

    def row(line):
        low, high = line["interval"]
        cells = [f"{line['parameters'] / 1e6:.2f} M", f"{line['seen'] / 4033:.1f}", f"{line['mean']:.3f} ({low:.3f}–{high:.3f})"]
        cells += [f"{line['auroc'][LABELS.index(label)]:.3f}" for label in "DGCAM"] + [f"{line['eyepacs']:.3f}"]
        if line["key"] == base or base not in lines:
            return [*cells, "–"]
        low, high = interval(patients, truth, answers(line["key"]), answers(base))
        return [*cells, f"{line['mean'] - lines[base]['mean']:+.3f} ({low:+.3f} to {high:+.3f})"]

    head = ["parameters", "epochs' worth", "mean AUROC (95 %)", *"DGCAM", "EyePACS", "less the ResNet from nothing"]
    of = lambda table: [line for line in lines.values() if line["table"] == table]
    same = [lines[key] for key in [base, "MobileNetV2 0.35/none/None/1"] if key in lines]
    seeds = {}
    for line in lines.values():
        if line["pictures"] is None:
            seeds.setdefault((line["network"], line["first"]), []).append(line["mean"])
    tables = {
        "networks": (["network", *head], [[line["network"], *row(line)] for line in of("networks")]),
        "attention": (["network", *head], [[line["network"], *row(line)] for line in [*same[:1], *of("attention")]]),
        "first weights": (
            ["network", "first weights", *head],
            [[line["network"], line["first"], *row(line)] for line in [*same, *of("first weights")]],
        ),
        "pictures": (
            ["network", "first weights", "pictures", *head[1:]],
            [[line["network"], line["first"], str(line["pictures"]), *row(line)[1:]] for line in of("pictures")],
        ),
        "seeds": (
            ["network", "first weights", "seeds", "mean AUROCs", "mean", "largest less smallest"],
            [
                [*key, str(len(m)), ", ".join(f"{v:.3f}" for v in m), f"{np.mean(m):.3f}", f"{max(m) - min(m):.3f}"]
                for key, m in seeds.items()
                if len(m) > 1
            ],
        ),
    }
    path = ROOT / "docs/model-study.md"
    text = path.read_text()
    for name, (header, body) in tables.items():
        start, end = text.index(f"<!-- {name} -->"), text.index("<!-- end -->", text.index(f"<!-- {name} -->"))
        line = lambda cells: "| " + " | ".join(cells) + " |"
        drawn = "\n".join([line(header), "|" + "---|" * len(header), *map(line, body)])
        text = f"{text[:start]}<!-- {name} -->\n{drawn}\n{text[end:]}"
    path.write_text(text)
    print(f"{path}: {len(lines)} runs")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--table", action="store_true")
    arguments.add_argument("--baseline", action="store_true")
    options = arguments.parse_args()
    if options.table:
        write_tables()
        raise SystemExit
    if options.baseline:
        STORED, SIDE, BUDGET = 176, 160, 1800.0
        raise SystemExit(main([("baseline", "plain ResNet", "none", None, 1)]))
    main()
