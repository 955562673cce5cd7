from layer_case import Case

CASES = [
    Case("channels", (3, 4, 2), (3, 4, 1)),
    Case("three", (3, 4, 2), (3, 4, 1), (3, 4, 3)),
    Case("rows", (3, 4, 2), (2, 4, 2), axis=1),
    Case("columns", (3, 4, 2), (3, 1, 2), axis=2),
    Case("columns counted from the end", (3, 4, 2), (3, 1, 2), axis=-2),
    Case("of rows", (3,), (4,), (2,)),
]
