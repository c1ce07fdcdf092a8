"""CARD.md out of model.json, so that the two cannot differ.

    python training/card.py models/fundus-disease
"""
import json
import pathlib
import sys


def table(head, rows):
    line = lambda cells: "| " + " | ".join(str(cell) for cell in cells) + " |"
    return "\n".join([line(head), "|" + "---|" + "---:|" * (len(head) - 1), *map(line, rows)])


def figure(value):
    return "–" if value is None else f"{value:.3f}"


def interval(values):
    return f"{values[0]:.3f}–{values[1]:.3f}"


def items(values):
    return "\n".join(f"- {value}" for value in values)


def metrics_tables(manifest):
    names = {row["label"]: row["name"] for row in manifest["labels"]}
    thresholds = {row["label"]: row["threshold"] for row in manifest["labels"]}
    metrics = manifest["metrics"]
    ranking = table(
        ["label", "n", "positives", "AUROC", "95 % interval", "average precision"],
        [
            [f"{label} {names[label]}", row["n"], row["positives"], figure(row["auroc"]), interval(row["auroc_95"]),
             figure(row["average_precision"])]
            for label, row in metrics["labels"].items()
        ],
    )
    columns = ["sensitivity", "specificity", "precision", "f1", "accuracy"]
    deciding = table(
        ["label", "threshold", *columns],
        [
            [f"{label} {names[label]}", f"{thresholds[label]:.4f}", *(figure(row[column]) for column in columns)]
            for label, row in metrics["labels"].items()
        ],
    )
    elsewhere = table(
        ["photographs", "question", "n", "positives", "AUROC", "95 % interval"],
        [
            [row["photographs"], row["question"], row["n"], row["positives"], figure(row["auroc"]),
             interval(row["auroc_95"])]
            for row in metrics["elsewhere"]
        ],
    )
    return f"""{metrics["measured_on"]}

Mean AUROC **{figure(metrics["mean_auroc"])}** ({interval(metrics["mean_auroc_95"])}), \
macro F1 {figure(metrics["macro_f1"])}. {metrics["intervals"]}

{ranking}

At the thresholds of model.json. {metrics["thresholds"]}

{deciding}

On photographs from elsewhere, never used for training or for a choice:

{elsewhere}"""


def card(manifest):
    """Markdown."""
    data, recipe, contract = manifest["data"], manifest["recipe"], manifest["preprocessing"]
    labels = [row["label"] for row in manifest["labels"]]
    parts = table(
        ["part", "eyes", "patients", *labels],
        [
            [name, part["eyes"], part["patients"], *(part["positives"][label] for label in labels)]
            for name, part in data["parts"].items()
        ],
    )
    size = contract["size"]
    return f"""# {manifest["title"]}

**Research use only. Not a medical device.**

{manifest["description"]}

| | |
|---|---|
| name, version | `{manifest["name"]}` {manifest["version"]} |
| file | `{manifest["file"]}`, SHA-256 `{manifest["sha256"]}` |
| input | {manifest["modality"]} photograph; {size["height"]} × {size["width"]}, crop {contract["crop"]}, \
{contract["resample"]}, {contract["channel_order"]}, × {contract["rescale_factor"]:.6g} |
| output | {len(labels)} {manifest["output"]}, {manifest["task"].replace("_", "-")} |
| licence | {manifest["licence"]} |

## What it is for

{manifest["intendedUse"]}

## What it cannot do

{items(manifest["limitations"])}

## How good it is

{metrics_tables(manifest)}

## Data

{data["source"]} {data["labels"]} {data["split"]}

{parts}

## Recipe

{items(f"{key.replace('_', ' ')}: {value}" for key, value in recipe.items())}

This card is made from `model.json` by `training/card.py`.
"""


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    (folder / "CARD.md").write_text(card(json.loads((folder / "model.json").read_text())))
