"""obstore, the Rust object_store from Python, with its defaults."""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import obstore
from obstore.store import S3Store

task = json.loads(sys.argv[1])
place, job = task["place"], task["job"]
key, path = job["key"], job["path"]
options = {"allow_http": True}
if "caFile" in place:
    options["root_certificate"] = Path(place["caFile"]).read_text()
store = S3Store(
    place["bucket"],
    endpoint=place["endpoint"],
    region=place["region"],
    access_key_id=place["accessKeyId"],
    secret_access_key=place["secretAccessKey"],
    client_options=options,
)


def download():
    with open(path, "wb") as file:
        for chunk in obstore.get(store, key).stream(min_chunk_size=1024 * 1024):
            file.write(chunk)


async def upload_one(index):
    data = Path(f"{path}/{index}").read_bytes()
    await obstore.put_async(store, f"{key}/{index}", data)


async def download_one(index):
    answer = await obstore.get_async(store, f"{key}/{index}")
    Path(f"{path}/{index}").write_bytes(await answer.bytes_async())


async def size_one(index):
    await obstore.head_async(store, f"{key}/{index}")


async def for_each_object(run):
    indexes = iter(range(job["count"]))

    async def work():
        for index in indexes:
            await run(index)

    await asyncio.gather(*(work() for _ in range(job["parallel"])))


def list_names():
    count = sum(len(chunk) for chunk in obstore.list(store, key))
    Path(path).write_text(str(count), encoding="utf-8")


actions = {
    "list": list_names,
    "upload": lambda: obstore.put(store, key, Path(path)),
    "download": download,
    "uploadMany": lambda: asyncio.run(for_each_object(upload_one)),
    "downloadMany": lambda: asyncio.run(for_each_object(download_one)),
    "sizeMany": lambda: asyncio.run(for_each_object(size_one)),
}
for _ in range(job.get("repeat", 1)):
    began = time.perf_counter()
    actions[job["action"]]()
    if "repeat" in job:
        print((time.perf_counter() - began) * 1000, flush=True)
# Its threads abort the interpreter's own end now and then.
os._exit(0)
