from layer_case import Case, grid

CASES = [
    *grid("stride", (6, 5, 3), filters=4, kernel_size=[2, [3, 2]], strides=[1, [2, 1]], padding=["same", "valid"]),
    *grid("dilated in groups", (7, 6, 4), filters=6, kernel_size=[[3, 2]], groups=[1, 2],
          dilation_rate=[[2, 1], [1, 3]], padding=["same", "valid"]),
    *grid("strided in groups", (7, 6, 6), filters=6, kernel_size=3, groups=[3, 6], strides=2, padding=["same", "valid"]),
    Case("no bias", (4, 4, 2), filters=3, kernel_size=1, use_bias=False),
    Case("relu", (5, 5, 2), filters=3, kernel_size=3, activation="relu"),
    Case("softmax", (3, 3, 2), filters=3, kernel_size=2, activation="softmax"),
]
