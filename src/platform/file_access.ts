/** The kind of thing that is at a path. */
export interface FileKind {
  /** A regular file. */
  readonly isFile: boolean;
  /** A directory. */
  readonly isDirectory: boolean;
  /** A symbolic link; only where it is not followed. */
  readonly isSymlink: boolean;
}

/** A file that was made just now, and is being written. */
export interface NewFile {
  /**
   * Writes bytes, whole; may be called side by side.
   *
   * @param bytes What to write; free for use again when the promise settles.
   * @param position Where, in bytes from the start.
   */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Waits until what was written would survive power loss. */
  sync(): Promise<void>;
  /** Closes the file. Nothing is being written any more. */
  close(): Promise<void>;
}

/**
 * The part of the local file system that transfers need. Each method rejects with the
 * system's error, which has a `code` such as `ENOENT`.
 */
export interface Files {
  /** Says what is at a path, symlinks followed. */
  stat(path: string): Promise<FileKind>;
  /** Says what is at a path itself. */
  lstat(path: string): Promise<FileKind>;
  /** Makes a file with mode 0666 less the umask. Nothing may be there, not even a symlink. */
  create(path: string): Promise<NewFile>;
  /** Gives a file a second name, which must be free. */
  link(from: string, to: string): Promise<void>;
  /** Renames a file; a file that is there is replaced. */
  rename(from: string, to: string): Promise<void>;
  /** Makes one directory. */
  makeDirectory(path: string): Promise<void>;
  /** Removes a file. */
  removeFile(path: string): Promise<void>;
  /** Removes a directory that is empty. */
  removeDirectory(path: string): Promise<void>;
}
