"""The smallest client that speaks with the app."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

from perrin.app import Server


@dataclass
class Client:
    """Requests to one server, with the headers that a browser sends from its page, or others."""

    server: Server

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes, dict[str, str]]:
        host = f"127.0.0.1:{self.server.port}"
        sent = {"Host": host, **({"Origin": f"http://{host}"} if method == "POST" else {}), **headers}
        sent = {k.replace("_", "-"): v for k, v in sent.items() if v}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.read(), dict(answer.getheaders())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        return self.ask("GET", f"/{self.server.token}/{path}", **headers)

    def post(self, path: str, given: Any = None, **headers: str) -> tuple[int, Any]:
        code, body, _ = self.ask("POST", f"/{self.server.token}/{path}", json.dumps(given or {}).encode(), **headers)
        return code, json.loads(body)

    def upload(self, name: str, content: bytes) -> tuple[int, Any]:
        code, body, _ = self.ask("POST", f"/{self.server.token}/api/upload?name={name}", content)
        return code, json.loads(body)

    def state(self) -> Any:
        return json.loads(self.get("api/state")[1])
