from layer_case import Case, grid

CASES = [Case("plain", (3, 4, 3)), *grid("slope", (3, 4, 3), negative_slope=[0.0, 0.1, 1.5])]
