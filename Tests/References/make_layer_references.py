#!/usr/bin/env python3
"""Makes the reference numbers that single layers are tested against, with Keras.

    python make_layer_references.py [KIND ...]

Each file of `layer_cases/` is named after a layer kind and lists cases in `CASES`: arguments and the
shapes of inputs. What Keras makes of them goes to `layers/KIND.json` and `layers/KIND.safetensors`;
README.md says what is in them, and with which versions they were made. A new kind needs a new file
in `layer_cases/` and nothing else.

    from layer_case import Case, grid

    CASES = [
        Case("same", (5, 4, 3), kernel_size=3, padding="same"),
        *grid("strided", (7, 6, 3), strides=[2, [1, 2]], kernel_size=[2, 3]),
        Case("two inputs", (4, 4, 3), (4, 4, 3)),
        Case("evaluated only", (4, 4, 3), rate=0.5, training=False),
    ]
"""

import argparse
import importlib
import json
import os
import re
import sys
import zlib
from pathlib import Path

os.environ.update(TF_ENABLE_ONEDNN_OPTS="0", TF_CPP_MIN_LOG_LEVEL="3", KERAS_BACKEND="tensorflow",
                  CUDA_VISIBLE_DEVICES="")

import numpy as np

HERE = Path(__file__).resolve().parent
CASES, LAYERS = HERE / "layer_cases", HERE / "layers"

# Kinds whose class is not the one that their words make.
CLASSES = {"relu": "ReLU", "leaky_relu": "LeakyReLU", "elu": "ELU", "prelu": "PReLU"}


def class_name(kind):
    return CLASSES.get(kind) or "".join(
        "2D" if part == "2d" else part.removesuffix("2d").capitalize() + ("2D" if part.endswith("2d") else "")
        for part in kind.split("_"))


def word(value):
    """A value as the spec language writes it in a line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_]*", value):
        return value
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(word(v) for v in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {word(v)}" for k, v in value.items()) + "}"
    return json.dumps(value)


def keras_value(value):
    """Lists of the spec language are Keras's tuples."""
    return tuple(keras_value(v) for v in value) if isinstance(value, (list, tuple)) else value


def codes(rng, name, shape):
    """Small integers; a tensor is a 64th of them, so that float32 holds it, and an int8 its code."""
    if name in ("gamma", "moving_variance", "variance"):
        return rng.integers(32, 97, shape).astype(np.int8)
    return rng.integers(-100, 101, shape).astype(np.int8)


def run(kind, case, tensors):
    import keras
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")
    keras.backend.clear_session()
    rng = np.random.default_rng(zlib.crc32(f"{kind}/{case.name}".encode()))
    inputs = [keras.Input(shape) for shape in case.inputs]
    arguments = {k: keras_value(v) for k, v in (case.keras or case.arguments).items()}
    layer = getattr(keras.layers, class_name(kind))(**arguments)
    output = layer(inputs if len(inputs) > 1 else inputs[0])
    model = keras.Model(inputs, output)

    def keep(name, values):
        tensors[f"{case.name}|{name}"] = np.ascontiguousarray(values)

    weights = {v.name: v for v in layer.weights}
    for name, variable in weights.items():
        coded = codes(rng, name, variable.shape)
        keep(f"weight/{name}", coded)
        variable.assign(coded.astype(np.float32) / 64)
    x = []
    for index, shape in enumerate(case.inputs):
        coded = codes(rng, "x", (case.batch, *shape))
        keep(f"input/{index}", coded)
        x.append(coded.astype(np.float32) / 64)
    keep("output", model(x, training=False).numpy().astype(np.float32))

    record = {
        "name": case.name,
        "layer": f"{kind}: {word(case.arguments)}" if case.arguments else kind,
        "inputs": [list(shape) for shape in case.inputs],
        "batch": case.batch,
        "output": list(output.shape[1:]),
        "parameters": layer.count_params(),
        "trainable": sum(int(np.prod(v.shape)) for v in layer.trainable_weights),
        "class": type(layer).__name__,
    }
    if not case.training:
        return record

    coded = codes(rng, "target", (case.batch, *output.shape[1:]))
    keep("target", coded)
    target = coded.astype(np.float32) / 64
    variables = [tf.Variable(v) for v in x]

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            y = model(list(variables), training=True)
            penalties = sum(model.losses) if model.losses else 0.0
            loss = tf.reduce_mean(tf.square(y - target)) + penalties
        sources = variables + [v.value for v in layer.trainable_weights]
        return loss, tape.gradient(loss, sources)

    loss, gradients = step()
    record["loss"] = float(loss.numpy())
    names = [f"input/{i}" for i in range(len(x))] + [f"weight/{v.name}" for v in layer.trainable_weights]
    for name, gradient in zip(names, gradients):
        keep(f"gradient/{name}", gradient.numpy().astype(np.float32))
    for variable in layer.non_trainable_weights:
        keep(f"after/{variable.name}", variable.numpy().astype(np.float32))
    return record


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="only these")
    known = sorted(path.stem for path in CASES.glob("*.py") if path.stem != "layer_case")
    kinds = parser.parse_args().kinds or known
    if unknown := set(kinds) - set(known):
        parser.error(f"no cases of {', '.join(sorted(unknown))}")
    from safetensors.numpy import save_file

    sys.path.insert(0, str(CASES))
    LAYERS.mkdir(exist_ok=True)
    for kind in kinds:
        cases = importlib.import_module(kind).CASES
        assert len({case.name for case in cases}) == len(cases), f"{kind}: two cases of one name"
        tensors = {}
        records = [run(kind, case, tensors) for case in cases]
        text = ",\n".join(json.dumps(record) for record in records)
        (LAYERS / f"{kind}.json").write_text(f"[\n{text}\n]\n")
        save_file(tensors, LAYERS / f"{kind}.safetensors")
        (LAYERS / f"{kind}.safetensors").chmod(0o644)
        size = (LAYERS / f"{kind}.safetensors").stat().st_size
        print(f"{kind}: {len(records)} cases, {size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main()
