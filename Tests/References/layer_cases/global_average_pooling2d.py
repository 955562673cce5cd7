from layer_case import Case

CASES = [Case("default", (4, 3, 3)), Case("kept", (3, 3, 17), keepdims=True)]
