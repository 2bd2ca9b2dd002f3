"""all-MiniLM-L6-v2 by onnxruntime, straight from its published weights."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from backend.memory.embedding.port import Vectors
from backend.platform.compute import Compute
from backend.platform.weights import Weights, derive

WEIGHTS = "minilm"
GRAPH_MODULE = "backend.memory.embedding.engines.minilm_graph"
DIMENSION = 384
TOKENS_MAX = 256  # the length it was trained for; a longer text is judged by its beginning
LETTERS_MAX = 20_000
BATCH = 16  # between two batches others get their turn


class MiniLM:
    """One model for the whole process."""

    name = "all-MiniLM-L6-v2"
    dimension = DIMENSION

    def __init__(self, weights: Weights, compute: Compute, *, threads: int = 1) -> None:
        self._weights, self._compute, self._threads = weights, compute, threads
        self._loading = asyncio.Lock()
        self._model: _Model | None = None

    async def warm(self) -> None:
        """Load the model and run it once."""
        await self.embed(["Hello."])

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a vector for each text, in order."""
        model = await self._loaded()
        vectors = np.zeros((len(texts), DIMENSION), np.float32)
        # Texts of about the same length share a batch, so that little is computed for nothing.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            some = [texts[index][:LETTERS_MAX] for index in batch]
            vectors[batch] = await self._compute.run(model.embed, some)
        return vectors

    async def _loaded(self) -> "_Model":
        async with self._loading:
            if self._model is None:
                folder = await self._weights.ensure(WEIGHTS)
                graph = await derive(
                    folder, GRAPH_MODULE, folder / "model.safetensors", needs="onnx"
                )
                self._model = await self._compute.run(_Model, graph, threads=self._threads)
            return self._model


class _Model:
    """The loaded model; its methods run in a thread."""

    def __init__(self, graph: Path, *, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(
            str(graph), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(graph.parent / "tokenizer.json"))
        self._tokenizer.enable_truncation(TOKENS_MAX)
        self._tokenizer.no_padding()

    def embed(self, texts: list[str]) -> Vectors:
        encoded = [found.ids for found in self._tokenizer.encode_batch(texts)]
        longest = max(len(ids) for ids in encoded)
        tokens = np.zeros((len(texts), longest), np.int64)
        present = np.zeros((len(texts), longest), np.int64)
        for row, ids in enumerate(encoded):
            tokens[row, : len(ids)] = ids
            present[row, : len(ids)] = 1
        (vectors,) = self._session.run(None, {"input_ids": tokens, "attention_mask": present})
        return np.asarray(vectors, np.float32)
