"""Little classifiers in NumPy, small enough to read at one sitting, and a flight recorder for when they crash.

Layers compute what they are asked for in the dtype of their weights, float16 included, and never guard against
overflow: to see where a training goes wrong is what this package is for. It rests on NumPy and `stable_softmax`.
"""

from .data import Digits, digits, shift, spiral, split
from .layers import Conv2d, Flatten, Layer, Linear, MaxPool2d, Network, Parameter, ReLU
from .losses import naive_loss, stable_loss, standard_fix_loss
from .optimizers import SGD, Adam, Optimizer
from .recorder import Crash, FlightRecorder
from .training import accuracy, minibatches, predict, train_step

__all__ = [
    "SGD",
    "Adam",
    "Conv2d",
    "Crash",
    "Digits",
    "Flatten",
    "FlightRecorder",
    "Layer",
    "Linear",
    "MaxPool2d",
    "Network",
    "Optimizer",
    "Parameter",
    "ReLU",
    "accuracy",
    "digits",
    "minibatches",
    "naive_loss",
    "predict",
    "shift",
    "spiral",
    "split",
    "stable_loss",
    "standard_fix_loss",
    "train_step",
]
