#!/usr/bin/env python3
"""Makes the decisions of Keras's callbacks over many short histories, which ours are held to.

    python make_callback_references.py

Writes `callbacks/decisions.json`: for each callback a list of cases with its `arguments`, the monitored
`values` epoch by epoch (as text; null for a metric that is missing), and what Keras did.
README.md says with which versions it was made. Values are multiples of 1/8 or 1/1000 of small numbers, so
that ties and differences just above and below `min_delta` are frequent.
"""

import json
import math
import os
import random
import tempfile
import warnings
from pathlib import Path

os.environ.update(TF_ENABLE_ONEDNN_OPTS="0", TF_CPP_MIN_LOG_LEVEL="3", KERAS_BACKEND="tensorflow",
                  CUDA_VISIBLE_DEVICES="")
warnings.filterwarnings("ignore")

import keras
import numpy as np

HERE = Path(__file__).resolve().parent
rng = random.Random(20)


class Model:
    """What callbacks touch of a model; its weights are the number of the epoch."""

    def __init__(self, rate=0.1):
        self.stop_training = False
        self.epoch = 0
        self.optimizer = keras.optimizers.SGD(rate)
        self.saved = []

    def get_weights(self):
        return self.epoch

    def set_weights(self, weights):
        self.epoch = weights

    def save_weights(self, path, overwrite=True):
        self.saved.append(os.path.basename(path))


def values(count):
    step = rng.choice([8, 1000])
    out = []
    for _ in range(count):
        draw = rng.random()
        if draw < 0.05:
            out.append(math.nan)
        elif draw < 0.2 and out:
            out.append(out[rng.randrange(len(out))])
        else:
            out.append(rng.randrange(step, 3 * step) / step)
    return out


def shown(values):
    """Numbers as text, since readers of JSON may round them."""
    return [None if v is None else repr(float(v)) for v in values]


def logs(value):
    return {} if value is None else {"val_loss": value}


def early_stopping():
    arguments = dict(
        mode=rng.choice(["min", "max"]), patience=rng.randrange(0, 5),
        min_delta=rng.choice([0, 0, 0.125, -0.125, 0.01, 0.001]),
        baseline=rng.choice([None, None, 1.5, 2.0]), restore_best_weights=rng.random() < 0.5,
        start_from_epoch=rng.choice([0, 0, 0, 2, 3]))
    sequence = values(rng.randrange(1, 14))
    if rng.random() < 0.1:
        sequence = [None if rng.random() < 0.3 else v for v in sequence]
    model = Model()
    callback = keras.callbacks.EarlyStopping(monitor="val_loss", **arguments)
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, value in enumerate(sequence):
        model.epoch = epoch
        callback.on_epoch_end(epoch, logs(value))
        if model.stop_training:
            break
    callback.on_train_end()
    return dict(arguments=arguments, values=shown(sequence), epochs=epoch + 1, stopped=model.stop_training,
                final_weights=model.epoch)


def plateau():
    arguments = dict(
        mode=rng.choice(["min", "max"]), patience=rng.randrange(0, 4), factor=rng.choice([0.1, 0.5, 0.3]),
        cooldown=rng.choice([0, 0, 1, 2, 3]), min_lr=rng.choice([0.0, 0.0, 0.001, 0.02]),
        min_delta=rng.choice([1e-4, 1e-4, 0.125, 0.001]))
    sequence = values(rng.randrange(3, 16))
    rate = rng.choice([0.1, 0.01, 0.001, 0.3])
    model = Model(rate)
    callback = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", **arguments)
    callback.set_model(model)
    callback.on_train_begin()
    rates, logged = [], []
    for epoch, value in enumerate(sequence):
        seen = logs(value)
        callback.on_epoch_end(epoch, seen)
        logged.append(seen["learning_rate"])
        rates.append(float(np.asarray(model.optimizer.learning_rate)))
    return dict(arguments=arguments, rate=rate, values=shown(sequence), rates=shown(rates), logged=shown(logged))


def checkpoint():
    arguments = dict(
        mode=rng.choice(["min", "max"]), save_best_only=rng.random() < 0.8,
        initial_value_threshold=rng.choice([None, None, 1.5, 2.0]))
    sequence = values(rng.randrange(1, 12))
    if rng.random() < 0.2:
        sequence = [None if rng.random() < 0.3 else v for v in sequence]
    model = Model()
    with tempfile.TemporaryDirectory() as folder:
        callback = keras.callbacks.ModelCheckpoint(
            folder + "/{epoch:03d}.weights.h5", monitor="val_loss", save_weights_only=True, **arguments)
        callback.set_model(model)
        callback.on_train_begin()
        for epoch, value in enumerate(sequence):
            callback.on_epoch_begin(epoch)
            callback.on_epoch_end(epoch, logs(value))
    return dict(arguments=arguments, values=shown(sequence), saved=[int(name[:3]) for name in model.saved])


def checkpoint_by_steps():
    """`save_freq` in steps: which steps, counted over all epochs from 1, save."""
    frequency, steps, epochs = rng.randrange(1, 9), rng.randrange(1, 7), rng.randrange(1, 5)
    best_only = rng.random() < 0.5
    losses = [rng.randrange(8, 24) / 8 for _ in range(steps * epochs)]
    model = Model()
    with tempfile.TemporaryDirectory() as folder:
        callback = keras.callbacks.ModelCheckpoint(
            folder + "/{epoch:03d}-{batch:03d}.weights.h5", monitor="loss", mode="min", save_weights_only=True,
            save_best_only=best_only, save_freq=frequency)
        callback.set_model(model)
        callback._set_monitor_op()
        for epoch in range(epochs):
            callback.on_epoch_begin(epoch)
            for batch in range(steps):
                callback.on_train_batch_end(batch, {"loss": losses[epoch * steps + batch]})
            callback.on_epoch_end(epoch, {"loss": 1.0})
    return dict(frequency=frequency, steps=steps, epochs=epochs, best_only=best_only, losses=shown(losses),
                saved=[name[:7] for name in model.saved])


def csv_logger(separator, validates):
    history = [{"loss": 1.25 / (e + 1), "accuracy": 0.1 * e, "mae": 1e-7 * e} for e in range(4)]
    if validates:
        history = [dict(h, val_loss=float(np.float32(0.3)) * (e + 1), val_accuracy=1e20) for e, h in enumerate(history)]
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/log.csv"
        callback = keras.callbacks.CSVLogger(path, separator=separator)
        callback.set_model(Model())
        callback.on_train_begin()
        for epoch, entry in enumerate(history):
            callback.on_epoch_end(epoch, entry)
        callback.on_train_end()
        with open(path, newline="") as file:
            text = file.read()
    return dict(separator=separator, history=[dict(zip(h, shown(h.values()))) for h in history], text=text)


decisions = dict(
    early_stopping=[early_stopping() for _ in range(400)],
    reduce_lr_on_plateau=[plateau() for _ in range(200)],
    model_checkpoint=[checkpoint() for _ in range(150)],
    model_checkpoint_by_steps=[checkpoint_by_steps() for _ in range(40)],
    csv_logger=[csv_logger(",", True), csv_logger(";", False)])
(HERE / "callbacks").mkdir(exist_ok=True)
with open(HERE / "callbacks" / "decisions.json", "w") as file:
    file.write("{\n")
    for index, (name, cases) in enumerate(decisions.items()):
        file.write(f'"{name}": [\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]")
        file.write(",\n" if index < len(decisions) - 1 else "\n")
    file.write("}\n")
print({name: len(cases) for name, cases in decisions.items()}, "Keras", keras.__version__)
