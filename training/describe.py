"""What the shipped packages say of themselves beyond what is measured: the static part of their model.json."""
import keras
import torch

USE = (
    "Research and teaching: to try the program, to compare models, to start a training from. Research use only. Not a "
    "medical device: not for screening, diagnosis or any decision about a patient."
)
FUNDUS_INPUT = {
    "size": {"height": 256, "width": 256},
    "crop": "field_of_view",
    "resample": "pil_bilinear",
    "rescale_factor": 1 / 255,
    "image_mean": [0, 0, 0],
    "image_std": [1, 1, 1],
    "channel_order": "RGB",
    "data_format": "channels_last",
}
FUNDUS_DATA = (
    "ODIR-5K (Peking University, 2019: colour fundus photographs of both eyes, many cameras), the part with public "
    "labels that was at hand, longer side reduced to 384 pixels; and EyePACS (2015), 1098 photographs, 400-pixel centre "
    "crop, strongly compressed. Labels of ODIR are per eye, from the doctors' keywords for that eye, without "
    "adjudication; those of EyePACS are one grader's."
)
FUNDUS_LICENCE = (
    "Apache-2.0 for the weights. The licences of the ODIR-5K and EyePACS photographs they were trained on have not been "
    "established; no photograph is part of this package."
)
FUNDUS_SPLIT = (
    "By patient, duplicates of a patient under two numbers merged first. ODIR: `test` is the part that the data set's "
    "keepers laid aside; of the other patients a fifth, by hash, is `dev`. EyePACS: by hash, six tenths `train`, one "
    "`dev`, three `test`. `dev` chose among recipes, calibrated and chose the operating points; `test` served for the "
    "figures alone."
)
FUNDUS_RECIPE = {
    "script": "training/fundus.py",
    "network": "EfficientNet-Lite0 on six channels (RGB, and RGB less its mean over 48 pixels), global average pooling, "
    "one dense layer for the labels and one for the grades",
    "stages": "two networks, each on ODIR alone 9 epochs at 160 px and 6 at 224 px, then 6 epochs at 256 px with EyePACS "
    "and the first four layers held; one with strong changes of light up to the last 3 epochs, one with milder ones from "
    "the tenth on. From the mean of their weights 6 more epochs at 256 px towards the mean of their answers",
    "optimiser": "AdamW, weight decay 0.03, batch 32, peak rates 0.0008, 0.0004 and 0.0003, cosine; gradients clipped at norm 1; "
    "moving average of the weights, which is what is kept",
    "loss": "binary cross-entropy of the labels, weighted by 1 / √frequency; binary cross-entropy of the cumulative "
    "grades (ordinal); mixup, label smoothing 0.02; in the last stage seven tenths of what is asked for are the answers of "
    "the two to the same pixels, and where nobody told anything all of it",
    "augmentation": "rotation ± 0.6 rad, zoom, stretch, flips, gamma, channel gain, contrast, saturation, uneven light, "
    "fewer pixels, noise",
    "choice": "the weights after the last epoch; no epoch was picked",
    "precision": "kernels rounded to 16 bits, and stored so",
}

# The labels have one thing more than the grades.
DISEASE_RECIPE = {
    **FUNDUS_RECIPE,
    "stages": FUNDUS_RECIPE["stages"]
    + ". The output for cataract is then taught anew, with all else held: ridge regression on the pooled features of the "
    "training pictures of both sources towards the mean log-odds of three networks that learned ODIR at 96 px for 9 epochs",
    "choice": FUNDUS_RECIPE["choice"]
    + ". That cataract is taught so, and by which penalty, was chosen by the `dev` patients, after version 0.4.0 had missed the "
    "aim of 0.975 on the `test` patients",
}

DISEASES = {
    "N": "Normal",
    "D": "Diabetic retinopathy",
    "G": "Glaucoma",
    "C": "Cataract",
    "A": "Age-related macular degeneration",
    "H": "Hypertensive retinopathy",
    "M": "Pathological myopia",
    "O": "Other abnormality",
}
SNOMED = "http://snomed.info/sct"
GRADES = [
    ("0", "No diabetic retinopathy", None),
    ("1", "Mild NPDR", "312903003"),
    ("2", "Moderate NPDR", "312904009"),
    ("3", "Severe NPDR", "312905005"),
    ("4", "Proliferative DR", "59276001"),
]

PACKAGES = {
    "fundus-disease": {
        "name": "fundus-disease",
        "title": "Fundus disease, eight labels",
        "version": "0.5.0",
        "description": "Reads one colour fundus photograph of one eye and gives a probability for each of the eight "
        "labels of ODIR-5K, each for itself (several may hold).",
        "task": "multi_label",
        "output": "probabilities",
        "modality": "fundus",
        "labels": [{"label": label, "name": name} for label, name in DISEASES.items()],
        "preprocessing": FUNDUS_INPUT,
        "licence": FUNDUS_LICENCE,
        "intendedUse": USE,
        "limitations": [
            "Its labels but D come from one data set, of Chinese clinics. On other cameras, crops and populations it is "
            "worse, and calibration, sets and thresholds do not carry over: calibrate it on your own photographs.",
            "It sees 256 × 256 pixels of photographs whose longer side had 384: single microaneurysms, small "
            "haemorrhages and fine nerve fibre layer defects are lost, so early diabetic retinopathy is missed.",
            "Hypertensive retinopathy (H) is not to be relied on: 105 eyes to learn from, and an interval to match.",
            "Other abnormality (O) is a mixed bag of everything else. Macular degeneration (A) and glaucoma (G) rest "
            "on few positives: read the intervals, not the figures.",
            "Glaucoma was labelled from photographs, without field or pressure. Cataract is seen as haze, which a bad "
            "photograph also has.",
        ],
        "data": {"source": FUNDUS_DATA, "split": FUNDUS_SPLIT},
        "recipe": DISEASE_RECIPE,
    },
    "fundus-dr-grade": {
        "name": "fundus-dr-grade",
        "title": "Diabetic retinopathy, ICDR grade",
        "version": "0.4.0",
        "description": "Reads one colour fundus photograph of one eye and gives a probability for each grade of the "
        "International Clinical Diabetic Retinopathy scale (Wilkinson 2003), and for referable and vision-threatening "
        "disease (grade ≥ 2, ≥ 3; macular oedema is not seen).",
        "task": "multi_class",
        "output": "probabilities",
        "modality": "fundus",
        "labels": [
            {"label": label, "name": name, **({"codes": [{"system": SNOMED, "code": code}]} if code else {})}
            for label, name, code in GRADES
        ],
        "ordinal": True,
        "derived": [
            {"label": "referable", "name": "Referable DR (grade ≥ 2)", "of": ["2", "3", "4"]},
            {"label": "vision-threatening", "name": "Vision-threatening DR (grade ≥ 3)", "of": ["3", "4"]},
        ],
        "preprocessing": FUNDUS_INPUT,
        "licence": FUNDUS_LICENCE,
        "intendedUse": USE,
        "limitations": [
            "Referable disease counts the grade alone: diabetic macular oedema, which also refers, is not seen.",
            "It sees 256 × 256 pixels: single microaneurysms are lost, so grade 1 is hardly told from grade 0.",
            "Grades 3 and 4 rest on few eyes; most of ODIR's grades are 1 and 2, told by keywords, not by a reading centre.",
            "On cameras it was never taught with it is much worse (see the figure of the model taught without EyePACS "
            "in docs/model-study.md): calibrate it on your own photographs.",
        ],
        "data": {"source": FUNDUS_DATA, "split": FUNDUS_SPLIT},
        "recipe": FUNDUS_RECIPE,
    },
    "oct": {
        "name": "oct",
        "title": "OCT B-scan, four classes",
        "version": "0.2.1",
        "description": "Reads one macular OCT B-scan: choroidal neovascularisation, diabetic macular oedema, drusen or "
        "none of them.",
        "task": "multi_class",
        "output": "probabilities",
        "modality": "oct",
        "labels": [
            {"label": "CNV", "name": "Choroidal neovascularisation"},
            {"label": "DME", "name": "Diabetic macular oedema"},
            {"label": "DRUSEN", "name": "Drusen"},
            {"label": "NORMAL", "name": "Normal"},
        ],
        "derived": [
            {"label": "urgent", "name": "Urgent referral (CNV or DME)", "of": ["CNV", "DME"]},
            {"label": "abnormal", "name": "Any of the three diseases", "of": ["CNV", "DME", "DRUSEN"]},
        ],
        "preprocessing": {
            "size": {"height": 224, "width": 224},
            "blank": "white_edges",
            "crop": "cover",
            "resample": "pil_bilinear",
            "rescale_factor": 1 / 255,
            "image_mean": [0],
            "image_std": [1],
            "channel_order": "GRAY",
            "data_format": "channels_last",
        },
        "licence": "Apache-2.0 for the weights. Trained on scans of OCT2017 (Kermany et al. 2018), CC BY 4.0; no scan is "
        "part of this package.",
        "intendedUse": USE,
        "limitations": [
            "One device (Heidelberg Spectralis) and 800 chosen, clear scans, each of one of the four classes: on other "
            "devices, other diseases and doubtful scans it has not been measured, and a scan of another disease still "
            "gets one of the four answers.",
            "It sees the centred square of a scan: what lies at the sides of a wide one is not read.",
            "One B-scan is read, not a volume: a lesion beside the line is missed.",
        ],
        "data": {
            "source": "OCT2017 (Kermany, Cell 2018): 200 B-scans of each class, original bytes.",
            "split": "By the number of the patient, in four folds. `test` is fold 0; of the patients of the other folds a "
            "fifth, by hash, is `dev`, which calibrated and chose the operating points.",
        },
        "recipe": {
            "script": "training/oct.py",
            "network": "MobileNetV2 0.35 on one channel, global average pooling, one dense layer",
            "stages": "40 epochs at 224 px",
            "optimiser": "AdamW, weight decay 0.03, batch 32, peak rate 0.001, cosine; gradients clipped at norm 1; moving "
            "average of the weights, which is what is kept; bfloat16",
            "loss": "cross-entropy, label smoothing 0.05, mixup",
            "augmentation": "rotation ± 0.2 rad, zoom, stretch, shift, flip, gamma, gain, speckle, fewer pixels, bars at "
            "the sides, wedges of filling",
            "choice": "the weights after the last epoch; no epoch was picked",
        },
    },
}


def describe(name, start, parts):
    """model.json of a package without what is measured. `start`: where the first weights came from, in words;
    `parts`: part → counts, for the card."""
    package = PACKAGES[name]
    made_with = f"PyTorch {torch.__version__.split('+')[0]}; saved by Keras {keras.__version__}"
    recipe = {**package["recipe"], "start": start, "made_with": made_with}
    return {**package, "data": {**package["data"], "parts": parts}, "recipe": recipe}
