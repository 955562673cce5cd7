"""Loads each NAME.keras of the folder, predicts from NAME.in and compares with NAME.out (float32, C order); then loads
NAME.weights.h5 into the same model with other weights, and compares again.

Prints a line for each: NAME, difference, difference by the weights file, largest output, parameters, class.
"""
import glob, os, sys
os.environ["KERAS_BACKEND"] = "jax"
import numpy as np
import keras

folder = sys.argv[1]
for path in sorted(glob.glob(os.path.join(folder, "*.keras"))):
    base = path[: -len(".keras")]
    try:
        model = keras.models.load_model(path)
        x = np.fromfile(base + ".in", "float32").reshape(-1, *model.input_shape[1:])
        expected = np.fromfile(base + ".out", "float32")

        def difference():
            y = np.asarray(model(x, training=False), "float32").ravel()
            return np.abs(y - expected).max() if y.shape == expected.shape else np.inf

        first = difference()
        for w in model.weights:
            w.assign(np.full(w.shape, 0.123, w.dtype))
        model.load_weights(base + ".weights.h5")
        second = difference()
        print(os.path.basename(base), first, second, np.abs(expected).max(), model.count_params(),
              type(model).__name__)
    except Exception as error:
        print(os.path.basename(base), "failed:", type(error).__name__, str(error).replace("\n", " ")[:1500])
print("done")
