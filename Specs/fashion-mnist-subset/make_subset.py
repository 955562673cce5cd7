#!/usr/bin/env python3
"""Makes this folder's data from the full training set of Fashion-MNIST.

    python3 make_subset.py /usr/share/datasets/fashion-mnist [OUTPUT FOLDER]

Takes the first 2,000 training images in the order in which TensorFlow Datasets
serves them: sorted by the MD5 digest of "train" + decimal index. Needs nothing
but Python 3.
"""

import gzip
import hashlib
import struct
import sys
from pathlib import Path

COUNT = 2000
TRAINING_IMAGES = 60000
PIXELS = 28 * 28


def read(path, header):
    """The elements of a gzipped IDX file whose header has to be `header`."""
    with gzip.open(path) as file:
        content = file.read()
    if content[: len(header)] != header:
        sys.exit(f"{path} is not what was expected")
    return content[len(header) :]


def write(path, header, elements):
    """A gzipped IDX file; the same bytes every time."""
    with open(path, "wb") as file:
        with gzip.GzipFile("", "wb", compresslevel=9, fileobj=file, mtime=0) as stream:
            stream.write(header + elements)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    source = Path(sys.argv[1])
    output = Path(sys.argv[2] if len(sys.argv) == 3 else Path(__file__).parent)
    images = read(
        source / "train-images-idx3-ubyte.gz",
        struct.pack(">4B3I", 0, 0, 8, 3, TRAINING_IMAGES, 28, 28),
    )
    labels = read(
        source / "train-labels-idx1-ubyte.gz",
        struct.pack(">4BI", 0, 0, 8, 1, TRAINING_IMAGES),
    )
    order = sorted(
        range(TRAINING_IMAGES), key=lambda index: hashlib.md5(b"train%d" % index).digest()
    )[:COUNT]

    write(
        output / "images-idx3-ubyte.gz",
        struct.pack(">4B3I", 0, 0, 8, 3, COUNT, 28, 28),
        b"".join(images[PIXELS * index : PIXELS * (index + 1)] for index in order),
    )
    write(
        output / "labels-idx1-ubyte.gz",
        struct.pack(">4BI", 0, 0, 8, 1, COUNT),
        bytes(labels[index] for index in order),
    )
    write(
        output / "indices-idx1-int.gz",
        struct.pack(">4BI", 0, 0, 0x0C, 1, COUNT),
        struct.pack(f">{COUNT}i", *order),
    )


main()
