from layer_case import Case, grid

CASES = [
    *grid("last axis", (4, 3, 5), center=[True, False], scale=[True, False]),
    *grid("axes", (4, 3, 5), axis=[1, 2, 3, [1, 2], [2, 3], [1, 3], [1, 2, 3], [3, 1], [-1, -2]]),
    Case("features", (7,), epsilon=0.25),
    Case("wide row", (150,), batch=3),
    Case("vectors", (2, 2, 48)),
]
