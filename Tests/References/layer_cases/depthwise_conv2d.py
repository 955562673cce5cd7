from layer_case import Case, grid

CASES = [
    *grid("size", (6, 5, 3), kernel_size=[1, 2, 3, [3, 2], 4], padding=["same", "valid"]),
    *grid("stride", (7, 6, 2), kernel_size=[2, 3], strides=[2, 3], padding=["same", "valid"]),
    *grid("dilated", (7, 6, 2), kernel_size=[[2, 3]], dilation_rate=[2, [1, 2]], padding=["same", "valid"]),
    *grid("multiplied", (5, 5, 3), kernel_size=3, depth_multiplier=[2, 3], strides=[1, 2], padding=["same", "valid"]),
    *grid("dilated and strided", (7, 8, 2), kernel_size=3, dilation_rate=2, strides=2, padding=["same", "valid"]),
    Case("no bias", (4, 4, 17), kernel_size=3, padding="same", use_bias=False),
    Case("eight channels", (5, 9, 8), kernel_size=3, padding="same", activation="relu"),
    Case("relu", (5, 5, 2), kernel_size=3, depth_multiplier=2, activation="relu"),
    Case("tanh", (4, 4, 2), kernel_size=2, activation="tanh"),
    Case("larger than the image", (2, 3, 2), kernel_size=5, padding="same"),
]
