"""What every embedder does, the fake included."""

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest

from backend.kernel.errors import NotConfigured
from backend.memory.embedding import Embedder
from backend.memory.embedding.engines.hashed import Hashed
from backend.memory.embedding.engines.minilm import MiniLM
from backend.platform.clock import SystemClock
from backend.platform.compute import Compute
from backend.platform.settings import default_models_folder
from backend.platform.weights import Weights
from tests.engines.processes import need
from tests.fakes.embedder import FakeEmbedder

pytestmark = pytest.mark.engines

BIRTHDAY = "My sister Anna has her birthday on the fourth of May."
QUESTION = "When is the birthday of my sister Anna?"
MILK = "Please put oat milk on the shopping list."


@pytest.fixture(scope="module")
def minilm() -> Iterator[MiniLM]:
    compute = Compute(1)
    weights = Weights(default_models_folder(), clock=SystemClock())
    try:
        asyncio.run(weights.ensure("minilm"))
    except NotConfigured as missing:
        need("MiniLM", f"{missing.message} {missing.cure}")
    yield MiniLM(weights, compute)
    compute.close()


@pytest.fixture(params=["fake", "hashed", "minilm"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "minilm":
        minilm: MiniLM = request.getfixturevalue("minilm")
        return minilm
    return FakeEmbedder() if request.param == "fake" else Hashed()


async def test_every_text_gets_one_row_of_length_one(embedder: Embedder) -> None:
    await embedder.warm()
    vectors = await embedder.embed([BIRTHDAY, QUESTION, MILK])
    assert vectors.shape == (3, embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)


async def test_what_means_the_same_is_nearer_than_what_does_not(embedder: Embedder) -> None:
    birthday, question, milk = await embedder.embed([BIRTHDAY, QUESTION, MILK])
    assert birthday @ question > birthday @ milk + 0.2


async def test_the_same_text_has_the_same_vector_in_any_company(embedder: Embedder) -> None:
    texts = [f"{MILK} {'and bread ' * count}" for count in range(40)]
    together = await embedder.embed(texts)
    (alone,) = await embedder.embed([texts[17]])
    assert np.allclose(together[17], alone, atol=1e-4)


@pytest.mark.parametrize("text", ["", " ", "!?", "日本語 😀", "word " * 5_000])
async def test_no_text_is_too_odd(embedder: Embedder, text: str) -> None:
    (vector,) = await embedder.embed([text])
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-4)


async def test_meaning_is_found_without_a_common_word(minilm: MiniLM) -> None:
    asked, fits, does_not = await minilm.embed(
        ["What can't she eat?", "Anna is allergic to peanuts.", "The car needs new tyres."]
    )
    assert asked @ fits > asked @ does_not + 0.1
