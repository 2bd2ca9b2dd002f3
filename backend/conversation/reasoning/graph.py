"""The mind with a language model: a LangGraph of one node so far, which streams as it speaks.

Loaded by the composition after the start: its import takes seconds, and nothing waits for it.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import StreamWriter

from backend.conversation.reasoning.agents import conversation
from backend.conversation.reasoning.context import Context
from backend.llm import ModelRouter, Token


class Thought(TypedDict):
    """What the nodes hand on to each other."""

    context: Context


class GraphMind:
    """Thinks by a graph whose nodes ask the model router."""

    name = "graph"

    def __init__(self, router: ModelRouter, *, tokens_max: int = 400) -> None:
        self._router, self._tokens_max = router, tokens_max
        graph = StateGraph(Thought)
        graph.add_node("conversation", self._converse)
        graph.add_edge(START, "conversation")
        graph.add_edge("conversation", END)
        self._graph = graph.compile()

    async def reply(self, context: Context) -> AsyncGenerator[str]:
        """Give the reply as the model does; raises when no model answers, or one breaks off."""
        pieces = self._graph.astream(Thought(context=context), stream_mode="custom")
        async with aclosing(_closable(pieces)) as stream:
            async for piece in stream:
                yield piece

    async def _converse(self, state: Thought, writer: StreamWriter) -> dict[str, Any]:
        context = state["context"]
        asked = conversation.request(context, tokens_max=self._tokens_max)
        answered_by: list[str] = []
        async with aclosing(self._router.stream(asked, answered_by)) as events:
            async for event in events:
                context.trace.engine = answered_by[0]
                if isinstance(event, Token):
                    writer(event.text)
        return {}


async def _closable(pieces: Any) -> AsyncGenerator[str]:  # Any: LangGraph's stream of any mode
    async for piece in pieces:
        yield piece
