from layer_case import Case

CASES = [
    Case("two", (3, 4, 2), (3, 4, 2)),
    Case("three", (3, 4, 2), (3, 4, 2), (3, 4, 2)),
    Case("channels repeated over pixels", (3, 4, 2), (1, 1, 2)),
    Case("pixels repeated over channels", (3, 4, 1), (3, 4, 2)),
    Case("a row of channels", (2,), (3, 4, 2)),
    Case("rows and columns", (3, 1, 2), (1, 4, 2)),
    Case("a single one", (1,), (7,)),
    Case("one of each", (3, 4, 2), (3, 4, 1), (1, 4, 2), (3, 1, 1)),
    Case("many ties", (6, 6, 20), (6, 6, 20), (6, 6, 20), batch=1),
]
