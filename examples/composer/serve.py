"""Serves one of Composer's own object stores to the conformance kit: python serve.py s3|libcloud

Composer is loaded as it was published, module by module, as its packages import torch. Where the
store is comes from S3_ENDPOINT, S3_BUCKET, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, and
FORBIDDEN_KEY, FORBIDDEN_SECRET and FORBIDDEN_TOKEN for a user who may do nothing.
"""

import importlib.util
import os
import pathlib
import sys
import types
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "python"))

from storekit_serve import serve  # noqa: E402


COMPOSER = pathlib.Path(importlib.util.find_spec("composer").submodule_search_locations[0])


def load(name):
    """A module of Composer; the packages above it stay empty."""
    for package in ("composer", "composer.utils", "composer.utils.object_store"):
        if package not in sys.modules:
            empty = types.ModuleType(package)
            empty.__path__ = [str(COMPOSER.joinpath(*package.split(".")[1:]))]
            sys.modules[package] = empty
    return importlib.import_module(f"composer.utils.object_store.{name}")


transient = load("object_store").ObjectStoreTransientError
ENDPOINT = os.environ["S3_ENDPOINT"]
BUCKET = os.environ["S3_BUCKET"]
REGION = os.environ.get("AWS_REGION", "us-east-1")
KEY, SECRET = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
# Composer's own settings but for the times: a minute for each silent request makes a run of hours.
TIMES = {"connect_timeout": 3, "read_timeout": 3, "retries": {"mode": "adaptive", "max_attempts": 2}}


class Served:
    """Composer's methods under the names of storekit_serve.py; nothing is checked or mended."""

    def __init__(self, store, before=""):
        self.store, self.before = store, before

    def get_uri(self, name):
        return self.store.get_uri(self.before + name)

    def get_size(self, name):
        return self.store.get_object_size(self.before + name)

    def upload(self, name, file, callback=None):
        self.store.upload_object(self.before + name, file, callback)

    def download(self, name, file, overwrite=False, callback=None):
        self.store.download_object(self.before + name, file, overwrite, callback)

    def list(self, prefix=""):
        for key in self.store.list_objects(self.before + prefix):
            yield key[len(self.before):]

    def close(self):
        self.store.close()


def open_s3(place):
    credentials = (KEY, SECRET, None)
    if place["as"] == "forbidden":
        credentials = tuple(os.environ[f"FORBIDDEN_{part}"] for part in ("KEY", "SECRET", "TOKEN"))
    key, secret, token = credentials
    return Served(load("s3_object_store").S3ObjectStore(
        bucket="no-such-bucket-here" if place["as"] == "missing-bucket" else BUCKET,
        prefix=place["prefix"],
        region_name=REGION,
        endpoint_url=place["endpoint"] or ENDPOINT,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        client_config=dict(TIMES),
    ))


def open_libcloud(place):
    import libcloud.http

    # Its driver for MinIO takes no time.
    libcloud.http.DEFAULT_REQUEST_TIMEOUT = 3
    url = urllib.parse.urlsplit(place["endpoint"] or ENDPOINT)
    store = load("libcloud_object_store").LibcloudObjectStore(
        provider="minio",
        container=BUCKET,
        provider_kwargs={
            "key": KEY, "secret": SECRET, "secure": url.scheme == "https",
            "host": url.hostname, "port": url.port,
        },
    )
    # It knows no prefix: the bridge puts one before the name.
    return Served(store, f"{place['prefix']}/")


def translate(error):
    """Exceptions as the contract names them. What Composer documents is exact, the rest was chosen."""
    own = isinstance(error, OSError) and error.errno is None
    if own and isinstance(error, FileNotFoundError):
        return {"code": "OBJECT_NOT_FOUND"}
    if own and isinstance(error, FileExistsError):
        return {"code": "FILE_EXISTS"}
    if isinstance(error, transient):
        return {"code": "TRANSIENT"}
    for each in (error, error.__cause__, error.__context__):
        code = getattr(each, "response", None)
        code = code.get("Error", {}).get("Code") if isinstance(code, dict) else type(each).__name__
        if code in ("403", "AccessDenied", "InvalidAccessKeyId", "InvalidCredsError"):
            return {"code": "PERMISSION_DENIED"}
        if code in ("NoSuchBucket", "ContainerDoesNotExistError"):
            return {"code": "BUCKET_NOT_FOUND"}
    module = type(error).__module__.split(".")[0]
    if module in ("boto3", "botocore", "s3transfer", "libcloud"):
        return {"code": "OTHER"}
    return None


which = sys.argv[1]
serve(
    {"s3": "Composer's S3ObjectStore", "libcloud": "Composer's LibcloudObjectStore"}[which],
    open={"s3": open_s3, "libcloud": open_libcloud}[which],
    powers=("list",),
    translate=translate,
    capabilities=["flat", "reopen", "process", "streaming"]
    + (["checksum", "authz", "bucket"] if which == "s3" else []),
    limits={"stallTimeoutMs": 3000, **({"partSize": 8 * 2**20} if which == "s3" else {})},
    secrets=[SECRET],
    upstream=ENDPOINT,
    dialect="s3",
)
