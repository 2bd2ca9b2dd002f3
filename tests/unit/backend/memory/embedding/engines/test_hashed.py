"""Vectors without weights."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backend.memory.embedding.engines.hashed import DIMENSION, Hashed


@given(st.lists(st.text(max_size=60), max_size=5))
async def test_every_text_has_a_vector_of_length_one(texts: list[str]) -> None:
    vectors = await Hashed().embed(texts)
    assert vectors.shape == (len(texts), DIMENSION)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


async def test_other_forms_of_a_word_are_near() -> None:
    anna, annas, milk = await Hashed().embed(["Anna's birthdays", "anna birthday", "buy oat milk"])
    assert anna @ annas > anna @ milk + 0.3
