"""What a case of a layer is: see `make_layer_references.py`."""

import itertools


class Case:
    """A layer with arguments, and the shapes of its inputs without the batch.

    `training=False` leaves gradients out, for what draws random numbers in training. `keras` has the
    arguments for Keras where they are not those of the spec language.
    """

    def __init__(self, name, *inputs, batch=2, training=True, keras=None, **arguments):
        self.name, self.inputs, self.batch, self.training = name, inputs, batch, training
        self.arguments, self.keras = arguments, keras


def grid(name, *inputs, **lists):
    """A case for every combination of the arguments' values; what is no list is one value."""
    lists = {key: value if isinstance(value, list) else [value] for key, value in lists.items()}
    for values in itertools.product(*lists.values()):
        arguments = dict(zip(lists, values))
        varied = [f"{k} {v}" for k, v in arguments.items() if len(lists[k]) > 1]
        yield Case(", ".join([name, *varied]), *inputs, **arguments)
