"""Judges FolderStore:

    deno run -A jsr:@storekit/object-store/conformance/cli --command "python3 serve.py"
"""

from folder_store import FolderStore, SizeError
from storekit_serve import serve

serve(
    "FolderStore in Python",
    open=lambda place: FolderStore(place["directory"], place["prefix"]),
    powers=("abort", "list", "read", "write", "delete"),
    translate=lambda error: {"range": True} if isinstance(error, SizeError) else None,
    capabilities=["flat", "reopen", "process", "streaming"],
)
