"""Runs one command and writes what it took, as JSON, to a file.

python3 measure_process.py <file> <program> [<argument> ...]

A small program of its own does this, as a process begins with the peak of
memory of the one that started it.
"""

import json
import resource
import subprocess
import sys
import time

result, *command = sys.argv[1:]
begin = time.monotonic()
code = subprocess.run(command, stdin=subprocess.DEVNULL).returncode
milliseconds = (time.monotonic() - begin) * 1000

usage = resource.getrusage(resource.RUSAGE_CHILDREN)
unit = 1 if sys.platform == "darwin" else 1024
with open(result, "w", encoding="utf-8") as file:
    json.dump(
        {
            "milliseconds": milliseconds,
            "cpuSeconds": usage.ru_utime + usage.ru_stime,
            "peakRss": usage.ru_maxrss * unit,
        },
        file,
    )
sys.exit(code if code >= 0 else 128 - code)
