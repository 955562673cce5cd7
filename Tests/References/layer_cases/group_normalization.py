from layer_case import Case, grid

CASES = [
    *grid("groups", (4, 3, 6), groups=[1, 2, 3, 6, -1]),
    *grid("two groups", (3, 4, 4), groups=2, center=[True, False], scale=[True, False]),
    *grid("axis", (4, 6, 8), groups=2, axis=[1, 2, 3, -2]),
    Case("default", (2, 3, 64)),
    Case("features", (12,), groups=4, epsilon=0.25),
]
