from layer_case import Case

CASES = [
    Case("default", (3, 2, 2)),
    Case("one number", (3, 2, 2), padding=2),
    Case("rows and columns", (3, 2, 1), padding=[0, 3]),
    Case("each side", (3, 2, 2), padding=[[1, 0], [2, 3]]),
]
