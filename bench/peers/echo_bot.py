"""A bare echo over the same socket: what a frame costs when nothing is done with it.

Run as `python echo_bot.py PORT`; it sends each caller back what they said, frame by frame.
"""

import json
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket


async def echo(websocket: WebSocket) -> None:
    """Send back every frame as it comes."""
    await websocket.accept()
    while (raw := await websocket.receive())["type"] != "websocket.disconnect":
        message = json.loads(raw["text"])
        if message["event"] == "media":
            sound = {"payload": message["media"]["payload"]}
            told = {"event": "media", "streamSid": message["streamSid"], "media": sound}
            await websocket.send_text(json.dumps(told))


if __name__ == "__main__":
    uvicorn.run(
        Starlette(routes=[WebSocketRoute("/ws", echo)]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        ws="websockets-sansio",
        log_level="warning",
        access_log=False,
        ws_per_message_deflate=False,
    )
