from layer_case import Case, grid

CASES = [
    Case("of a row", (17,)),
    *grid("of an image", (3, 4, 5), axis=[-1, 1, 2, 3, -2, -3]),
]
