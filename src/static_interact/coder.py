"""An adaptive binary range coder for small integers, the twin of the one in ``decode.js``.

The numbers of a figure are coded as what is left of them after prediction (see `predict`), mostly 0 or +-1.
gzip, which a page goes through anyway, spends at least a bit on each; a range coder spends a tenth of that on
what is almost sure. Probabilities are learnt while coding, in floating point: the same few IEEE operations in the
same order on both sides, so both always agree.

References
----------
G. N. N. Martin, "Range encoding: an algorithm for removing redundancy from a digitised message" (1979); the
Exp-Golomb form of integers is that of ITU-T H.264, 9.1.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable

FULL = 0xFFFFFFFF
#: Slots of a set of contexts: zero or not, sign, exponent, mantissa.
SIGN, EXPONENT, MANTISSA, SIZE = 32, 64, 320, 2048
#: A probability moves by 1/n at its n-th use, and never by less than this.
SLOWEST = 1 / 256
CLOSEST = 1 / 4096  # to 0 and 1
SEAL = -100  # the last number: where anything is amiss, something else is read
DAMAGED = "the coded numbers are damaged"


class _Model:
    """The probability that a bit is set, in each context."""

    def __init__(self, sets: int) -> None:
        self.chance = [0.5] * (sets * SIZE)
        self.rate = [0.5] * (sets * SIZE)


class Encoder:
    """Codes integers into text.

    Parameters
    ----------
    sets : int
        Number of sets of contexts; each learns on its own.
    """

    def __init__(self, sets: int) -> None:
        self._model = _Model(sets)
        self._low, self._high = 0, FULL
        self._bytes = bytearray()

    def code(self, number_set: int, values: Iterable[int], zones: Iterable[int], fractions: Iterable[int]) -> None:
        """Code integers.

        Parameters
        ----------
        number_set : int
            Which set of contexts.
        values : iterable of int
            What is coded.
        zones : iterable of int
            0 to 7 for each value: how large its neighbours are.
        fractions : iterable of int
            0 to 3 for each value: how far the prediction was from a whole number.
        """
        chance, rate = self._model.chance, self._model.rate
        low, high, out = self._low, self._high, self._bytes
        base, farthest = number_set * SIZE, 1 - CLOSEST
        for value, zone, fraction in zip(values, zones, fractions, strict=True):
            # The bits of one value, with their contexts.
            at = base + zone * 4 + fraction
            if not value:
                bits = [(at, 1)]
            else:
                size = abs(value)
                exponent = size.bit_length() - 1
                start = base + EXPONENT + zone * 32
                bits = [(at, 0), (base + SIGN + fraction * 8 + zone, value > 0)]
                bits += [(start + k, 1) for k in range(exponent)]
                bits.append((start + exponent, 0))
                start = base + MANTISSA + exponent * 32
                bits += [(start + k, size >> k & 1) for k in range(exponent - 1, -1, -1)]
            for at, bit in bits:
                p = chance[at]
                middle = low + int((high - low) * p)
                step = rate[at]
                if bit:
                    high = middle
                    p += (1 - p) * step
                    chance[at] = p if p < farthest else farthest  # noqa: FURB136 - calls of `min` take longer
                else:
                    low = middle + 1
                    p -= p * step
                    chance[at] = p if p > CLOSEST else CLOSEST  # noqa: FURB136
                if step > SLOWEST:
                    rate[at] = step / (1 + step)
                while not (low ^ high) >> 24:
                    out.append(high >> 24)
                    low = low << 8 & FULL
                    high = (high << 8 & FULL) | 255
        self._low, self._high = low, high

    def text(self) -> str:
        """End and return all of it in base 64: gzip brings that back to nearly the bytes it stands for."""
        self.code(0, [SEAL], [7], [3])
        # The shortest tail that lies between low and high, as the reader goes on with zeros.
        for count in range(5):
            unit = 1 << (32 - 8 * count)
            tail = (self._low + unit - 1) // unit * unit
            if tail <= self._high:
                break
        return base64.b64encode(bytes(self._bytes) + tail.to_bytes(5, "big")[1 : count + 1]).decode().rstrip("=")


class Decoder:
    """Reads what `Encoder` wrote; the arguments are those of the encoder."""

    def __init__(self, text: str, sets: int) -> None:
        self._bytes = base64.b64decode(text + "=" * (-len(text) % 4))
        self._model = _Model(sets)
        self._low, self._high, self._place = 0, FULL, 0
        self._code = 0
        for _ in range(4):
            self._next()

    def _next(self) -> None:
        byte = self._bytes[self._place] if self._place < len(self._bytes) else 0
        self._code = (self._code << 8 & FULL) | byte
        self._place += 1

    def _bit(self, at: int) -> int:
        p, step = self._model.chance[at], self._model.rate[at]
        middle = self._low + int((self._high - self._low) * p)
        bit = self._code <= middle
        if bit:
            self._high = middle
            p += (1 - p) * step
        else:
            self._low = middle + 1
            p -= p * step
        self._model.chance[at] = min(max(p, CLOSEST), 1 - CLOSEST)
        if step > SLOWEST:
            self._model.rate[at] = step / (1 + step)
        while not (self._low ^ self._high) >> 24:
            self._low = self._low << 8 & FULL
            self._high = (self._high << 8 & FULL) | 255
            self._next()
        return int(bit)

    def read(self, number_set: int, zone: int, fraction: int) -> int:
        """Return the next integer."""
        base = number_set * SIZE
        if self._bit(base + zone * 4 + fraction):
            return 0
        positive = self._bit(base + SIGN + fraction * 8 + zone)
        exponent = 0
        while self._bit(base + EXPONENT + zone * 32 + exponent):
            exponent += 1
            if exponent > 31:
                raise ValueError(DAMAGED)
        size = 1
        for k in range(exponent - 1, -1, -1):
            size = size * 2 + self._bit(base + MANTISSA + exponent * 32 + k)
        return size if positive else -size

    def end(self) -> None:
        """Say that all has been read; raise ValueError if that is not what there is."""
        if self.read(0, 7, 3) != SEAL or not 0 <= self._place - len(self._bytes) <= 4:
            raise ValueError(DAMAGED)
