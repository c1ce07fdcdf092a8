"""What phantoms are worth for finding vessels: a small U-Net taught on phantoms, on real photographs, and on both.

    npx fovea phantom --disease mixed --count 240 --size 565 --masks --seed 5000 -o WORK/phantoms
    python training/phantom_vessels.py [--data ../shared/data] [--work /tmp/fovea-phantom-study]

Measured: the area under the ROC curve over the pixels of the field of view, the mean over images (the interval by
bootstrap over them), on the 20 images of DRIVE's training half (first observer) and on CHASE_DB1's 20 (first observer,
scaled by 0.58 towards DRIVE's vessel calibre).

`real only` and `phantoms and real` are taught on the same few images of one half of DRIVE and tested on the other half,
then the other way about: 3 labelled images, then 10. `real only` starts from nothing; `phantoms and real` starts from the
network taught on phantoms and sees them still, half of each batch. `real only` takes twice the steps, so that it does not
lose for want of them. A run that was stopped goes on from its checkpoint.
"""
import argparse
import json
import pathlib
import time

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import uniform_filter
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.nn import functional as F

PATCH, BATCH, WIDTH = 96, 16, 16


def features(rgb, field):
    """Green as it is and against its surroundings, both about zero within the field."""
    green = rgb[..., 1].astype(np.float32)
    inside = field > 0
    blur = lambda x: uniform_filter(x.astype(np.float32), 29, mode="nearest")
    weight = blur(inside) + 1e-3
    mean = blur(np.where(inside, green, 0)) / weight
    square = blur(np.where(inside, green**2, 0)) / weight
    local = (green - mean) / np.sqrt(np.maximum(square - mean**2, 4))
    whole = (green - green[inside].mean()) / (green[inside].std() + 1)
    return np.where(inside, np.stack([whole, local]), 0).astype(np.float32)


def load(path, size=None, mode="RGB"):
    image = Image.open(path).convert(mode)
    return np.asarray(image.resize(size, Image.BILINEAR) if size else image)


class Net(nn.Module):
    """U-Net of three levels."""

    def __init__(self):
        super().__init__()
        def block(a, b):
            return nn.Sequential(nn.Conv2d(a, b, 3, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU(), nn.Conv2d(b, b, 3, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU())
        w = WIDTH
        self.down = nn.ModuleList([block(2, w), block(w, 2 * w), block(2 * w, 4 * w)])
        self.up = nn.ModuleList([block(6 * w, 2 * w), block(3 * w, w)])
        self.out = nn.Conv2d(w, 1, 1)

    def forward(self, x):
        a = self.down[0](x)
        b = self.down[1](F.max_pool2d(a, 2))
        c = self.down[2](F.max_pool2d(b, 2))
        b = self.up[0](torch.cat([b, F.interpolate(c, scale_factor=2.0, mode="bilinear")], 1))
        a = self.up[1](torch.cat([a, F.interpolate(b, scale_factor=2.0, mode="bilinear")], 1))
        return self.out(a)


class Patches:
    """Random patches, changed as cameras and eyes differ."""

    def __init__(self, real, phantoms, seed):
        self.real, self.phantoms, self.draw = real, phantoms, np.random.default_rng(seed)

    def one(self):
        draw = self.draw
        phantom = not self.real or bool(self.phantoms) and draw.random() < 0.5
        images = self.phantoms if phantom else self.real
        x, y = images[draw.integers(len(images))]
        scale = draw.uniform(0.75, 1.35)
        side = int(PATCH * scale)
        top, left = draw.integers(y.shape[0] - side), draw.integers(y.shape[1] - side)
        cut = torch.from_numpy(np.concatenate([x[:, top : top + side, left : left + side], y[None, top : top + side, left : left + side]]))[None]
        cut = F.interpolate(cut, (PATCH, PATCH), mode="bilinear", align_corners=False)[0].numpy()
        cut = np.rot90(cut, draw.integers(4), (1, 2))
        if draw.random() < 0.5:
            cut = cut[:, :, ::-1]
        x, y = cut[:2].copy(), (cut[2] > 0.5).astype(np.float32)
        # Graders draw vessels a little wider than they are; phantoms' masks are as wide as the blood.
        if phantom and draw.random() < 0.6:
            y = np.maximum.reduce([y, np.roll(y, 1, 0), np.roll(y, 1, 1)])
        if draw.random() < 0.4:
            x = F.avg_pool2d(torch.from_numpy(x)[None], 3, 1, 1)[0].numpy()
        x = x * draw.uniform(0.6, 1.5, (2, 1, 1)) + draw.normal(0, 0.25, (2, 1, 1)) + draw.normal(0, draw.uniform(0, 0.35), x.shape)
        # A slope of light across the patch.
        ramp = np.linspace(-1, 1, PATCH)
        x[0] += draw.normal(0, 0.3) * ramp[:, None] + draw.normal(0, 0.3) * ramp
        return x.astype(np.float32), y

    def batch(self):
        pairs = [self.one() for _ in range(BATCH)]
        return torch.from_numpy(np.stack([x for x, _ in pairs])), torch.from_numpy(np.stack([y for _, y in pairs]))[:, None]


def teach(name, real, phantoms, steps, work, rate=2e-3, start=None):
    path = work / f"{name}.pt"
    torch.manual_seed(1)
    net = Net()
    if start is not None:
        net.load_state_dict(start)
    optimiser = torch.optim.AdamW(net.parameters(), rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, steps + 1, pct_start=0.15)
    done = 0
    if path.exists():
        saved = torch.load(path)
        net.load_state_dict(saved["net"]), optimiser.load_state_dict(saved["optimiser"]), schedule.load_state_dict(saved["schedule"])
        done = saved["done"]
    patches, begin, sofar = Patches(real, phantoms, 7 + done), time.time(), 0.0
    net.train()
    for step in range(done, steps):
        x, y = patches.batch()
        z = net(x)
        p = torch.sigmoid(z)
        dice = 1 - (2 * (p * y).sum() + 1) / (p.sum() + y.sum() + 1)
        loss = F.binary_cross_entropy_with_logits(z, y) + 0.3 * dice
        optimiser.zero_grad(), loss.backward(), optimiser.step(), schedule.step()
        sofar += float(loss.detach())
        if (step + 1) % 100 == 0 or step + 1 == steps:
            print(f"{name} {step + 1}/{steps} loss {sofar / (step % 100 + 1):.3f} {time.time() - begin:.0f} s", flush=True)
            sofar = 0.0
            torch.save({"net": net.state_dict(), "optimiser": optimiser.state_dict(), "schedule": schedule.state_dict(), "done": step + 1}, path)
    net.eval()
    return net


@torch.no_grad()
def areas(net, images):
    """AUC of each image over its field, the mean of the picture and its mirror images."""
    found = []
    for x, y, field in images:
        h, w = y.shape
        padded = F.pad(torch.from_numpy(x)[None], (0, -w % 4, 0, -h % 4))
        views = [(), (2,), (3,), (2, 3)]
        mean = sum(torch.flip(torch.sigmoid(net(torch.flip(padded, v))), v) for v in views)[0, 0, :h, :w].numpy() / 4
        found.append(roc_auc_score(y[field > 0] > 0.5, mean[field > 0]))
    return found


def interval(values):
    draw = np.random.default_rng(3)
    means = [np.mean(draw.choice(values, len(values))) for _ in range(4000)]
    return {"mean": float(np.mean(values)), "low": float(np.percentile(means, 2.5)), "high": float(np.percentile(means, 97.5)), "images": len(values)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="../shared/data", type=pathlib.Path)
    parser.add_argument("--work", default="/tmp/fovea-phantom-study", type=pathlib.Path)
    parser.add_argument("--steps", default=1600, type=int)
    parser.add_argument("--fine", default=400, type=int)
    parser.add_argument("--budgets", default=[3, 10], type=int, nargs="+")
    options = parser.parse_args()
    work, data = options.work, options.data

    phantoms = []
    for path in sorted((work / "phantoms/images").glob("*.png")):
        mask = lambda kind: load(work / f"phantoms/masks/{kind}" / path.name, mode="L")
        rgb, field = load(path), mask("field")
        phantoms.append((features(rgb, field), (mask("vessel") > 127).astype(np.float32)))
    print(len(phantoms), "phantoms", flush=True)

    drive = []
    for path in sorted((data / "drive/1st_manual").glob("*.png")):
        number = path.name[:2]
        rgb = load(next((data / "drive/images").glob(f"{number}_*")))
        field = load(next((data / "drive/mask").glob(f"{number}_*")), mode="L")
        drive.append((features(rgb, field), (load(path, mode="L") > 127).astype(np.float32), field))
    chase = []
    for path in sorted(data.glob("chase/*[LR].jpg")):
        size = tuple(round(n * 0.58) for n in Image.open(path).size)
        rgb = load(path, size)
        field = (rgb.max(-1) > 25).astype(np.uint8) * 255
        small = load(path.with_name(path.stem + "_1stHO.png"), size, "L")
        chase.append((features(rgb, field), (small > 100).astype(np.float32), field))

    results = {"parameters": sum(p.numel() for p in Net().parameters()), "steps": options.steps, "fineSteps": options.fine, "phantoms": len(phantoms)}
    save = lambda: (work / "vessels.json").write_text(json.dumps(results, indent=1))
    net = teach("phantoms", [], phantoms, options.steps, work)
    results["phantoms only"] = {"DRIVE": interval(areas(net, drive)), "CHASE": interval(areas(net, chase))}
    print(json.dumps(results["phantoms only"]), flush=True), save()
    halves = [drive[0::2], drive[1::2]]
    for budget in options.budgets:
        found = {name: {"DRIVE": [], "CHASE": []} for name in ("real only", "phantoms and real")}
        for way, half in enumerate(halves):
            taught = [(x, y) for x, y, _ in half[:budget]]
            nets = {
                "phantoms and real": teach(f"both{budget}-{way}", taught, phantoms, options.fine, work, 1e-3, net.state_dict()),
                "real only": teach(f"real{budget}-{way}", taught, [], 2 * options.fine, work),
            }
            for name, one in nets.items():
                found[name]["DRIVE"] += areas(one, halves[1 - way])
                found[name]["CHASE"] += areas(one, chase)
            both, real = found["phantoms and real"], found["real only"]
            results[f"{budget} real images"] = {
                **{name: {key: interval(values) for key, values in each.items()} for name, each in found.items()},
                "gain, image by image": {key: interval(np.array(both[key]) - np.array(real[key])) for key in both},
                "ways": way + 1,
            }
            print(json.dumps(results[f"{budget} real images"]), flush=True), save()


if __name__ == "__main__":
    main()
