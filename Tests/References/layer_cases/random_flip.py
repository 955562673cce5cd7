from layer_case import Case

# Random in training, which `RandomLayerTests` look at.
CASES = [Case("evaluated", (4, 3, 2), mode="horizontal", training=False)]
