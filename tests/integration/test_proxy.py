"""The proxy carries what kernels print and what learners upload, whatever the size."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import httpx
import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

pytestmark = pytest.mark.hub
MB = 1_000_000


@pytest.fixture(scope="module")
def server(academy: Any) -> httpx.Client:
    """A signed-in learner's client whose server runs; its base is the server's address."""
    client = httpx.Client(base_url=academy.address, follow_redirects=True, timeout=120, trust_env=False)
    form = client.get("/hub/login")
    data = {
        "username": "learner",
        "password": academy.passwords["learner"],
        "_xsrf": client.cookies.get("_xsrf", path="/hub/"),
    }
    assert form.status_code == 200
    client.post("/hub/login?next=/hub/home", data=data)
    xsrf = client.cookies.get("_xsrf", path="/hub/")
    started = client.post(
        "/hub/api/users/learner/server",
        headers={"X-XSRFToken": xsrf, "Referer": f"{academy.address}hub/home"},
    )
    assert started.status_code in (201, 202, 400), started.text  # 400: it runs already
    for _ in range(300):
        answer = client.get("/user/learner/api/status")
        if answer.status_code == 200 and "application/json" in answer.headers["content-type"]:
            break
    client.get("/user/learner/lab")
    return client


def xsrf_of(client: httpx.Client) -> dict[str, str]:
    """The header that the learner's server wants."""
    return {"X-XSRFToken": str(client.cookies.get("_xsrf", path="/user/learner/"))}


def test_an_upload_of_150_mb_passes(server: httpx.Client) -> None:
    """It arrives whole."""
    body = {"type": "file", "format": "text", "content": "x" * (150 * MB)}
    answer = server.put("/user/learner/api/contents/large.txt", json=body, headers=xsrf_of(server))
    assert answer.status_code == 201, answer.text[:500]
    assert answer.json()["size"] == 150 * MB
    assert server.delete("/user/learner/api/contents/large.txt", headers=xsrf_of(server)).status_code == 204


def test_30_mb_of_kernel_output_pass(server: httpx.Client, academy: Any) -> None:
    """What a kernel prints reaches the browser's side of the websocket whole."""
    kernel = server.post(
        "/user/learner/api/kernels", headers=xsrf_of(server), json={"name": "python3"}
    ).json()["id"]
    cookies = "; ".join(
        f"{one.name}={one.value}" for one in server.cookies.jar if one.path in ("/", "/user/learner/")
    )
    address = academy.address.replace("http:", "ws:") + f"user/learner/api/kernels/{kernel}/channels"
    try:
        assert (
            asyncio.run(printed(address, {"Cookie": cookies, "Origin": academy.address.rstrip("/")}))
            == 30 * MB
        )
    finally:
        server.delete(f"/user/learner/api/kernels/{kernel}", headers=xsrf_of(server))


async def printed(address: str, headers: dict[str, str]) -> int:
    """How many characters of stdout arrive for a cell that prints 30 million."""
    socket = await websocket_connect(
        HTTPRequest(address, headers=headers, connect_timeout=30), max_message_size=64 * MB
    )
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": "execute_request",
        "version": "5.4",
        "session": uuid.uuid4().hex,
        "username": "",
    }
    content = {
        "code": f"print('x' * {30 * MB}, end='')",
        "silent": False,
        "store_history": False,
        "allow_stdin": False,
    }
    await socket.write_message(
        json.dumps(
            {
                "header": header,
                "parent_header": {},
                "metadata": {},
                "content": content,
                "channel": "shell",
                "buffers": [],
            }
        )
    )
    received = 0
    while True:
        text = await asyncio.wait_for(socket.read_message(), 120)
        assert text is not None, "the connection was cut"
        message = json.loads(text)
        ours = message["parent_header"].get("msg_id") == header["msg_id"]
        if ours and message["msg_type"] == "stream":
            received += len(message["content"]["text"])
        if ours and message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            socket.close()
            return received
