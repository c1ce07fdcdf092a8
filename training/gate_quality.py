"""Trains the rule by which the gate judges the quality of a fundus photograph: src/gate/quality-rule.json.

    node bench/gate-quality.ts --signs signs.jsonl --most 220 --phantoms 80
    python training/gate_quality.py signs.jsonl

The signs are measured by the product itself (src/gate/quality-signs.ts) on photographs of one half of the patients of
each source and on phantoms, as they are and degraded in known ways. Learned are the share of their detail that can
still be read (measured against the original), whole and by quadrant, and how much of each fault was done; and, of
every series of one fault growing, that the share never rises. The photographs that ODIR's physicians called dusty
teach dust. One thread, about a minute.
"""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np
import torch
from torch import nn

KINDS = [
    "blur", "dark", "bright", "uneven light", "haze", "low contrast",
    "eyelash", "dust", "flare", "field cut", "low resolution", "compression",
]
OUT = Path(__file__).parent.parent / "src" / "gate" / "quality-rule.json"
# A picture whose original holds too little structure to be compared shows hardly any vessel.
UNREADABLE = 0.2
DUSTY = 0.4
# Steps of one series: how much less must be readable at the worse of two.
MARGIN = 0.02


def load(paths):
    rows = []
    for path in paths:
        for line in Path(path).read_text().splitlines():
            try:
                rows.append(json.loads(line))
            except json.JSONDecodeError:
                print("skipped an unfinished line of", path)
    signs, readable, weight, strengths, has_strengths, lines, amounts, names = [], [], [], [], [], [], [], []
    for row in rows:
        share = row["share"]
        target = [row["amounts"].get(kind, 0.0) for kind in KINDS]
        if row["flagged"]:
            target[KINDS.index("dust")] = DUSTY
        whole = share.get("whole")
        if whole is None:
            whole = UNREADABLE
        for part, (values, of) in enumerate(zip([row["whole"], *row["quadrants"]], [whole, *share["quadrants"]])):
            if part > 0 and of is None:
                continue
            signs.append(values)
            readable.append(of)
            weight.append(1.0 if part == 0 else 0.25)
            strengths.append(target)
            has_strengths.append(1.0 if part == 0 else 0.0)
            lines.append(row["line"] if part == 0 else "")
            amounts.append(sum(row["amounts"].values()))
            names.append(row["name"])
    as_array = lambda values: np.asarray(values, np.float32)
    return (as_array(signs), as_array(readable), as_array(weight), as_array(strengths), as_array(has_strengths)), lines, amounts, names


def pairs_of(lines, amounts, keep):
    """Neighbours of every series: (index of the better, index of the worse)."""
    series = {}
    for i, line in enumerate(lines):
        if line and keep[i]:
            series.setdefault(line, []).append(i)
    pairs = []
    for members in series.values():
        members.sort(key=lambda i: amounts[i])
        pairs += [(a, b) for k, a in enumerate(members) for b in members[k + 1 :]]
    return np.asarray(pairs, np.int64)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("signs", nargs="+")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--hold", type=float, default=0.15, help="share of the photographs kept for watching; 0 for the shipped rule")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    (signs, readable, weight, strengths, has), lines, amounts, names = load(options.signs)
    who = sorted(set(names))
    held = set(np.random.default_rng(0).permutation(who)[: int(len(who) * options.hold)])
    watch = np.asarray([name in held for name in names])
    mean, deviation = signs[~watch].mean(0), signs[~watch].std(0) + 1e-3
    x = torch.from_numpy(np.clip((signs - mean) / deviation, -4, 4))
    y, w, s, h = map(torch.from_numpy, (readable, weight, strengths, has))
    pairs = torch.from_numpy(pairs_of(lines, amounts, ~watch))
    print(len(x), "rows", x.shape[1], "signs", len(pairs), "pairs", len(who), "photographs")

    net = nn.Sequential(nn.Linear(x.shape[1], 48), nn.ReLU(), nn.Linear(48, 24), nn.ReLU(), nn.Linear(24, 1 + len(KINDS)))
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3, weight_decay=0.02)
    train = torch.from_numpy(np.flatnonzero(~watch))
    steps = options.epochs * (len(train) // 256)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 6e-3, steps)
    entropy = nn.functional.binary_cross_entropy_with_logits
    for step in range(steps):
        net.train()
        i = train[torch.randint(len(train), (256,))]
        j = pairs[torch.randint(len(pairs), (256,))]
        noisy = lambda at: x[at] + 0.08 * torch.randn(len(at), x.shape[1])
        out = net(noisy(i))
        better, worse = torch.sigmoid(net(noisy(j[:, 0]))[:, 0]), torch.sigmoid(net(noisy(j[:, 1]))[:, 0])
        loss = (w[i] * entropy(out[:, 0], y[i], reduction="none")).mean()
        loss = loss + 3 * (h[i, None] * entropy(out[:, 1:], s[i], reduction="none")).mean()
        loss = loss + 4 * torch.relu(worse - better + MARGIN).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    net.eval()
    with torch.no_grad():
        out = torch.sigmoid(net(x)).numpy()
    for name, at in (("taught", ~watch), ("watched", watch)):
        at = at & (has > 0)
        if not at.any():
            continue
        one = at & ((strengths > 0).sum(1) == 1) & (strengths.max(1) >= 0.5)
        right = (out[one, 1:].argmax(1) == strengths[one].argmax(1)).mean()
        bad, good = out[at & (readable < 0.5), 0], out[at & (readable >= 0.8), 0]
        auroc = (good[:, None] > bad[None]).mean()
        print(f"{name}: readable off by {np.abs(out[at, 0] - readable[at]).mean():.3f}, AUROC {auroc:.4f}, reason right {right:.3f} of {one.sum()}")
        table = {kind: (strengths[one].argmax(1) == k) for k, kind in enumerate(KINDS)}
        named = out[one, 1:].argmax(1)
        print({kind: f"{(named[rows] == k).mean():.2f} of {rows.sum()}" for k, (kind, rows) in enumerate(table.items()) if rows.any()})
    layers = [layer for layer in net if isinstance(layer, nn.Linear)]
    shorter = lambda array: json.loads(json.dumps(np.round(array.astype(float), 4).tolist()))
    rule = {
        "provenance": "training/gate_quality.py, on photographs of ODIR, EyePACS, IDRiD, DRIVE, CHASE_DB1 (licences of the originals not established) and phantoms; research use only",
        "mean": shorter(mean),
        "deviation": shorter(np.maximum(deviation, 1e-3)),
        "layers": [{"weights": shorter(l.weight.detach().numpy()), "bias": shorter(l.bias.detach().numpy())} for l in layers],
    }
    OUT.write_text(json.dumps(rule, separators=(",", ":")) + "\n")
    print(OUT, OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
