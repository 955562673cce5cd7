#!/usr/bin/env python3
"""Writes the golden texts beside this file, printed by Keras itself.

usage:  python make_goldens.py        needs tensorflow 2.21 and keras 3.15.1

keras3-*    summaries of Keras 3.15.1 (drawn by rich), one file a terminal width
classic-*   summaries and progress lines of Keras 2.5, of which TensorFlow ships a frozen copy
numbers.*   numbers as Python's own formatting prints them
"""
import contextlib, io, os, random, re, struct
from pathlib import Path
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
import keras
from keras.src.utils.summary_utils import readable_memory_size
from tensorflow.python.keras import backend as classic_backend, layers as classic
from tensorflow.python.keras.engine import input_layer, sequential, training
from tensorflow.python.keras.utils import generic_utils

HERE = Path(__file__).parent
L, C = keras.layers, classic


def write(name, text):
    (HERE / name).write_text(text + "\n", encoding="utf-8")


# ---------------------------------------------------------------- Keras 3
def tutorial():
    return keras.Sequential([
        L.Input((28, 28, 1)), L.Conv2D(32, 5), L.MaxPooling2D(), L.Conv2D(32, 4, padding="same"),
        L.MaxPooling2D(), L.Conv2D(32, 3), L.Flatten(), L.Dropout(.5), L.Dense(10), L.Activation("softmax")])


def branching():
    i = L.Input((32, 32, 3))
    a = L.Conv2D(16, 3, padding="same")(i)
    b = L.ReLU()(L.BatchNormalization()(a))
    g = L.GlobalAveragePooling2D()(L.Add()([a, b]))
    return keras.Model(i, L.Dense(10)(g))


def long_names():
    """names, shapes and counts that do not fit their columns"""
    return keras.Sequential([
        L.Input((1000, 1000, 3)),
        L.Conv2D(123456, 3, name="a_first_convolution_with_a_name_of_more_than_forty_characters"),
        L.GlobalAveragePooling2D(name="pool"),
        L.Dense(100, name="classifier_of_everything_there_is")], name="a_model_with_a_very_long_name_indeed")


def long_branching():
    i = L.Input((1000, 1000, 3), name="photographs")
    a = L.DepthwiseConv2D(3, padding="same", name="depthwise_convolution_of_the_left_branch")(i)
    b = L.Conv2D(3, 1, name="b")(i)
    c = L.Concatenate(name="merge_all_of_them")([a, b, i])
    return keras.Model(i, L.Conv2D(12345, 7, name="head")(c), name="wide")


def keras3(name, build, widths):
    for width in widths:
        os.environ["COLUMNS"] = str(width)
        keras.backend.clear_session()
        out = []
        build().summary(print_fn=lambda s, line_break=True: out.append(s))
        write(f"keras3-{name}-{width}.txt", "".join(out).rstrip("\n"))


keras3("sequential", tutorial, (34, 60, 80, 91, 92, 100, 200))
keras3("branching", branching, (34, 60, 80, 100, 112, 200))
keras3("long", long_names, (34, 60, 80, 92))
keras3("long-branching", long_branching, (34, 60, 80, 112))


# --------------------------------------------------- the frozen Keras 2.5
def classic_summary(name, build):
    classic_backend.clear_session()
    out = []
    build().summary(print_fn=out.append)
    write(f"classic-{name}.txt", "\n".join(out))


def classic_tutorial():
    return sequential.Sequential([
        C.Conv2D(32, 5, input_shape=(28, 28, 1)), C.MaxPooling2D(), C.Conv2D(32, 4, padding="same"),
        C.MaxPooling2D(), C.Conv2D(32, 3), C.Flatten(), C.Dropout(.5), C.Dense(10), C.Activation("softmax")])


def classic_branching():
    i = input_layer.Input((32, 32, 3))
    x = C.Conv2D(16, 3, padding="same")(i)
    z = C.Add()([x, C.ReLU()(x)])
    return training.Model(i, C.Dense(10)(C.GlobalAveragePooling2D()(z)))


def classic_straight():
    """a functional model without branches: 65 columns, with a row for its input"""
    i = input_layer.Input((8,))
    return training.Model(i, C.Dense(10)(i), name="straight")


def classic_long():
    return sequential.Sequential([
        C.Conv2D(123456, 3, input_shape=(1000, 1000, 3), name="a_first_convolution_with_a_name_of_more_than_forty_characters"),
        C.GlobalAveragePooling2D(name="pool"),
        C.Dense(100, name="classifier_of_everything_there_is")], name="a_model_with_a_very_long_name_indeed")


def classic_long_branching():
    i = input_layer.Input((1000, 1000, 3), name="photographs")
    a = C.DepthwiseConv2D(3, padding="same", name="depthwise_convolution_of_the_left_branch")(i)
    b = C.Conv2D(3, 1, name="b")(i)
    c = C.Concatenate(name="merge_all_of_them")([a, b, i])
    return training.Model(i, C.Conv2D(12345, 7, name="head")(c), name="wide")


classic_summary("sequential", classic_tutorial)
classic_summary("branching", classic_branching)
classic_summary("straight", classic_straight)
classic_summary("long", classic_long)
classic_summary("long-branching", classic_long_branching)


class Clock:
    now = 0.

    @classmethod
    def time(cls):
        return cls.now


def progress(times, steps, end, **options):
    """the lines of one epoch on a clock set by hand: `times` are (step, seconds)"""
    generic_utils.time = Clock
    buffer = io.StringIO()
    with contextlib.redirect_stdout(buffer):
        bar = generic_utils.Progbar(steps, stateful_metrics=[k for k, _ in TRAIN + EXTRA], **options)
        start = Clock.now
        for step, seconds in times:
            Clock.now = start + seconds
            bar.update(step, TRAIN, finalize=False)
        Clock.now = start + end
        bar.update(steps, TRAIN + EXTRA, finalize=True)
    lines = re.split(r"[\r\n]+", buffer.getvalue().replace("\b", ""))
    return [x.rstrip() for x in lines if x]


TRAIN = [("loss", 2.34567), ("accuracy", .25)]
EXTRA = [("val_loss", 1.172835), ("val_accuracy", .125), ("lr", 5e-4)]
EPOCHS = [  # steps, first step, later steps, validation, steps shown: seconds
    (16, .5, .04, .05, (1, 5, 16)), (1, .25, .04, 0., (1,)), (10, 2., 1.5, 0., (1, 2, 9)),
    (100, .001, .0004, .001, (1, 3, 4, 50, 99)), (938, .3, .1, 4., (1, 2, 300, 500)),
    (1875, 9., 3.7, 60., (1, 2, 900, 1860)), (30, .01, .02, .3, tuple(range(1, 31))), (100000, .01, .02, 0., (1, 7, 40000)),
]
rows = []
for steps, first, later, validation, shown in EPOCHS:
    times = [(s, first + later * (s - 1)) for s in shown]
    end = first + later * (steps - 1) + validation
    Clock.now = 0.
    lines = progress(times, steps, end, interval=0)
    for (s, t), line in zip(times + [("end", end)], lines, strict=True):
        rows.append(f"{s}\t{steps}\t{first!r}\t{t!r}\t{line}")
write("classic-progress.tsv", "\n".join(rows))
# what is left of 30 steps of 1/64 s if redraws are 50 ms apart
Clock.now = 64.
write("classic-redraws.txt", "\n".join(progress([(s, s / 64) for s in range(1, 31)], 30, .75)))


# ---------------------------------------------------------------- numbers
random.seed(7)
values = [0., -0., 1., -2., .001, .0010000000000000002, .0011, 1234.5, 2.34565, .00005, .00015, 2.5, .5, 1.5, 9.99995,
          99999.99995, .99995e-3, 1e15, 1e22, 1e23, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, float("nan"),
          float("inf"), float("-inf"), 123456789.123456789, .125, .375, 1e-4, 9.9999e-5, 9.999949999e-5, 9.99995e-5]
values += [k / 32 for k in range(1, 64, 2)] + [random.uniform(-3, 3) for _ in range(200)] + [10 ** random.uniform(-12, 12) for _ in range(200)]
values += [v for v in (struct.unpack("<d", random.randbytes(8))[0] for _ in range(300)) if v == v]
metric = lambda v: "%.4f" % v if abs(v) > 1e-3 else "%.4e" % v
write("numbers.tsv", "\n".join("\t".join([f"{struct.unpack('<Q', struct.pack('<d', v))[0]:x}", "%.4f" % v, "%.4e" % v, "%.0f" % v, metric(v)]) for v in values))
sizes = [0, 1, 128, 1023, 1024, 1025, 126504, 1048575, 1048576, 3 * 2**29, 2**30, 2**40, 2**50, 7 * 2**50] + [random.randrange(2 ** random.randrange(1, 50)) for _ in range(60)]
write("numbers-sizes.tsv", "\n".join(f"{n}\t{n:,}\t{readable_memory_size(n)}" for n in sizes))
