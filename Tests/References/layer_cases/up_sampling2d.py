from layer_case import Case, grid

CASES = [
    Case("default", (3, 2, 2)),
    *grid("size", (3, 4, 3), size=[1, 3, [2, 1], [3, 4]], interpolation=["nearest", "bilinear"]),
    Case("one pixel", (1, 1, 2), size=2, interpolation="bilinear"),
    Case("eighteen channels", (2, 2, 18), size=2, interpolation="bilinear"),
]
