"""A small store that keeps the contract: objects are files of one directory.

It shares nothing with the stores in TypeScript. Each object is the file `<hash of its key>.object`,
beside `<hash>.name`, which holds the key; both come into being under another name, whole.
"""

import contextlib
import errno
import hashlib
import json
import os
import stat
import threading
import urllib.parse
import uuid

PIECE = 256 * 1024
NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
PUBLISH_ATTEMPTS = 5


class StoreError(Exception):
    """An error of the store: `code` is one of the contract's."""

    def __init__(self, code, action, name, uri, reason):
        super().__init__(f"Cannot {action} {json.dumps(uri or name)}: {reason}")
        self.code, self.object_name, self.uri = code, name, uri


class SizeError(ValueError):
    """A size or a range is none, or is not that of the data."""


class FolderStore:
    """An object store in a directory."""

    def __init__(self, directory, prefix=""):
        self.directory = os.path.abspath(directory)
        self.prefix = prefix
        self.closed = False
        self.running = 0
        self.contents = set()
        self.changed = threading.Condition()

    def get_uri(self, name):
        return self.uri_of(self.key_of(name, "make the URI of"))

    def get_size(self, name, abort=None):
        key = self.key_of(name, "get size of")
        with self.operation("get size of", name, key, abort):
            try:
                return os.stat(self.path_of(key)).st_size
            except FileNotFoundError as error:
                raise self.missing("get size of", name, key) from error

    def upload(self, name, file, callback=None, abort=None):
        key = self.key_of(name, "upload")
        check_path(file)
        with self.operation("upload", name, key, abort), open_source(file) as source:
            before = os.fstat(source.fileno())
            total = before.st_size
            with self.new_file(self.directory) as target:
                done = copy(source, target, total, callback, abort)
                after = os.fstat(source.fileno())
                same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
                if done != total or not same:
                    raise OSError(errno.EBUSY, "the source changed while it was read", file)
                self.write_name(key)
                if abort is not None:
                    abort.check()
                os.replace(target.name, self.path_of(key))
            if callback is not None:
                callback(total, total)

    def download(self, name, file, overwrite=False, callback=None, abort=None):
        key = self.key_of(name, "download")
        check_path(file)
        with self.operation("download", name, key, abort):
            path = self.destination(name, file)
            self.check_destination(name, key, path, overwrite)
            try:
                source = open(self.path_of(key), "rb", buffering=0)
            except FileNotFoundError as error:
                raise self.missing("download", name, key) from error
            made = []
            with source, remove_on_failure(made):
                total = os.fstat(source.fileno()).st_size
                with self.new_file(nearest_directory(path)) as target:
                    copy(source, target, total, callback, abort)
                    if callback is not None:
                        callback(total, total)
                    if abort is not None:
                        abort.check()
                    self.publish(target.name, path, name, key, overwrite, made)

    def list(self, prefix="", abort=None):
        with self.operation("list", prefix, self.prefix, abort):
            names = self.names()
        for name in names:
            if abort is not None:
                abort.check()
            if name.startswith(prefix):
                yield name

    def read(self, name, offset=0, length=None, abort=None):
        """Opens an object, or a range of it. Its file stays the same when the object is replaced."""
        key = self.key_of(name, "read")
        check_size(offset)
        if length is not None:
            check_size(length)
        with self.operation("read", name, key, abort):
            try:
                file = open(self.path_of(key), "rb", buffering=0)
            except FileNotFoundError as error:
                raise self.missing("read", name, key) from error
            closed = StoreError("CLOSED", "read", name, self.uri_of(key), "the store is closed")
            content = FolderContent(file, offset, length, self.contents, closed)
            self.contents.add(content)
            return content

    def write(self, name, source, size=None, callback=None, abort=None, content_type=None):
        """Stores the bytes of an iterator. A folder has no place for their media type."""
        # After the source's end it is closed already, and before it nobody may wait for more.
        with contextlib.closing(source):
            key = self.key_of(name, "write")
            if size is not None:
                check_size(size)
            with self.operation("write", name, key, abort):
                with self.new_file(self.directory) as target:
                    done = write_all(source, target, size, callback, abort)
                    if size is not None and done != size:
                        raise SizeError(f"there are {done} bytes, and {size} were told")
                    self.write_name(key)
                    if abort is not None:
                        abort.check()
                    os.replace(target.name, self.path_of(key))
                if callback is not None:
                    callback(done, done)

    def delete(self, name, abort=None):
        """Removes an object. Its name stays on the disk: somebody may upload it at this moment."""
        key = self.key_of(name, "delete")
        with self.operation("delete", name, key, abort), contextlib.suppress(FileNotFoundError):
            os.unlink(self.path_of(key))

    def close(self):
        with self.changed:
            self.closed = True
        for content in list(self.contents):
            content.end()
        with self.changed:
            self.changed.wait_for(lambda: self.running == 0)

    # Names and places.

    def key_of(self, name, action):
        if not isinstance(name, str):
            raise TypeError(f"the name must be a string: its type is {type(name).__name__}")
        key = f"{self.prefix}/{name}" if self.prefix else name
        try:
            size = len(key.encode())
        except UnicodeEncodeError:
            raise StoreError("INVALID_OBJECT_NAME", action, name, None, "it is not Unicode")
        if name == "" or "\0" in name or size > 1024:
            reason = "a name is 1 to 1024 bytes of UTF-8, the prefix included, without NUL"
            raise StoreError("INVALID_OBJECT_NAME", action, name, None, reason)
        return key

    def uri_of(self, key):
        return f"folder://{urllib.parse.quote(self.directory)}/{urllib.parse.quote(key)}"

    def path_of(self, key, ending=".object"):
        return os.path.join(self.directory, hashlib.sha256(key.encode()).hexdigest() + ending)

    def names(self):
        start = f"{self.prefix}/" if self.prefix else ""
        found = []
        for entry in os.listdir(self.directory):
            if entry.endswith(".object"):
                with open(os.path.join(self.directory, entry[:-7] + ".name"), "rb") as file:
                    key = file.read().decode()
                if key.startswith(start):
                    found.append(key[len(start):])
        return found

    def write_name(self, key):
        if not os.path.exists(self.path_of(key, ".name")):
            with self.new_file(self.directory) as target:
                target.write(key.encode())
                os.replace(target.name, self.path_of(key, ".name"))

    # The steps of an operation.

    @contextlib.contextmanager
    def operation(self, action, name, key, abort):
        """Refuses an operation of a closed store, and lets close() wait for any other."""
        with self.changed:
            if self.closed:
                raise StoreError("CLOSED", action, name, self.uri_of(key), "the store is closed")
            self.running += 1
        try:
            if abort is not None:
                abort.check()
            yield
        finally:
            with self.changed:
                self.running -= 1
                self.changed.notify_all()

    @contextlib.contextmanager
    def new_file(self, directory):
        """A file under a name of its own, which is gone afterwards unless it was given another."""
        path = os.path.join(directory, f".folder-store-{uuid.uuid4().hex}.tmp")
        try:
            with open(path, "xb", buffering=0) as file:
                yield file
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    def missing(self, action, name, key):
        return StoreError("OBJECT_NOT_FOUND", action, name, self.uri_of(key), "object not found")

    def destination(self, name, file):
        """Where a download goes: into an existing directory, and into one that ends in a separator."""
        if not (file.endswith("/") or is_directory(file)):
            return file
        leaf = name.rsplit("/", 1)[-1]
        if leaf in ("", ".", ".."):
            reason = f"its last segment {json.dumps(leaf)} is no file name"
            raise StoreError("INVALID_OBJECT_NAME", "download", name, None, reason)
        return os.path.join(file, leaf)

    def check_destination(self, name, key, path, overwrite):
        try:
            mode = os.lstat(path).st_mode
        except FileNotFoundError:
            return
        if not overwrite:
            raise self.exists(name, key, path)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            raise OSError(errno.EINVAL, "what is there is no regular file", path)

    def exists(self, name, key, path):
        reason = f"the file {json.dumps(path)} exists"
        return StoreError("FILE_EXISTS", "download", name, self.uri_of(key), reason)

    def publish(self, temporary, path, name, key, overwrite, made):
        """Gives a complete file its name. A parent that another operation takes away is made again."""
        for attempt in range(PUBLISH_ATTEMPTS):
            make_parents(path, made)
            try:
                if overwrite:
                    return os.replace(temporary, path)
                return link(temporary, path)
            except FileExistsError as error:
                raise self.exists(name, key, path) from error
            except FileNotFoundError:
                if attempt + 1 == PUBLISH_ATTEMPTS:
                    raise


class FolderContent:
    """An object that is being read: `size` is that of the whole object."""

    def __init__(self, file, offset, length, contents, closed):
        self.file, self.contents, self.closed = file, contents, closed
        self.size = os.fstat(file.fileno()).st_size
        self.at = offset
        self.until = self.size if length is None else min(self.size, offset + length)
        self.lock = threading.Lock()
        self.is_ended = False

    def __iter__(self):
        return self

    def __next__(self):
        with self.lock:
            if self.is_ended:
                raise self.closed
            if self.at >= self.until:
                raise StopIteration
            piece = os.pread(self.file.fileno(), min(PIECE, self.until - self.at), self.at)
            if not piece:
                raise OSError(errno.EIO, "the file is shorter than it was")
            self.at += len(piece)
            return piece

    def end(self):
        """The store is closed: who reads on is told."""
        with self.lock:
            self.is_ended = True
        self.close()

    def close(self):
        with self.lock:
            self.file.close()
        self.contents.discard(self)


def check_size(size):
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < 2**53:
        raise SizeError(f"it must be a whole number: current value is {size}")


def check_path(file):
    if not isinstance(file, str):
        raise TypeError(f"the path must be a string: its type is {type(file).__name__}")
    if file == "" or "\0" in file:
        raise ValueError("a path is not empty and holds no NUL")


def open_source(file):
    """Opens a regular file without waiting for anybody, as a FIFO would."""
    source = open(os.open(file, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0)
    mode = os.fstat(source.fileno()).st_mode
    if stat.S_ISREG(mode):
        return source
    source.close()
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), file)
    raise OSError(errno.EINVAL, "the source is no regular file", file)


def copy(source, target, total, callback, abort):
    """Copies until the end. The callback is not told the total: what else is to be done comes first."""
    done = 0
    while True:
        if abort is not None:
            abort.check()
        piece = source.read(PIECE)
        if not piece:
            return done
        view = memoryview(piece)
        while view:
            view = view[target.write(view):]
        done += len(piece)
        if callback is not None and done < total:
            callback(done, total)


def write_all(source, target, size, callback, abort):
    """Writes what an iterator gives, but no more than a byte too many. As `copy`, it does not tell the total."""
    done = 0
    for piece in source:
        if abort is not None:
            abort.check()
        done += len(piece)
        if size is not None and done > size:
            raise SizeError(f"there are more bytes than the {size} that were told")
        view = memoryview(piece)
        while view:
            view = view[target.write(view):]
        if callback is not None and size is not None and done < size:
            callback(done, size)
    return done


def is_directory(path):
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno == errno.ELOOP:
            return False
        raise


def nearest_directory(path):
    directory = os.path.dirname(path)
    while directory and not os.path.lexists(directory):
        directory = os.path.dirname(directory)
    return directory or "/"


def make_parents(path, made):
    """Makes missing directories, the outermost first, and adds them to `made`."""
    missing = []
    directory = os.path.dirname(path)
    while not os.path.isdir(directory):
        missing.append(directory)
        directory = os.path.dirname(directory)
    for each in reversed(missing):
        with contextlib.suppress(FileExistsError, FileNotFoundError):
            os.mkdir(each)
            made.append(each)


def link(temporary, path):
    """Publishes where nothing is. Without hard links the name is reserved first."""
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        os.replace(temporary, path)


@contextlib.contextmanager
def remove_on_failure(made):
    try:
        yield
    except BaseException:
        for directory in reversed(made):
            with contextlib.suppress(OSError):
                os.rmdir(directory)
        raise
