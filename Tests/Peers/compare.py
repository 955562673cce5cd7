#!/usr/bin/env python3
"""Times cnnrun and the frameworks one would use instead, on the same work, turn by turn, and prints ratios.

    python3 Tests/Peers/compare.py [--rounds 5] [--threads 2] [--tasks seed,infer,heavy,full,specs,command]

Needs the command built (`swift build -c release`) and Debian's dataset-fashion-mnist. Frameworks are installed from
PyPI into virtual environments under --environments (default .build-peers) the first time; one that cannot be
installed is left out and said so. Each figure is the median over the rounds of a round's own median; a ratio is
cnnrun's time over the other's, of the medians.
"""
import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PACKAGES = {
    "tensorflow": ["tensorflow-cpu==2.21.*", "keras==3.15.*"],
    "torch": ["torch", "numpy", "setuptools"],
    "jax": ["jax", "optax", "numpy"],
    "onnxruntime": ["onnxruntime", "onnx", "numpy"],
}
# name, environment, script, arguments
SEED = [("TensorFlow loop", "tensorflow", "tf_keras.py", ["--mode", "loop"]),
        ("TensorFlow fit", "tensorflow", "tf_keras.py", ["--mode", "fit"]),
        ("PyTorch", "torch", "torch_eager.py", ["--mode", "eager"]),
        ("PyTorch channels-last", "torch", "torch_eager.py", ["--mode", "eager_cl"]),
        ("PyTorch compiled", "torch", "torch_eager.py", ["--mode", "compile"]),
        ("JAX", "jax", "jax_train.py", ["--mode", "epoch"])]
INFER = [("ONNX Runtime", "onnxruntime", "ort_infer.py", []),
         ("TensorFlow", "tensorflow", "tf_keras.py", ["--mode", "loop"])]
HEAVY = [("TensorFlow loop", "tensorflow", "tf_keras.py", ["--mode", "loop"]),
         ("PyTorch channels-last", "torch", "torch_eager.py", ["--mode", "eager_cl"]),
         ("ONNX Runtime", "onnxruntime", "ort_infer.py", [])]


def environment(folder, name):
    """The interpreter of a framework's virtual environment, made if it is not there; None if it cannot be."""
    python = folder / name / "bin" / "python"
    if python.exists():
        return python
    print(f"installing {name} …", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", folder / name], check=True)
    done = subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES[name]])
    if done.returncode != 0:
        print(f"{name} cannot be installed and is left out", file=sys.stderr)
        subprocess.run(["rm", "-rf", folder / name])
        return None
    return python


def peer(python, script, arguments, threads):
    """The JSON line that a peer's script prints, or None."""
    done = subprocess.run(
        [python, HERE / script, "--threads", str(threads), *arguments], capture_output=True, text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else None


def ours(command, threads, *arguments):
    done = subprocess.run([command, *arguments, "--threads", str(threads)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"cnnrun {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


def bench(command, threads, *arguments):
    report = json.loads(ours(command, threads, "bench", *arguments, "--json"))
    return report, {job["name"]: job["median_seconds"] for job in report["jobs"]}


def seed_epoch(command, threads):
    """Seconds of a training epoch of the reference, without validation: the median of 20 after 2."""
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "spec.yaml"
        text = (ROOT / "Specs/fashion-mnist.yaml").read_text().replace("    validation: train[1000:2000]\n", "")
        spec.write_text(text)
        shutil.copytree(ROOT / "Specs/fashion-mnist-subset", Path(folder) / "fashion-mnist-subset")
        run = Path(folder) / "run"
        ours(command, threads, "run", spec, "--set", "training.epochs=22", "--out", run, "-q")
        with open(run / "history.csv") as file:
            return statistics.median([float(row["seconds"]) for row in csv.DictReader(file)][2:])


def full_epoch(command, threads):
    """Seconds of an epoch of all 60,000 images with validation on the test set, batch 128: the median of three."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        ours(command, threads, "run", ROOT / "Specs/fashion-mnist.yaml", "--set", "training.epochs=3", "--set",
             "training.batch_size=128", "--set", "data={source: fashion_mnist, split: {train: train, validation: test}}",
             "--out", run, "-q")
        with open(run / "history.csv") as file:
            return statistics.median([float(row["seconds"]) for row in csv.DictReader(file)])


def random_cifar(folder):
    """CIFAR-10's binary files with random content: the real size, nothing to learn."""
    place = folder / "cifar-10-batches-bin"
    place.mkdir()
    for name in [f"data_batch_{i}.bin" for i in range(1, 6)] + ["test_batch.bin"]:
        record = bytearray(os.urandom(10_000 * 3073))
        for start in range(0, len(record), 3073):
            record[start] %= 10
        (place / name).write_bytes(record)


# The project's larger specs: of how many images an epoch is timed, what makes them, and settings that take the place of
# the spec's.
TRAINING = "training={optimizer: adam, loss: sparse_categorical_crossentropy, metrics: [accuracy], batch_size: 128}"
SPECS = [
    ("fashion-mnist-full", 12_800, None, ["data={source: fashion_mnist, rescale: 1/255, split: {train: 'train[:12800]'}}"]),
    ("resnet20", 2_560, random_cifar, ["data={source: cifar10, rescale: 1/255, split: {train: 'train[:2560]'}}"]),
]


def spec_epochs(command, threads, folder, name, makes, settings):
    """Seconds of an epoch, the median of two after one, and where the same model for Keras is."""
    run, model = folder / name, folder / f"{name}.keras"
    place = []
    if makes:
        makes(folder)
        place = ["--data-dir", folder]
    values = [item for setting in [*settings, TRAINING, "training.epochs=3", "expect={}"] for item in ("--set", setting)]
    ours(command, threads, "run", ROOT / f"Specs/{name}.yaml", *values, *place, "--out", run, "-q")
    subprocess.run([command, "export", run, "--to", "keras", *place, "--out", model, "-q"], check=True,
                   stdout=subprocess.DEVNULL)
    with open(run / "history.csv") as file:
        return statistics.median([float(row["seconds"]) for row in csv.DictReader(file)][1:]), model


def whole_command(command, threads):
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        ours(command, threads, "run", ROOT / "Specs/fashion-mnist.yaml", "--set", "training.epochs=5", "--out",
             Path(folder) / "run", "-q")
        return time.perf_counter() - start


def whole_keras(python):
    start = time.perf_counter()
    done = subprocess.run([python, HERE / "seed.py", "5"], capture_output=True)
    return time.perf_counter() - start if done.returncode == 0 else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tasks", default="seed,infer,heavy,full,specs,command")
    parser.add_argument("--environments", type=Path, default=ROOT / ".build-peers")
    parser.add_argument("--command", type=Path, default=ROOT / ".build/release/cnnrun")
    a = parser.parse_args()
    pythons = {}
    results = {}

    def note(work, who, seconds):
        if seconds is not None:
            results.setdefault(work, {}).setdefault(who, []).append(seconds)

    def python(name):
        if name not in pythons:
            pythons[name] = environment(a.environments, name)
        return pythons[name]

    for _ in range(a.rounds):
        if "seed" in a.tasks:
            note("training epoch, 1,000 images", "cnnrun", seed_epoch(a.command, a.threads))
            for who, name, script, arguments in SEED:
                if python(name):
                    r = peer(python(name), script, [*arguments, "--epochs", "12"], a.threads)
                    note("training epoch, 1,000 images", who, r and r["epoch_train_s"]["median"])
        if "infer" in a.tasks:
            _, jobs = bench(a.command, a.threads, ROOT / "Specs/fashion-mnist.yaml", "--runs", "3")
            note("inference of 1 image", "cnnrun", jobs["inference of 1"])
            note("inference of 1,000 images", "cnnrun", jobs["inference of 1000"])
            for who, name, script, arguments in INFER:
                if python(name):
                    r = peer(python(name), script, [*arguments, "--task", "infer"], a.threads)
                    note("inference of 1 image", who, r and r["batch1_us"]["median"] / 1e6)
                    note("inference of 1,000 images", who, r and 1000 / r["batch1000_img_s"]["median"])
        if "heavy" in a.tasks:
            _, jobs = bench(a.command, a.threads, HERE / "heavy.yaml", "--images", "64", "--runs", "3")
            note("heavy, training step of 64", "cnnrun", jobs["training step, batch 64"])
            note("heavy, inference of 64", "cnnrun", jobs["inference of 64"])
            for who, name, script, arguments in HEAVY:
                if python(name):
                    r = peer(python(name), script, [*arguments, "--task", "heavy"], a.threads)
                    if r and "train_step_ms" in r:
                        note("heavy, training step of 64", who, r["train_step_ms"]["median"] / 1e3)
                    note("heavy, inference of 64", who, r and r["infer_batch64_ms"]["median"] / 1e3)
        if "full" in a.tasks:
            note("epoch of 60,000 images with validation", "cnnrun", full_epoch(a.command, a.threads))
            if python("tensorflow"):
                r = peer(python("tensorflow"), "tf_keras.py", ["--task", "full", "--mode", "fit", "--epochs", "3"], a.threads)
                note("epoch of 60,000 images with validation", "TensorFlow fit", r and r["epoch_with_val_s"]["median"])
        if "specs" in a.tasks:
            for name, images, makes, settings in SPECS:
                with tempfile.TemporaryDirectory() as folder:
                    seconds, model = spec_epochs(a.command, a.threads, Path(folder), name, makes, settings)
                    work = f"{name}, {images:,} images of training"
                    note(work, "cnnrun", seconds)
                    if python("tensorflow"):
                        r = peer(python("tensorflow"), "tf_keras.py", ["--task", "model", "--mode", "fit", "--epochs", "3",
                                 "--model", str(model), "--images", str(images)], a.threads)
                        note(work, "TensorFlow fit", r and r["epoch_s"]["median"])
        if "command" in a.tasks:
            note("five epochs, start to exit", "cnnrun", whole_command(a.command, a.threads))
            if python("tensorflow"):
                note("five epochs, start to exit", "Keras", whole_keras(python("tensorflow")))

    print(f"| work, {a.threads} threads | who | median | spread | cnnrun / who |\n| --- | --- | --- | --- | --- |")
    for work, people in results.items():
        own = statistics.median(people["cnnrun"])
        for who, seconds in people.items():
            median = statistics.median(seconds)
            ratio = "" if who == "cnnrun" else f"{own / median:.2f}"
            print(f"| {work} | {who} | {median * 1e3:.3f} ms | {min(seconds) * 1e3:.3f}–{max(seconds) * 1e3:.3f} | {ratio} |")


if __name__ == "__main__":
    main()
