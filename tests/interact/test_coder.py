"""The range coder: any integers come back, in a format that pages know, and what is likely costs little."""

import base64
import hashlib
import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from static_interact.coder import DAMAGED, Decoder, Encoder

CONTEXTS = st.tuples(st.integers(0, 1), st.integers(-(2**32) + 1, 2**32 - 1), st.integers(0, 7), st.integers(0, 3))


ZEROS = itertools.repeat(0)


def coded(items, sets=2):
    """Code (set, value, zone, fraction), one after the other."""
    encoder = Encoder(sets)
    for number_set, value, zone, fraction in items:
        encoder.code(number_set, [value], [zone], [fraction])
    return encoder.text()


def read(text, items, sets=2):
    decoder = Decoder(text, sets)
    values = [decoder.read(number_set, zone, fraction) for number_set, _, zone, fraction in items]
    decoder.end()
    return values


def size(values, zones=ZEROS, fractions=ZEROS):
    """Bytes that values take, without those of the seal."""
    items = [(0, *item) for item in zip(values, zones, fractions, strict=False)]
    text = coded(items)
    assert read(text, items) == [value for _, value, *_ in items]
    return len(base64.b64decode(text + "=" * (-len(text) % 4))) - 3


@given(st.lists(CONTEXTS, max_size=60))
@settings(max_examples=settings.default.max_examples)
def test_any_integers_come_back(items):
    assert read(coded(items), items) == [value for _, value, *_ in items]


def test_long_runs_of_any_size_come_back():
    chance = random.Random(1)
    for bits in (1, 2, 5, 12, 31):
        items = [
            (k % 2, chance.randrange(-(2**bits), 2**bits), chance.randrange(8), chance.randrange(4)) for k in range(400)
        ]
        assert read(coded(items), items) == [value for _, value, *_ in items]


# Every context once or twice: each zone and fraction, both signs, all exponents up to 31.
EVERY = [
    (number_set, sign * (2**exponent + exponent), (exponent + shift) % 8, (exponent // 8 + shift) % 4)
    for number_set, shift, sign, exponent in itertools.product((0, 1), range(5), (1, -1), range(32))
] + [(s, 0, zone, fraction) for s, zone, fraction in itertools.product((1, 0), range(8), range(4))]


def test_pages_that_exist_can_read_what_is_written():
    """`decode.js` has the contexts and their rates, too: other bytes than these are another format."""
    text = coded(EVERY)
    assert read(text, EVERY) == [value for _, value, *_ in EVERY]
    assert hashlib.sha256(text.encode()).hexdigest().startswith("9b53b93b27f8295935557752960347cf")


def test_what_is_almost_sure_costs_next_to_nothing():
    assert size([0] * 6_000) <= 1
    assert size([7] * 6_000) <= 7
    assert size([-1] * 6_000) <= 2


def test_a_coin_costs_a_bit():
    chance = random.Random(2)
    assert 250 <= size(chance.choice((1, -1)) for _ in range(2_000)) <= 256
    assert 250 <= size(chance.choice((0, 3)) for _ in range(2_000)) <= 262


def test_digits_are_learnt_too():
    """Bits below the first one: 4 or 5, 6 or 7 differ in the last; of 4 and 6 only the middle one is open."""
    chance = random.Random(3)
    assert size(chance.choice((4, 6)) for _ in range(2_000)) <= 262
    assert size(chance.choice((4, 5)) for _ in range(2_000)) <= 262
    assert size(chance.choice((4, 5, 6, 7)) for _ in range(2_000)) <= 518


@pytest.mark.parametrize("values", [(0, 1), (1, -1), (1, 4), (0, -9)])
def test_zones_learn_apart(values):
    zones = [k * k % 7 % 2 + 2 for k in range(8_000)]
    assert size([values[zone - 2] for zone in zones], zones) <= 8


@pytest.mark.parametrize("values", [(0, 1), (1, -1)])
def test_fractions_learn_apart(values):
    chance = random.Random(4)
    fractions = [chance.randrange(2) * 2 for _ in range(8_000)]
    assert size([values[f // 2] for f in fractions], fractions=fractions) <= 5


def test_sets_learn_apart():
    chance = random.Random(5)
    items = [(s, 9 * s, 0, 0) for s in (chance.randrange(2) for _ in range(8_000))]
    assert len(coded(items)) <= 16


def test_what_changes_is_learnt_anew():
    assert size([0] * 8_000 + [1] * 8_000) <= 82


@pytest.mark.parametrize("change", [lambda t: t[4:], lambda t: t[:-8], lambda t: t + "AAAAAAAA", lambda t: "A" * 400])
def test_what_is_damaged_is_noticed(change):
    items = [(0, k % 5 - 2, k % 8, k % 4) for k in range(400)]
    text = change(coded(items))
    with pytest.raises(ValueError, match=DAMAGED):
        read(text, items)


def test_the_end_must_be_asked_for_in_time():
    items = [(0, k % 5 - 2, k % 8, k % 4) for k in range(400)]
    text = coded(items)
    for part in (items[:-1], [*items, (0, 1, 0, 0)]):
        with pytest.raises(ValueError, match=DAMAGED):
            read(text, part)


def test_no_number_of_contexts_may_differ():
    with pytest.raises(ValueError, match="zip"):
        Encoder(1).code(0, [1, 2], [0], [0])
