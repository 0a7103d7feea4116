"""Layers and the network that chains them: each knows its value, and the slope of a loss behind it.

Every layer has two methods. ``forward(x)`` computes its outputs and remembers what the way back needs.
``backward(slope)`` takes the gradient of a loss with respect to those outputs, stores that of its parameters, and
returns that with respect to its inputs. Examples lie along the first axis of every array; images are
(examples, channels, height, width). All is computed in the dtype of the weights.
"""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

FLOATS = ("float16", "float32", "float64")


@dataclass(eq=False)
class Parameter:
    """An array that is trained, in place, and the gradient of the latest loss with respect to it."""

    name: str  #: "weight" or "bias"; in a network with the layer's name before it, as in "linear1.weight"
    value: np.ndarray
    gradient: np.ndarray | None = None  #: of the same shape and dtype; None before the first `backward`

    @property
    def is_weight(self):
        """Whether weight decay applies. It does to weights, not to biases."""
        return self.name.rpartition(".")[2] == "weight"


class Layer:
    """What all layers share: a memory of the latest `forward`, and maybe parameters."""

    kind = "layer"  # what a network calls it
    memory: Any = None

    def parameters(self):
        """Return the layer's parameters, a list of `Parameter`."""
        return [value for value in vars(self).values() if isinstance(value, Parameter)]

    def copy(self, dtype=None):
        """Return a layer of its own with the same parameters, in another dtype if one is named."""
        twin = copy.copy(self)
        twin.memory = None
        for name, value in vars(self).items():
            if isinstance(value, Parameter):
                setattr(twin, name, Parameter(value.name, value.value.astype(_dtype(dtype or value.value.dtype))))
        return twin

    def _remembered(self, slope, shape):
        """What `forward` kept, once `slope` has the shape of its outputs."""
        if self.memory is None:
            raise RuntimeError(f"{type(self).__name__}.backward was called before forward")
        if slope.shape != shape(self.memory):
            raise ValueError(
                f"{type(self).__name__}: slope must have the shape of the outputs, "
                f"{shape(self.memory)}, but has shape {slope.shape}"
            )
        return self.memory


class Linear(Layer):
    """Scores that are weighted sums of the inputs: ``x @ weight + bias``.

    Parameters
    ----------
    inputs, outputs : int
        How many numbers an example has before and after the layer.
    rng : numpy.random.Generator or numpy.random.RandomState
        Draws the weights from a normal distribution. They are drawn in float64 and then rounded, so that the same
        seed starts the same network in every dtype.
    scale : float, optional
        Standard deviation of the weights, by default ``sqrt(2 / inputs)``: with it, layers between ReLUs pass on
        values of the size that they were given (K. He et al., "Delving deep into rectifiers", ICCV 2015).
    dtype : dtype, default float64
        float16, float32 or float64.

    Attributes
    ----------
    weight : Parameter, value of shape (inputs, outputs)
    bias : Parameter, value of shape (outputs,)
        Starts at 0.

    Raises
    ------
    TypeError
        If a size is no int, `dtype` is another one, or `rng` cannot draw.
    ValueError
        If a size is below 1, or `scale` negative or not finite.
    """

    kind = "linear"

    def __init__(self, inputs, outputs, rng, scale=None, dtype=np.float64):
        self.weight, self.bias = _draw(
            (_size(inputs, "inputs"), _size(outputs, "outputs")), inputs, outputs, rng, scale, dtype
        )

    def forward(self, x):
        """Return the scores, shape (examples, outputs), of `x`, shape (examples, inputs) and the weights' dtype."""
        _check(self, x, self.weight, ("examples", len(self.weight.value)))
        self.memory = x
        return x @ self.weight.value + self.bias.value

    def backward(self, slope):
        """Store the parameters' gradients; return that of the inputs. `slope` is that of the scores."""
        x = self._remembered(slope, lambda x: (len(x), len(self.bias.value)))
        self.weight.gradient = x.T @ slope
        self.bias.gradient = slope.sum(axis=0)
        return slope @ self.weight.value.T


class ReLU(Layer):
    """The positive part, ``max(x, 0)``. Its slope at 0 is taken as 0."""

    kind = "relu"

    def forward(self, x):
        """Return an array like `x` with its negative entries replaced by 0; NaN stays."""
        self.memory = x > 0
        return np.maximum(x, 0)

    def backward(self, slope):
        """Let through the slope where the input was positive."""
        return np.where(self._remembered(slope, np.shape), slope, 0)  # a product would make nan of inf times 0


class Flatten(Layer):
    """Each example's numbers in one row, for a linear layer behind images."""

    kind = "flatten"

    def forward(self, x):
        """Return `x`, shape (examples, ...), as (examples, numbers)."""
        self.memory = x.shape
        return x.reshape(len(x), -1)

    def backward(self, slope):
        """Give the slope the inputs' shape again."""
        shape = self._remembered(slope, lambda shape: (shape[0], int(np.prod(shape[1:]))))
        return slope.reshape(shape)


class Conv2d(Layer):
    """One and the same small window of weights on every place of an image.

    Each filter looks at a square of `kernel_size` times `kernel_size` pixels, all channels of it, and gives one number:
    ``sum(square * weight) + bias``. (No kernel is flipped: it is a cross-correlation, as in all neural networks.) All
    squares are laid out as the columns of a matrix first; then the layer is one matrix product.

    Parameters
    ----------
    channels, filters : int
        Channels of the images before and after the layer.
    kernel_size : int
        Side of the square, in pixels.
    rng, scale, dtype
        As in `Linear`; the inputs of a number are ``channels * kernel_size ** 2``.
    padding : int, default 0
        How many pixels of 0 to add on each side of the images first.

    Attributes
    ----------
    weight : Parameter, value of shape (filters, channels, kernel_size, kernel_size)
    bias : Parameter, value of shape (filters,)

    Raises
    ------
    TypeError, ValueError
        As `Linear`.
    """

    kind = "conv"

    def __init__(self, channels, filters, kernel_size, rng, padding=0, scale=None, dtype=np.float64):
        shape = (_size(filters, "filters"), _size(channels, "channels"), *2 * (_size(kernel_size, "kernel_size"),))
        self.padding = _size(padding, "padding", least=0)
        self.weight, self.bias = _draw(shape, channels * kernel_size**2, filters, rng, scale, dtype)

    def forward(self, x):
        """Return images of shape (examples, filters, height, width) of `x`, shape (examples, channels, height, width).

        Without padding, height and width are less by ``kernel_size - 1``.
        """
        filters, channels, size, _ = self.weight.value.shape
        _check(self, x, self.weight, ("examples", channels, "height", "width"))
        p, (n, _, height, width) = self.padding, x.shape
        if min(height, width) + 2 * p < size:
            raise ValueError(
                f"Conv2d: images of {height} x {width} pixels with padding {p} are smaller than the "
                f"kernel, {size} x {size}"
            )
        # Inside, examples come last: then every copy and sum below runs along them, through contiguous memory.
        padded = np.zeros((channels, height + 2 * p, width + 2 * p, n), x.dtype)
        padded[:, p : p + height, p : p + width] = x.transpose(1, 2, 3, 0)
        squares = sliding_window_view(padded, (size, size), axis=(1, 2)).transpose(0, 4, 5, 1, 2, 3)
        high, wide = squares.shape[3:5]
        columns = squares.reshape(channels * size * size, -1)
        self.memory = columns, x.shape, (n, filters, high, wide)
        out = self.weight.value.reshape(filters, -1) @ columns + self.bias.value[:, np.newaxis]
        return out.reshape(filters, high, wide, n).transpose(3, 0, 1, 2)

    def backward(self, slope):
        """Store the parameters' gradients; return that of the inputs. `slope` is that of the outputs."""
        columns, (n, channels, height, width), _ = self._remembered(slope, lambda memory: memory[2])
        filters, _, size, _ = self.weight.value.shape
        p, (high, wide) = self.padding, slope.shape[2:]
        rows = slope.transpose(1, 2, 3, 0).reshape(filters, -1)
        self.weight.gradient = (rows @ columns.T).reshape(self.weight.value.shape)
        self.bias.gradient = rows.sum(axis=1)
        squares = self.weight.value.reshape(filters, -1).T @ rows
        squares = squares.reshape(channels, size, size, high, wide, n)
        below = np.zeros((channels, height + 2 * p, width + 2 * p, n), slope.dtype)
        for i in range(size):  # a pixel lies in up to size * size squares; their slopes add up
            for j in range(size):
                below[:, i : i + high, j : j + wide] += squares[:, i, j]
        return below[:, p : p + height, p : p + width].transpose(3, 0, 1, 2)


class MaxPool2d(Layer):
    """The largest pixel of every square of `size` times `size`; the squares do not overlap.

    Where several pixels are largest, the first of them (row by row) gets the whole slope, as in PyTorch.

    Parameters
    ----------
    size : int, default 2
        Side of the squares. It must divide the images' height and width.

    Raises
    ------
    TypeError, ValueError
        If `size` is no int, or below 1.
    """

    kind = "pool"

    def __init__(self, size=2):
        self.size = _size(size, "size")

    def forward(self, x):
        """Return images whose height and width are divided by `size`; NaN wherever the square has one."""
        s = self.size
        if x.ndim != 4 or x.shape[2] % s or x.shape[3] % s:
            raise ValueError(
                f"MaxPool2d: x must have shape (examples, channels, height, width) with sides that "
                f"{s} divides, but has shape {x.shape}"
            )
        out = x[:, :, ::s, ::s]
        for corner in self._places():
            out = np.maximum(out, x[corner])
        self.memory = x, out
        return out

    def backward(self, slope):
        """Hand each square's slope to its largest pixel."""
        x, out = self._remembered(slope, lambda memory: memory[1].shape)
        below, free = np.zeros_like(x), np.ones(out.shape, bool)
        for corner in self._places():
            hit = free & (x[corner] == out)
            below[corner] = np.where(hit, slope, 0)
            free &= ~hit
        return below

    def _places(self):
        """For each place in a square, row by row: the indices of all pixels there."""
        s = self.size
        return [np.s_[:, :, i::s, j::s] for i in range(s) for j in range(s)]


class Network:
    """Layers, one after the other.

    Parameters
    ----------
    *layers : Layer
        At least one. The network names them by kind and number ("linear1", "relu1", "linear2"), and their parameters
        "linear1.weight" and so on.

    Attributes
    ----------
    layers : tuple of Layer
    names : list of str
        One for each layer.

    Raises
    ------
    TypeError
        If something else than a layer is passed.
    ValueError
        If there is none, or the same one comes twice: it can only remember one `forward`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> network = Network(Linear(2, 100, rng), ReLU(), Linear(100, 3, rng))
    >>> network.forward(np.zeros((5, 2))).shape
    (5, 3)
    >>> [parameter.name for parameter in network.parameters()]
    ['linear1.weight', 'linear1.bias', 'linear2.weight', 'linear2.bias']
    """

    def __init__(self, *layers):
        for layer in layers:
            if not isinstance(layer, Layer):
                raise TypeError(f"layers must be layers such as Linear or ReLU, but one is {layer!r}")
        if not layers or len(set(map(id, layers))) < len(layers):
            raise ValueError(
                f"layers must be at least one, each another, but {'one comes twice' if layers else 'are none'}"
            )
        self.layers, self.names = layers, []
        for place, layer in enumerate(layers):
            number = sum(other.kind == layer.kind for other in layers[:place]) + 1
            self.names.append(name := f"{layer.kind}{number}")
            for parameter in layer.parameters():
                parameter.name = f"{name}.{parameter.name.rpartition('.')[2]}"

    def forward(self, x, watch=None):
        """Return the scores of `x`.

        Parameters
        ----------
        x : ndarray, shape (examples, ...)
            Of the network's dtype: nothing is cast silently.
        watch : callable, optional
            Called as ``watch(name, array)`` with each layer's outputs, under the layer's name; the last ones are
            "scores".

        Returns
        -------
        ndarray, shape (examples, classes)
        """
        for name, layer in zip([*self.names[:-1], "scores"], self.layers, strict=True):
            x = layer.forward(x)
            if watch:
                watch(name, x)
        return x

    def backward(self, slope, watch=None):
        """Store the gradients of all parameters; return that of the inputs.

        Parameters
        ----------
        slope : ndarray
            The gradient of the loss with respect to the scores.
        watch : callable, optional
            Called as ``watch(name, array)`` with each gradient, from the last layer to the first: "gradient of
            linear2.weight", "gradient of linear2.bias", then "gradient of relu1", that of the outputs of the layer
            before, and at the end "gradient of inputs".

        Returns
        -------
        ndarray, of the shape of the inputs
        """
        for layer, before in zip(self.layers[::-1], [*self.names[-2::-1], "inputs"], strict=True):
            slope = layer.backward(slope)
            if watch:
                for parameter in layer.parameters():
                    watch(f"gradient of {parameter.name}", parameter.gradient)
                watch(f"gradient of {before}", slope)
        return slope

    def parameters(self):
        """Return all parameters, a list of `Parameter`, from the first layer to the last."""
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def astype(self, dtype):
        """Return a network of its own with these parameters, rounded to `dtype`: float16, float32 or float64."""
        return Network(*(layer.copy(dtype) for layer in self.layers))

    def copy(self):
        """Return a network of its own with these parameters, to keep while this one trains on."""
        return Network(*(layer.copy() for layer in self.layers))


def _draw(shape, inputs, outputs, rng, scale, dtype):
    """Random weights and biases of 0."""
    scale = np.sqrt(2 / inputs) if scale is None else scale
    if not (np.isfinite(scale) and scale >= 0):
        raise ValueError(f"scale must be finite and not negative, but is {scale!r}")
    if not hasattr(rng, "standard_normal"):
        raise TypeError(f"rng must be a random generator such as numpy.random.default_rng(0), but is {rng!r}")
    dtype = _dtype(dtype)
    weight = (scale * rng.standard_normal(shape)).astype(dtype)
    return Parameter("weight", weight), Parameter("bias", np.zeros(outputs, dtype))


def _dtype(dtype):
    if np.dtype(dtype).name not in FLOATS:
        raise TypeError(f"dtype must be float16, float32 or float64, but is {np.dtype(dtype).name}")
    return dtype


def _size(value, name, least=1):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be an int, but is {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, but is {value}")
    return int(value)


def _check(layer, x, weight, shape):
    """Refuse inputs of another dtype than the weights (the result would be cast) or of another shape."""
    kind = type(layer).__name__
    if not isinstance(x, np.ndarray):
        raise TypeError(f"{kind}: x must be a NumPy array, but is a {type(x).__name__}")
    if x.dtype != weight.value.dtype:
        raise TypeError(
            f"{kind}: x has dtype {x.dtype}, but the weights have {weight.value.dtype}; "
            f"pass x.astype({str(weight.value.dtype)!r})"
        )
    if x.ndim != len(shape) or any(isinstance(n, int) and n != m for n, m in zip(shape, x.shape, strict=True)):
        wanted = ", ".join(map(str, shape))
        raise ValueError(f"{kind}: x must have shape ({wanted}), but has shape {x.shape}")
