"""Makes src/formats/fixtures/hdf5.zip: HDF5 files that use each way of storing, with what h5py reads from them.

    python training/hdf5_fixtures.py

Written by h5py in its default format and in the latest one, so that both generations of every structure are there.
"""

import io
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np

TARGET = Path(__file__).parent.parent / "src/formats/fixtures/hdf5.zip"

rng = np.random.default_rng(7)
grid = rng.integers(-99, 99, (7, 5, 3)).astype("f4") / 4


def types(file):
    for name in ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "f2", "f4", "f8", ">i2", ">i4", ">i8", ">f2", ">f4", ">f8"]:
        file.create_dataset(name.replace(">", "big_"), data=grid.astype(np.dtype(name)))
    file.create_dataset("bool", data=grid > 0)
    file.create_dataset("scalar", data=np.float32(2.5))
    file.create_dataset("empty", data=np.zeros((0, 3), "f4"))
    file.create_dataset("named", data=grid[0])
    file["a named type"] = np.dtype("f4")
    file.create_dataset("of a named type", data=grid[0], dtype=file["a named type"])


def layouts(file):
    file.create_dataset("contiguous", data=grid)
    file.create_dataset("unwritten", (4, 3), "f4")
    file.create_dataset("filled", (4, 3), "f4", fillvalue=1.5)
    file.create_dataset("chunks never written", (9, 3), "f4", chunks=(2, 2), fillvalue=-2.0)
    some = file.create_dataset("some chunks", (9, 3), "f4", chunks=(2, 2), fillvalue=9.0)
    some[4:6, :2] = 1.0
    file.create_dataset("overhanging chunks", data=grid, chunks=(4, 2, 2))
    file.create_dataset("one chunk", data=grid, chunks=grid.shape)
    file.create_dataset("one packed chunk", data=grid, chunks=grid.shape, compression="gzip")
    file.create_dataset("many chunks", data=np.arange(3000, dtype="f4"), chunks=(2,))
    file.create_dataset("many packed chunks", data=np.arange(6000, dtype="f4"), chunks=(3,), compression="gzip")
    two = {"maxshape": (None, None, 3), "chunks": (2, 2, 3)}
    file.create_dataset("two axes may grow", data=grid, **two)
    file.create_dataset("two axes may grow, packed", data=grid, compression="gzip", **two)
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple((3, 5))
    h5py.h5d.create(file.id, b"compact", h5py.h5t.IEEE_F32LE, space, compact).write(
        h5py.h5s.ALL, h5py.h5s.ALL, np.ascontiguousarray(grid[0].T)
    )


def filters(file):
    chunks = (4, 3, 2)
    file.create_dataset("gzip", data=grid, chunks=chunks, compression="gzip", compression_opts=9)
    file.create_dataset("shuffle", data=grid, chunks=chunks, shuffle=True)
    file.create_dataset("shuffle and gzip", data=grid, chunks=chunks, compression="gzip", shuffle=True)
    file.create_dataset("fletcher32", data=grid, chunks=chunks, fletcher32=True)
    file.create_dataset("all", data=grid, chunks=chunks, compression="gzip", shuffle=True, fletcher32=True)
    file.create_dataset("fletcher32 of odd length", data=grid.astype("i1"), chunks=(7, 5, 3), fletcher32=True)
    file.create_dataset("lzf", data=np.tile(grid, (20, 1, 1)), chunks=(64, 5, 3), compression="lzf")
    file.create_dataset("lzf and shuffle", data=np.tile(grid, (9, 1, 1)), compression="lzf", shuffle=True)


def groups(file):
    many = file.create_group("many")
    for i in range(300):
        many.create_group(f"layer {i}")
    ordered = file.create_group("ordered", track_order=True)
    for i in range(40):
        ordered.create_group(f"layer {39 - i}")
    deep = file
    for i in range(40):
        deep = deep.create_group(f"d{i}")
    file["by another name"] = many
    file["soft"] = h5py.SoftLink("/many/layer 7")
    many["relative"] = h5py.SoftLink("layer 8")
    file["nowhere"] = h5py.SoftLink("/there/is/none")
    many["layers\\dense/vars"] = np.float32([1, 2])
    many["ünïcode 层"] = np.float32([3])


def attributes(file):
    file.attrs["text"] = "a text, ünïcode 层"
    file.attrs["bytes"] = b"ascii"
    file.attrs["fixed"] = np.array([b"one", b"two and more", b""])
    file.attrs["variable"] = ["one", "", "zwölf"]
    file.attrs["none"] = np.zeros(0)
    file.attrs["no data"] = h5py.Empty("S3")
    file.attrs["number"] = 7
    file.attrs["long"] = "x" * 200_000
    for i in range(3):
        file.attrs[f"split{i}"] = np.array([f"part {i}.{j}".encode() for j in range(2)])
    many = file.create_group("many")
    for i in range(60):
        many.attrs[f"a{i}"] = f"value {i}"
    large = file.create_group("large")
    large.attrs["fixed"] = np.array([b"%06d" % i for i in range(3000)])
    for i in range(12):
        large.attrs[f"a{i}"] = np.array([b"%06d" % i for i in range(900)])


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def contents(data):
    """What h5py reads: texts of attributes, kinds of objects, values of datasets."""
    found = {"groups": {}, "datasets": {}, "attributes": {}}
    with h5py.File(io.BytesIO(data)) as file:

        def about(name, thing):
            if isinstance(thing, h5py.Group):
                found["groups"][name] = sorted(thing)
            elif isinstance(thing, h5py.Dataset):
                values = thing[()]
                found["datasets"][name] = {
                    "type": values.dtype.newbyteorder("=").name,
                    "shape": thing.shape,
                    "values": np.asarray(values, "f8").ravel().tolist(),
                }
            for key, value in thing.attrs.items():
                if isinstance(value, h5py.Empty) or np.size(value) == 0:
                    found["attributes"][f"{name}@{key}"] = []
                elif isinstance(value, (str, bytes)):
                    found["attributes"][f"{name}@{key}"] = [text(value)]
                elif np.asarray(value).dtype.kind in "SO":
                    found["attributes"][f"{name}@{key}"] = [text(item) for item in value]

        about("", file)
        file.visititems(about)
    return found


def main():
    expected = {}
    TARGET.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(TARGET, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name, data):
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)

        for make in [types, layouts, filters, groups, attributes]:
            for libver in ["earliest", "v108", "latest"]:
                buffer = io.BytesIO()
                with h5py.File(buffer, "w", libver=libver) as file:
                    make(file)
                name = f"{make.__name__} {libver}.h5"
                add(name, buffer.getvalue())
                expected[name] = contents(buffer.getvalue())
        buffer = io.BytesIO()
        with h5py.File(buffer, "w", libver="latest") as file:
            file.create_dataset("one axis may grow", data=grid, maxshape=(None, 5, 3), chunks=(2, 5, 3))
        add("growing.h5", buffer.getvalue())
        add("expected.json", json.dumps({"h5py": h5py.__version__, "files": expected}))
    print(TARGET, TARGET.stat().st_size)


main()
