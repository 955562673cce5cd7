from layer_case import Case, grid

CASES = [
    *grid("last axis", (4, 3, 5), center=[True, False], scale=[True, False]),
    *grid("axis", (4, 3, 5), axis=[1, 2, 3, -2]),
    *grid("moving", (3, 2, 4), momentum=[0.0, 0.5, 1.0]),
    Case("features", (6,), batch=5, epsilon=0.25),
    *grid("frozen", (4, 3, 3), center=[True, False], scale=[True, False], trainable=False),
    Case("penalties", (4, 3, 3), gamma_regularizer="l2", beta_regularizer="l1"),
    Case("frozen, with penalties", (4, 3, 3), gamma_regularizer="l2", beta_regularizer="l1", trainable=False),
]
