"""Builds models in Keras, saves them, and what Keras predicts with them, into the folder that is named.

NAME.keras, NAME.in and NAME.out (float32, little-endian, C order) for models that are to be imported;
tuned/NAME.weights.h5 and tuned/NAME.keras, weights for another model, tuned/NAME.loaded and tuned/NAME.values, which of its
layers with weights skip_mismatch loads, and their values;
bad/NAME.keras and bad/NAME.txt (texts that the refusal must have, one a line) for those that are not;
hostile/NAME.keras and hostile/NAME.txt for files that no Keras writes.
"""
import io, os, sys, zipfile
os.environ["KERAS_BACKEND"] = "jax"
import h5py
import numpy as np
import keras
from keras import layers as L

folder = sys.argv[1]
for name in ["bad", "hostile", "tuned"]:
    os.makedirs(os.path.join(folder, name), exist_ok=True)
rng = np.random.default_rng(7)
keras.utils.set_random_seed(7)


def scramble(model):
    for w in model.weights:
        if w.dtype != "float32":
            continue
        size = np.sqrt(3 / max(1, np.prod(w.shape[:-1]))) if len(w.shape) > 1 else 0.5
        values = rng.normal(size=w.shape).astype("float32") * size
        if "variance" in w.path:
            values = np.abs(values) + 0.5
        w.assign(values)


def save(name, model, scrambled=True, scale=1.0, samples=3):
    if scrambled:
        scramble(model)
    x = (rng.normal(size=(samples, *model.input_shape[1:])) * scale).astype("float32")
    y = model(x, training=False)
    path = os.path.join(folder, name)
    model.save(path + ".keras")
    x.tofile(path + ".in")
    np.asarray(y, "float32").tofile(path + ".out")
    return x, y


def chain(name, *layers, shape=(9, 8, 4), **options):
    save(name, keras.Sequential([keras.Input(shape), *layers]), **options)


# Every kind, with a grid of its arguments.
index = 0
for padding in ["valid", "same"]:
    for strides, dilation in [(1, 1), (2, 1), ((2, 1), 1), (1, 2), (1, (1, 2))]:
        for kernel, groups, bias in [(3, 1, True), ((2, 3), 2, False), (1, 4, True)]:
            act = ["linear", "relu", "relu6", "elu", "selu", "gelu", "silu", "swish", "sigmoid", "tanh", "softplus",
                   "leaky_relu", "hard_sigmoid", "softmax", None][index % 15]
            chain(f"conv2d_{index}", L.Conv2D(8, kernel, strides, padding, dilation_rate=dilation, groups=groups,
                                              activation=act, use_bias=bias))
            if strides != (2, 1):
                chain(f"depthwise_{index}", L.DepthwiseConv2D(kernel, strides, padding, depth_multiplier=1 + index % 3,
                                                              dilation_rate=dilation, activation=act, use_bias=bias))
                chain(f"separable_{index}", L.SeparableConv2D(5, kernel, strides, padding, depth_multiplier=1 + index % 2,
                                                              dilation_rate=dilation, activation=act, use_bias=bias))
            if dilation == 1 and strides != (2, 1):
                chain(f"transpose_{index}", L.Conv2DTranspose(5, kernel, strides, padding, activation=act, use_bias=bias))
            index += 1
chain("transpose_output_padding", L.Conv2DTranspose(3, 3, 2, "same", output_padding=1))
for act in ["relu", "softmax", "sigmoid", "tanh", None]:
    for bias in [True, False]:
        chain(f"dense_{act}_{bias}", L.Flatten(), L.Dense(7, act, use_bias=bias))
chain("dense_on_images", L.Dense(3, kernel_regularizer=keras.regularizers.L1L2(0.1, 0.2), bias_regularizer="l2"))
chain("dense_on_features", L.Dense(5, "relu", kernel_regularizer="l1"), L.Dense(2), shape=(6,))
for cls in [L.MaxPooling2D, L.AveragePooling2D]:
    for i, (size, strides, padding) in enumerate([(2, None, "valid"), ((3, 2), 2, "same"), (3, (1, 2), "valid"), (2, 1, "same")]):
        chain(f"{cls.__name__}_{i}", cls(size, strides, padding))
for cls in [L.GlobalAveragePooling2D, L.GlobalMaxPooling2D]:
    for keep in [True, False]:
        chain(f"{cls.__name__}_{keep}", cls(keepdims=keep))
for scale in [True, False]:
    for center in [True, False]:
        chain(f"batch_norm_{scale}_{center}", L.BatchNormalization(scale=scale, center=center, epsilon=0.01, momentum=0.9))
        chain(f"layer_norm_{scale}_{center}", L.LayerNormalization(scale=scale, center=center))
        chain(f"group_norm_{scale}_{center}", L.GroupNormalization(2, scale=scale, center=center))
chain("batch_norm_axis", L.BatchNormalization(axis=1))
chain("batch_norm_frozen", L.BatchNormalization(trainable=False), L.Conv2D(2, 1, trainable=False))
chain("layer_norm_axes", L.LayerNormalization(axis=[1, 2, 3]))
chain("layer_norm_features", L.LayerNormalization(), shape=(6,))
chain("group_norm_each", L.GroupNormalization(-1, axis=-1))
for act in ["linear", "relu", "relu6", "elu", "selu", "gelu", "silu", "swish", "sigmoid", "tanh", "softplus",
            "leaky_relu", "hard_sigmoid", "softmax"]:
    chain(f"activation_{act}", L.Activation(act), scale=3.0)
chain("activation_function", L.Activation(keras.activations.relu), L.Conv2D(2, 1, activation=keras.activations.gelu))
for i, layer in enumerate([L.ReLU(), L.ReLU(6), L.ReLU(2.5, negative_slope=0.1, threshold=0.5), L.ReLU(threshold=0.3)]):
    chain(f"relu_{i}", layer, scale=5.0)
chain("leaky_relu", L.LeakyReLU(), L.LeakyReLU(negative_slope=0.05))
chain("elu", L.ELU(), L.ELU(alpha=0.3))
chain("softmax", L.Softmax(), L.Softmax(axis=1))
chain("dropouts", L.Dropout(0.3), L.Dropout(0.5, noise_shape=(None, 1, 1, 4), seed=3), L.SpatialDropout2D(0.2), L.GaussianNoise(0.1))
chain("reshaping", L.Permute((3, 1, 2)), L.Reshape((6, -1, 2)), L.ZeroPadding2D(((1, 2), (3, 0))), L.Cropping2D(((0, 1), (2, 1))))
chain("padding_defaults", L.ZeroPadding2D(), L.Cropping2D(1), L.ZeroPadding2D((2, 1)))
chain("up_sampling", L.UpSampling2D(), L.UpSampling2D((1, 3), interpolation="bilinear"))
chain("rescaling", L.Rescaling(1 / 255, offset=-0.5), L.Rescaling([1.0, 2.0, 3.0, 4.0], offset=[0.0, 1.0, 0.0, -1.0]))
chain("normalization", L.Normalization(mean=[0.1, 0.2, 0.3, 0.4], variance=[1.0, 4.0, 0.5, 0.0]),
      L.Normalization(axis=None, mean=0.5, variance=2.0), L.Normalization(mean=0.0, variance=2.0, invert=True))
adapted = L.Normalization()
adapted.adapt(rng.normal(size=(50, 9, 8, 4)).astype("float32") * 3 + 1)
chain("normalization_adapted", adapted, L.Conv2D(2, 3), scrambled=False)
one = L.Normalization(axis=None)
one.adapt(rng.normal(size=(50, 9, 8, 4)).astype("float32") * 3 + 1)
chain("normalization_adapted_one", one, L.Flatten(), scrambled=False)
chain("augmentation", L.RandomFlip(), L.RandomFlip("horizontal", seed=1), L.RandomTranslation(0.1, (-0.2, 0.3)),
      L.RandomRotation(0.1, fill_mode="constant", fill_value=0.5), L.RandomZoom(0.2), L.RandomZoom((-0.2, 0.1), 0.1, interpolation="nearest"),
      L.RandomContrast(0.2), L.RandomContrast((0.1, 0.3), value_range=(0, 1)), L.RandomBrightness(0.2))

# Graphs.
def conv(x, filters, name=None, **options):
    return L.Conv2D(filters, 3, padding="same", use_bias=False, name=name, **options)(x)

def residual():
    i = keras.Input((8, 8, 3), name="images")
    x = conv(i, 4, "stem")
    for block in range(3):
        y = L.BatchNormalization()(x)
        y = L.Activation("relu")(y)
        y = conv(y, 4, f"block{block}.conv")
        x = L.Add()([y, x]) if block % 2 else L.Add()([x, y])
    x = L.GlobalAveragePooling2D()(x)
    return keras.Model(i, L.Dense(5, "softmax", name="head (10 classes)")(x), name="resi dual")
save("residual", residual())

def branches():
    i = keras.Input((8, 8, 3))
    a = L.Conv2D(4, 1)(i)
    b = L.Conv2D(4, 3, padding="same")(L.Conv2D(2, 1)(i))
    c = L.Conv2D(4, 5, padding="same")(L.MaxPooling2D(3, 1, "same")(i))
    d = L.SeparableConv2D(4, 3, padding="same")(L.LayerNormalization()(c))
    x = L.Concatenate()([c, a, d, b])
    y = L.Concatenate(axis=1)([L.Maximum()([a, b, c]), L.Average()([a, b])])
    y = L.Cropping2D(((0, 8), (0, 0)))(y)
    x = L.Concatenate()([L.Multiply()([a, d]), L.Subtract()([x, L.Concatenate()([y, y, y, y])]), i])
    return keras.Model(i, L.Dense(3)(L.GlobalMaxPooling2D()(x)))
save("branches", branches())

def operators():
    i = keras.Input((6, 6, 2))
    a, b = L.Conv2D(2, 1)(i), L.Conv2D(2, 1)(i)
    return keras.Model(i, keras.ops.maximum(a * b, (a + i) - b))
save("operators", operators())

def squeeze_excite():
    i = keras.Input((6, 6, 4))
    s = L.GlobalAveragePooling2D(keepdims=True)(i)
    s = L.Dense(4, "sigmoid")(L.Dense(2, "relu")(s))
    return keras.Model(i, L.Multiply()([i, s]))
save("squeeze_excite", squeeze_excite())

def nested():
    i = keras.Input((8, 8, 3))
    j = keras.Input((8, 8, 4))
    k = L.Conv2D(4, 3, padding="same", name="conv")(j)
    inner = keras.Model(j, L.Add()([k, L.BatchNormalization()(j)]), name="inner")
    first = keras.Sequential([keras.Input((8, 8, 3)), L.Rescaling(0.5), L.Conv2D(4, 3, padding="same", name="conv"),
                              keras.Sequential([L.Conv2D(4, 1), L.ReLU()])], name="first")
    x = inner(first(i))
    x = L.Conv2D(2, 3, name="input")(x)
    return keras.Model(i, keras.Sequential([L.Flatten(), L.Dense(3)])(x))
save("nested", nested())
save("sequential_of_models", keras.Sequential([keras.Input((8, 8, 3)), residual(), L.Dense(2)]))
save("deep", keras.Sequential([keras.Input((6, 6, 2))] + [L.Conv2D(2, 3, padding="same", activation="tanh") for _ in range(13)]))
compiled = keras.Sequential([keras.Input((6, 6, 1)), L.Conv2D(3, 3), L.Dropout(0.5), L.Flatten(), L.Dense(4, "softmax")])
compiled.compile("adam", "sparse_categorical_crossentropy")
compiled.fit(rng.normal(size=(64, 6, 6, 1)), rng.integers(0, 4, 64), verbose=0)
save("trained", compiled, scrambled=False)
compiled.save_weights(os.path.join(folder, "trained.weights.h5"))

# Weights for another model: what `skip_mismatch` takes, by the numbers of the layers with weights.
def fine_tuned(name, before, after):
    scramble(before)
    before.save_weights(os.path.join(folder, "tuned", name + ".weights.h5"))
    before.save(os.path.join(folder, "tuned", name + ".keras"))
    weighted = [l for l in after.layers if l.weights]
    fresh = [[np.asarray(w) for w in l.weights] for l in weighted]
    after.load_weights(os.path.join(folder, "tuned", name + ".weights.h5"), skip_mismatch=True)
    loaded = [i for i, (l, old) in enumerate(zip(weighted, fresh))
              if any((np.asarray(w) != o).any() for w, o in zip(l.weights, old))]
    with open(os.path.join(folder, "tuned", name + ".loaded"), "w") as f:
        f.write(" ".join(map(str, loaded)))
    np.concatenate([np.asarray(w).ravel() for i in loaded for w in weighted[i].weights]).astype("float32").tofile(
        os.path.join(folder, "tuned", name + ".values"))

def backbone(names, *head):
    return keras.Sequential([keras.Input((6, 6, 1)), L.Conv2D(3, 3, name=names[0]), L.BatchNormalization(name=names[1]),
                             L.Flatten(), L.Dense(5, "relu", name=names[2]), *head])

given = ["stem", "norm", "features"]
fine_tuned("head", backbone(given, L.Dense(4, name="head")), backbone(given, L.Dense(6, name="head")))
fine_tuned("counted", backbone([None] * 3, L.Dense(4)), backbone([None] * 3, L.Dense(6)))
fine_tuned("longer", backbone([None] * 3), backbone([None] * 3, L.Dense(6)))
fine_tuned("biasless", backbone(given, L.Dense(6, name="head")), backbone(given, L.Dense(6, use_bias=False, name="head")))

# What is refused.
def bad(name, model, *texts):
    model.save(os.path.join(folder, "bad", name + ".keras"))
    with open(os.path.join(folder, "bad", name + ".txt"), "w") as f:
        f.write("\n".join(texts))

bad("several", keras.Sequential([keras.Input((8, 8, 3)), L.Conv2D(4, 3, activation="mish", name="one"), L.PReLU(name="two"),
                                 L.Conv2D(4, 3, kernel_constraint="max_norm", name="three"),
                                 L.UpSampling2D(2, interpolation="bicubic", name="four"), L.Resizing(4, 4, name="five"),
                                 L.Conv2D(4, 3, data_format="channels_first", name="six")]),
    "`one`", "mish", "`two` (PReLU)", "`three`", "kernel_constraint", "`four`", "bicubic", "`five` (Resizing)", "`six`", "channels_first")
i = keras.Input((8, 8, 3))
shared = L.Conv2D(3, 1, name="shared")
bad("shared", keras.Model(i, shared(shared(i))), "`shared`", "called 2 times")
bad("numbers", keras.Model(i, L.Flatten()(i / 255.0)), "`true_divide` (TrueDivide)", "Rescaling")
bad("plus", keras.Model(i, L.Flatten()(i + 1.0)), "`add", "numbers of its own")
bad("slice", keras.Model(i, L.Flatten()(i[:, 1:3])), "`get_item` (GetItem)", "Cropping2D")
bad("softsign", keras.Sequential([keras.Input((7,)), L.Activation("softsign", name="one")]), "`one` (Activation)", "softsign")
bad("two_inputs", keras.Model([i, keras.Input((8, 8, 3))], L.Flatten()(i)), "2 inputs")
bad("open_size", keras.Sequential([keras.Input((None, None, 3)), L.GlobalAveragePooling2D()]), "null", "fixed numbers")
bad("sequence", keras.Sequential([keras.Input((7, 3)), L.Flatten()]), "[null,7,3]")
bad("half", keras.Sequential([keras.Input((7, 7, 3)), L.Conv2D(2, 3, dtype="mixed_float16", name="half")]), "`half`", "mixed_float16")
bad("crop", keras.Sequential([keras.Input((7, 7, 3)), L.RandomCrop(4, 4, name="crop")]), "`crop` (RandomCrop)", "whole")
bad("rms", keras.Sequential([keras.Input((7,)), L.LayerNormalization(rms_scaling=True)]), "rms_scaling")
bad("orthogonal", keras.Sequential([keras.Input((7,)), L.Dense(3, kernel_regularizer="orthogonal_regularizer")]), "kernel_regularizer")
bad("lambda", keras.Sequential([keras.Input((7,)), L.Lambda(lambda x: x * 2, name="own")]), "`own` (Lambda)")

@keras.saving.register_keras_serializable("mine")
class Dense(L.Layer):
    def call(self, x):
        return x * 2
bad("own_class", keras.Sequential([keras.Input((7,)), Dense(name="mine")]), "`mine` (Dense)", "author's own")

# Of a name that Keras has as well, and not registered.
Dense = type("Dense", (L.Layer,), {"call": lambda self, x: x * 2})
bad("unregistered", keras.Sequential([keras.Input((7,)), Dense(name="mine")]), "`mine` (Dense)", "author's own")

# Files that no Keras writes.
base = os.path.join(folder, "trained.keras")
with zipfile.ZipFile(base) as z:
    parts = {n: z.read(n) for n in z.namelist()}

def hostile(name, texts, **changed):
    path = os.path.join(folder, "hostile", name)
    with zipfile.ZipFile(path + ".keras", "w") as z:
        for n, content in {**parts, **{k.replace("__", "."): v for k, v in changed.items()}}.items():
            if content is not None:
                z.writestr(n, content)
    with open(path + ".txt", "w") as f:
        f.write("\n".join(texts))

def h5(change):
    out = io.BytesIO(parts["model.weights.h5"])
    with h5py.File(out, "r+") as f:
        change(f)
    return out.getvalue()

def replaced(path, make):
    def change(f):
        del f[path]
        make(f)
    return h5(change)

kernel = "layers/conv2d/vars/0"
weights = "model.weights.h5".replace(".", "__")
hostile("no_config", ["no 'config.json'"], config__json=None)
hostile("no_weights", ["no 'model.weights.h5'"], **{weights: None})
hostile("cut_config", ["config.json", "JSON"], config__json=parts["config.json"][:200])
hostile("deep_config", ["config.json"], config__json=b"[" * 100000)
hostile("list_config", ["class"], config__json=b"[]")
hostile("empty_config", ["class"], config__json=b"{}")
hostile("old", ["Keras 2.15.0"], metadata__json=b'{"keras_version": "2.15.0"}')
hostile("cut_weights", ["HDF5"], **{weights: parts["model.weights.h5"][:3000]})
hostile("text_weights", ["no HDF5 file"], **{weights: b"hello" * 1000})
hostile("no_kernel", [kernel.rsplit("/", 2)[0]], **{weights: h5(lambda f: f.__delitem__(kernel))})
hostile("no_group", ["layers/conv2d"], **{weights: h5(lambda f: f.__delitem__("layers/conv2d"))})
hostile("other_shape", [kernel, "[3, 3, 1, 4]", "[3, 3, 1, 3]"], **{weights: replaced(kernel, lambda f: f.create_dataset(kernel, data=np.zeros((3, 3, 1, 4), "f4")))})
hostile("integers", [kernel, "no floats"], **{weights: replaced(kernel, lambda f: f.create_dataset(kernel, data=np.zeros((3, 3, 1, 3), "i4")))})
hostile("texts", [kernel, "[2]"], **{weights: replaced(kernel, lambda f: f.create_dataset(kernel, data=np.array([b"a", b"b"])))})
hostile("nan", [kernel, "nan"], **{weights: replaced(kernel, lambda f: f.create_dataset(kernel, data=np.full((3, 3, 1, 3), np.nan, "f4")))})
hostile("compressed", [kernel, "compressed"], **{weights: replaced(kernel, lambda f: f.create_dataset(kernel, data=np.zeros((3, 3, 1, 3), "f4"), compression="gzip"))})
hostile("unallocated", [kernel, "more values"], **{weights: replaced(kernel, lambda f: f.create_dataset(kernel, shape=(1 << 20, 1 << 20), dtype="f4", chunks=(1024, 1024)))})
hostile("external", [kernel, "another file"], **{weights: replaced(kernel, lambda f: f.create_dataset(kernel, shape=(3, 3, 1, 3), dtype="f4", external=[("/etc/passwd", 0, 108)]))})
hostile("external_link", [kernel, "link"], **{weights: replaced(kernel, lambda f: f.__setitem__(kernel, h5py.ExternalLink("/etc/passwd", "/a")))})
hostile("soft_link", [kernel, "link"], **{weights: replaced(kernel, lambda f: f.__setitem__(kernel, h5py.SoftLink("/layers")))})

def virtual(f):
    layout = h5py.VirtualLayout(shape=(3, 3, 1, 3), dtype="f4")
    layout[:] = h5py.VirtualSource("/tmp/none.h5", "a", shape=(3, 3, 1, 3))
    f.create_virtual_dataset(kernel, layout)
hostile("virtual", [kernel, "other files"], **{weights: replaced(kernel, virtual)})

def cycle(f):
    f["layers/conv2d/again"] = f["layers"]
hostile("cycle", ["more groups"], **{weights: h5(cycle)})
hostile("stray", ["stray"], **{weights: h5(lambda f: f.create_dataset("stray", data=np.zeros(3, "f4")))})
print("done")
