"""A store that speaks S3 (moto's server) with an empty bucket for each test that asks.

It takes any key and any signature: what those are worth is tested with tests/support/swift.py.
"""

import itertools
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import obstore
from obstore.store import S3Store

from portal.core.config import S3Settings

KEYS = {"AWS_ACCESS_KEY_ID": "testing-key", "AWS_SECRET_ACCESS_KEY": "testing-secret"}
_numbers = itertools.count(1)


@contextmanager
def running() -> Generator[S3Settings]:
    """The server; its settings name no bucket yet."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield S3Settings(
            bucket="",
            prefix="firm/documents",
            endpoint=f"http://{host}:{port}",
            region="us-east-1",
            key_id=KEYS["AWS_ACCESS_KEY_ID"],
            secret=KEYS["AWS_SECRET_ACCESS_KEY"],
        )
    finally:
        server.stop()


def new_bucket(server: S3Settings) -> S3Settings:
    """An empty bucket of its own."""
    made = replace(server, bucket=f"bucket-{next(_numbers)}")
    store = S3Store(
        made.bucket,
        endpoint=made.endpoint or "",
        region=made.region,
        access_key_id=made.key_id,
        secret_access_key=made.secret,
    )
    address = obstore.sign(store, "PUT", "", timedelta(minutes=1))
    with urlopen(Request(address, method="PUT")) as answer:
        assert answer.status == 200
    return made


def url_of(bucket: S3Settings) -> str:
    """The bucket as the setting STORAGE_URL names it."""
    query = urlencode({"endpoint": bucket.endpoint or "", "region": bucket.region})
    return f"s3://{bucket.bucket}/{bucket.prefix}?{query}"
