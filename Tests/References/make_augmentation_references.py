#!/usr/bin/env python3
"""Makes the images that augmentations are tested against, with Keras's own layers and given draws.

    python make_augmentation_references.py

Keras's layers take what they would draw as an argument of `transform_images`. What they make of images
with it goes to `augmentations/images.json` and `augmentations/images.safetensors`: `CASE|x` in 64ths and
`CASE|y`, for each sample a row. Versions are those of README.md.
"""

import json
import os
import zlib
from pathlib import Path

os.environ.update(TF_ENABLE_ONEDNN_OPTS="0", TF_CPP_MIN_LOG_LEVEL="3", KERAS_BACKEND="tensorflow",
                  CUDA_VISIBLE_DEVICES="")

import numpy as np

FOLDER = Path(__file__).resolve().parent / "augmentations"
SHAPES = [(6, 5, 3), (7, 8, 1), (3, 4, 20)]
# None puts a pixel half-way between others, where rounding decides which is the nearest.
TRANSLATIONS = [(0.21, -0.37), (-0.83, 0.94), (0.0, 0.29), (0.57, 0.23)]
TURNS = [0.037, -0.21, 0.49, 0.27]
ZOOMS = [(0.31, -0.43), (-0.77, 0.83), (-0.23, -0.23)]
CONTRASTS = [0.0, 0.43, 1.0, 1.9]
BRIGHTNESSES = [-0.3, 0.0, 0.21]


def main():
    import keras
    from keras import layers
    from safetensors.numpy import save_file

    records, tensors = [], {}

    def keep(kind, shape, draws, transform, **arguments):
        name = f"{kind} {len(records)}"
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        coded = rng.integers(-100, 101, (len(draws), *shape)).astype(np.int8)
        images = keras.ops.convert_to_tensor(coded.astype(np.float32) / 64)
        tensors[f"{name}|x"] = coded
        tensors[f"{name}|y"] = np.ascontiguousarray(transform(images), dtype=np.float32)
        records.append(dict(name=name, kind=kind, shape=shape, draws=draws, **arguments))

    for shape in SHAPES:
        height, width, _ = shape
        for fill in ("constant", "nearest", "reflect", "wrap"):
            for interpolation in ("nearest", "bilinear"):
                sampling = dict(fill_mode=fill, interpolation=interpolation, fill_value=0.375)
                translation = layers.RandomTranslation(0.5, 0.5, **sampling)
                moves = np.array([[w * width, h * height] for h, w in TRANSLATIONS], np.float32)
                keep("translation", shape, TRANSLATIONS, lambda images: translation.transform_images(
                    images, {"translations": keras.ops.convert_to_tensor(moves), "input_shape": images.shape}),
                    **sampling)
                rotation = layers.RandomRotation(0.5, **sampling)
                zeros = np.zeros(len(TURNS), np.float32)
                matrix = rotation._compute_affine_matrix(
                    center_x=0.5, center_y=0.5, angle=keras.ops.convert_to_tensor(np.array(TURNS, np.float32) * 360),
                    translate_x=zeros, translate_y=zeros, scale=zeros + 1, shear_x=zeros, shear_y=zeros, height=height,
                    width=width)
                keep("rotation", shape, [[turns, 0] for turns in TURNS], lambda images: rotation.transform_images(
                    images, {"rotation_matrix": matrix}), **sampling)
                zoom = layers.RandomZoom(0.5, 0.5, **sampling)
                factors = np.array(ZOOMS, np.float32) + 1
                keep("zoom", shape, ZOOMS, lambda images: zoom.transform_images(
                    images, {"height_zoom": factors[:, :1], "width_zoom": factors[:, 1:], "input_shape": images.shape}),
                    **sampling)
        contrast = layers.RandomContrast(0.5, value_range=(-1.25, 1.0))
        keep("contrast", shape, [[f, 0] for f in CONTRASTS], lambda images: contrast.transform_images(
            images, {"contrast_factor": np.array(CONTRASTS, np.float32).reshape(-1, 1, 1, 1)}))
        brightness = layers.RandomBrightness(0.5, value_range=(-1.25, 1.0))
        delta = np.array(BRIGHTNESSES, np.float32).reshape(-1, 1, 1, 1) * 2.25
        keep("brightness", shape, [[f, 0] for f in BRIGHTNESSES], lambda images: brightness.transform_images(
            images, {"rgb_delta": delta}))

    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "images.json").write_text("[\n" + ",\n".join(json.dumps(record) for record in records) + "\n]\n")
    save_file(tensors, FOLDER / "images.safetensors")
    (FOLDER / "images.safetensors").chmod(0o644)
    print(f"{len(records)} cases")


if __name__ == "__main__":
    main()
