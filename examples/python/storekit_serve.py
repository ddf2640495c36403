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
    close()

`callback(done, total)` is to be called in the thread of the operation; what it raises is the
caller's error and is to leave the method as it is. `abort` is a threading.Event with a method
`check()` that raises Aborted once it is set; it is passed only with powers=("abort", ...).

An error of the store has an attribute `code`, one of the nine of the contract, and may have
`object_name` and `uri`. OSErrors with an errno are local errors, TypeError is a wrong argument, and
what is none of these is no error of the store. Pass `translate=function` to say otherwise: it gets
the exception and returns a dict with the members of the protocol's error, or None.

The protocol is told in conformance/PROTOCOL.md. Python 3.8 or later, standard library only.
"""

import errno
import json
import os
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


class Abort(threading.Event):
    """Is set when the caller aborts the operation."""

    def check(self):
        if self.is_set():
            raise Aborted("the operation was aborted")


def serve(store, open, powers=("abort",), translate=None, **hello):
    """Answers the kit until it has no more to ask.

    store: the store's name. open: see above. powers: what else the store can do: "abort", "list".
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
        except BaseException as error:
            result = {"error": self.describe(error, thrown)}
        self.send({"id": id, **result}, ends=id)

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
