"""A bare Starlette route: reads JSON, answers with JSON of ANSWER bytes, and does nothing else."""

import json
import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ANSWER = json.dumps({"text": "x" * int(os.environ["ANSWER"])}).encode()


async def answer(request: Request) -> Response:
    await request.json()
    return Response(ANSWER, media_type="application/json")


app = Starlette(routes=[Route("/predict", answer, methods=["POST"])])
