from layer_case import Case, grid

CASES = [
    *grid("numbers", (4, 3, 2), scale=0.25, offset=[0, -1.5]),
    Case("a number a channel", (4, 3, 3), scale=[0.5, 2, -1], offset=[0.25, 0, -3]),
    Case("offsets a channel", (4, 3, 2), scale=2, offset=[0.25, -3]),
    Case("features", (5,), scale=[1, 2, 3, 4, 5]),
]
