from layer_case import Case, grid

CASES = [
    *grid("axes", (2, 3, 4), dims=[[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]]),
    Case("of one", (5,), dims=[1]),
    Case("a thin image", (1, 4, 3), dims=[3, 1, 2]),
]
