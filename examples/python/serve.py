"""Judges FolderStore:

    deno run -A jsr:@storekit/object-store/conformance/cli --command "python3 serve.py"
"""

from folder_store import FolderStore
from storekit_serve import serve

serve(
    "FolderStore in Python",
    open=lambda place: FolderStore(place["directory"], place["prefix"]),
    powers=("abort", "list"),
    capabilities=["flat", "reopen", "process", "streaming"],
)
