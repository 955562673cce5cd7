from layer_case import Case, grid

NAMES = ["linear", "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "sigmoid", "hard_sigmoid", "tanh",
         "softplus", "softmax"]


def penalty(name, units=4, input=(5,), **regularizers):
    """Keras takes a regularizer's name and factors apart."""
    classes = {"l1": "L1", "l2": "L2", "l1_l2": "L1L2"}
    keras = {"units": units}
    for key, value in regularizers.items():
        (kind, factors), = value.items()
        factors = factors if isinstance(factors, dict) else {kind: factors}
        keras[key] = {"module": "keras.regularizers", "class_name": classes[kind], "config": factors,
                      "registered_name": None}
    return Case(name, input, keras=keras, units=units, **regularizers)


CASES = [
    *grid("activation", (6,), units=5, activation=NAMES),
    Case("over the last axis", (3, 2, 4), units=3),
    Case("without bias", (6,), units=3, use_bias=False),
    Case("frozen", (6,), units=3, trainable=False),
    Case("by names alone", (5,), units=3, kernel_regularizer="l2", bias_regularizer="l1"),
    penalty("l1", kernel_regularizer={"l1": 0.125}),
    penalty("l2", kernel_regularizer={"l2": 0.25}),
    penalty("l1 and l2", kernel_regularizer={"l1_l2": {"l1": 0.125, "l2": 0.0625}}, bias_regularizer={"l2": 0.5}),
    penalty("l1_l2 with one factor", kernel_regularizer={"l1_l2": {"l1": 0.125}}),
    penalty("more weights than a tile", units=150, input=(111,), kernel_regularizer={"l2": 0.001},
            bias_regularizer={"l1": 0.003}),
    Case("frozen, with a penalty", (5,), units=3, kernel_regularizer="l2", trainable=False),
]
