from layer_case import Case

# Random in training, which `RandomLayerTests` look at.
CASES = [
    Case("evaluated", (4, 3, 2), rate=0.5, training=False),
    Case("one mask", (4, 3, 2), rate=0.5, noise_shape=["none", 1, 1, 2], training=False,
         keras=dict(rate=0.5, noise_shape=(None, 1, 1, 2))),
]
