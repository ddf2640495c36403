"""Serves an object store to the conformance kit: copy this file, and call serve().

    from storekit_serve import serve
    serve("my store", open=lambda place: MyStore(place["directory"], place["prefix"]))

`open` gets a dict with "prefix", "directory" and, where the kit stands in front of a service,
"endpoint"; it returns an object with these methods (those that are missing are not judged):

    get_uri(name) -> str
    get_size(name, abort=None) -> int
    upload(name, file, callback=None, abort=None)
    download(name, file, overwrite=False, callback=None, abort=None)
    list(prefix="", abort=None) -> iterable of names
    read(name, offset=0, length=None, abort=None) -> content, with a `size` (that of the whole
        object), an iterator over its bytes, and close()
    write(name, source, size=None, callback=None, abort=None)
    delete(name, abort=None)
    close()

`source` is an iterator over bytes: each step asks the caller for more. Call its close() when no more
is wanted, as after any failure; what it raises is the caller's error, and leaves the method as it is.
Declare list, read, write and delete as powers: powers=("abort", "read").
`callback(done, total)` is to be called in the thread of the operation; what it raises is the
caller's error and is to leave the method as it is. `abort` is a threading.Event with a method
`check()` that raises Aborted once it is set; it is passed only with powers=("abort", ...).

An error of the store has an attribute `code`, one of the nine of the contract, and may have
`object_name` and `uri`. OSErrors with an errno are local errors, TypeError is a wrong argument, and
what is none of these is no error of the store. A size or a range that is none, or is not that of the
data, is {"range": True}. Pass `translate=function` to say otherwise: it gets
the exception and returns a dict with the members of the protocol's error, or None.

The protocol is told in conformance/PROTOCOL.md. Python 3.8 or later, standard library only.
"""

import base64
import errno
import json
import os
import queue
import sys
import threading
import traceback

CODES = {
    "OBJECT_NOT_FOUND", "FILE_EXISTS", "INVALID_OBJECT_NAME", "OBJECT_NAME_CONFLICT", "TRANSIENT",
    "PERMISSION_DENIED", "BUCKET_NOT_FOUND", "CLOSED", "OTHER",
}

# What a program may raise itself, without a number.
WITHOUT_NUMBER = {
    FileNotFoundError: errno.ENOENT, FileExistsError: errno.EEXIST, PermissionError: errno.EACCES,
    IsADirectoryError: errno.EISDIR, NotADirectoryError: errno.ENOTDIR,
}


class Aborted(Exception):
    """The operation was aborted, and has cleaned up."""


class Lacks(Exception):
    """The store, or this machine, cannot do what is asked: the case is unverified, not failed."""


class SourceFailed(Exception):
    """The stream of the caller has failed: it leaves the store's write() as it is."""


class Abort(threading.Event):
    """Is set when the caller aborts the operation."""

    def __init__(self):
        super().__init__()
        # What the kit says to this operation while it reads or writes bytes.
        self.lines = queue.SimpleQueue()

    def set(self):
        super().set()
        self.lines.put({"abort": True})

    def check(self):
        if self.is_set():
            raise Aborted("the operation was aborted")


def serve(store, open, powers=("abort",), translate=None, **hello):
    """Answers the kit until it has no more to ask.

    store: the store's name. open: see above.
    powers: what else the store can do, of "abort", "list", "read", "write" and "delete".
    translate: see above. hello: capabilities, limits, secrets, upstream, dialect of a harness.
    """
    _Server(store, open, tuple(powers), translate, hello).run()


class _Server:
    def __init__(self, name, open, powers, translate, hello):
        self.open, self.translate = open, translate or (lambda error: None)
        self.can_abort = "abort" in powers
        powers = sorted({*powers, "begun", "become"})
        self.hello = {"protocol": 1, "store": name, "powers": powers, "pid": os.getpid(), **hello}
        self.stores, self.aborts, self.acks = {}, {}, {}
        self.handles = iter(range(1, 2**62))
        self.lock = threading.Lock()
        # Whatever prints goes to standard error from now on: standard output is the kit's.
        self.output = os.dup(1)
        os.set_inheritable(self.output, False)
        os.dup2(2, 1)

    def run(self):
        for line in sys.stdin.buffer:
            message = json.loads(line)
            if "ack" in message:
                waiting = self.acks.pop(tuple(message["ack"]), None)
                if waiting is not None:
                    waiting.threw = bool(message.get("threw"))
                    waiting.set()
            elif "abort" in message:
                abort = self.aborts.get(message["abort"])
                if abort is not None:
                    abort.set()
                    # A callback may hang: who is aborted does not wait for it.
                    for ack in [a for (id, _), a in list(self.acks.items()) if id == message["abort"]]:
                        ack.set()
            elif "do" not in message:
                # About the bytes of an operation: {"pull": id}, {"cancel": id} or {"source": id, …}.
                ids = [message[key] for key in ("pull", "cancel", "source") if key in message]
                abort = self.aborts.get(ids[0]) if ids else None
                if abort is not None:
                    abort.lines.put(message)
            elif message["do"] == "end":
                return
            else:
                self.begin(message)
        # The kit is gone, or wants to see what a killed process leaves: nothing is cleaned up.
        os._exit(1)

    def begin(self, message):
        """Starts a thread for a request, and says `begun` once it has come as far as it goes at once."""
        id = message["id"]
        # In this thread, so that it is there before the line that may ask for it.
        self.aborts[id] = abort = Abort()
        if message.get("aborted"):
            abort.set()
        worker = threading.Thread(target=self.answer, args=(message, abort), daemon=True)
        worker.start()
        # A store is closed from the call of close() on: what comes next must not overtake it.
        worker.join(0.05 if message["do"] == "close" else 0)
        self.send({"id": id, "begun": True}, only_if=id)

    def answer(self, message, abort):
        id, thrown = message["id"], []
        try:
            request = getattr(self, "do_" + message["do"], self.do_other)
            result = {"ok": request(message, abort, thrown)}
            if message["do"] == "read":
                content = result["ok"]
                self.send({"id": id, "ok": content.size})
                result = self.give(id, content, abort)
        except BaseException as error:
            result = {"error": self.describe(error, thrown)}
        self.send({"id": id, **result}, ends=id)

    def give(self, id, content, abort):
        """Gives the bytes of an object, a chunk for each that is asked for; returns what is said last."""
        chunks = iter(content)
        try:
            while True:
                line = abort.lines.get()
                abort.check()
                if "cancel" in line:
                    return {"end": True}
                chunk = next(chunks, None)
                if chunk is None:
                    return {"end": True}
                self.send({"id": id, "chunk": base64.b64encode(chunk).decode()})
        except BaseException as error:
            return {"failed": self.describe(error, [])}
        finally:
            content.close()

    def send(self, message, only_if=None, ends=None):
        line = json.dumps(message).encode() + b"\n"
        with self.lock:
            if only_if is not None and only_if not in self.aborts:
                return  # It is answered already.
            self.aborts.pop(ends, None)
            while line:
                line = line[os.write(self.output, line):]

    # The requests.

    def do_hello(self, message, abort, thrown):
        return self.hello

    def do_open(self, message, abort, thrown):
        place = {key: message.get(key) for key in ("prefix", "directory", "endpoint", "as")}
        handle = next(self.handles)
        self.stores[handle] = self.open(place)
        return handle

    def do_become(self, message, abort, thrown):
        if message.get("umask") is not None:
            os.umask(message["umask"])
        if message.get("cwd") is not None:
            os.chdir(message["cwd"])
        if message.get("gid") is not None:
            os.setgroups([])
            os.setgid(message["gid"])
        if message.get("uid") is not None:
            os.setuid(message["uid"])

    def do_uri(self, message, abort, thrown):
        return self.method(message, "get_uri")(message["name"])

    def do_size(self, message, abort, thrown):
        return self.method(message, "get_size")(message["name"], **self.options(message, abort))

    def do_upload(self, message, abort, thrown):
        options = self.options(message, abort, thrown)
        self.method(message, "upload")(message["name"], message["file"], **options)

    def do_download(self, message, abort, thrown):
        options = self.options(message, abort, thrown)
        options["overwrite"] = bool(message.get("overwrite"))
        self.method(message, "download")(message["name"], message["file"], **options)

    def do_list(self, message, abort, thrown):
        options = self.options(message, abort)
        for name in self.method(message, "list")(message.get("prefix") or "", **options):
            self.send({"id": message["id"], "item": name})

    def do_read(self, message, abort, thrown):
        options = self.options(message, abort)
        options.update(present(message, offset="offset", length="length"))
        return self.method(message, "read")(message["name"], **options)

    def do_write(self, message, abort, thrown):
        options = self.options(message, abort, thrown)
        options.update(present(message, size="size", content_type="contentType"))
        source = Source(self, message["id"], abort)
        self.method(message, "write")(message["name"], source, **options)

    def do_delete(self, message, abort, thrown):
        self.method(message, "delete")(message["name"], **self.options(message, abort))

    def do_close(self, message, abort, thrown):
        self.method(message, "close")()

    def do_other(self, message, abort, thrown):
        raise Lacks(f"storekit_serve.py does not know the request {message['do']!r}")

    def method(self, message, name):
        method = getattr(self.stores[message["store"]], name, None)
        if method is None:
            raise Lacks(f"the store has no {name}()")
        return method

    def options(self, message, abort, thrown=None):
        options = {"abort": abort} if self.can_abort else {}
        if message.get("progress") and thrown is not None:
            options["callback"] = self.callback(message["id"], thrown)
        return options

    def callback(self, id, thrown):
        """A callback that waits for the kit's, and raises where that one threw."""
        calls = iter(range(1, 2**62))

        def call(done, total):
            number, ack = next(calls), threading.Event()
            ack.threw = False
            self.acks[(id, number)] = ack
            self.send({"id": id, "progress": [done, total], "call": number})
            ack.wait()
            if self.acks.pop((id, number), None) is not None:
                raise Aborted("the operation was aborted while its callback ran")
            if ack.threw:
                error = RuntimeError(f"call {number} of the callback threw")
                thrown.append((error, number))
                raise error

        return call

    def describe(self, error, thrown):
        """An exception as the protocol's error."""
        own = {"type": type(error).__qualname__, "message": text(error)}
        own["cause"] = [f"{type(e).__qualname__}: {text(e)}" for e in causes(error)]
        own["stack"] = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        for mine, theirs in (("object_name", "objectName"), ("uri", "uri")):
            if isinstance(getattr(error, mine, None), str):
                own[theirs] = getattr(error, mine)
        for value, number in thrown:
            if value is error:
                return {**own, "callback": number}
        said = self.translate(error)
        if said is not None:
            return {**own, **said}
        if isinstance(error, Aborted):
            return {**own, "aborted": True}
        if isinstance(error, SourceFailed):
            return {**own, "source": True}
        if isinstance(error, Lacks):
            return {**own, "lacks": text(error) or "it cannot do this"}
        if getattr(error, "code", None) in CODES:
            return {**own, "code": error.code}
        if isinstance(error, OSError) and error.errno in errno.errorcode:
            return {**own, "local": errno.errorcode[error.errno]}
        for kind, number in WITHOUT_NUMBER.items():
            if isinstance(error, kind):
                return {**own, "local": errno.errorcode[number]}
        if isinstance(error, (TypeError, ValueError)):
            return {**own, "argument": True}
        return {**own, "unknown": True}


class Source:
    """The caller's bytes, a step at a time."""

    def __init__(self, server, id, abort):
        self.server, self.id, self.abort, self.is_over = server, id, abort, False

    def __iter__(self):
        return self

    def __next__(self):
        if self.is_over:
            raise StopIteration
        self.server.send({"id": self.id, "pull": True})
        line = self.abort.lines.get()
        self.abort.check()
        if line.get("chunk") is not None:
            return base64.b64decode(line["chunk"])
        self.is_over = True
        if line.get("failed"):
            raise SourceFailed("the caller's stream has failed")
        raise StopIteration

    def close(self):
        if not self.is_over:
            self.is_over = True
            self.server.send({"id": self.id, "cancel": True})


def present(message, **names):
    """Those members of a message that are there, under the names that methods have for them."""
    return {mine: message[its] for mine, its in names.items() if message.get(its) is not None}


def causes(error):
    """The exceptions behind one, the nearest first."""
    found = []
    while error is not None and len(found) < 8:
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if error is not None:
            found.append(error)
    return found


def text(error):
    return str(error).encode("utf-8", "replace").decode("utf-8")
