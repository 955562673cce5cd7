from layer_case import Case, grid

CASES = [Case("plain", (3, 4, 3)), *grid("alpha", (3, 4, 3), alpha=[0.0, 0.5, 2.0, -0.5])]
