#!/usr/bin/env python3
"""Makes the two files of this folder from scikit-learn's copy of the digits.

    python3 make_digits.py PATH/sklearn/datasets/data/digits.csv.gz

The CSV has a line a digit: 64 values of 0 to 16, row by row, and the digit. No value is changed; the
order is kept.
"""

import gzip
import struct
import sys
import zlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def idx(extents, elements):
    return struct.pack(f">BBBB{len(extents)}I", 0, 0, 8, len(extents), *extents) + bytes(elements)


def write(name, content):
    # No name and no time in the header, so that the same input gives the same bytes.
    packed = zlib.compressobj(9, zlib.DEFLATED, 31, 9)
    path = FOLDER / name
    path.write_bytes(packed.compress(content) + packed.flush())
    print(path.name, path.stat().st_size, "bytes")


def main():
    with gzip.open(sys.argv[1], "rt") as file:
        rows = [[int(value) for value in line.split(",")] for line in file]
    assert len(rows) == 1797 and all(len(row) == 65 and max(row[:64]) <= 16 for row in rows)
    write("images-idx3-ubyte.gz", idx([len(rows), 8, 8], [value for row in rows for value in row[:64]]))
    write("labels-idx1-ubyte.gz", idx([len(rows)], [row[64] for row in rows]))


if __name__ == "__main__":
    main()
