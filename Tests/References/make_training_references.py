#!/usr/bin/env python3
"""Makes the reference numbers of optimizers, schedules, losses and metrics, with Keras.

    python -m venv venv
    venv/bin/pip install "tensorflow-cpu==2.20.*" "keras==3.15.*"
    venv/bin/python make_training_references.py [--out DIR]

The files at hand were made with Python 3.11.7, tensorflow-cpu 2.20.0, keras 3.15.0 and NumPy 2.4.6 on
x86-64; it takes about half a minute. README.md describes what comes out.
"""

import argparse
import json
import os
import struct
from pathlib import Path

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf
from keras import losses, metrics, optimizers
from keras.optimizers import schedules

HERE = Path(__file__).resolve().parent


def save(path, tensors):
    """A safetensors file of float32 and int32 tensors."""
    header, body = {}, b""
    for name in sorted(tensors):
        values = np.ascontiguousarray(tensors[name])
        kind = {"float32": "F32", "int32": "I32"}[str(values.dtype)]
        header[name] = {"dtype": kind, "shape": list(values.shape),
                        "data_offsets": [len(body), len(body) + values.nbytes]}
        body += values.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def listed(values):
    """Float32 numbers, each as the shortest decimal that reads back as the same float32."""
    return [float(str(np.float32(v))) for v in np.asarray(values).ravel()]


def write(path, lists, **others):
    """JSON with one line a record."""
    lines = ["%s: %s" % (json.dumps(k), json.dumps(v)) for k, v in others.items()]
    for key, records in lists.items():
        lines.append("%s: [\n  %s\n ]" % (json.dumps(key), ",\n  ".join(json.dumps(r) for r in records)))
    path.write_text("{\n " + ",\n ".join(lines) + "\n}\n")


# ---------------------------------------------------------------------------------------------
# Schedules
# ---------------------------------------------------------------------------------------------

def warmed(schedule, rate, steps, start):
    """A schedule behind Keras's own warm-up, that of CosineDecay, which the others do not have."""
    line = schedules.CosineDecay(start, 1, warmup_target=rate, warmup_steps=steps)
    return lambda step: line(step) if step < steps else schedule(step - steps)


# Name, the schedule in the spec language, Keras's.
SCHEDULES = [
    ("exponential", "exponential_decay: {initial_learning_rate: 0.1, decay_steps: 30, decay_rate: 0.5}",
     schedules.ExponentialDecay(0.1, 30, 0.5)),
    ("exponential_staircase",
     "exponential_decay: {initial_learning_rate: 0.03, decay_steps: 7, decay_rate: 0.9, staircase: true}",
     schedules.ExponentialDecay(0.03, 7, 0.9, staircase=True)),
    ("inverse_time", "inverse_time_decay: {initial_learning_rate: 0.1, decay_steps: 10, decay_rate: 0.5}",
     schedules.InverseTimeDecay(0.1, 10, 0.5)),
    ("inverse_time_staircase",
     "inverse_time_decay: {initial_learning_rate: 0.1, decay_steps: 9, decay_rate: 0.7, staircase: true}",
     schedules.InverseTimeDecay(0.1, 9, 0.7, staircase=True)),
    ("polynomial", "polynomial_decay: {initial_learning_rate: 0.1, decay_steps: 60}",
     schedules.PolynomialDecay(0.1, 60)),
    ("polynomial_power",
     "polynomial_decay: {initial_learning_rate: 0.1, decay_steps: 50, end_learning_rate: 0.002, power: 2.5}",
     schedules.PolynomialDecay(0.1, 50, end_learning_rate=0.002, power=2.5)),
    ("polynomial_cycle",
     "polynomial_decay: {initial_learning_rate: 0.1, decay_steps: 17, end_learning_rate: 0.01, power: 0.5, cycle: true}",
     schedules.PolynomialDecay(0.1, 17, end_learning_rate=0.01, power=0.5, cycle=True)),
    ("piecewise", "piecewise_constant: {boundaries: [5, 20, 60], values: [0.1, 0.05, 0.02, 0.001]}",
     schedules.PiecewiseConstantDecay([5, 20, 60], [0.1, 0.05, 0.02, 0.001])),
    ("cosine", "cosine_decay: {initial_learning_rate: 0.1, decay_steps: 70}", schedules.CosineDecay(0.1, 70)),
    ("cosine_alpha", "cosine_decay: {initial_learning_rate: 0.3, decay_steps: 41, alpha: 0.1}",
     schedules.CosineDecay(0.3, 41, alpha=0.1)),
    ("cosine_warmup",
     "cosine_decay: {initial_learning_rate: 0.001, decay_steps: 50, alpha: 0.05, warmup_target: 0.2, warmup_steps: 13}",
     schedules.CosineDecay(0.001, 50, alpha=0.05, warmup_target=0.2, warmup_steps=13)),
    ("cosine_warmup_from_zero",
     "cosine_decay: {initial_learning_rate: 0.2, decay_steps: 50, warmup: 13}",
     schedules.CosineDecay(0.0, 50, warmup_target=0.2, warmup_steps=13)),
    ("restarts", "cosine_decay_restarts: {initial_learning_rate: 0.1, first_decay_steps: 10}",
     schedules.CosineDecayRestarts(0.1, 10)),
    ("restarts_arguments",
     "cosine_decay_restarts: {initial_learning_rate: 0.1, first_decay_steps: 11, t_mul: 1.5, m_mul: 0.8, alpha: 0.02}",
     schedules.CosineDecayRestarts(0.1, 11, t_mul=1.5, m_mul=0.8, alpha=0.02)),
    ("restarts_equal",
     "cosine_decay_restarts: {initial_learning_rate: 0.1, first_decay_steps: 12, t_mul: 1, m_mul: 0.5}",
     schedules.CosineDecayRestarts(0.1, 12, t_mul=1.0, m_mul=0.5)),
    ("exponential_warmup",
     "exponential_decay: {initial_learning_rate: 0.1, decay_steps: 30, decay_rate: 0.5, warmup: 9}",
     warmed(schedules.ExponentialDecay(0.1, 30, 0.5), 0.1, 9, 0.0)),
    ("inverse_time_warmup",
     "inverse_time_decay: {initial_learning_rate: 0.1, decay_steps: 10, decay_rate: 0.5, warmup: {steps: 6, from: 0.01}}",
     warmed(schedules.InverseTimeDecay(0.1, 10, 0.5), 0.1, 6, 0.01)),
    ("polynomial_warmup", "polynomial_decay: {initial_learning_rate: 0.1, decay_steps: 60, warmup: {steps: 20}}",
     warmed(schedules.PolynomialDecay(0.1, 60), 0.1, 20, 0.0)),
    ("piecewise_warmup",
     "piecewise_constant: {boundaries: [5, 20], values: [0.1, 0.05, 0.02], warmup: {steps: 7, from: 0.2}}",
     warmed(schedules.PiecewiseConstantDecay([5, 20], [0.1, 0.05, 0.02]), 0.1, 7, 0.2)),
    ("restarts_warmup", "cosine_decay_restarts: {initial_learning_rate: 0.1, first_decay_steps: 10, warmup: 15}",
     warmed(schedules.CosineDecayRestarts(0.1, 10), 0.1, 15, 0.0)),
]
CURVE = list(range(100)) + [1000, 123456]


def schedule_references(out):
    records = []
    for name, text, schedule in SCHEDULES:
        values = [schedule(step).numpy() if hasattr(schedule(step), "numpy") else schedule(step) for step in CURVE]
        records.append({"name": name, "spec": "{%s}" % text, "values": listed(values)})
    write(out / "schedules.json", {"schedules": records}, steps=CURVE)


# ---------------------------------------------------------------------------------------------
# Optimizers
# ---------------------------------------------------------------------------------------------

COSINE = "{cosine_decay: {initial_learning_rate: 0.01, decay_steps: 80}}"
# Name, the optimizer in the spec language, Keras's.
OPTIMIZERS = [
    ("sgd", "sgd", lambda: optimizers.SGD()),
    ("sgd_momentum", "sgd: {momentum: 0.8}", lambda: optimizers.SGD(momentum=0.8)),
    ("sgd_nesterov", "sgd: {learning_rate: 0.005, momentum: 0.9, nesterov: true}",
     lambda: optimizers.SGD(0.005, momentum=0.9, nesterov=True)),
    ("sgd_decay", "sgd: {momentum: 0.5, weight_decay: 0.3}",
     lambda: optimizers.SGD(momentum=0.5, weight_decay=0.3)),
    ("sgd_clipnorm", "sgd: {clipnorm: 0.5}", lambda: optimizers.SGD(clipnorm=0.5)),
    ("sgd_global_clipnorm", "sgd: {momentum: 0.9, global_clipnorm: 0.7}",
     lambda: optimizers.SGD(momentum=0.9, global_clipnorm=0.7)),
    ("sgd_clipvalue", "sgd: {clipvalue: 0.2, weight_decay: 0.1}",
     lambda: optimizers.SGD(clipvalue=0.2, weight_decay=0.1)),
    ("sgd_ema", "sgd: {use_ema: true}", lambda: optimizers.SGD(use_ema=True)),
    ("sgd_ema_overwrite", "sgd: {use_ema: true, ema_momentum: 0.8, ema_overwrite_frequency: 7}",
     lambda: optimizers.SGD(use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=7)),
    ("sgd_accumulation", "sgd: {momentum: 0.9, gradient_accumulation_steps: 4}",
     lambda: optimizers.SGD(momentum=0.9, gradient_accumulation_steps=4)),
    ("rmsprop", "rmsprop", lambda: optimizers.RMSprop()),
    ("rmsprop_momentum", "rmsprop: {learning_rate: 0.002, rho: 0.8, momentum: 0.6, epsilon: 0.001}",
     lambda: optimizers.RMSprop(0.002, rho=0.8, momentum=0.6, epsilon=1e-3)),
    ("rmsprop_centered", "rmsprop: {centered: true}", lambda: optimizers.RMSprop(centered=True)),
    ("rmsprop_all",
     "rmsprop: {rho: 0.95, momentum: 0.3, centered: true, weight_decay: 0.05, clipnorm: 1, use_ema: true, gradient_accumulation_steps: 3}",
     lambda: optimizers.RMSprop(rho=0.95, momentum=0.3, centered=True, weight_decay=0.05, clipnorm=1.0, use_ema=True,
                                gradient_accumulation_steps=3)),
    ("adam", "adam", lambda: optimizers.Adam()),
    ("adam_arguments", "adam: {learning_rate: 0.01, beta_1: 0.8, beta_2: 0.95, epsilon: 0.1}",
     lambda: optimizers.Adam(0.01, beta_1=0.8, beta_2=0.95, epsilon=0.1)),
    ("adam_amsgrad", "adam: {beta_2: 0.7, amsgrad: true}", lambda: optimizers.Adam(beta_2=0.7, amsgrad=True)),
    ("adam_decay", "adam: {weight_decay: 0.2}", lambda: optimizers.Adam(weight_decay=0.2)),
    ("adam_all",
     "adam: {learning_rate: %s, amsgrad: true, weight_decay: 0.5, global_clipnorm: 0.4, use_ema: true, "
     "ema_momentum: 0.9, ema_overwrite_frequency: 5, gradient_accumulation_steps: 2}" % COSINE,
     lambda: optimizers.Adam(schedules.CosineDecay(0.01, 80), amsgrad=True, weight_decay=0.5, global_clipnorm=0.4,
                             use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=5,
                             gradient_accumulation_steps=2)),
    ("adam_schedule", "adam: {learning_rate: %s, gradient_accumulation_steps: 3}" % COSINE,
     lambda: optimizers.Adam(schedules.CosineDecay(0.01, 80), gradient_accumulation_steps=3)),
    ("adamw", "adamw: {learning_rate: 0.01}", lambda: optimizers.AdamW(0.01)),
    ("adamw_arguments", "adamw: {weight_decay: 0.9, beta_1: 0.7, beta_2: 0.9, epsilon: 0.01, amsgrad: true, clipvalue: 0.3}",
     lambda: optimizers.AdamW(weight_decay=0.9, beta_1=0.7, beta_2=0.9, epsilon=0.01, amsgrad=True, clipvalue=0.3)),
    ("nadam", "nadam", lambda: optimizers.Nadam()),
    ("nadam_arguments",
     "nadam: {learning_rate: 0.005, beta_1: 0.95, beta_2: 0.9, epsilon: 0.01, weight_decay: 0.1, clipnorm: 0.8}",
     lambda: optimizers.Nadam(0.005, beta_1=0.95, beta_2=0.9, epsilon=0.01, weight_decay=0.1, clipnorm=0.8)),
    ("nadam_accumulation", "nadam: {gradient_accumulation_steps: 5}",
     lambda: optimizers.Nadam(gradient_accumulation_steps=5)),
    ("adagrad", "adagrad: {learning_rate: 0.05}", lambda: optimizers.Adagrad(0.05)),
    ("adagrad_arguments",
     "adagrad: {learning_rate: 0.05, initial_accumulator_value: 0.9, epsilon: 0.05, weight_decay: 0.02, global_clipnorm: 1}",
     lambda: optimizers.Adagrad(0.05, initial_accumulator_value=0.9, epsilon=0.05, weight_decay=0.02,
                                global_clipnorm=1.0)),
    ("lion", "lion", lambda: optimizers.Lion()),
    ("lion_arguments", "lion: {learning_rate: 0.003, beta_1: 0.6, beta_2: 0.8, weight_decay: 0.4, clipvalue: 0.5}",
     lambda: optimizers.Lion(0.003, beta_1=0.6, beta_2=0.8, weight_decay=0.4, clipvalue=0.5)),
]
UPDATES = 100
KEPT = list(range(1, 13)) + list(range(20, UPDATES + 1, 10))


def optimizer_references(out):
    """A dense layer whose gradient does not depend on its weights, so that nothing is amplified: the mean absolute
    error of targets a million away. Each step is one sample."""
    rng = np.random.default_rng(5)
    inputs, units = 5, 4
    x = (rng.normal(size=(UPDATES, inputs)) * np.exp(rng.normal(size=(UPDATES, 1)))).astype(np.float32)
    # A row and a column that some steps leave alone.
    x[rng.random((UPDATES, inputs)) < 0.15] = 0
    sides = np.where(rng.random((UPDATES, units)) < 0.5, -1, 1)
    kernel = rng.normal(size=(inputs, units)).astype(np.float32)
    bias = rng.normal(size=units).astype(np.float32)
    tensors = {"x": x, "targets": (-1e6 * sides).astype(np.float32), "kernel": kernel, "bias": bias}
    names = []
    for name, text, make in OPTIMIZERS:
        variables = [keras.Variable(kernel, name="kernel"), keras.Variable(bias, name="bias")]
        optimizer = make()
        optimizer.build(variables)
        kept = []
        for step in range(UPDATES):
            slope = (sides[step] / units).astype(np.float32)
            optimizer.apply([tf.constant(np.outer(x[step], slope)), tf.constant(slope)], variables)
            if step + 1 in KEPT:
                kept.append(np.concatenate([v.numpy().ravel() for v in variables]))
        optimizer.finalize_variable_values(variables)
        kept.append(np.concatenate([v.numpy().ravel() for v in variables]))
        tensors["weights/" + name] = np.array(kept, np.float32)
        names.append({"name": name, "spec": text if ":" not in text else "{%s}" % text})
    save(out / "optimizers.safetensors", tensors)
    write(out / "optimizers.json", {"optimizers": names}, steps=KEPT)


# ---------------------------------------------------------------------------------------------
# Losses
# ---------------------------------------------------------------------------------------------

WEIGHTS = [0.5, 2.0, 1.0, 3.0]
ACTIVATIONS = {"softmax": keras.activations.softmax, "sigmoid": keras.activations.sigmoid,
               "linear": keras.activations.linear}
# Name, the loss in the spec language, Keras's, activation, width, whether classes are weighted, whether something stands
# between activation and loss.
LOSSES = [
    ("categorical", "categorical_crossentropy", losses.CategoricalCrossentropy, {}, "softmax", 4, False, False),
    ("categorical_smoothed", "{categorical_crossentropy: {label_smoothing: 0.2}}", losses.CategoricalCrossentropy,
     {"label_smoothing": 0.2}, "softmax", 4, False, False),
    ("categorical_weighted", "{categorical_crossentropy: {label_smoothing: 0.1}}", losses.CategoricalCrossentropy,
     {"label_smoothing": 0.1}, "softmax", 4, True, False),
    ("categorical_apart", "{categorical_crossentropy: {label_smoothing: 0.1}}", losses.CategoricalCrossentropy,
     {"label_smoothing": 0.1}, "softmax", 4, True, True),
    ("sparse", "sparse_categorical_crossentropy", losses.SparseCategoricalCrossentropy, {}, "softmax", 4, True, False),
    ("sparse_apart", "sparse_categorical_crossentropy", losses.SparseCategoricalCrossentropy, {}, "softmax", 4, False,
     True),
    ("binary", "binary_crossentropy", losses.BinaryCrossentropy, {}, "sigmoid", 1, False, False),
    ("binary_smoothed", "{binary_crossentropy: {label_smoothing: 0.3}}", losses.BinaryCrossentropy,
     {"label_smoothing": 0.3}, "sigmoid", 1, True, False),
    ("binary_many", "{binary_crossentropy: {label_smoothing: 0.3}}", losses.BinaryCrossentropy,
     {"label_smoothing": 0.3}, "sigmoid", 4, True, False),
    ("binary_apart", "{binary_crossentropy: {label_smoothing: 0.3}}", losses.BinaryCrossentropy,
     {"label_smoothing": 0.3}, "sigmoid", 4, False, True),
    ("squared", "mean_squared_error", losses.MeanSquaredError, {}, "linear", 4, True, False),
    ("absolute", "mean_absolute_error", losses.MeanAbsoluteError, {}, "linear", 4, True, False),
    ("absolute_one", "mean_absolute_error", losses.MeanAbsoluteError, {}, "linear", 1, False, False),
    ("huber", "huber", losses.Huber, {}, "linear", 4, False, False),
    ("huber_delta", "{huber: 0.4}", losses.Huber, {"delta": 0.4}, "linear", 4, True, False),
    ("divergence", "kl_divergence", losses.KLDivergence, {}, "softmax", 4, False, False),
    ("divergence_weighted", "kl_divergence", losses.KLDivergence, {}, "softmax", 4, True, False),
]


def loss_references(out):
    rng = np.random.default_rng(9)
    samples = 12
    tensors, records = {}, []
    for name, text, kind, arguments, activation, width, weighted, apart in LOSSES:
        # Ordinary scores, and some that saturate.
        x = rng.normal(size=(samples, width)).astype(np.float32) * 2
        if activation != "linear":
            x[-3:] *= 20
        labels = rng.integers(0, max(2, width), samples).astype(np.int32)
        if name.startswith("sparse"):
            target = labels
        elif width == 1:
            target = labels.astype(np.float32)[:, None]
        else:
            target = np.eye(width, dtype=np.float32)[labels]
        weight = np.array(WEIGHTS, np.float32)[labels] if weighted else np.ones(samples, np.float32)
        variable = tf.Variable(x)
        with tf.GradientTape() as tape:
            p = ACTIVATIONS[activation](tf.convert_to_tensor(variable))
            if apart:
                p = p * tf.constant(0.75) + tf.constant(0.125)
            each = kind(**arguments, reduction=None)(target, p, sample_weight=weight)
            mean = kind(**arguments)(target, p, sample_weight=weight)
        tensors[name + "/x"] = x
        tensors[name + "/labels"] = labels
        tensors[name + "/loss"] = each.numpy().astype(np.float32)
        tensors[name + "/gradient"] = tape.gradient(mean, variable).numpy()
        tensors[name + "/mean"] = np.array([mean.numpy()], np.float32)
        records.append({"name": name, "spec": text, "activation": activation, "width": width, "apart": apart,
                        "class_weight": WEIGHTS if weighted else []})
    save(out / "losses.safetensors", tensors)
    write(out / "losses.json", {"losses": records})


# ---------------------------------------------------------------------------------------------
# Metrics
# ---------------------------------------------------------------------------------------------

class Mean:
    """F1 without an average gives one value a class; here their mean."""

    def __init__(self, metric):
        self.metric = metric

    def update_state(self, y, p):
        self.metric.update_state(y, p)

    def result(self):
        return tf.reduce_mean(self.metric.result())


# Name, the metric in the spec language, Keras's.
MANY = [
    ("top_k", "top_k_accuracy: 2", lambda: metrics.TopKCategoricalAccuracy(2)),
    ("top_k_default", "top_k_accuracy", lambda: metrics.TopKCategoricalAccuracy()),
    ("precision", "precision", lambda: metrics.Precision()),
    ("precision_threshold", "precision: {thresholds: 0.3}", lambda: metrics.Precision(thresholds=0.3)),
    ("precision_class", "precision: {class_id: 2}", lambda: metrics.Precision(class_id=2)),
    ("precision_top", "precision: {top_k: 2}", lambda: metrics.Precision(top_k=2)),
    ("precision_all", "precision: {thresholds: 0.25, top_k: 2, class_id: 1}",
     lambda: metrics.Precision(thresholds=0.25, top_k=2, class_id=1)),
    ("recall", "recall", lambda: metrics.Recall()),
    ("recall_all", "recall: {thresholds: 0.25, top_k: 3, class_id: 4}",
     lambda: metrics.Recall(thresholds=0.25, top_k=3, class_id=4)),
    ("recall_top", "recall: {top_k: 1}", lambda: metrics.Recall(top_k=1)),
    ("f1", "f1", lambda: Mean(metrics.F1Score())),
    ("f1_macro", "f1: {average: macro}", lambda: metrics.F1Score(average="macro")),
    ("f1_micro", "f1: {average: micro}", lambda: metrics.F1Score(average="micro")),
    ("f1_weighted", "f1: {average: weighted, threshold: 0.4}",
     lambda: metrics.F1Score(average="weighted", threshold=0.4)),
    ("auc", "auc", lambda: metrics.AUC()),
    ("auc_multi", "auc: {multi_label: true, num_thresholds: 50}",
     lambda: metrics.AUC(multi_label=True, num_thresholds=50)),
] + [
    (f"auc_{curve}_{how}", f"auc: {{curve: {curve}, summation_method: {how}, num_thresholds: 20}}",
     lambda curve=curve, how=how: metrics.AUC(num_thresholds=20, curve=curve.upper(), summation_method=how))
    for curve in ["roc", "pr", "prgain"] for how in ["interpolation", "minoring", "majoring"]
]
ONE = [
    ("one_precision", "precision", lambda: metrics.Precision()),
    ("one_recall", "recall: {thresholds: 0.7}", lambda: metrics.Recall(thresholds=0.7)),
    ("one_f1", "f1", lambda: metrics.F1Score(threshold=0.5, average="macro")),
    ("one_auc", "auc", lambda: metrics.AUC()),
    ("one_auc_pr", "auc: {curve: pr}", lambda: metrics.AUC(curve="PR")),
]


def stream(rng, samples, classes):
    """Probabilities that know something of their labels, on a grid, so that some are equal and some are thresholds."""
    labels = rng.integers(0, max(2, classes), samples)
    # A class that never occurs.
    if classes > 3:
        labels[labels == 3] = 0
    if classes == 1:
        p = 1 / (1 + np.exp(-(labels * 2.0 - 1 + rng.normal(size=samples) * 1.5)))[:, None]
    else:
        score = rng.normal(size=(samples, classes)) + 1.2 * np.eye(classes)[labels]
        p = np.exp(score) / np.exp(score).sum(axis=1, keepdims=True)
    return (np.round(p * 40) / 40).astype(np.float32), labels.astype(np.int32)


def metric_references(out):
    rng = np.random.default_rng(3)
    batches = [7, 1, 20, 13, 19]
    ends = np.cumsum(batches)
    tensors, records = {}, []
    for prefix, classes, cases in [("many", 6, MANY), ("one", 1, ONE)]:
        p, labels = stream(rng, ends[-1], classes)
        tensors[prefix + "/predictions"], tensors[prefix + "/labels"] = p, labels
        y = np.eye(classes, dtype=np.float32)[labels] if classes > 1 else labels.astype(np.float32)[:, None]
        for name, text, make in cases:
            metric = make()
            values = []
            for count, end in zip(batches, ends):
                metric.update_state(y[end - count:end], p[end - count:end])
                values.append(float(metric.result()))
            records.append({"name": name, "stream": prefix, "spec": text if ":" not in text else "{%s}" % text,
                            "values": listed(values)})
    save(out / "metrics.safetensors", tensors)
    write(out / "metrics.json", {"metrics": records}, batches=batches)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE / "training", help="where the files go")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    schedule_references(out)
    optimizer_references(out)
    loss_references(out)
    metric_references(out)


if __name__ == "__main__":
    main()
