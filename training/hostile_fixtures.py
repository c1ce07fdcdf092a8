"""Makes src/keras/fixtures/hostile.zip: Keras files that were made to do harm, and expected.json with the code of each.

    python training/hostile_fixtures.py

Each starts from one small whole model. A null in expected.json is a file that must convert: it is odd and yet
sound, or claims in its configuration what only running it would show.
The bombs are kept packed; nothing here is larger than 40 MB when it is unpacked.
"""

import io
import json
import os
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py
import keras
import numpy as np

TARGET = Path(__file__).parent.parent / "src/keras/fixtures/hostile.zip"

KERNEL = "model_weights/conv/sequential/conv/kernel"
FOLDER = "model_weights/conv/sequential/conv"
STAMP = (2026, 1, 1, 0, 0, 0)


def tiny(dtype="float32"):
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.Input((8, 8, 3), name="picture"),
            keras.layers.Conv2D(2, 3, activation="relu", name="conv", dtype=dtype),
            keras.layers.GlobalAveragePooling2D(name="pool"),
            keras.layers.Dense(4, activation="softmax", name="dense", dtype=dtype),
        ],
        name="sequential",
    )


def saved(model, ending):
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/model{ending}"
        model.save_weights(path) if "weights" in ending else model.save(path)
        return Path(path).read_bytes()


model = tiny()


def typed(dtype):
    """The model with its weights rounded to another type."""
    other = tiny(dtype)
    other.set_weights(model.get_weights())
    return other


h5 = saved(model, ".h5")
archive = {
    entry.filename: zipfile.ZipFile(io.BytesIO(saved(model, ".keras"))).read(entry)
    for entry in zipfile.ZipFile(io.BytesIO(saved(model, ".keras"))).infolist()
}
assert h5py.File(io.BytesIO(h5))[KERNEL].shape == (3, 3, 3, 2)


def edited(change, data=h5):
    buffer = io.BytesIO(data)
    with h5py.File(buffer, "r+") as file:
        change(file)
    return buffer.getvalue()


def config_of(file):
    return json.loads(file.attrs["model_config"])


def with_config(change):
    """The model with its configuration changed, in place or by what `change` returns."""

    def write(file):
        config = config_of(file)
        result = change(config)
        text = result if isinstance(result, str) else json.dumps(result or config)
        del file.attrs["model_config"]
        file.attrs["model_config"] = text

    return edited(write)


def layer(name, **settings):
    def change(config):
        layers = config["config"]["layers"]
        next(entry for entry in layers if entry["config"]["name"] == name)["config"].update(settings)

    return with_config(change)


def replaced(make):
    """The first kernel as something else."""

    def change(file):
        del file[KERNEL]
        make(file[FOLDER])

    return edited(change)


def keras_zip(entries, method=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, data in entries:
            entry = zipfile.ZipInfo(name, STAMP)
            entry.compress_type = method
            target.writestr(entry, data)
    return buffer.getvalue()


def patched(data, old, new):
    assert data.count(old) >= 1, old
    return data.replace(old, new)


def zip_field(data, offset, value, name=b"model.weights.h5"):
    """Writes a 32-bit field of the directory's entry of `name`."""
    at = data.rfind(name) - 46
    assert data[at : at + 4] == b"PK\1\2"
    return data[: at + offset] + struct.pack("<I", value) + data[at + offset + 4 :]


def low_level(folder, name, plist, shape=(3, 3, 3, 2)):
    h5py.h5d.create(folder.id, name, h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple(shape), plist)


def external(folder):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_external(b"/etc/passwd", 0, 216)
    low_level(folder, b"kernel", plist)


def virtual(folder):
    layout = h5py.VirtualLayout((3, 3, 3, 2), "f4")
    layout[...] = h5py.VirtualSource("/etc/passwd", "kernel", (3, 3, 3, 2))
    folder.create_virtual_dataset("kernel", layout)


def never_written(folder, shape):
    low_level(folder, b"kernel", h5py.h5p.create(h5py.h5p.DATASET_CREATE), shape)


def chunk_bomb(folder):
    # 2 GB of zeros in one chunk: its stream is that of 32 MB with the shape of much more.
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((2**20,))
    plist.set_deflate(9)
    low_level(folder, b"kernel", plist, (2**29,))
    part = folder["kernel"]
    stream = zlib.compress(bytes(2**22), 9)
    for i in range(8):
        part.id.write_direct_chunk((i * 2**20,), stream)


def overflowing_chunk(folder):
    """A chunk's stream unpacks to far more than the chunk."""
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((3, 3, 3, 2))
    plist.set_deflate(9)
    low_level(folder, b"kernel", plist)
    folder["kernel"].id.write_direct_chunk((0, 0, 0, 0), zlib.compress(bytes(40 * 2**20), 9))


def wide_chunk(folder):
    folder.create_dataset("kernel", (3, 3, 3, 2), "f4", maxshape=(None,) * 4, chunks=(512, 512, 32, 16))
    # Allocated lazily: nothing of the chunk's 512 MB is written.


def cyclic(file):
    for name in list(file["model_weights"]):
        del file["model_weights"][name]
    for name in ["conv", "pool", "dense"]:
        file["model_weights"][name] = file["model_weights"]
    file["model_weights"].attrs["weight_names"] = np.array([b"conv/" * 200 + b"kernel", b"bias"])


def soft_cycle(file):
    del file[KERNEL]
    file[KERNEL] = h5py.SoftLink("/" + KERNEL)


def soft_chain(file):
    file["moved"] = file[KERNEL]
    del file[KERNEL]
    for i in range(12):
        file[f"link{i}"] = h5py.SoftLink(f"/link{i + 1}" if i < 11 else "/moved")
    file[KERNEL] = h5py.SoftLink("/link0")


def swapped(file):
    root = file["model_weights"]
    a, b = root["conv"].attrs["weight_names"], root["dense"].attrs["weight_names"]
    root["conv"].attrs["weight_names"], root["dense"].attrs["weight_names"] = b, a


def numbers_for_names(file):
    del file["model_weights/conv"].attrs["weight_names"]
    file["model_weights/conv"].attrs["weight_names"] = np.arange(2)


def names_out_of_the_group(file):
    file["model_weights/conv"].attrs["weight_names"] = np.array([b"../../../etc/passwd", b"/dense/bias"])


def config_as_number(file):
    del file.attrs["model_config"]
    file.attrs["model_config"] = 1.5


def wide_attribute(data):
    """The attribute of weight names claims 10⁹ elements: its dataspace, rank 1, of 2 names becomes that of more."""
    at = data.index(b"weight_names\0")
    at = data.index(struct.pack("<Q", 2), at)
    return data[:at] + struct.pack("<Q", 10**9) + data[at + 8 :]


def wide_dataset(data, size):
    """The kernel's dataspace (3, 3, 3, 2) becomes (size, 3, 3, 2)."""
    old = struct.pack("<QQQQ", 3, 3, 3, 2)
    return patched(data, old, struct.pack("<QQQQ", size, 3, 3, 2))


def deep_groups(file):
    group = file["model_weights"]
    for i in range(2000):
        group = group.create_group("g")
    file["model_weights/conv"].attrs["weight_names"] = np.array([b"g/" * 2000 + b"kernel", b"bias"])


def deep_config(depth):
    return "[" * depth + "]" * depth


def deep_models(depth):
    def change(config):
        inner = config
        for i in range(depth):
            inner = {
                "class_name": "Sequential",
                "config": {"name": f"m{i}", "layers": [inner], "build_input_shape": [None, 8, 8, 3]},
            }
        return inner

    return with_config(change)


def doubling(depth):
    """A model that calls one twice that calls another twice …: 2^depth calls out of a few kilobytes."""

    def node(of, call):
        return [[of, call, 0, {}]]

    def functional(name, layers, out):
        first = {"class_name": "InputLayer", "name": f"{name}_in", "inbound_nodes": []}
        first["config"] = {"name": f"{name}_in", "batch_input_shape": [None, 8, 8, 3]}
        config = {"name": name, "layers": [first, *layers]}
        config |= {"input_layers": [[f"{name}_in", 0, 0]], "output_layers": [out]}
        return {"class_name": "Functional", "name": name, "config": config}

    relu = {"class_name": "ReLU", "name": "relu", "config": {"name": "relu"}, "inbound_nodes": [node("m0_in", 0)]}
    inner = functional("m0", [relu], ["relu", 0, 0])
    for i in range(1, depth):
        inner["inbound_nodes"] = [node(f"m{i}_in", 0), node(f"m{i - 1}", 1)]
        inner = functional(f"m{i}", [inner], [f"m{i - 1}", 2, 0])
    return with_config(lambda _: inner)


def many_layers(count):
    def change(config):
        layer = '{"class_name":"Activation","config":{"name":"r%d","activation":"relu"}}'
        first = json.dumps(config["config"]["layers"][0])
        layers = ",".join([first, *(layer % i for i in range(count))])
        return '{"class_name":"Sequential","config":{"name":"s","layers":[%s]}}' % layers

    return with_config(change)


def alone(shape, class_name, **settings):
    first = {"class_name": "InputLayer", "config": {"name": "picture", "batch_shape": [None, *shape]}}
    only = {"class_name": class_name, "config": {"name": "only", **settings}}
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": [first, only]}}
    return with_config(lambda _: config)


def twice_named(config):
    layers = config["config"]["layers"]
    layers[2]["config"]["name"] = "conv"


def zip64_claim():
    data = keras_zip(archive.items())
    at = data.rfind(b"model.weights.h5") - 46
    extra = struct.pack("<HHQQ", 1, 16, 2**40, 2**40)
    name_end = at + 46 + len(b"model.weights.h5")
    entry = bytearray(data[at:name_end])
    entry[20:28] = b"\xff" * 8
    entry[30:32] = struct.pack("<H", len(extra))
    end = data.rfind(b"PK\5\6")
    tail = bytearray(data[end:])
    tail[12:16] = struct.pack("<I", struct.unpack("<I", tail[12:16])[0] + len(extra))
    return data[:at] + bytes(entry) + extra + data[name_end:end] + bytes(tail)


def overlapping():
    """A thousand entries of the directory, all over the one packed entry."""
    data = keras_zip([("config.json", archive["config.json"]), ("model.weights.h5", bytes(2**22))], zipfile.ZIP_DEFLATED)
    at = data.rfind(b"model.weights.h5") - 46
    end = data.rfind(b"PK\5\6")
    entry = data[at : at + 46 + len(b"model.weights.h5")]
    tail = bytearray(data[end:])
    tail[8:12] = struct.pack("<HH", 1001, 1001)
    tail[12:16] = struct.pack("<I", struct.unpack("<I", tail[12:16])[0] + len(entry) * 999)
    return data[:at] + entry * 1000 + bytes(tail)


def entry_of_itself():
    """An archive whose weights are the archive, stored: it unpacks to itself for ever."""
    inner = keras_zip(archive.items())
    for _ in range(8):
        inner = keras_zip([("config.json", archive["config.json"]), ("model.weights.h5", inner)])
    return inner



def latest(**storage):
    """The model as HDF5's latest format has it."""
    buffer = io.BytesIO()
    with h5py.File(io.BytesIO(h5)) as old, h5py.File(buffer, "w", libver="latest") as file:

        def copy(name, thing):
            if isinstance(thing, h5py.Dataset):
                file.create_dataset(name, data=thing[()], **storage)
            else:
                file.require_group(name)
            file[name].attrs.update(thing.attrs)

        file.attrs.update(old.attrs)
        old.visititems(copy)
    return buffer.getvalue()


def renamed(rename):
    """The archive's weights with their groups named in another way."""
    buffer = io.BytesIO()
    with h5py.File(io.BytesIO(archive["model.weights.h5"])) as old, h5py.File(buffer, "w") as file:

        def copy(name, thing):
            if isinstance(thing, h5py.Dataset):
                file[rename(name)] = thing[()]

        old.visititems(copy)
    return keras_zip([(n, buffer.getvalue() if n.endswith(".h5") else d) for n, d in archive.items()])


weights = archive["model.weights.h5"]
kernel = model.get_weights()[0].tobytes()
config = archive["config.json"]

CASES = {
    # sound, if odd
    "whole.h5": (h5, None),
    "whole.keras": (keras_zip(archive.items()), None),
    "packed.keras": (keras_zip(archive.items(), zipfile.ZIP_DEFLATED), None),
    "in a folder.keras": (keras_zip([(f"my model/{n}", d) for n, d in archive.items()]), None),
    "backslashes.keras": (keras_zip([(f"my model\\{n}", d) for n, d in archive.items()]), None),
    # Keras 2.12, and 2.13 to 3 on Windows
    "dependencies.keras": (renamed(lambda n: n.replace("layers", "_layer_checkpoint_dependencies")), None),
    "windows.keras": (renamed(lambda n: n.replace("layers/", "layers\\")), None),
    "windows, dependencies.keras": (renamed(lambda n: n.replace("layers/", "_layer_checkpoint_dependencies\\")), None),
    "soft chain.h5": (edited(soft_chain), None),
    "bfloat16.h5": (saved(typed("bfloat16"), ".h5"), None),
    "bfloat16.keras": (saved(typed("bfloat16"), ".keras"), None),
    "float16.h5": (saved(typed("float16"), ".h5"), None),
    "float64.keras": (saved(typed("float64"), ".keras"), None),
    "latest format.h5": (latest(), None),
    "latest format, packed.h5": (latest(chunks=True, compression="gzip", shuffle=True), None),
    # links and storage
    "external link.h5": (
        replaced(lambda folder: folder.__setitem__("kernel", h5py.ExternalLink("/etc/passwd", "/kernel"))),
        "MODEL_STORAGE_UNSUPPORTED",
    ),
    "external group.h5": (
        edited(lambda f: (f.move("model_weights", "w"), f.__setitem__("model_weights", h5py.ExternalLink("x.h5", "/")))),
        "MODEL_STORAGE_UNSUPPORTED",
    ),
    "external storage.h5": (replaced(external), "MODEL_STORAGE_UNSUPPORTED"),
    "virtual dataset.h5": (replaced(virtual), "MODEL_STORAGE_UNSUPPORTED"),
    "soft link to itself.h5": (edited(soft_cycle), "MODEL_DAMAGED"),
    "soft link to nothing.h5": (
        replaced(lambda folder: folder.__setitem__("kernel", h5py.SoftLink("/etc/passwd"))),
        "MODEL_DAMAGED",
    ),
    "cyclic groups.h5": (edited(cyclic), "MODEL_DAMAGED"),
    "deep groups.h5": (edited(deep_groups), "MODEL_DAMAGED"),
    # attributes
    "swapped weight names.h5": (edited(swapped), "MODEL_DAMAGED"),
    "numbers for weight names.h5": (edited(numbers_for_names), "WEIGHTS_MISSING"),
    "names out of the group.h5": (edited(names_out_of_the_group), "MODEL_DAMAGED"),
    "configuration is a number.h5": (edited(config_as_number), "MODEL_WITHOUT_GRAPH"),
    "attribute of 1e9 names.h5": (wide_attribute(h5), "MODEL_DAMAGED"),
    # claims
    "dataset of 1e9 rows.h5": (wide_dataset(h5, 10**9), "MODEL_TOO_LARGE"),
    "dataset of 2^60 rows.h5": (wide_dataset(h5, 2**60), "MODEL_TOO_LARGE"),
    "dataset beyond the file.h5": (wide_dataset(h5, 1000), "MODEL_DAMAGED"),
    "never written, 1e9.h5": (replaced(lambda f: never_written(f, (1000, 1000, 1000, 2))), "MODEL_TOO_LARGE"),
    "never written, 94 MB.h5": (replaced(lambda f: never_written(f, (3, 3, 3, 870_000))), "MODEL_CONFIG_INVALID"),
    "chunk bomb.h5": (replaced(chunk_bomb), "MODEL_TOO_LARGE"),
    "overflowing chunk.h5": (replaced(overflowing_chunk), "MODEL_DAMAGED"),
    "chunks larger than their dataset.h5": (replaced(wide_chunk), "MODEL_DAMAGED"),
    # configurations
    "1e9 filters.h5": (layer("conv", filters=10**9), "MODEL_TOO_LARGE"),
    "kernel of 1e9.h5": (layer("conv", kernel_size=[10**9, 10**9]), "MODEL_TOO_LARGE"),
    "negative filters.h5": (layer("conv", filters=-5), None),
    "1e9 units.h5": (layer("dense", units=10**9), "MODEL_TOO_LARGE"),
    "strides of 0.h5": (layer("conv", strides=[0, 0]), None),
    "strides of 1e300.h5": (layer("conv", strides=[1e300, 1]), "MODEL_TOO_LARGE"),
    "input of 1e9.h5": (layer("picture", batch_shape=[None, 10**9, 10**9, 3]), "MODEL_TOO_LARGE"),
    "scaled by a large matrix.h5": (
        alone((10_000, 8, 3), "Resizing", height=10**6, width=8, interpolation="lanczos3"),
        "MODEL_TOO_LARGE",
    ),
    "normalised over everything.h5": (
        alone((4096, 4096, 8), "LayerNormalization", axis=[1, 2, 3], epsilon=1e-3, center=False, scale=False),
        "MODEL_TOO_LARGE",
    ),
    "deep JSON.h5": (with_config(lambda _: deep_config(200_000)), "MODEL_CONFIG_INVALID"),
    "models in models.h5": (deep_models(200), "MODEL_CONFIG_INVALID"),
    "models that call each other twice.h5": (doubling(30), "MODEL_TOO_LARGE"),
    "60,000 layers.h5": (many_layers(60_000), "MODEL_TOO_LARGE"),
    "9,900 layers.h5": (many_layers(9_900), None),
    "two layers of one name.h5": (with_config(twice_named), "MODEL_CONFIG_INVALID"),
    "not JSON.h5": (with_config(lambda _: "__import__('os')"), "MODEL_CONFIG_INVALID"),
    "9 MB of configuration.keras": (
        keras_zip([("config.json", b"[" + b"{}," * (3 * 2**20) + b"{}]"), ("model.weights.h5", weights)], zipfile.ZIP_DEFLATED),
        "MODEL_TOO_LARGE",
    ),
    # archives
    "zip bomb.keras": (
        keras_zip([("config.json", config), ("model.weights.h5", bytes(10**8))], zipfile.ZIP_DEFLATED),
        "MODEL_TOO_LARGE",
    ),
    "bomb that lies.keras": (
        zip_field(
            keras_zip([("config.json", config), ("model.weights.h5", bytes(4 * 10**7))], zipfile.ZIP_DEFLATED), 24, 1000
        ),
        "MODEL_DAMAGED",
    ),
    "claims 4 GB.keras": (zip_field(keras_zip(archive.items()), 24, 0xFFFFFFF0), "MODEL_TOO_LARGE"),
    "claims 1 TB by ZIP64.keras": (zip64_claim(), "MODEL_TOO_LARGE"),
    "entry beyond the file.keras": (zip_field(keras_zip(archive.items()), 42, 0x7FFFFFFF), "MODEL_DAMAGED"),
    "overlapping entries.keras": (overlapping(), "MODEL_DAMAGED"),
    "archive in archive.keras": (entry_of_itself(), "MODEL_DAMAGED"),
    "two entries of one name.keras": (
        keras_zip([*archive.items(), ("model.weights.h5", weights)]),
        "MODEL_DAMAGED",
    ),
    "changed after its checksum.keras": (patched(keras_zip(archive.items()), kernel[:8], b"\1" * 8), "MODEL_DAMAGED"),
    "paths out of the folder.keras": (keras_zip([(f"../../../{n}", d) for n, d in archive.items()]), None),
}


def main():
    with zipfile.ZipFile(TARGET, "w") as target:

        def add(name, data):
            entry = zipfile.ZipInfo(name, STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, data)

        for name, (data, _) in CASES.items():
            add(name, data)
        add("expected.json", json.dumps({name: code for name, (_, code) in CASES.items()}, indent=1))
        add("config.json", config)
        add("legacy.weights.h5", edited(lambda f: f.attrs.__delitem__("model_config")))
        add("keras3.weights.h5", saved(model, ".weights.h5"))
    print(TARGET, TARGET.stat().st_size)


main()
