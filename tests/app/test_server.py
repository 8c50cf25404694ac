"""Who may speak with the app, and what its files can do."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perrin.app import Server
from perrin.app.command_line import ANALYSIS, as_typed, options
from perrin.app.uploads import TooLargeError, receive, safe_name
from perrin.errors import InputError
from tests.helpers.app import Client
from tests.helpers.tracker_files import PNG, csv


def test_it_listens_on_this_machine_only(server: Server) -> None:
    assert server._http.server_address[0] == "127.0.0.1"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}/", server.url)


def test_the_page_is_there_for_who_knows_its_address(client: Client) -> None:
    code, body, headers = client.get("")
    assert code == 200
    assert b"<title>perrin</title>" in body
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "script-src 'self';" in policy
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert not {"Access-Control-Allow-Origin", "Server-Version"} & set(headers)


@pytest.mark.parametrize("path", ["/", "/x/", "/x/api/state", "/api/state", "//", "/%2e%2e/"])
def test_without_the_token_there_is_nothing(client: Client, path: str) -> None:
    assert client.ask("GET", path)[0] == 404
    assert client.ask("POST", path, b"{}")[0] == 404


def test_every_server_has_a_token_of_its_own() -> None:
    with Server() as one, Server() as other:
        assert one.token != other.token


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1.evil.example", "[::1]"])
def test_a_foreign_name_for_this_machine_is_refused(client: Client, host: str) -> None:
    assert client.get("api/state", Host=host)[0] == 403


def test_requests_of_other_pages_are_refused(client: Client) -> None:
    for origin in ("http://evil.example", "null", f"https://127.0.0.1:{client.server.port}", "http://127.0.0.1:1"):
        assert client.get("api/state", Origin=origin)[0] == 403
        assert client.post("api/example", Origin=origin)[0] == 403
    assert client.post("api/example", Origin="")[0] == 403  # a form of another site need not say where it is from
    for site in ("cross-site", "same-site"):
        assert client.get("api/state", Sec_Fetch_Site=site)[0] == 403
    assert not client.state()["files"]


@pytest.mark.parametrize(
    "path", ["../server.py", "static/app.js", "export/../files", "export/selection.parquet", "app.css/../../routes.py",
             "%2e%2e/%2e%2e/etc/passwd", "api/nothing"],
)  # fmt: skip
def test_only_known_files_are_served(client: Client, path: str) -> None:
    assert client.get(path)[0] == 404


def test_a_request_must_say_how_long_it_is(client: Client) -> None:
    place = f"POST /{client.server.token}/api/upload?name=a HTTP/1.1\r\nHost: 127.0.0.1:{client.server.port}\r\n"
    origin = f"Origin: http://127.0.0.1:{client.server.port}\r\n"
    for more in ("", "Transfer-Encoding: chunked\r\n", "Content-Length: -5\r\n"):
        with socket.create_connection(("127.0.0.1", client.server.port), timeout=10) as link:
            link.sendall((place + origin + more + "\r\n").encode())
            assert b"411" in link.recv(4000).partition(b"\r\n")[0]


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(client: Client) -> None:
    code, said = client.upload("big.csv", b"x" * 2_000_001)
    assert code == 413
    assert "2 MB" in said["error"]
    assert "perrin app FILE" in said["error"]
    assert not list(client.server.folder.iterdir())


def test_a_file_that_stops_half_way_leaves_nothing(client: Client) -> None:
    head = (
        f"POST /{client.server.token}/api/upload?name=half.csv HTTP/1.1\r\nHost: 127.0.0.1:{client.server.port}\r\n"
        f"Origin: http://127.0.0.1:{client.server.port}\r\nContent-Length: 1000000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", client.server.port), timeout=10) as link:
        link.sendall(head.encode() + b"track,frame\n" * 100)
    deadline = time.monotonic() + 10
    while list(client.server.folder.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not list(client.server.folder.iterdir())


class Counting(io.RawIOBase):
    """Zeros, noting how many were asked for at once."""

    most = 0

    def read(self, size: int = -1) -> bytes:
        self.most = max(self.most, size)
        return bytes(size)


def test_files_are_streamed_to_disk(tmp_path: Path) -> None:
    stream = Counting()
    place = receive(stream, 20_000_000, tmp_path, "a.csv")
    assert place.stat().st_size == 20_000_000
    assert stream.most <= 1 << 20
    with pytest.raises(TooLargeError):
        receive(stream, 2_000_000_001, tmp_path, "b.csv")
    with pytest.raises(InputError, match="is empty"):
        receive(stream, 0, tmp_path, "c.csv")
    with pytest.raises(InputError, match="was not received completely"):
        receive(io.BytesIO(b"abc"), 5, tmp_path, "d.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("tracks.csv", "tracks.csv"), ("../../etc/passwd", "passwd"), (r"C:\data\a.xml", "a.xml"), ("..", "tracks"),
        ("-o", "o"), ("--force", "force"), (".hidden", "hidden"), ("a\nb\0c.csv", "a_b_c.csv"), ("", "tracks"),
        ("<img src=x>.csv", "_img src=x_.csv"), ("Zellen µ 1.csv", "Zellen µ 1.csv"), ("$(rm).csv", "$(rm).csv"),
    ],
)  # fmt: skip
def test_names_can_do_no_harm(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert len(safe_name("x" * 500 + ".csv")) <= 120


def test_no_value_passes_for_an_option() -> None:
    words = options({"method": "--force", "window": "-o/tmp", "drift": True, "alpha": "", "seed": None}, ANALYSIS)
    assert words == ["--method=--force", "--window=-o/tmp", "--drift"]
    for wrong in ({"out": "/tmp"}, {"force": True}, {"method": "a\nb"}, {"method": "x" * 2000}):
        with pytest.raises(InputError):
            options(wrong, ANALYSIS)
    assert as_typed(["analyze", "a b.csv", "-o", "r", "--pixel-size=0.1", "--columns=x=X (px)"]) == (
        "perrin analyze 'a b.csv' -o r --pixel-size 0.1 --columns 'x=X (px)'"
    )


@pytest.mark.slow
def test_a_file_is_never_imported(client: Client) -> None:
    trap = b"open('trodden', 'w').close()\n"
    for name in ("polars.py", "perrin.py", "sitecustomize.py"):
        client.upload(name, trap)
    client.upload("good.csv", csv())
    found = {f["name"]: f for f in client.state()["files"]}
    assert found["good.csv"]["described"]["tracks"] == 6
    client.post("api/remove", {"name": "perrin.py"})
    client.post("api/remove", {"name": "sitecustomize.py"})
    client.post("api/analyze", {"options": {}})
    client.server.session._job.wait()
    assert client.state()["job"]["state"] == "failed"  # of polars.py, which is not a table
    assert not (client.server.folder / "trodden").exists()


@pytest.mark.slow
def test_names_of_results_are_reserved(client: Client) -> None:
    assert client.upload("results", csv())[1]["name"] == "file-results"
    assert client.upload("a.csv", csv())[1]["name"] == "a.csv"
    assert client.upload("a.csv", csv())[1]["name"] == "a-2.csv"


@pytest.mark.slow
def test_what_cannot_be_read_is_said_and_can_be_removed(client: Client) -> None:
    client.upload("picture.png", PNG)
    (file,) = client.state()["files"]
    assert file["described"] is None
    assert file["error"].startswith("picture.png: ")
    assert str(client.server.folder) not in file["error"]
    assert client.post("api/analyze", {"options": {}})[0] == 200
    client.server.session._job.wait()
    assert client.state()["job"]["state"] == "failed"
    assert "picture.png" in client.state()["job"]["said"]
    assert client.post("api/remove", {"name": "picture.png"})[0] == 200
    assert client.post("api/remove", {"name": "../x"})[0] == 400
    assert not client.state()["files"]


@pytest.mark.parametrize(
    ("path", "given", "said"),
    [
        ("api/analyze", {"options": {}}, "no file"),
        ("api/analyze", {"options": []}, "options must be a JSON object"),
        ("api/analyze", [], "must be a JSON object"),
        ("api/reading", {"options": {"out": "x"}}, "unknown option 'out'"),
        ("api/figure", {"name": "map"}, "there is no result yet"),
        ("api/test", {"rows": ["1"]}, "whole numbers"),
        ("api/label", {"name": 3}, "must be text"),
    ],
)
def test_requests_that_make_no_sense_are_answered_in_a_sentence(client: Client, path: str, given, said: str) -> None:
    code, answer = client.post(path, given) if given else (0, {"error": "must be a JSON object"})
    assert code in (0, 400)
    assert said in answer["error"]


def test_no_json_is_no_request(client: Client) -> None:
    for body in (b"{", b"\xff", b"[1]", b"3"):
        code, _, _ = client.ask("POST", f"/{client.server.token}/api/analyze", body)
        assert code == 400


def test_the_folder_goes_with_the_server(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_bytes(csv())
    server = Server([file])
    (server.folder / "sent.csv").write_bytes(csv())
    server.close()
    assert not server.folder.parent.exists()
    assert file.read_bytes() == csv()


def test_a_file_that_is_not_there_is_said_before_the_page_opens() -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv: does not exist"):
        Server([Path("nowhere.csv")])


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_folder_goes_with_the_process(tmp_path: Path, number: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "perrin", "app", "--no-browser"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    with process:
        assert "http://127.0.0.1" in process.stdout.readline()
        assert [path.name[:10] for path in tmp_path.iterdir()] == ["perrin-app"]
        process.send_signal(number)
        assert process.wait(15) == 0
    assert not list(tmp_path.iterdir())
