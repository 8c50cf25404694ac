"""The server: on this machine only, for one page only.

Who may speak with it: requests that name it as 127.0.0.1 or localhost with its own port (a name that another site
points here is refused), that come from its own page where they say where they come from, and that know the token in the
address. The page may load nothing and send nothing elsewhere.
"""

from __future__ import annotations

import secrets
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, Self, final
from urllib.parse import parse_qs, quote, unquote, urlsplit

from perrin.app import routes
from perrin.app.session import RESERVED, Session
from perrin.app.uploads import LARGEST, TooLargeError, receive
from perrin.errors import PerrinError
from perrin.problems import cause_of, trace_of

HOST: Final = "127.0.0.1"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""plotly sets styles on its elements; all else comes from this server, and nothing goes elsewhere."""
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_IDLE: Final = 60.0
"""Seconds that a connection may be silent."""
_PIECE: Final = 1 << 20
_PIECES: Final = 64
_PATIENCE: Final = 0.5
"""How much of a refused request is heard out, and for how many seconds of silence."""


@final
class Server:
    """The app as a server on a free port of this machine; in a `with` block its folder goes with it."""

    def __init__(self, files: Sequence[Path] = (), *, port: int = 0, largest: int = LARGEST) -> None:
        """Raises InputError where a file does not exist, OSError where the port is taken."""
        self.token = secrets.token_urlsafe(24)
        self._folder = Path(tempfile.mkdtemp(prefix="perrin-app-"))
        self.folder = self._folder / "files"
        self.folder.mkdir()
        try:
            self.session = Session(self.folder, largest)
            for file in files:
                self.session.open(file)
            self._http = _Http((HOST, port), _Handler, self, largest)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        """The address of the page, with the token."""
        return f"http://{HOST}:{self.port}/{self.token}/"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def serve(self) -> None:
        """Answer until `close` is called or the process is interrupted."""
        self._http.serve_forever(poll_interval=0.2)

    def start(self) -> None:
        """Answer in a thread of its own."""
        threading.Thread(target=self.serve, daemon=True).start()

    def close(self) -> None:
        """Stop answering, stop what runs, and remove all that was sent and computed."""
        self.session.close()
        self._http.server_close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def stop(self) -> None:
        """Make `serve` return; call it from another thread."""
        self._http.shutdown()


@final
class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: type[_Handler], owner: Server, largest: int) -> None:
        super().__init__(address, handler)
        self.token, self.session, self.largest = owner.token, owner.session, largest
        port = self.server_address[1]
        self.hosts = {f"{HOST}:{port}", f"localhost:{port}"}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A page that was closed half way through is no error of ours."""


@final
class _Handler(BaseHTTPRequestHandler):
    server: _Http
    protocol_version = "HTTP/1.1"
    server_version = "perrin"
    sys_version = ""
    timeout = _IDLE

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: addresses hold the token."""

    def do_GET(self) -> None:
        """A file of the page, a result."""
        path = self._allowed()
        if path is not None:
            self._answer(lambda: routes.get(self.server.session, path))

    def do_POST(self) -> None:
        """A file, or something to do."""
        path = self._allowed(writes=True)
        if path is None:
            return
        length = self._length()
        if length is None:
            return
        if path == "api/upload":
            self._answer(lambda: self._upload(length))
        else:
            given: Any = None
            try:
                given = routes.body(self.rfile, length)
            except PerrinError as error:
                self._refuse(HTTPStatus.BAD_REQUEST, str(error))
                return
            self._answer(lambda: routes.post(self.server.session, path, given))

    def _upload(self, length: int) -> routes.Reply:
        name = parse_qs(urlsplit(self.path).query).get("name", ["tracks"])[0]
        session = self.server.session
        name = f"file-{name}" if name in RESERVED else name
        place = receive(self.rfile, length, session.folder, name, self.server.largest)
        session.add(place)
        return routes.as_json({"name": place.name})

    def _allowed(self, *, writes: bool = False) -> str | None:
        """The path below the token; None where the request was refused."""
        host, origin = self.headers.get("Host", ""), self.headers.get("Origin")
        site = self.headers.get("Sec-Fetch-Site", "none")
        foreign = origin not in {f"http://{h}" for h in self.server.hosts} if origin is not None else writes
        if host not in self.server.hosts or foreign or site not in ("same-origin", "none"):
            self._refuse(HTTPStatus.FORBIDDEN, "the app accepts requests only from its own page on this computer")
            return None
        _, _, rest = unquote(urlsplit(self.path).path).partition("/")
        token, slash, path = rest.partition("/")
        if not secrets.compare_digest(token.encode(), self.server.token.encode()) or not slash:
            self._refuse(
                HTTPStatus.NOT_FOUND,
                "nothing was found at this address. Use the complete address that perrin app printed",
            )
            return None
        return path

    def _length(self) -> int | None:
        text = self.headers.get("Content-Length", "")
        if self.headers.get("Transfer-Encoding") or not text.isdecimal():
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "the request does not state its length")
            return None
        return int(text)

    def _answer(self, make: Any) -> None:
        try:
            reply = make()
        except TooLargeError as error:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error))
        except PerrinError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error))
        except OSError as error:
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, error.strerror or str(error))
        except Exception as error:  # one answer that fails must not take the page along
            print(f"perrin: {self.path.rpartition('/')[2]}: {trace_of(error)}", file=sys.stderr)
            why = f"this could not be computed ({cause_of(error)}). See the details in the terminal and report them"
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, why)
        else:
            if reply is None:
                self._refuse(HTTPStatus.NOT_FOUND, "nothing was found at this address")
            else:
                self._send(HTTPStatus.OK, reply)

    def _refuse(self, code: HTTPStatus, why: str) -> None:
        self.close_connection = True  # what was not read must not be taken for the next request
        self._send(code, routes.as_json({"error": why}))
        self._linger()

    def _linger(self) -> None:
        """Hear out a sender for a moment: one that is cut off while it speaks does not hear the answer."""
        self.wfile.flush()
        self.connection.settimeout(_PATIENCE)
        try:
            self.connection.shutdown(socket.SHUT_WR)
            for _ in range(_PIECES):
                if not self.connection.recv(_PIECE):
                    break
        except OSError:
            pass

    def _send(self, code: HTTPStatus, reply: routes.Reply) -> None:
        body = reply.body
        size = body.stat().st_size if isinstance(body, Path) else len(body)
        self.send_response(code)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(size))
        if reply.save_as:
            self.send_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(reply.save_as)}")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if isinstance(body, Path):
            with body.open("rb") as file:
                shutil.copyfileobj(file, self.wfile, _PIECE)
        else:
            self.wfile.write(body)
