from layer_case import Case

# Random in training, which `RandomLayerTests` look at.
CASES = [Case("evaluated", (4, 3, 2), height_factor=0.2, training=False)]
