"""Whether class-conditional conformal sets hold what they promise, on the mean over many ways to part the patients.

    python training/coverage.py --parts parts.csv --label-column labels ANSWERS.jsonl …

One part to calibrate on and one to measure on, with some dozens of positives each, scatter by ten points of a hundred; this
parts the patients of all the answers (`answers-….jsonl` of `fovea calibrate` and `evaluate`; patients that the model never
saw) a thousand times into halves.
"""
import argparse
import csv
import json

import numpy as np

SEED = 20261130
DRAWS = 1000
COVERAGE = 0.9


def limit(positives):
    """The largest that holds so many positives as coverage asks of one more (Vovk 2012); 0 where they are too few."""
    kept = int(np.ceil((len(positives) + 1) * COVERAGE))
    return np.sort(positives)[::-1][kept - 1] if kept <= len(positives) else 0.0


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("answers", nargs="+")
    arguments.add_argument("--parts", required=True)
    arguments.add_argument("--label-column", required=True)
    options = arguments.parse_args()
    rows = {row["file"]: row for row in csv.DictReader(open(options.parts))}
    labels_of = lambda row: [label for label in row[options.label_column].split("|") if label]
    said = [json.loads(line) for path in options.answers for line in open(path)]
    said = [one for one in said if one["probabilities"] and labels_of(rows[one["file"]])]
    probabilities = np.array([one["probabilities"] for one in said])
    names = "NDGCAHMO" if options.label_column == "labels" else "01234"
    truth = np.array([[name in labels_of(rows[one["file"]]) for name in names] for one in said])
    patients, patient = np.unique([rows[one["file"]]["patient"] for one in said], return_inverse=True)
    draws, covered, sizes = np.random.default_rng(SEED), [], []
    for _ in range(DRAWS):
        is_calibrating = (draws.permutation(len(patients)) < len(patients) // 2)[patient]
        limits = [limit(probabilities[is_calibrating & truth[:, k], k]) for k in range(len(names))]
        held, own = (probabilities >= limits)[~is_calibrating], truth[~is_calibrating]
        covered.append([held[own[:, k], k].mean() if own[:, k].any() else np.nan for k in range(len(names))])
        sizes.append(held.sum(1).mean())
    print(f"{len(said)} pictures of {len(patients)} patients, {DRAWS} halves; labels in the set: {np.mean(sizes):.2f}")
    for k, name in enumerate(names):
        of = [half[k] for half in covered]
        low, high = np.nanquantile(of, [0.05, 0.95])
        print(f"{name}: {truth[:, k].sum()} positives, {np.nanmean(of):.1%} (nine halves of ten: {low:.0%}–{high:.0%})")


if __name__ == "__main__":
    main()
