from layer_case import Case

CASES = [
    Case("default", (3, 2, 2)),
    Case("one number", (5, 4, 2), cropping=1),
    Case("rows and columns", (3, 5, 1), cropping=[0, 2]),
    Case("each side", (5, 6, 2), cropping=[[1, 0], [2, 3]]),
]
