from layer_case import grid

CASES = [
    *grid("size", (6, 5, 3), pool_size=[2, 3, [3, 2]], strides=[1, 2], padding=["same", "valid"]),
    *grid("default strides", (7, 6, 2), pool_size=[2, [2, 3]], padding=["same", "valid"]),
]
