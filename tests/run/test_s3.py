"""An S3 server on the loopback: `s3://bucket/*.parquet` in, `s3://bucket/out` out, interrupted and taken up."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from perrin.tracks import Tracks
from tests.helpers.interruptions import PATIENCE, command, completed, parquet

s3fs = pytest.importorskip("s3fs")
pytest.importorskip("moto")

pytestmark = pytest.mark.cluster

CHUNKS = 6
QUICK = ("--method", "tamsd")
SERVER = """
import time
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, str]]:
    """What the environment must say to reach the server."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SERVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            address = f"http://127.0.0.1:{int(server.stdout.readline())}"
            yield {
                "AWS_ENDPOINT_URL": address,
                "AWS_ACCESS_KEY_ID": "a",
                "AWS_SECRET_ACCESS_KEY": "b",
                "AWS_DEFAULT_REGION": "us-east-1",
            }
        finally:
            server.kill()


@pytest.fixture
def bucket(s3):
    """The same as a file system of this process."""
    disk = s3fs.S3FileSystem(
        endpoint_url=s3["AWS_ENDPOINT_URL"], key="a", secret="b", use_listings_cache=False, skip_instance_cache=True
    )
    if not disk.exists("bucket"):
        disk.mkdir("bucket")
    return disk


def test_from_and_to_a_bucket(tmp_path: Path, s3, bucket) -> None:
    rng = np.random.default_rng(5)
    tracks = Tracks.from_arrays([np.cumsum(rng.standard_normal((30, 2)), axis=0) for _ in range(2 * CHUNKS)])
    table = tmp_path / "monday.parquet"
    tracks.to_polars().drop("source", "t").write_parquet(table)
    bucket.put_file(str(table), "bucket/in/monday.parquet")

    there = ("s3://bucket/in/*.parquet", "s3://bucket/out", *QUICK)
    process = command(*there, "--workers", "1", pause=0.3, more=s3)
    while not bucket.exists("bucket/out.partial/chunks/000001.json"):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert not bucket.exists("bucket/out")
    completed(command(*there, "--dask", "local", "--workers", "1", "--resume", more=s3))
    completed(command(table, tmp_path / "out", *QUICK, "--workers", "1"))
    for name, data in parquet(tmp_path / "out").items():
        assert bucket.cat_file(f"bucket/out/{name}") == data
    assert json.loads(bucket.cat_file("bucket/out/run.json"))["inputs"][0]["path"] == "s3://bucket/in/monday.parquet"
    assert not bucket.exists("bucket/out.partial")


def test_a_bucket_that_is_not_there_is_not_made(tmp_path: Path, s3, bucket) -> None:
    process = command("none.csv", "s3://another/out", *QUICK, more=s3, cwd=tmp_path)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert err == "perrin: s3://another/out: 'another' does not exist. Create that bucket first, or correct its name.\n"
    assert not list(tmp_path.iterdir())
    assert not bucket.exists("another")


def test_nobody_answers(tmp_path: Path, s3) -> None:
    deaf = s3 | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    process = command("s3://bucket/in/*.parquet", tmp_path / "out", *QUICK, more=deaf)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert err.startswith("perrin: s3://bucket/in/*.parquet: cannot be reached (EndpointConnectionError")
    assert err.endswith("Check the address, the network and your credentials.\n")
    assert err.count("\n") == 1
