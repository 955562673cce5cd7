from layer_case import Case, grid

CASES = [
    *grid("numbers", (4, 3, 2), mean=0.375, variance=[2.25, 0.3], invert=[False, True]),
    *grid("a number a channel", (5, 3, 3), mean=[[0.5, -0.25, 0.1]], variance=[[0.3, 4, 0.0625]], invert=[False, True]),
    Case("rows", (3, 4, 2), axis=1, mean=[0.5, -0.25, 0.1], variance=[0.3, 4, 0.0625]),
    Case("columns", (4, 3, 2), axis=-2, mean=[0.5, -0.25, 0.1], variance=[0.3, 4, 0.0625]),
    Case("two axes", (4, 3, 2), axis=[1, 3], mean=[0.5, -0.25], variance=[0.3, 4]),
    Case("one for all", (4, 3, 2), axis="none", mean=0.5, variance=0.3, keras=dict(axis=None, mean=0.5, variance=0.3)),
    Case("no variance", (4, 3, 2), mean=0.5, variance=0, training=False),
    Case("many pixels", (20, 20, 1), mean=0.5, variance=0.3, batch=1),
    Case("features", (4,), mean=[1, 2, 3, 4], variance=[1, 2, 3, 4]),
]
