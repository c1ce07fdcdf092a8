"""Golden figures of src/evaluate by scikit-learn: python training/evaluate_golden.py > src/evaluate/fixtures/golden.json"""

import json

import numpy as np
import sklearn
from sklearn import metrics as m

rng = np.random.default_rng(20261123)
binary = []
for n, positives, decimals in [(40, 12, 1), (200, 20, 2), (300, 150, 12), (60, 3, 3)]:
    truth = np.zeros(n, bool)
    truth[rng.choice(n, positives, replace=False)] = True
    scores = np.round(np.clip(rng.normal(0.35 + 0.25 * truth, 0.2), 0, 1), decimals)
    weights = rng.integers(0, 4, n)
    predicted = scores >= 0.5
    edges = np.minimum(14, np.floor(scores * 15)).astype(int)
    ece = sum(abs(scores[edges == b].mean() - truth[edges == b].mean()) * (edges == b).mean() for b in set(edges))
    binary.append({
        "truth": truth.tolist(), "scores": scores.tolist(), "weights": weights.tolist(),
        "auroc": m.roc_auc_score(truth, scores), "averagePrecision": m.average_precision_score(truth, scores),
        "weightedAuroc": m.roc_auc_score(truth, scores, sample_weight=weights),
        "weightedAveragePrecision": m.average_precision_score(truth, scores, sample_weight=weights),
        "brier": m.brier_score_loss(truth, scores), "ece": ece,
        "precision": m.precision_score(truth, predicted, zero_division=0), "recall": m.recall_score(truth, predicted),
        "f1": m.f1_score(truth, predicted), "accuracy": m.accuracy_score(truth, predicted),
    })
classes = []
for n, k in [(120, 5), (80, 3), (50, 4)]:
    truth = rng.integers(0, k, n)
    predicted = np.clip(truth + rng.integers(-1, 2, n), 0, k - 1)
    part = lambda average: dict(zip(["precision", "recall", "f1"], map(float, m.precision_recall_fscore_support(truth, predicted, average=average, labels=range(k), zero_division=0)[:3])))
    classes.append({
        "classes": k, "truth": truth.tolist(), "predicted": predicted.tolist(),
        "confusion": m.confusion_matrix(truth, predicted, labels=range(k)).tolist(),
        "accuracy": m.accuracy_score(truth, predicted), "balancedAccuracy": m.balanced_accuracy_score(truth, predicted),
        "quadraticKappa": m.cohen_kappa_score(truth, predicted, weights="quadratic"),
        "macro": part("macro"), "micro": part("micro"),
    })
print(json.dumps({"madeWith": f"scikit-learn {sklearn.__version__}", "binary": binary, "classes": classes}))
