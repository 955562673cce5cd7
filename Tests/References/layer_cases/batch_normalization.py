from layer_case import Case, grid

CASES = [
    *grid("parts", (4, 3, 3), center=[True, False], scale=[True, False]),
    *grid("constants", (4, 3, 3), momentum=[0.5, 0.9], epsilon=[0.001, 0.125]),
    *grid("frozen", (4, 3, 3), center=[True, False], scale=[True, False], trainable=False),
    Case("of a row", (5,), batch=7),
    Case("axis by its number", (4, 3, 3), axis=3),
    Case("penalties", (4, 3, 3), gamma_regularizer="l2", beta_regularizer="l1"),
    Case("frozen, with penalties", (4, 3, 3), gamma_regularizer="l2", beta_regularizer="l1", trainable=False),
]
