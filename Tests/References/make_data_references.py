#!/usr/bin/env python3
"""Makes the files that the readers of data are tested with, and what other programs read from them.

    python make_data_references.py

Images: `images/cases.json` lists files of `images/` with what Pillow and TensorFlow decode them to; the pixels
are in `images/expected.bin`. PNG files are written by the few lines below, since Pillow does not write all
color types, depths and interlacing. `images/folder` is what Keras's `image_dataset_from_directory` is given, and
`images/folder.bin` what it makes of it. Arrays: `arrays/*.npy`, `arrays/*.npz`, by NumPy, with their values as
float64 in `arrays/expected.bin`.

It prints the largest differences between Pillow and TensorFlow. Versions are those of README.md, and Pillow 13.0.
"""

import io
import json
import os
import shutil
import struct
import zlib
from pathlib import Path

os.environ.update(TF_ENABLE_ONEDNN_OPTS="0", TF_CPP_MIN_LOG_LEVEL="3", KERAS_BACKEND="tensorflow",
                  CUDA_VISIBLE_DEVICES="")

import keras
import numpy as np
import tensorflow as tf
from PIL import Image, ImageOps

FOLDER = Path(__file__).resolve().parent
IMAGES = FOLDER / "images"
ARRAYS = FOLDER / "arrays"
GRAY, RGB, PALETTE, GRAY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GRAY: 1, RGB: 3, PALETTE: 1, GRAY_ALPHA: 2, RGBA: 4}
DEPTHS = {GRAY: (1, 2, 4, 8, 16), RGB: (8, 16), PALETTE: (1, 2, 4, 8), GRAY_ALPHA: (8, 16), RGBA: (8, 16)}
NAMES = {GRAY: "gray", RGB: "rgb", PALETTE: "palette", GRAY_ALPHA: "gray-alpha", RGBA: "rgba"}
# Adam7: first row and column, and the steps, of each pass.
PASSES = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def packed(rows, depth, rng):
    """Scan lines of samples `[height, width, channels]`, each with a filter drawn for it."""
    out = b""
    size = max(1, depth * rows.shape[2] // 8)
    before = None
    for row in rows:
        flat = row.reshape(-1)
        if depth == 16:
            line = flat.astype(">u2").tobytes()
        elif depth == 8:
            line = flat.astype(np.uint8).tobytes()
        else:
            bits = "".join(f"{value:0{depth}b}" for value in flat)
            bits += "0" * (-len(bits) % 8)
            line = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
        kind = int(rng.integers(0, 5)) if depth >= 8 else 0
        up = before or bytes(len(line))
        left = bytes(size) + line[:-size] if len(line) > size else bytes(len(line))
        corner = bytes(size) + up[:-size] if len(line) > size else bytes(len(line))

        def paeth(a, b, c):
            p = a + b - c
            return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]

        guess = [bytes(len(line)), left, up, bytes((a + b) // 2 for a, b in zip(left, up)),
                 bytes(paeth(a, b, c) for a, b, c in zip(left, up, corner))][kind]
        out += bytes([kind]) + bytes((x - g) & 255 for x, g in zip(line, guess))
        before = line
    return out


def png(samples, color, depth, interlaced=False, extra=(), rng=None):
    height, width = samples.shape[:2]
    rng = rng or np.random.default_rng(height * width + depth)
    if interlaced:
        parts = [samples[y::dy, x::dx] for y, x, dy, dx in PASSES]
        data = b"".join(packed(part, depth, rng) for part in parts if part.size)
    else:
        data = packed(samples, depth, rng)
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    body = zlib.compress(data, 9)
    half = len(body) // 2
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(chunk(*e) for e in extra)
            + chunk(b"IDAT", body[:half]) + chunk(b"IDAT", body[half:]) + chunk(b"IEND", b""))


def exif(orientation, order=">"):
    mark = b"MM\0*" if order == ">" else b"II*\0"
    return mark + struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


class Cases:
    def __init__(self):
        self.records, self.blob, self.differences = [], b"", {}

    def add(self, name, data, rgb, gray, source):
        (IMAGES / name).write_bytes(data)
        rgb, gray = (np.ascontiguousarray(a, dtype=np.uint8) for a in (rgb, gray))
        assert rgb.shape[:2] == gray.shape[:2] and rgb.shape[2] == 3 and gray.ndim == 2, name
        self.records.append(dict(
            file=name, source=source, height=rgb.shape[0], width=rgb.shape[1], rgb=len(self.blob),
            grayscale=len(self.blob) + rgb.size))
        self.blob += rgb.tobytes() + gray.tobytes()

    def note(self, what, a, b):
        worst = int(np.abs(np.asarray(a).astype(int) - np.asarray(b).astype(int)).max())
        self.differences[what] = max(self.differences.get(what, 0), worst)


def luma(rgb):
    return np.array(Image.fromarray(rgb).convert("L"))


def make_images():
    cases = Cases()
    rng = np.random.default_rng(20)

    def add_png(name, samples, color, depth, **more):
        data = png(samples, color, depth, **more)
        rgb = tf.io.decode_png(data, channels=3).numpy()
        # Gray images stay as they are; the gray of others is that of Pillow, within 1 of TensorFlow's.
        gray = rgb[..., 0] if color in (GRAY, GRAY_ALPHA) else luma(rgb)
        cases.note("png, gray: TensorFlow", gray, tf.io.decode_png(data, channels=1).numpy()[..., 0])
        if depth <= 8:
            image = Image.open(io.BytesIO(data))
            image.load()
            mode = {"P": "RGB", "LA": "L", "RGBA": "RGB"}.get(image.mode, image.mode)
            if image.mode in ("LA", "RGBA"):
                pillow = np.array(image)[..., :-1]
                pillow = pillow.repeat(3, 2) if pillow.shape[2] == 1 else pillow
            else:
                pillow = np.array(image.convert(mode).convert("RGB"))
            cases.note("png, rgb: Pillow", rgb, pillow)
        cases.add(f"{name}.png", data, rgb, gray, "TensorFlow, Pillow")

    for color, depths in DEPTHS.items():
        for depth in depths:
            for interlaced in (False, True):
                size = (5, 7) if not interlaced else (9, 10)
                extra = []
                top = 1 << depth
                if color == PALETTE:
                    top = min(top, 11)
                    extra = [(b"PLTE", rng.integers(0, 256, 3 * top, dtype=np.uint8).tobytes())]
                samples = rng.integers(0, top, (*size, CHANNELS[color]))
                add_png(f"{NAMES[color]}-{depth}{'-interlaced' if interlaced else ''}", samples, color, depth,
                        interlaced=interlaced, extra=extra)
    palette = (b"PLTE", rng.integers(0, 256, 12, dtype=np.uint8).tobytes())
    add_png("palette-transparent", rng.integers(0, 4, (5, 6, 1)), PALETTE, 2,
            extra=[palette, (b"tRNS", bytes([0, 128, 255]))])
    add_png("gray-transparent", rng.integers(0, 4, (5, 6, 1)), GRAY, 8, extra=[(b"tRNS", struct.pack(">H", 2))])
    add_png("rgb-transparent", rng.integers(0, 2, (5, 6, 3)), RGB, 8, extra=[(b"tRNS", struct.pack(">HHH", 1, 1, 1))])
    add_png("gamma", rng.integers(0, 256, (4, 5, 3)), RGB, 8, extra=[(b"gAMA", struct.pack(">I", 100000))])
    add_png("one-pixel", rng.integers(0, 256, (1, 1, 3)), RGB, 8)
    add_png("one-pixel-interlaced", rng.integers(0, 256, (1, 1, 1)), GRAY, 8, interlaced=True)

    # Photographs are smooth, with an edge or two.
    y, x = np.mgrid[0:23, 0:37]
    photo = np.stack([128 + 100 * np.sin(x / 5 + y / 9), 128 + 90 * np.cos(y / 4), np.where(x > 20, 200, 40) + y], -1)
    photo = np.clip(photo + rng.normal(0, 6, photo.shape), 0, 255).astype(np.uint8)

    def add_jpeg(name, image, **options):
        out = io.BytesIO()
        Image.fromarray(image).save(out, "JPEG", **options)
        data = out.getvalue()
        upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        rgb = np.array(upright.convert("RGB"))
        plain = tf.io.decode_jpeg(data, channels=1, dct_method="INTEGER_ACCURATE").numpy()[..., 0]
        value = options.get("exif")
        turned = Image.fromarray(plain)
        if value:
            turned.info["exif"] = value
            tag = turned.getexif()
            tag[0x0112] = Image.open(io.BytesIO(data)).getexif()[0x0112]
            turned = ImageOps.exif_transpose(turned)
        else:
            cases.note("jpeg, rgb: TensorFlow", rgb,
                       tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE").numpy())
        cases.add(f"{name}.jpg", data, rgb, np.array(turned), "Pillow; gray by TensorFlow")

    for name, sampling in (("444", 0), ("422", 1), ("420", 2)):
        add_jpeg(name, photo, quality=88, subsampling=sampling)
        add_jpeg(f"{name}-progressive", photo, quality=75, subsampling=sampling, progressive=True)
    add_jpeg("gray", photo[..., 0], quality=90)
    add_jpeg("gray-progressive", photo[..., 1], quality=60, progressive=True, optimize=True)
    add_jpeg("restarts", photo, quality=80, restart_marker_rows=1)
    add_jpeg("eight-pixels", photo[:8, :8], quality=70)
    add_jpeg("one-pixel", photo[:1, :1], quality=95)
    for orientation in range(1, 9):
        order = ">" if orientation % 2 else "<"
        add_jpeg(f"exif-{orientation}", photo[:10, :14], quality=85, subsampling=0,
                 exif=b"Exif\0\0" + exif(orientation, order))

    inks = np.concatenate([photo, 255 - photo[..., :1]], -1)
    for name, inverted in (("cmyk-adobe", True), ("cmyk", False)):
        out = io.BytesIO()
        Image.fromarray(inks, "CMYK").save(out, "JPEG", quality=90)
        data = out.getvalue()
        if not inverted:
            # Without Adobe's segment the same samples mean inks as they are.
            start = data.index(b"\xff\xee")
            data = data[:start] + data[start + 2 + int.from_bytes(data[start + 2:start + 4], "big"):]
        rgb = tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE").numpy()
        cases.add(f"{name}.jpg", data, rgb, luma(rgb), "TensorFlow; gray by Pillow")

    # A PNG that is stored lying down.
    samples = rng.integers(0, 256, (4, 6, 3))
    data = png(samples, RGB, 8, extra=[(b"eXIf", exif(6))])
    upright = np.array(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))
    cases.add("exif.png", data, upright, luma(upright), "Pillow")

    (IMAGES / "expected.bin").write_bytes(cases.blob)
    (IMAGES / "cases.json").write_text("[\n" + ",\n".join(json.dumps(r) for r in cases.records) + "\n]\n")
    for what, worst in cases.differences.items():
        print(f"{what} differs by at most {worst}")
    make_folder(rng, photo)


def decoded(contents, channels):
    """As the cases are decoded: Pillow's pixels, which have the accurate inverse DCT; TensorFlow's default is a fast one."""
    def read(data):
        image = Image.open(io.BytesIO(data.numpy()))
        if channels == 1 and image.format == "JPEG":
            image.draft("L", image.size)
        pixels = np.array(image.convert("RGB" if channels == 3 else "L"))
        return pixels.reshape(*pixels.shape[:2], channels)

    pixels = tf.py_function(read, [contents], tf.uint8)
    pixels.set_shape((None, None, channels))
    return pixels


def make_folder(rng, photo):
    """What Keras makes of a folder of images of many sizes."""
    root = IMAGES / "folder"
    sizes = [(12, 9), (8, 6), (23, 37), (5, 4), (1, 1), (30, 3)]
    for place, name in enumerate(["b/two.png", "b/one.jpg", "a/10.png", "a/9.png", "c/deep/x.png", "c/y.jpg"]):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        height, width = sizes[place]
        if name.endswith(".jpg"):
            Image.fromarray(np.resize(photo, (height, width, 3))).save(path, "JPEG", quality=80)
        else:
            Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(path, "PNG")
    record = dict(height=8, width=6, sets=[])
    blob = b""
    for mode in ("rgb", "grayscale"):
        def load():
            data = keras.utils.image_dataset_from_directory(
                root, image_size=(8, 6), color_mode=mode, shuffle=False, batch_size=16, verbose=False)
            return data, *[(x.numpy(), y.numpy()) for x, y in data][0]

        fast = load()[1]
        own = tf.image.decode_image
        tf.image.decode_image = lambda contents, channels, **_: decoded(contents, channels)
        data, images, labels = load()
        tf.image.decode_image = own
        print(f"folder, {mode}: TensorFlow's own decoding differs by at most {np.abs(fast - images).max():.2f}")
        names = [str(Path(path).relative_to(root)) for path in data.file_paths]
        record["sets"].append(dict(
            mode=mode, offset=len(blob), labels=labels.tolist(), files=names, classes=data.class_names))
        blob += images.astype("<f4").tobytes()
    (IMAGES / "folder.json").write_text(json.dumps(record, indent=1) + "\n")
    (IMAGES / "folder.bin").write_bytes(blob)


def make_arrays():
    rng = np.random.default_rng(21)
    records, blob = [], b""

    def add(name, array, values=None, write=None):
        nonlocal blob
        path = ARRAYS / name
        (write or np.save)(path, array)
        values = np.asarray(array if values is None else values, dtype="<f8")
        records.append(dict(file=name, shape=list(values.shape), offset=len(blob)))
        blob += np.ascontiguousarray(values).tobytes()

    shape = (3, 4, 5, 2)
    for kind in ("u1", "<u2", ">u2", "<i1", "<i2", ">i4", "<u4", "<i8", ">u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"):
        dtype = np.dtype(kind)
        low, high = (0, 200) if dtype.kind == "u" else (-100, 100)
        array = rng.integers(low, high, shape).astype(dtype)
        if dtype.kind == "f":
            array = (rng.normal(0, 50, shape)).astype(dtype)
        name = kind.replace("<", "little-").replace(">", "big-")
        add(f"{name}.npy", array)
        if kind in ("u1", "<f4"):
            add(f"{name}-fortran.npy", np.asfortranarray(array))
    add("bool.npy", rng.integers(0, 2, (3, 4, 5)).astype(bool))
    add("flat.npy", rng.integers(0, 256, (6, 12)).astype(np.uint8))

    def version(number):
        def write(path, array):
            with open(path, "wb") as file:
                np.lib.format.write_array(file, array, version=number)
        return write

    add("version-2.npy", rng.integers(0, 256, (2, 3, 3)).astype(np.uint8), write=version((2, 0)))
    add("version-3.npy", rng.integers(0, 256, (2, 3, 3)).astype(np.uint8), write=version((3, 0)))

    images, labels = rng.integers(0, 256, (5, 3, 4)).astype(np.uint8), np.array([0, 2, 1, 2, 0], np.uint8)
    more, others = rng.integers(0, 256, (2, 3, 4)).astype(np.uint8), np.array([[1], [0]], np.int64)
    for name, write in (("stored.npz", np.savez), ("deflated.npz", np.savez_compressed)):
        add(name, images, write=lambda path, array: write(
            path, x_train=array, y_train=labels, x_test=more, y_test=others))
    np.savez(ARRAYS / "one-hot.npz", x=images, y=np.eye(3, dtype=np.float32)[labels])
    np.savez(ARRAYS / "named.npz", pictures=images, kinds=labels.astype(np.float64))
    np.savez(ARRAYS / "medical.npz", train_images=images, train_labels=labels[:, None], val_images=more,
             val_labels=others, test_images=more, test_labels=others)
    np.save(ARRAYS / "objects.npy", np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
    np.save(ARRAYS / "structured.npy", np.zeros(2, dtype=[("a", "u1"), ("b", "<f4")]))
    np.save(ARRAYS / "text.npy", np.array(["a", "b"]))
    (ARRAYS / "expected.bin").write_bytes(blob)
    (ARRAYS / "cases.json").write_text("[\n" + ",\n".join(json.dumps(r) for r in records) + "\n]\n")


def main():
    for folder in (IMAGES, ARRAYS):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    make_images()
    make_arrays()


if __name__ == "__main__":
    main()
