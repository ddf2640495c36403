"""boto3 with its defaults: upload_file and download_file, threads for small objects."""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

task = json.loads(sys.argv[1])
place, job = task["place"], task["job"]
bucket, key, path = place["bucket"], job["key"], job["path"]
client = boto3.client(
    "s3",
    endpoint_url=place["endpoint"],
    region_name=place["region"],
    aws_access_key_id=place["accessKeyId"],
    aws_secret_access_key=place["secretAccessKey"],
    verify=place.get("caFile"),
    config=Config(max_pool_connections=max(10, job["parallel"])),
)


def upload(index):
    with open(f"{path}/{index}", "rb") as file:
        client.put_object(Bucket=bucket, Key=f"{key}/{index}", Body=file.read())


def download(index):
    answer = client.get_object(Bucket=bucket, Key=f"{key}/{index}")
    with open(f"{path}/{index}", "wb") as file:
        file.write(answer["Body"].read())


def size(index):
    client.head_object(Bucket=bucket, Key=f"{key}/{index}")


def for_each_object(run):
    with ThreadPoolExecutor(job["parallel"]) as executor:
        list(executor.map(run, range(job["count"])))


def list_names():
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
    count = sum(len(page.get("Contents", [])) for page in pages)
    with open(path, "w", encoding="utf-8") as file:
        file.write(str(count))


actions = {
    "list": list_names,
    "upload": lambda: client.upload_file(path, bucket, key),
    "download": lambda: client.download_file(bucket, key, path),
    "uploadMany": lambda: for_each_object(upload),
    "downloadMany": lambda: for_each_object(download),
    "sizeMany": lambda: for_each_object(size),
}
for _ in range(job.get("repeat", 1)):
    began = time.perf_counter()
    actions[job["action"]]()
    if "repeat" in job:
        print((time.perf_counter() - began) * 1000, flush=True)
