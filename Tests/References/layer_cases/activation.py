from layer_case import Case, grid

NAMES = ["linear", "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "sigmoid", "hard_sigmoid", "tanh",
         "softplus", "softmax"]

CASES = [
    *grid("of an image", (3, 4, 5), activation=NAMES),
    *grid("of a row", (9,), activation=["softmax", "gelu"]),
]
