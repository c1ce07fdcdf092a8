"""Golden fits of src/evaluate/fit.ts by SciPy and scikit-learn: python training/calibrate_golden.py > src/evaluate/fixtures/fits.json"""

import json

import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize, minimize_scalar
from sklearn.isotonic import IsotonicRegression

rng = np.random.default_rng(20261124)
binary = []
for n, positives, decimals in [(60, 9, 2), (400, 120, 6), (200, 30, 1)]:
    truth = np.zeros(n, bool)
    truth[rng.choice(n, positives, replace=False)] = True
    said = np.round(1 / (1 + np.exp(-rng.normal(-1 + 2 * truth, 1.5))), decimals).clip(0.01, 0.99)
    odds = np.log(said / (1 - said))
    targets = np.where(truth, (positives + 1) / (positives + 2), 1 / (n - positives + 2))
    loss = lambda v: np.sum(np.logaddexp(0, v[0] * odds + v[1]) - targets * (v[0] * odds + v[1]))
    platt = minimize(loss, [1.0, 0.0], method="BFGS", options={"gtol": 1e-9}).x
    isotonic = IsotonicRegression(y_min=0, y_max=1).fit(said, truth).predict(said)
    binary.append({"said": said.tolist(), "truth": truth.tolist(), "platt": platt.tolist(), "isotonic": isotonic.tolist()})
classes = []
for n, k, sharpness in [(150, 4, 2.5), (300, 5, 0.6)]:
    truth = rng.integers(0, k, n)
    logits = rng.normal(0, 1, (n, k)) + 1.5 * np.eye(k)[truth]
    powers = np.exp(logits * sharpness)
    said = np.round(powers / powers.sum(1, keepdims=True), 4).clip(1e-4)
    logs = np.log(said)
    loss = lambda t: np.sum(scipy.special.logsumexp(logs / t, axis=1) - (logs / t)[np.arange(n), truth])
    temperature = minimize_scalar(loss, bounds=(0.05, 20), method="bounded", options={"xatol": 1e-10}).x
    # A temperature and shifts, each the best for the other, of the cases and of 30 that came as the model says.
    rows = np.arange(n)
    said_counts = scipy.special.softmax(logs / temperature, axis=1).sum(0)
    wanted = n * (np.bincount(truth, minlength=k) + 30 * said_counts / n) / (n + 30)
    t, shifts = temperature, np.zeros(k)
    for _ in range(60):
        of_shifts = lambda b: np.sum(scipy.special.logsumexp(logs / t + b, axis=1)) - wanted @ b
        shifts = minimize(of_shifts, shifts, method="BFGS", options={"gtol": 1e-9}).x
        of_t = lambda v: np.sum(scipy.special.logsumexp(logs / v + shifts, axis=1) - (logs / v + shifts)[rows, truth])
        t = minimize_scalar(of_t, bounds=(0.05, 20), method="bounded", options={"xatol": 1e-10}).x
    shifted = {"temperature": t, "shifts": (shifts - shifts.mean()).tolist()}
    classes.append({"said": said.tolist(), "truth": truth.tolist(), "temperature": temperature, "shifted": shifted})
made_with = f"SciPy {scipy.__version__}, scikit-learn {sklearn.__version__}"
print(json.dumps({"madeWith": made_with, "binary": binary, "classes": classes}))
