"""Halves are widened by their bits: what comes out is what numpy's own way gives."""

import numpy as np
import pytest

from backend.memory.vectors.engines.block import (
    CHUNK_ROWS,
    COARSE,
    ID_BYTES,
    layer_of,
    products,
)

DIMENSION = 24


@pytest.mark.parametrize("count", [0, 1, CHUNK_ROWS - 1, CHUNK_ROWS, 2 * CHUNK_ROWS + 1])
@pytest.mark.parametrize("size", [1.0, 1e-3, 6e-8], ids=["usual", "small", "barely there"])
def test_products_of_halves_are_those_of_the_numbers_they_stand_for(
    count: int, size: float
) -> None:
    drawn = np.random.default_rng(count)
    rows = (drawn.standard_normal((count, DIMENSION)) * size).astype("<f2")
    vector = drawn.standard_normal(DIMENSION).astype(np.float32)
    wanted = rows.astype(np.float32) @ vector
    np.testing.assert_allclose(products(rows, vector), wanted, rtol=1e-5, atol=size * 1e-5)


def test_every_half_is_widened_to_its_own_value() -> None:
    every = np.arange(1 << 16, dtype=np.uint16).view("<f2")
    finite = every[np.isfinite(every)].reshape(-1, 1)
    one = np.ones(1, dtype=np.float32)
    np.testing.assert_array_equal(products(finite, one), finite[:, 0].astype(np.float32))


def test_coarse_rows_are_scored_within_their_step() -> None:
    drawn = np.random.default_rng(7)
    rows = drawn.standard_normal((CHUNK_ROWS + 3, DIMENSION)).astype("<f2")
    vector = drawn.standard_normal(DIMENSION).astype(np.float32)
    vector /= np.linalg.norm(vector)
    layer = layer_of(0, np.zeros(len(rows), dtype=f"S{ID_BYTES}"), rows, COARSE)
    np.testing.assert_allclose(
        layer.scores(vector), rows.astype(np.float32) @ vector, atol=0.01 * DIMENSION**0.5
    )
