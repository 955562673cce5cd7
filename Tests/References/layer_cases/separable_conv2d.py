from layer_case import Case, grid

CASES = [
    *grid("size", (6, 5, 3), filters=4, kernel_size=[[3, 2]], strides=[1, 2], padding=["same", "valid"]),
    *grid("multiplied", (5, 5, 2), filters=3, kernel_size=3, depth_multiplier=[1, 3], dilation_rate=[1, 2],
          padding=["same"]),
    *grid("dilated and strided", (7, 8, 2), filters=2, kernel_size=3, dilation_rate=2, strides=2,
          padding=["same", "valid"]),
    Case("no bias", (4, 4, 3), filters=2, kernel_size=3, use_bias=False),
    Case("relu", (4, 4, 3), filters=5, kernel_size=3, padding="same", activation="relu"),
]
