"""Judges Composer's own stores on MinIO: python3 judge.py s3|libcloud [options of the kit]

Gets Composer and what these stores need by pip, into a directory of their own; starts a MinIO, makes
a bucket and a user who may do nothing, runs the kit, and stops MinIO. `minio` is looked for in
.tools/bin (see `deno task servers`) and on the PATH.
"""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
COMPOSER = "mosaicml==0.32.1"
NEEDED = ["boto3==1.44.8", "requests==2.34.2", "apache-libcloud==3.9.1"]
KEY, SECRET, BUCKET, REGION = "composer-access", "composer-secret-key", "composer", "us-east-1"
DENY = {"Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::*"]}]}
# What makes the bucket and the user, with the boto3 that was just installed.
PREPARE = f"""
import boto3, json, os, sys
url, deny = sys.argv[1:]
options = dict(endpoint_url=url, region_name="{REGION}", aws_access_key_id="{KEY}",
               aws_secret_access_key="{SECRET}")
boto3.client("s3", **options).create_bucket(Bucket="{BUCKET}")
user = boto3.client("sts", **options).assume_role(
    RoleArn="arn:aws:iam::000000000000:role/none", RoleSessionName="none", Policy=deny)
user = user["Credentials"]
print(json.dumps([user["AccessKeyId"], user["SecretAccessKey"], user["SessionToken"]]))
"""


def main(which, options):
    python = install()
    port, minio = free_port(), shutil.which("minio", path=f"{ROOT}/.tools/bin:{os.environ['PATH']}")
    if minio is None:
        sys.exit("Cannot judge Composer as there is no minio: deno task servers")
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as directory:
        own = {"MINIO_ROOT_USER": KEY, "MINIO_ROOT_PASSWORD": SECRET, "MINIO_UPDATE": "off"}
        command = [minio, "server", directory, "--quiet", "--address", f"127.0.0.1:{port}"]
        server = subprocess.Popen(
            command, env={**os.environ, **own, "MINIO_BROWSER": "off"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(url, server)
            made = subprocess.run([python, "-c", PREPARE, url, json.dumps(DENY)],
                                  check=True, capture_output=True, text=True).stdout
            key, secret, token = json.loads(made)
            env = {"S3_ENDPOINT": url, "S3_BUCKET": BUCKET, "AWS_REGION": REGION,
                   "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
                   "FORBIDDEN_KEY": key, "FORBIDDEN_SECRET": secret, "FORBIDDEN_TOKEN": token}
            deno = [shutil.which("deno")] if shutil.which("deno") else ["npx", "-y", "deno"]
            serve = f'"{python}" "{HERE / "serve.py"}" {which}'
            kit = [*deno, "task", "conformance", "--command", serve, *options]
            return subprocess.run(kit, cwd=ROOT, env={**os.environ, **env}).returncode
        finally:
            server.kill()
            server.wait()


def install():
    """A Python that has the stores; without torch and the rest of what Composer asks for."""
    directory = ROOT / ".tools" / "composer"
    python = directory / "bin" / "python"
    done = directory / "installed.json"
    wanted = json.dumps([COMPOSER, *NEEDED])
    if not done.exists() or done.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", directory], check=True)
        for words in (NEEDED, ["--no-deps", COMPOSER]):
            subprocess.run([python, "-m", "pip", "install", "--quiet", *words], check=True)
        done.write_text(wanted)
    return str(python)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(url, server):
    for _ in range(300):
        if server.poll() is not None:
            sys.exit(f"Cannot judge Composer as minio ended with {server.returncode}")
        try:
            return urllib.request.urlopen(f"{url}/minio/health/ready", timeout=1).close()
        except OSError:
            time.sleep(0.1)
    sys.exit("Cannot judge Composer as minio does not become ready")


if len(sys.argv) < 2 or sys.argv[1] not in ("s3", "libcloud"):
    sys.exit(__doc__)
sys.exit(main(sys.argv[1], sys.argv[2:]))
