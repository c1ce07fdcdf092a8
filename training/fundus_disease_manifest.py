"""What models/fundus-disease says of itself beyond what was measured."""
import h5py
import keras
import tensorflow as tf

NAMES = {
    "N": "Normal",
    "D": "Diabetic retinopathy",
    "G": "Glaucoma",
    "C": "Cataract",
    "A": "Age-related macular degeneration",
    "H": "Hypertensive retinopathy",
    "M": "Pathological myopia",
    "O": "Other abnormality",
}


def manifest(size, thresholds, metrics, parts, recipe):
    return {
        "name": "fundus-disease",
        "title": "Fundus disease, eight labels",
        "version": "0.1.0",
        "description": "Reads one colour fundus photograph of one eye and gives a probability for each of the eight "
        "labels of ODIR-5K, each for itself (several may hold). A first model: small, quick, and moderate in quality.",
        "task": "multi_label",
        "output": "probabilities",
        "modality": "fundus",
        "labels": [
            {"label": label, "name": name, "threshold": threshold}
            for (label, name), threshold in zip(NAMES.items(), thresholds)
        ],
        "preprocessing": {
            "size": {"height": size, "width": size},
            "crop": "none",
            "resample": "pil_bilinear",
            "rescale_factor": 1 / 255,
            "image_mean": [0, 0, 0],
            "image_std": [1, 1, 1],
            "channel_order": "RGB",
            "data_format": "channels_last",
        },
        "licence": "Apache-2.0 for the weights. The licence of the ODIR-5K photographs they were trained on has not "
        "been established; no photograph is part of this package.",
        "intendedUse": "Research and teaching: to try the program, to compare models, to start a training from. "
        "Research use only. Not a medical device: not for screening, diagnosis or any decision about a patient.",
        "limitations": [
            "One data set, of Chinese clinics. On other cameras, crops and populations it is worse and its "
            "probabilities and thresholds do not carry over: see the figures from elsewhere below.",
            "It sees 224 × 224 pixels of photographs whose longer side had 384: single microaneurysms, small "
            "haemorrhages and fine nerve fibre layer defects are lost, so early diabetic retinopathy is missed.",
            "Hypertensive retinopathy (H) is not to be relied on: 65 eyes to learn from, 15 to be measured on, and an "
            "interval that reaches down to chance.",
            "Other abnormality (O) is a mixed bag of everything else and is told weakly. Age-related macular "
            "degeneration (A) and glaucoma (G) rest on few positives: read the intervals, not the figures.",
            "The labels come from doctors' keywords for each eye, with no adjudication; glaucoma was labelled from "
            "photographs, without field or pressure.",
            "Cataract is seen as haze, which a bad photograph also has. Artefacts and doubtful keywords were left in.",
            "The photograph is squashed to a square, whatever its shape. It answers for any picture: nothing here "
            "refuses one that is no fundus photograph.",
            "Probabilities have not been calibrated. The threshold of a rare label is low: `Normal` and a disease, or "
            "several diseases, are often predicted together, and most alarms for a rare label are false (see precision).",
        ],
        "data": {
            "source": "ODIR-5K (Peking University, 2019: colour fundus photographs of both eyes, many cameras), the "
            "part with public labels that was at hand, longer side reduced to 384 pixels.",
            "labels": "Labels are per eye, from the doctors' keywords for that eye.",
            "split": "Split by patient, duplicates of a patient under two numbers merged first. `test` is a part "
            "laid aside by the data set's keepers and served for the figures above, for no choice; `dev`, a tenth of the other "
            "patients by hash, chose the thresholds and nothing else. Columns: positives.",
            "parts": parts,
        },
        "recipe": recipe,
        "metrics": {
            "measured_on": "On the `test` eyes, by the Keras file of this package, on pictures decoded and resized by "
            "the program itself.",
            "intervals": "Intervals: bootstrap over patients, 1000 draws.",
            "thresholds": "Each makes sensitivity + specificity largest on `dev` (Youden).",
            **metrics,
        },
    }


def imagenet_start(path, digest):
    """Where the weights came from, in words."""
    with h5py.File(path) as file:
        version = file.attrs.get("keras_version", "?")
    version = version.decode() if isinstance(version, bytes) else version
    return (
        "Google's MobileNetV2 0.35 for ImageNet (Apache-2.0), copied by weight name from a Teachable Machine export "
        f"(Keras {version}, SHA-256 {digest}), which keeps that backbone as Google published it"
    )


def versions():
    return f"Keras {keras.__version__}, TensorFlow {tf.__version__}"
