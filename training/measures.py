"""Measures of a multi-label classifier, with bootstrap intervals over patients."""
import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

RESAMPLES = 1000


def youden_thresholds(targets, answers):
    """For each label the threshold that makes sensitivity + specificity largest, rounded down to four digits."""
    thresholds = []
    for wanted, answer in zip(targets.T, answers.T):
        false_positives, true_positives, cuts = roc_curve(wanted, answer)
        cut = min(cuts[np.argmax(true_positives - false_positives)], 1.0)
        thresholds.append(float(np.floor(cut * 1e4) / 1e4))
    return thresholds


def bootstrap(groups, measure, seed=0):
    """2.5 % and 97.5 % of `measure(indices)` over resampled patients; draws without a positive are left out."""
    generator = np.random.default_rng(seed)
    names, which = np.unique(groups, return_inverse=True)
    members = [np.flatnonzero(which == i) for i in range(len(names))]
    draws = []
    for _ in range(RESAMPLES):
        chosen = generator.integers(0, len(names), len(names))
        value = measure(np.concatenate([members[i] for i in chosen]))
        if value is not None:
            draws.append(value)
    return [round(float(v), 4) for v in np.percentile(draws, [2.5, 97.5])]


def auroc(wanted, answer):
    return roc_auc_score(wanted, answer) if 0 < wanted.sum() < len(wanted) else None


def mean_auroc(targets, answers):
    areas = [auroc(targets[:, i], answers[:, i]) for i in range(targets.shape[1])]
    return None if None in areas else float(np.mean(areas))


def evaluate(targets, answers, labels, thresholds=None, patients=None):
    """AUROC and average precision a label; with thresholds also the counts at them; with patients also intervals."""
    result = {"labels": {}, "mean_auroc": round(mean_auroc(targets, answers), 4)}
    if patients is not None:
        result["mean_auroc_95"] = bootstrap(patients, lambda i: mean_auroc(targets[i], answers[i]))
    for column, label in enumerate(labels):
        wanted, answer = targets[:, column], answers[:, column]
        row = {
            "n": len(wanted),
            "positives": int(wanted.sum()),
            "auroc": round(auroc(wanted, answer), 4),
            "average_precision": round(average_precision_score(wanted, answer), 4),
        }
        if patients is not None:
            row["auroc_95"] = bootstrap(patients, lambda i: auroc(wanted[i], answer[i]))
        if thresholds is not None:
            row.update(at_threshold(wanted > 0, answer >= thresholds[column]))
        result["labels"][label] = row
    if thresholds is not None:
        rows = result["labels"].values()
        result["macro_f1"] = round(float(np.mean([row["f1"] for row in rows])), 4)
        result["mean_accuracy"] = round(float(np.mean([row["accuracy"] for row in rows])), 4)
    return result


def at_threshold(wanted, predicted):
    hits, misses = np.sum(wanted & predicted), np.sum(wanted & ~predicted)
    alarms, passes = np.sum(~wanted & predicted), np.sum(~wanted & ~predicted)
    share = lambda part, whole: round(float(part / whole), 4) if whole else None
    return {
        "accuracy": share(hits + passes, len(wanted)),
        "precision": share(hits, hits + alarms),
        "sensitivity": share(hits, hits + misses),
        "specificity": share(passes, passes + alarms),
        "f1": share(2 * hits, 2 * hits + misses + alarms),
    }
