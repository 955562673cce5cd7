from layer_case import Case

CASES = [
    Case("two", (3, 4, 2), (3, 4, 2)),
    Case("three", (3, 4, 2), (3, 4, 2), (3, 4, 2)),
    Case("rows", (9,), (9,)),
    Case("channels repeated over pixels", (3, 4, 2), (1, 1, 2)),
    Case("a row of channels", (3, 4, 2), (2,)),
    Case("one of each", (3, 4, 2), (3, 4, 1), (1, 4, 2), (3, 1, 1)),
]
