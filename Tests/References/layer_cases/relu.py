from layer_case import Case, grid

CASES = [
    Case("plain", (3, 4, 3)),
    *grid("varied", (3, 4, 3), max_value=[0.5, 6.0], negative_slope=[0.0, 0.25], threshold=[0.0, 0.125]),
    *grid("without a ceiling", (3, 4, 3), negative_slope=[0.0, 0.25], threshold=[0.0, 0.125]),
    Case("a ceiling below the threshold", (3, 4, 3), max_value=0.25, threshold=0.75, negative_slope=0.5),
    Case("a ceiling of zero", (3, 4, 3), max_value=0.0),
]
