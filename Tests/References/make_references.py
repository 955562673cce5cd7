#!/usr/bin/env python3
"""Makes the reference numbers that cnnrun's training is tested against, with Keras.

Seven small networks are written down twice in this file, once as a cnnrun spec and once as a
Keras model, and trained by Keras for 50 steps. What is kept, a folder for each network, is
described in README.md: starting weights, data, outputs, gradients, the loss of every step, and
how far apart TensorFlow runs lie that ought to be equal.

Made with Python 3.11, tensorflow-cpu 2.21.0, keras 3.15.1, safetensors 0.8.0 and NumPy 2.4.6:

    python -m venv venv
    venv/bin/pip install "tensorflow-cpu==2.21.*" "keras==3.15.*" safetensors
    venv/bin/python make_references.py [--data DIR] [--out DIR] [NET ...]

--data is a folder with Fashion-MNIST's four IDX files, gzipped or not; its default is where
Debian's package dataset-fashion-mnist puts them. It takes about two minutes.
"""

import argparse
import gzip
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
STEPS = 50
FASHION_MNIST = "/usr/share/datasets/fashion-mnist"

# Ways to run: (name, oneDNN, intra-op threads, float type, nudge). The first is the one whose
# numbers are kept; the first four ought to be equal and make the envelope. A nudge is a seed with
# which half of the starting weights are moved to a neighbouring float32.
RUNS = [
    ("plain-1", "0", 1, "float32", 0),
    ("plain-2", "0", 2, "float32", 0),
    ("onednn-1", "1", 1, "float32", 0),
    ("onednn-2", "1", 2, "float32", 0),
    ("float64", "0", 1, "float64", 0),
    ("nudged-1", "0", 1, "float32", 1),
    ("nudged-2", "0", 1, "float32", 2),
    ("nudged-3", "0", 1, "float32", 3),
]
EQUAL = [run[0] for run in RUNS[:4]]
NUDGED = [run[0] for run in RUNS if run[4]]


# ---------------------------------------------------------------------------------------------
# The networks. `spec` and `build` say the same thing twice, so that neither is made from the other.
# ---------------------------------------------------------------------------------------------

class Net:
    name = ""
    spec = ""
    classes = 0                     # 0: the targets are numbers
    loss = "categorical_crossentropy"
    batch = 16
    batches = 4
    # File suffix: (Keras class, arguments). The first is the one that the spec names.
    optimizers = {"": ("Adam", {"learning_rate": 0.001})}
    moving_after = None

    def build(self, layers, Input):
        raise NotImplementedError

    def data(self, rng):
        """Inputs, and labels or targets that can be learned from them."""
        raise NotImplementedError

    def linear_labels(self, rng, x, outputs):
        flat = x.reshape(len(x), -1).astype(np.float64)
        flat = (flat - flat.mean()) / flat.std()
        scores = flat @ (rng.random((flat.shape[1], outputs)) - 0.5)
        return scores / scores.std()


class Reference(Net):
    name = "reference"
    classes = 10
    batch = 64
    optimizers = {
        "": ("Adam", {"learning_rate": 0.001}),
        "sgd": ("SGD", {"learning_rate": 1e-5, "momentum": 0.9, "nesterov": True}),
    }
    spec = """\
# A small Fashion-MNIST classifier on raw 0..255 pixels, without dropout so that it can be compared.
name: reference

data:
  source: fashion_mnist
  order: tfds
  split:
    train: train[:1000]
    validation: train[1000:2000]

model:
  input: [28, 28, 1]
  layers:
    - conv2d: {filters: 32, kernel_size: 5, activation: relu}
    - max_pooling2d: 2
    - conv2d: {filters: 32, kernel_size: 4, padding: same, activation: relu}
    - max_pooling2d: 2
    - conv2d: {filters: 32, kernel_size: 3, activation: relu}
    - flatten
    - dense: 10
    - activation: softmax

training:
  optimizer: {adam: {learning_rate: 0.001}}
  loss: categorical_crossentropy
  metrics: [accuracy]
  batch_size: 64
  epochs: 4
  shuffle: false
  initial_weights: weights.safetensors
"""

    def build(self, L, Input):
        x = inputs = Input((28, 28, 1))
        x = L.Conv2D(32, 5, activation="relu")(x)
        x = L.MaxPooling2D(2)(x)
        x = L.Conv2D(32, 4, padding="same", activation="relu")(x)
        x = L.MaxPooling2D(2)(x)
        x = L.Conv2D(32, 3, activation="relu")(x)
        x = L.Flatten()(x)
        x = L.Dense(10)(x)
        return inputs, L.Activation("softmax")(x)


class Residual(Net):
    name = "residual"
    classes = 5
    moving_after = 5
    spec = """\
# Batch normalization, and a residual branch joined with `add`.
name: residual

model:
  input: [16, 16, 3]
  layers:
    - conv2d: {filters: 8, kernel_size: 3, padding: same, use_bias: false}
    - batch_normalization
    - relu
    - conv2d: {filters: 8, kernel_size: 3, padding: same, use_bias: false}
    - batch_normalization
    - add: {inputs: [batch_normalization_1, re_lu]}
    - relu
    - global_average_pooling2d
    - dense: 5
    - activation: softmax

training:
  optimizer: {adam: {learning_rate: 0.001}}
  loss: categorical_crossentropy
  batch_size: 16
  epochs: 13
  shuffle: false
  initial_weights: weights.safetensors
"""

    def build(self, L, Input):
        inputs = Input((16, 16, 3))
        x = L.Conv2D(8, 3, padding="same", use_bias=False)(inputs)
        x = L.BatchNormalization()(x)
        shortcut = L.ReLU()(x)
        x = L.Conv2D(8, 3, padding="same", use_bias=False)(shortcut)
        x = L.BatchNormalization()(x)
        x = L.Add()([x, shortcut])
        x = L.ReLU()(x)
        x = L.GlobalAveragePooling2D()(x)
        x = L.Dense(5)(x)
        return inputs, L.Activation("softmax")(x)

    def data(self, rng):
        labels = rng.integers(0, self.classes, self.batch * self.batches)
        x = rng.random((len(labels), 16, 16, 3)) - 0.5
        # A class is a tint, and stripes of its own spacing.
        tint = rng.random((self.classes, 3)) - 0.5
        stripes = np.cos(np.arange(16)[None, :] * (labels[:, None] + 1) * 0.5)
        x += 0.4 * tint[labels][:, None, None, :] + 0.5 * stripes[:, None, :, None]
        return x, labels


class Strided(Net):
    name = "strided"
    classes = 7
    optimizers = {"": ("Adam", {"learning_rate": 0.003})}
    spec = """\
# Strides, even `same` kernels, average pooling over edges, channel counts that fill no vector.
name: strided

model:
  input: [17, 15, 2]
  layers:
    - conv2d: {filters: 12, kernel_size: 4, strides: 2, padding: same, activation: relu}
    - average_pooling2d: {pool_size: 3, strides: 2, padding: same}
    - conv2d: {filters: 10, kernel_size: 2, padding: same, activation: relu}
    - average_pooling2d: 2
    - conv2d: {filters: 6, kernel_size: 3, padding: same}
    - flatten
    - dense: 7
    - activation: softmax

training:
  optimizer: {adam: {learning_rate: 0.003}}
  loss: categorical_crossentropy
  batch_size: 16
  epochs: 13
  shuffle: false
  initial_weights: weights.safetensors
"""

    def build(self, L, Input):
        x = inputs = Input((17, 15, 2))
        x = L.Conv2D(12, 4, strides=2, padding="same", activation="relu")(x)
        x = L.AveragePooling2D(3, strides=2, padding="same")(x)
        x = L.Conv2D(10, 2, padding="same", activation="relu")(x)
        x = L.AveragePooling2D(2)(x)
        x = L.Conv2D(6, 3, padding="same")(x)
        x = L.Flatten()(x)
        x = L.Dense(7)(x)
        return inputs, L.Activation("softmax")(x)

    def data(self, rng):
        labels = rng.integers(0, self.classes, self.batch * self.batches)
        x = 2 * rng.random((len(labels), 17, 15, 2)) - 1
        # A class is a brightness that slopes down and across in its own way, in each channel.
        down, across = (rng.random((2, self.classes, 1, 1, 2)) - 0.5)[:, labels]
        x += down * np.linspace(-2, 2, 17)[:, None, None] + across * np.linspace(-2, 2, 15)[:, None]
        return x, labels


class Concat(Net):
    name = "concat"
    classes = 6
    loss = "sparse_categorical_crossentropy"
    optimizers = {"": ("SGD", {"learning_rate": 0.02, "momentum": 0.9, "nesterov": True})}
    spec = """\
# Two branches joined with `concatenate`, overlapping max pooling, inputs of 0..255 scaled in front.
name: concat

model:
  input: [14, 14, 3]
  layers:
    - rescaling: {scale: 0.00392156862745098}
    - conv2d: {filters: 8, kernel_size: 3, padding: same, activation: relu}
    - conv2d: {filters: 5, kernel_size: 5, padding: same, activation: relu, inputs: [rescaling]}
    - concatenate: {inputs: [conv2d, conv2d_1]}
    - max_pooling2d: {pool_size: 3, strides: 2}
    - conv2d: {filters: 9, kernel_size: 3, activation: relu}
    - flatten
    - dense: {units: 16, activation: relu}
    - dense: {units: 6, activation: softmax}

training:
  optimizer: {sgd: {learning_rate: 0.02, momentum: 0.9, nesterov: true}}
  loss: sparse_categorical_crossentropy
  batch_size: 16
  epochs: 13
  shuffle: false
  initial_weights: weights.safetensors
"""

    def build(self, L, Input):
        inputs = Input((14, 14, 3))
        x = L.Rescaling(0.00392156862745098)(inputs)
        a = L.Conv2D(8, 3, padding="same", activation="relu")(x)
        b = L.Conv2D(5, 5, padding="same", activation="relu")(x)
        x = L.Concatenate()([a, b])
        x = L.MaxPooling2D(3, strides=2)(x)
        x = L.Conv2D(9, 3, activation="relu")(x)
        x = L.Flatten()(x)
        x = L.Dense(16, activation="relu")(x)
        return inputs, L.Dense(6, activation="softmax")(x)

    def data(self, rng):
        x = rng.integers(0, 256, (self.batch * self.batches, 14, 14, 3))
        return x, self.linear_labels(rng, x, self.classes).argmax(1)


class Binary(Net):
    name = "binary"
    classes = 2
    loss = "binary_crossentropy"
    batch = 8
    optimizers = {"": ("SGD", {"learning_rate": 0.1, "momentum": 0.9})}
    spec = """\
# One sigmoid output, two classes.
name: binary

model:
  input: [6, 6, 2]
  layers:
    - conv2d: {filters: 4, kernel_size: 3, padding: same, activation: sigmoid}
    - average_pooling2d: 2
    - flatten
    - dense: {units: 8, activation: tanh}
    - dense: 1
    - activation: sigmoid

training:
  optimizer: {sgd: {learning_rate: 0.1, momentum: 0.9}}
  loss: binary_crossentropy
  batch_size: 8
  epochs: 13
  shuffle: false
  initial_weights: weights.safetensors
"""

    def build(self, L, Input):
        x = inputs = Input((6, 6, 2))
        x = L.Conv2D(4, 3, padding="same", activation="sigmoid")(x)
        x = L.AveragePooling2D(2)(x)
        x = L.Flatten()(x)
        x = L.Dense(8, activation="tanh")(x)
        x = L.Dense(1)(x)
        return inputs, L.Activation("sigmoid")(x)

    def data(self, rng):
        x = 2 * rng.random((self.batch * self.batches, 6, 6, 2)) - 1
        return x, (self.linear_labels(rng, x, 1)[:, 0] > 0).astype(np.int64)


class Regression(Net):
    name = "regression"
    loss = "mean_squared_error"
    batch = 8
    # Smooth and tiny, so this is where every optimizer is compared.
    optimizers = {
        "": ("Adam", {"learning_rate": 0.01}),
        "sgd": ("SGD", {"learning_rate": 0.05}),
        "momentum": ("SGD", {"learning_rate": 0.02, "momentum": 0.9}),
        "nesterov": ("SGD", {"learning_rate": 0.02, "momentum": 0.9, "nesterov": True}),
        "rmsprop": ("RMSprop", {"learning_rate": 0.001}),
        "rmsprop-centered": (
            "RMSprop", {"learning_rate": 0.001, "momentum": 0.5, "centered": True}),
        "amsgrad": ("Adam", {"learning_rate": 0.01, "amsgrad": True}),
        "adamw": ("AdamW", {"learning_rate": 0.01, "weight_decay": 0.05}),
        "nadam": ("Nadam", {"learning_rate": 0.01}),
        "adagrad": ("Adagrad", {"learning_rate": 0.05}),
        "lion": ("Lion", {"learning_rate": 0.001}),
        "clipnorm": ("SGD", {"learning_rate": 0.05, "clipnorm": 0.2}),
        "global-clipnorm": ("SGD", {"learning_rate": 0.05, "global_clipnorm": 0.2}),
    }
    spec = """\
# Three linear outputs, learned by squared error.
name: regression

model:
  input: [8, 8, 1]
  layers:
    - conv2d: {filters: 4, kernel_size: 3, activation: tanh}
    - average_pooling2d: 2
    - flatten
    - dense: {units: 6, activation: sigmoid}
    - dense: 3

training:
  optimizer: {adam: {learning_rate: 0.01}}
  loss: mean_squared_error
  batch_size: 8
  epochs: 13
  shuffle: false
  initial_weights: weights.safetensors
"""

    def build(self, L, Input):
        x = inputs = Input((8, 8, 1))
        x = L.Conv2D(4, 3, activation="tanh")(x)
        x = L.AveragePooling2D(2)(x)
        x = L.Flatten()(x)
        x = L.Dense(6, activation="sigmoid")(x)
        return inputs, L.Dense(3)(x)

    def data(self, rng):
        x = 2 * rng.random((self.batch * self.batches, 8, 8, 1)) - 1
        return x, self.linear_labels(rng, x, 3)


class Gated(Net):
    name = "gated"
    classes = 4
    spec = """\
# Squeeze and excitation, penalties on weights, layers that are frozen, merges and smooth activations.
name: gated

model:
  input: [8, 8, 3]
  layers:
    - conv2d: {filters: 8, kernel_size: 3, padding: same, activation: gelu, trainable: false, kernel_regularizer: l2}
    - batch_normalization: {trainable: false}
    - conv2d: {filters: 8, kernel_size: 3, padding: same, activation: silu, kernel_regularizer: {l2: 0.003}}
    - global_average_pooling2d: {keepdims: true}
    - dense: {units: 4, activation: leaky_relu, kernel_regularizer: {l1: 0.002}}
    - dense: {units: 8, activation: hard_sigmoid, bias_regularizer: {l1_l2: {l1: 0.001, l2: 0.01}}}
    - multiply: {inputs: [conv2d_1, dense_1]}
    - relu: {max_value: 1.5, negative_slope: 0.125, threshold: 0.0625}
    - maximum: {inputs: [re_lu, batch_normalization]}
    - average: {inputs: [maximum, multiply, conv2d_1]}
    - subtract: {inputs: [average, batch_normalization]}
    - batch_normalization: {gamma_regularizer: {l2: 0.01}, beta_regularizer: {l1: 0.005}}
    - elu: {alpha: 0.75}
    - flatten
    - dense: {units: 4, activation: softmax, kernel_regularizer: l2}

training:
  optimizer: {adam: {learning_rate: 0.001}}
  loss: categorical_crossentropy
  batch_size: 16
  epochs: 13
  shuffle: false
  initial_weights: weights.safetensors
"""

    def build(self, L, Input):
        from keras.regularizers import L1, L1L2, L2

        inputs = Input((8, 8, 3))
        x = L.Conv2D(8, 3, padding="same", activation="gelu", trainable=False, kernel_regularizer="l2")(inputs)
        frozen = L.BatchNormalization(trainable=False)(x)
        image = L.Conv2D(8, 3, padding="same", activation="silu", kernel_regularizer=L2(0.003))(frozen)
        x = L.GlobalAveragePooling2D(keepdims=True)(image)
        x = L.Dense(4, activation="leaky_relu", kernel_regularizer=L1(0.002))(x)
        gate = L.Dense(8, activation="hard_sigmoid", bias_regularizer=L1L2(l1=0.001, l2=0.01))(x)
        gated = L.Multiply()([image, gate])
        x = L.ReLU(max_value=1.5, negative_slope=0.125, threshold=0.0625)(gated)
        x = L.Maximum()([x, frozen])
        x = L.Average()([x, gated, image])
        x = L.Subtract()([x, frozen])
        x = L.BatchNormalization(gamma_regularizer=L2(0.01), beta_regularizer=L1(0.005))(x)
        x = L.ELU(alpha=0.75)(x)
        x = L.Flatten()(x)
        return inputs, L.Dense(4, activation="softmax", kernel_regularizer="l2")(x)

    def data(self, rng):
        x = 2 * rng.random((self.batch * self.batches, 8, 8, 3)) - 1
        return x, self.linear_labels(rng, x, self.classes).argmax(1)


NETS = {
    net.name: net
    for net in (Reference(), Residual(), Strided(), Concat(), Binary(), Regression(), Gated())
}


# ---------------------------------------------------------------------------------------------
# Data
# ---------------------------------------------------------------------------------------------

def idx(folder, name, offset):
    path = Path(folder) / name
    raw = path.read_bytes() if path.exists() else gzip.open(f"{path}.gz").read()
    return np.frombuffer(raw, np.uint8, offset=offset)


def tfds_order(split, count):
    """TensorFlow Datasets sorts examples by a salted MD5 of their index, as a 128-bit integer."""
    order = sorted(range(count), key=lambda i: hashlib.md5(f"{split}{i}".encode()).digest())
    return np.array(order, np.int32)


def fashion_mnist(folder):
    order = tfds_order("train", 60000)
    assert order[:5].tolist() == [16399, 1680, 47917, 17307, 27051]
    indices = order[:1000]
    images = idx(folder, "train-images-idx3-ubyte", 16).reshape(-1, 28, 28, 1)
    labels = idx(folder, "train-labels-idx1-ubyte", 8)
    return indices, images[indices].astype(np.float32), labels[indices].astype(np.int32)


def load_data(net, out, data):
    from safetensors.numpy import load_file

    if net.name == "reference":
        return fashion_mnist(data)[1:]
    batch = load_file(out / net.name / "batch.safetensors")
    return batch["x"], batch["labels"]


def keras_targets(net, labels, dtype):
    if net.loss == "categorical_crossentropy":
        return np.eye(net.classes, dtype=dtype)[labels]
    if net.loss == "binary_crossentropy":
        return labels.reshape(-1, 1).astype(dtype)
    if net.loss == "sparse_categorical_crossentropy":
        return labels
    return labels.astype(dtype)


# ---------------------------------------------------------------------------------------------
# Keras, in a process of its own for each way to run it
# ---------------------------------------------------------------------------------------------

def named(model, which="weights"):
    return {f"{layer.name}/{v.name}": v for layer in model.layers for v in getattr(layer, which)}


def build(net):
    import keras

    keras.backend.clear_session()
    inputs, outputs = net.build(keras.layers, keras.Input)
    return keras.Model(inputs, outputs)


def make_start(names, out, data):
    """Writes what a run starts from: the spec, the weights, the data."""
    import keras
    from safetensors.numpy import save_file

    for seed, name in enumerate(NETS, start=1):
        if name not in names:
            continue
        net, folder = NETS[name], out / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "spec.yaml").write_text(net.spec)
        keras.utils.set_random_seed(seed)
        rng = np.random.default_rng(seed)
        weights = {k: v.numpy() for k, v in named(build(net)).items()}
        if name != "reference":
            # Zero biases and unit scales would hide mistakes.
            for key, value in weights.items():
                kind, noise = key.split("/")[1], rng.random(value.shape).astype(np.float32)
                if kind in ("bias", "beta", "moving_mean"):
                    weights[key] = 0.2 * noise - np.float32(0.1)
                elif kind in ("gamma", "moving_variance"):
                    weights[key] = np.float32(0.5) + noise
        save_file(weights, folder / "weights.safetensors")
        if name == "reference":
            indices, _, labels = fashion_mnist(data)
            save_file({"indices": indices[:64].copy(), "labels": labels[:64].copy()},
                      folder / "batch.safetensors")
        else:
            x, labels = net.data(rng)
            labels = labels.astype(np.int32 if net.classes else np.float32)
            save_file({"x": x.astype(np.float32), "labels": labels}, folder / "batch.safetensors")


def run(names, out, data, threads, dtype, nudge, check, result):
    """Runs the networks one way and writes all numbers to an .npz file."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    import keras
    from safetensors.numpy import load_file

    tf.get_logger().setLevel("ERROR")
    keras.config.set_floatx(dtype)
    numbers = {}
    for name in names:
        net = NETS[name]
        model = build(net)
        start = load_file(out / name / "weights.safetensors")
        if nudge:
            rng = np.random.default_rng(nudge)
            for key, value in start.items():
                towards = rng.choice([-np.inf, np.inf], value.shape).astype(np.float32)
                moved = np.nextafter(value, towards)
                start[key] = np.where((rng.random(value.shape) < 0.5) & (value != 0), moved, value)
        x, labels = load_data(net, out, data)
        x, y = x.astype(dtype), keras_targets(net, labels, dtype)
        batches = [slice(i, i + net.batch) for i in range(0, len(x), net.batch)]

        def compile(suffix):
            kind, arguments = net.optimizers[suffix]
            model.compile(getattr(keras.optimizers, kind)(**arguments), net.loss, jit_compile=False)
            variables = named(model)
            assert variables.keys() == start.keys()
            for key, value in start.items():
                variables[key].assign(value)
            model.optimizer.build(model.trainable_variables)

        def gradients(bx, by):
            with tf.GradientTape() as tape:
                prediction = model(bx, training=True)
                loss = model.compute_loss(x=bx, y=by, y_pred=prediction, training=True)
            values = [v.value for v in model.trainable_variables]
            return prediction, loss, tape.gradient(loss, values)

        # The first batch, from the starting weights.
        compile("")
        first = batches[0]
        numbers[f"{name}|outputs|outputs"] = model(x[first], training=False).numpy()
        prediction, loss, grads = tf.function(gradients)(
            tf.constant(x[first]), tf.constant(y[first]))
        if net.moving_after:
            numbers[f"{name}|outputs|outputs_training"] = prediction.numpy()
        numbers[f"{name}|gradients|loss"] = loss.numpy()
        trainable = {id(v): key for key, v in named(model, "trainable_weights").items()}
        for variable, gradient in zip(model.trainable_variables, grads):
            key = trainable[id(variable)]
            numbers[f"{name}|gradients|{key}"] = gradient.numpy()
        if check and name == "reference":
            check_regime(model, x[first], y[first], loss)

        for suffix in net.optimizers:
            compile(suffix)

            @tf.function(reduce_retracing=True)
            def step(bx, by):
                _, loss, grads = gradients(bx, by)
                model.optimizer.apply_gradients(zip(grads, model.trainable_variables))
                return loss

            losses = []
            for i in range(STEPS):
                batch = batches[i % len(batches)]
                losses.append(step(tf.constant(x[batch]), tf.constant(y[batch])).numpy())
                if suffix == "" and i + 1 == net.moving_after:
                    for key, v in named(model, "non_trainable_weights").items():
                        numbers[f"{name}|moving|{key}"] = v.numpy()
            numbers[f"{name}|losses|{suffix}"] = np.array(losses)
            for key, v in named(model).items():
                norm = np.sqrt(np.sum(np.square(v.numpy().astype(np.float64))))
                numbers[f"{name}|norms {suffix}|{key}"] = norm
            if check:
                compile(suffix)
                check_fit(model, net, x, y, losses, f"{name} {suffix}")
    np.savez(result, **numbers)


def check_fit(model, net, x, y, losses, label):
    """The steps above must be what `fit` does."""
    import keras

    seen = []

    class Each(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            self.model.reset_metrics()

        def on_train_batch_end(self, batch, logs=None):
            seen.append(logs["loss"])

    epochs = -(-STEPS * net.batch // len(x))
    model.fit(x, y, batch_size=net.batch, epochs=epochs, shuffle=False, verbose=0,
              callbacks=[Each()])
    seen, losses = np.array(seen[:STEPS]), np.array(losses)
    difference = np.max(np.abs(seen - losses) / np.abs(losses))
    print(f"{label}: fit differs by {difference:.1e}", flush=True)
    assert len(seen) == STEPS and difference < 1e-5, label


def check_regime(model, x, y, loss):
    """The loss must be log-softmax of the logits, not the logarithm of clipped probabilities."""
    import keras

    logits = keras.Model(model.input, model.get_layer("dense").output)(x, training=False)
    logits = np.array(logits, np.float64)
    top = logits.max(1, keepdims=True)
    logsumexp = top[:, 0] + np.log(np.exp(logits - top).sum(1))
    each = logsumexp - (logits * y).sum(1)
    clipped = np.minimum(each, -np.log(1e-7))
    print(f"reference: loss {float(loss):.6f}, of logits {each.mean():.6f}, "
          f"of clipped probabilities {clipped.mean():.6f}, largest {each.max():.2f}", flush=True)
    assert abs(each.mean() - float(loss)) < 1e-5 * each.mean()
    assert clipped.mean() < 0.99 * each.mean()


# ---------------------------------------------------------------------------------------------
# Putting it together
# ---------------------------------------------------------------------------------------------

def short(value):
    """A float32 to nine digits, enough to read the same one back."""
    return float(f"{float(value):.9g}")


def spread(arrays):
    """The largest difference between any two, relative to the largest magnitude of the first."""
    stack = np.stack([np.asarray(a, np.float64) for a in arrays])
    scale = np.abs(stack[0]).max()
    return short((stack.max(0) - stack.min(0)).max() / scale) if scale else 0.0


def collect(net, folder, numbers):
    from safetensors.numpy import save_file

    kept, exact = numbers[RUNS[0][0]], numbers["float64"]
    equal, nudged = [numbers[r] for r in EQUAL], [numbers[r] for r in NUDGED]

    def tensors(group):
        head = f"{net.name}|{group}|"
        group = {k[len(head):]: v for k, v in kept.items() if k.startswith(head)}
        return {k: np.array(v, np.float32) for k, v in group.items()}

    save_file(tensors("outputs"), folder / "outputs.safetensors")
    save_file(tensors("gradients"), folder / "gradients.safetensors")
    if net.moving_after:
        save_file(tensors("moving"), folder / f"moving_after_{net.moving_after}.safetensors")

    spreads = {}
    for group in ("outputs", "gradients", "moving"):
        for key in tensors(group):
            full = f"{net.name}|{group}|{key}"
            title = key if group != "gradients" else f"gradients/{key}"
            spreads[title] = {
                "runs": spread([n[full] for n in equal]),
                "float64": spread([kept[full], exact[full]]),
            }
    (folder / "spread.json").write_text(json.dumps(spreads, indent=1) + "\n")

    print(f"{'net':12}{'optimizer':18}{'loss 1':>10}{'loss 50':>12}   "
          f"{'envelope at 8, 16, 32, 50':36}   sensitivity at 8, 16, 32, 50")
    for suffix, (kind, arguments) in net.optimizers.items():
        losses = np.stack([n[f"{net.name}|losses|{suffix}"].astype(np.float64) for n in equal])
        assert np.isfinite(losses).all(), (net.name, suffix)
        envelope = np.maximum.accumulate((losses.max(0) - losses.min(0)) / np.abs(losses[0]))
        truth = exact[f"{net.name}|losses|{suffix}"].astype(np.float64)
        others = np.stack([truth, *(n[f"{net.name}|losses|{suffix}"] for n in nudged)])
        sensitivity = np.maximum.accumulate((np.abs(others - losses[0]) / np.abs(losses[0])).max(0))
        head = f"{net.name}|norms {suffix}|"
        norms = {k[len(head):]: [n[k] for n in equal] for k in kept if k.startswith(head)}
        record = {
            "optimizer": kind.lower(),
            **arguments,
            "loss": net.loss,
            "batch_size": net.batch,
            "steps": STEPS,
            "losses": [short(v) for v in losses[0]],
            "envelope": [float(f"{v:.3g}") for v in envelope],
            "sensitivity": [float(f"{v:.3g}") for v in sensitivity],
            "float64_losses": [short(v) for v in truth],
            "final_norms": {k: short(v[0]) for k, v in norms.items()},
            "final_norms_envelope": {k: float(f"{spread(v):.3g}") for k, v in norms.items()},
            "final_norms_sensitivity": {
                k: float(f"{spread([v[0], *(n[head + k] for n in (exact, *nudged))]):.3g}")
                for k, v in norms.items()
            },
        }
        name = f"losses-{suffix}.json" if suffix else "losses.json"
        (folder / name).write_text(json.dumps(record, indent=1) + "\n")
        at = "  ".join(f"{envelope[i - 1]:.1e}" for i in (8, 16, 32, 50))
        wide = "  ".join(f"{sensitivity[i - 1]:.1e}" for i in (8, 16, 32, 50))
        print(f"{net.name:12}{suffix or kind.lower():18}{losses[0][0]:10.5f}{losses[0][-1]:12.6g}   "
              f"{at:36}   {wide}", flush=True)


def child(arguments, one_dnn):
    environment = dict(os.environ, TF_ENABLE_ONEDNN_OPTS=one_dnn, TF_CPP_MIN_LOG_LEVEL="3",
                       KERAS_BACKEND="tensorflow", CUDA_VISIBLE_DEVICES="")
    subprocess.run([sys.executable, __file__, *arguments], env=environment, check=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nets", nargs="*", metavar="NET", help="only these")
    parser.add_argument("--data", default=FASHION_MNIST, help="folder of Fashion-MNIST's IDX files")
    parser.add_argument("--out", type=Path, default=HERE, help="where the folders go")
    parser.add_argument("--start", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.add_argument("--result", help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = options.nets or list(NETS)
    if unknown := set(names) - NETS.keys():
        parser.error(f"no such network: {', '.join(sorted(unknown))}")

    if options.start:
        return make_start(names, options.out, options.data)
    if options.run:
        name, _, threads, dtype, nudge = next(r for r in RUNS if r[0] == options.run)
        check = name == RUNS[0][0]
        return run(names, options.out, options.data, threads, dtype, nudge, check, options.result)

    common = [*names, "--data", options.data, "--out", str(options.out)]
    child([*common, "--start"], "0")
    numbers = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, one_dnn, *_ in RUNS:
            result = f"{scratch}/{name}.npz"
            child([*common, "--run", name, "--result", result], one_dnn)
            numbers[name] = dict(np.load(result))
    for name in names:
        collect(NETS[name], options.out / name, numbers)


if __name__ == "__main__":
    main()
