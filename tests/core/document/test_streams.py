"""No two uses of random numbers share any."""

from __future__ import annotations

import ast
import itertools
import math
import re
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats

import flowlab
from flowlab.core.document.streams import SHARED, Stream, numpy_rng, torch_rng

SEEDS = [s + far for s in (0, 1, 2, 12_345) for far in (0, 2**29, 2**32)]
USES = list(itertools.product(SEEDS, Stream))
DRAWS = {
    "torch": lambda *use: torch.rand(512, dtype=torch.float64, generator=torch_rng(*use)).numpy(),
    "numpy": lambda *use: numpy_rng(*use).random(512),
}
FOLDER = Path(flowlab.__file__).parent
MAKERS = {"manual_seed", "default_rng", "SeedSequence", "RandomState", "PCG64", "MT19937", "Philox"}
# Benchmarks make up their inputs, which no picture and no figure of the program is of.
EXCEPTED = re.compile(r"bench/|core/document/streams\.py")


def test_every_use_has_a_number_of_its_own() -> None:
    """An alias would not be listed."""
    assert len(Stream) == len(Stream.__members__) == len({int(stream) for stream in Stream})
    assert min(Stream) > 0


@pytest.fixture(scope="module", params=DRAWS)
def draws(request: pytest.FixtureRequest) -> np.ndarray:
    """Uniform numbers (uses, 512)."""
    return np.array([DRAWS[request.param](*use) for use in USES])


def test_no_two_uses_share_a_number(draws: np.ndarray) -> None:
    """53 bits each: among 350,000 even one chance match has a probability of 1e-5."""
    assert len(np.unique(draws)) == draws.size


def test_no_two_uses_are_correlated(draws: np.ndarray) -> None:
    """Of n numbers a correlation has the mean square 1 / (n - 1)."""
    n = draws.shape[1]
    found = np.corrcoef(draws)[np.triu_indices(len(draws), 1)]
    squares = found**2 * (n - 1)
    assert abs(squares.mean() - 1) < 4 * math.sqrt(2 / len(squares))
    largest = stats.norm.isf(0.5e-3 / len(found))  # one in a thousand such tables goes beyond
    assert np.abs(found).max() * math.sqrt(n - 1) < largest


def test_first_numbers_are_uniform_over_all_uses(draws: np.ndarray) -> None:
    for column in draws.T[:4]:
        assert stats.kstest(column, "uniform").pvalue > 1e-3


def test_what_tells_a_use_further_apart_is_never_taken_for_a_seed() -> None:
    """`SeedSequence((s + 2^32, k))` is `((s, 1, k))`, and `((s, k))` is `((s, k, 0))`."""
    uses = [(s, Stream.STARTS, *more) for s in SEEDS for more in ((), (0,), (1,), (0, 0), (1, 0))]
    uses += [(s, Stream.SOURCE_CLOUD) for s in SEEDS]
    assert len({float(numpy_rng(*use).random()) for use in uses}) == len(uses)
    assert len({torch_rng(*use).initial_seed() for use in uses}) == len(uses)


def test_the_same_use_has_the_same_numbers() -> None:
    for draw in DRAWS.values():
        one = draw(5, Stream.CHAIN_FAN, 3)
        np.testing.assert_array_equal(one, draw(5, Stream.CHAIN_FAN, 3))
        assert not np.array_equal(one, draw(5, Stream.CHAIN_FAN, 4))


def test_torch_s_whole_state_is_that_of_the_seed() -> None:
    """NumPy's Mersenne Twister of the same 624 words goes on for as long with the same numbers."""
    sequence = np.random.SeedSequence(2**40 + 7, spawn_key=(Stream.LENS, 2))
    words = np.random.PCG64(sequence).random_raw(624) & 0xFFFF_FFFF
    twister = np.random.MT19937()
    twister.state = {
        "bit_generator": "MT19937",
        "state": {"key": words.astype(np.uint32), "pos": 624},
    }
    rng = torch_rng(2**40 + 7, Stream.LENS, 2)
    mine = torch.randint(1 << 24, (5000,), generator=rng)  # of so few bits each word makes one
    assert mine.tolist() == (twister.random_raw(5000) & 0xFF_FFFF).tolist()


def test_torch_s_generator_begins_without_half_a_pair_of_normal_numbers() -> None:
    x = torch.randn(200_000, generator=torch_rng(0, Stream.STARTS))
    assert stats.kstest(x.numpy(), "norm").pvalue > 1e-3
    odd = [float(torch.randn(1, generator=torch_rng(s, Stream.STARTS))) for s in range(2000)]
    assert stats.kstest(odd, "norm").pvalue > 1e-3


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_s_generators_differ_too() -> None:
    first = [float(torch.rand(1, generator=torch_rng(*use, device="cuda"), device="cuda"))
             for use in USES]  # fmt: skip
    assert len(set(first)) > len(first) - 5  # of 24 bits some may coincide
    assert stats.kstest(first, "uniform").pvalue > 1e-3


def _naming(words: set[str]) -> dict[str, ast.Module]:
    """The modules in which one of these words stands."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(FOLDER.rglob("*.py"))}
    return {
        path.relative_to(FOLDER).as_posix(): ast.parse(text)
        for path, text in texts.items()
        if any(word in text for word in words)
    }


def test_no_generator_is_made_but_by_a_named_use() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in _naming(MAKERS).items()
        if not EXCEPTED.match(name)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) in MAKERS
    ]
    assert not found


def test_every_stream_has_one_use_and_the_shared_ones_are_named() -> None:
    places: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, tree in _naming({"Stream"}).items():
        for node in ast.walk(tree):
            if (
                name != "core/document/streams.py"
                and isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "Stream"
            ):
                places[node.attr][name] += 1
    assert set(places) == {stream.name for stream in Stream}
    several = {name for name, files in places.items() if files.total() > 1}
    assert several == {stream.name for stream in SHARED}
