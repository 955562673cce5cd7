from layer_case import Case, grid

CASES = [
    *grid("size", (4, 3, 3), filters=2, kernel_size=[1, 2, 3, [4, 3]], strides=[1, 2, 3], padding=["same", "valid"]),
    *grid("unlike strides", (3, 4, 2), filters=3, kernel_size=3, strides=[[1, 2]], padding=["same", "valid"]),
    *grid("output padding", (3, 4, 2), filters=2, kernel_size=[2, 3, 5], strides=2, output_padding=1,
          padding=["same", "valid"]),
    *grid("no output padding", (3, 3, 2), filters=2, kernel_size=3, strides=[1, 3], output_padding=0,
          padding=["same", "valid"]),
    Case("unlike output padding", (3, 3, 2), filters=2, kernel_size=3, strides=[2, 3], output_padding=[1, 2],
         padding="same"),
    Case("no bias", (3, 3, 2), filters=2, kernel_size=3, use_bias=False),
    Case("relu", (3, 3, 2), filters=4, kernel_size=3, strides=2, padding="same", activation="relu"),
]
