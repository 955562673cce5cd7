from layer_case import Case

CASES = [
    Case("default", (4, 3, 3)),
    Case("kept", (3, 3, 17), keepdims=True),
    Case("equal values", (20, 20, 3)),
    Case("one pixel", (1, 1, 2)),
]
