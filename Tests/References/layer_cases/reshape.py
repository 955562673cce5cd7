from layer_case import Case

CASES = [
    Case("to a row", (4, 3, 2), target_shape=[24]),
    Case("to an image", (24,), target_shape=[2, 3, 4]),
    Case("with one size left open", (4, 3, 2), target_shape=[-1, 2, 4]),
    Case("the last size left open", (4, 3, 2), target_shape=[6, -1]),
]
