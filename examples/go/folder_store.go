// A small store that keeps the contract: objects are files of one directory. It shares nothing with
// the stores in TypeScript. Each object is the file `<hash of its key>.object`, beside
// `<hash>.name`, which holds the key; both come into being under another name, whole.

package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"unicode/utf8"
)

const (
	piece           = 256 * 1024
	publishAttempts = 5
)

// FolderStore is an object store in a directory.
type FolderStore struct {
	directory, prefix string
	mutex             sync.Mutex
	running           sync.WaitGroup
	isClosed          bool
	bodies            map[*body]bool
}

// NewFolderStore opens a store.
func NewFolderStore(directory, prefix string) *FolderStore {
	return &FolderStore{directory: directory, prefix: prefix, bodies: map[*body]bool{}}
}

// URI is that of an object, whether it is there or not.
func (s *FolderStore) URI(name string) (string, error) {
	key, err := s.keyOf("make the URI of", name)
	return s.uriOf(key), err
}

// Size is that of an object, in bytes.
func (s *FolderStore) Size(ctx context.Context, name string) (int64, error) {
	key, err := s.keyOf("get size of", name)
	if err != nil {
		return 0, err
	}
	end, err := s.enter(ctx, "get size of", name, key)
	if err != nil {
		return 0, err
	}
	defer end()
	info, err := os.Stat(s.pathOf(key, ".object"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, s.fail("OBJECT_NOT_FOUND", "get size of", name, "object not found", err)
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Upload stores the bytes of a local file.
func (s *FolderStore) Upload(ctx context.Context, name, file string, callback Callback) error {
	key, err := s.keyOf("upload", name)
	if err == nil {
		err = checkPath(file)
	}
	if err != nil {
		return err
	}
	end, err := s.enter(ctx, "upload", name, key)
	if err != nil {
		return err
	}
	defer end()
	source, before, err := openSource(file)
	if err != nil {
		return err
	}
	defer source.Close()
	temporary, err := newFile(s.directory)
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	defer temporary.Close()
	total := before.Size()
	done, err := copyAll(ctx, source, temporary, total, callback)
	if err != nil {
		return err
	}
	after, err := source.Stat()
	if err != nil {
		return err
	}
	if done != total || after.Size() != total || !after.ModTime().Equal(before.ModTime()) {
		// The file was written to meanwhile.
		return &os.PathError{Op: "read", Path: file, Err: syscall.EBUSY}
	}
	if err := s.commit(ctx, key, temporary.Name()); err != nil {
		return err
	}
	return report(callback, total, total)
}

// commit makes a whole temporary file the object in one step, unless the operation was aborted.
func (s *FolderStore) commit(ctx context.Context, key, temporary string) error {
	if err := s.writeName(key); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return os.Rename(temporary, s.pathOf(key, ".object"))
}

// Download writes an object to a local file.
func (s *FolderStore) Download(ctx context.Context, name, file string, overwrite bool, callback Callback) error {
	key, err := s.keyOf("download", name)
	if err == nil {
		err = checkPath(file)
	}
	if err != nil {
		return err
	}
	end, err := s.enter(ctx, "download", name, key)
	if err != nil {
		return err
	}
	defer end()
	path, err := s.destination(name, file)
	if err == nil {
		err = s.checkDestination(name, path, overwrite)
	}
	if err != nil {
		return err
	}
	source, err := os.Open(s.pathOf(key, ".object"))
	if errors.Is(err, os.ErrNotExist) {
		return s.fail("OBJECT_NOT_FOUND", "download", name, "object not found", err)
	}
	if err != nil {
		return err
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return err
	}
	temporary, err := newFile(nearestDirectory(path))
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	defer temporary.Close()
	if _, err := copyAll(ctx, source, temporary, info.Size(), callback); err != nil {
		return err
	}
	if err := report(callback, info.Size(), info.Size()); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return s.publish(temporary.Name(), path, name, overwrite)
}

// List gives the names of all objects that begin with a prefix.
func (s *FolderStore) List(ctx context.Context, prefix string, item func(string)) error {
	end, err := s.enter(ctx, "list", prefix, s.prefix)
	if err != nil {
		return err
	}
	defer end()
	entries, err := os.ReadDir(s.directory)
	if err != nil {
		return err
	}
	start := ""
	if s.prefix != "" {
		start = s.prefix + "/"
	}
	for _, entry := range entries {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		stem, isObject := strings.CutSuffix(entry.Name(), ".object")
		if !isObject {
			continue
		}
		key, err := os.ReadFile(filepath.Join(s.directory, stem+".name"))
		if err != nil {
			return err
		}
		name, isOurs := strings.CutPrefix(string(key), start)
		if isOurs && strings.HasPrefix(name, prefix) {
			item(name)
		}
	}
	return nil
}

// Read opens an object, or a range of it. Its file stays the same when the object is replaced.
func (s *FolderStore) Read(ctx context.Context, name string, offset, length int64) (int64, io.ReadCloser, error) {
	key, err := s.keyOf("read", name)
	if err != nil {
		return 0, nil, err
	}
	end, err := s.enter(ctx, "read", name, key)
	if err != nil {
		return 0, nil, err
	}
	defer end()
	file, err := os.Open(s.pathOf(key, ".object"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil, s.fail("OBJECT_NOT_FOUND", "read", name, "object not found", err)
	}
	if err != nil {
		return 0, nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return 0, nil, err
	}
	size := info.Size()
	if length < 0 {
		length = size
	}
	b := &body{store: s, name: name, file: file, bytes: io.NewSectionReader(file, offset, length)}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.bodies[b] = true
	return size, b, nil
}

// body is an object that is being read.
type body struct {
	store *FolderStore
	name  string
	file  *os.File
	bytes io.Reader
}

func (b *body) Read(buffer []byte) (int, error) {
	count, err := b.bytes.Read(buffer)
	b.store.mutex.Lock()
	isClosed := b.store.isClosed
	b.store.mutex.Unlock()
	if isClosed {
		return 0, b.store.fail("CLOSED", "read", b.name, "the store is closed", nil)
	}
	return count, err
}

func (b *body) Close() error {
	b.store.mutex.Lock()
	delete(b.store.bodies, b)
	b.store.mutex.Unlock()
	return b.file.Close()
}

// Write stores the bytes of a source. A folder has no place for their media type.
func (s *FolderStore) Write(ctx context.Context, name string, source io.ReadCloser, size int64, _ string, callback Callback) error {
	// At its end there is nothing to close, and before it nobody may wait for more.
	defer source.Close()
	key, err := s.keyOf("write", name)
	if err != nil {
		return err
	}
	end, err := s.enter(ctx, "write", name, key)
	if err != nil {
		return err
	}
	defer end()
	temporary, err := newFile(s.directory)
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	defer temporary.Close()
	bytes := io.Reader(source)
	if size >= 0 {
		// One byte more says that there are too many.
		bytes = io.LimitReader(source, size+1)
	}
	done, err := copyAll(ctx, bytes, temporary, size, callback)
	if err != nil {
		return err
	}
	if size >= 0 && done != size {
		return fmt.Errorf("%w: the data has not the size %d that was told", ErrRange, size)
	}
	if err := s.commit(ctx, key, temporary.Name()); err != nil {
		return err
	}
	return report(callback, done, done)
}

// Delete removes an object. Its name stays on the disk: somebody may upload it at this moment.
func (s *FolderStore) Delete(ctx context.Context, name string) error {
	key, err := s.keyOf("delete", name)
	if err != nil {
		return err
	}
	end, err := s.enter(ctx, "delete", name, key)
	if err != nil {
		return err
	}
	defer end()
	if err := os.Remove(s.pathOf(key, ".object")); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Close refuses what begins from now on, ends what nobody reads, and waits for what runs.
func (s *FolderStore) Close() error {
	s.mutex.Lock()
	s.isClosed = true
	for b := range s.bodies {
		b.file.Close()
	}
	s.mutex.Unlock()
	s.running.Wait()
	return nil
}

func (s *FolderStore) enter(ctx context.Context, action, name, key string) (func(), error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.isClosed {
		return nil, s.fail("CLOSED", action, name, "the store is closed", nil)
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	s.running.Add(1)
	return s.running.Done, nil
}

func (s *FolderStore) keyOf(action, name string) (string, error) {
	key := name
	if s.prefix != "" {
		key = s.prefix + "/" + name
	}
	if name == "" || !utf8.ValidString(name) || strings.Contains(name, "\x00") || len(key) > 1024 {
		reason := "a name is 1 to 1024 bytes of UTF-8, the prefix included, without NUL"
		message := fmt.Sprintf("Cannot %s %q: %s", action, name, reason)
		return "", &Error{Code: "INVALID_OBJECT_NAME", Message: message, ObjectName: name}
	}
	return key, nil
}

func (s *FolderStore) uriOf(key string) string {
	return "folder://" + escape(s.directory) + "/" + escape(key)
}

func escape(path string) string {
	return strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(path), "+", "%20"), "%2F", "/")
}

func (s *FolderStore) pathOf(key, ending string) string {
	hash := sha256.Sum256([]byte(key))
	return filepath.Join(s.directory, hex.EncodeToString(hash[:])+ending)
}

func (s *FolderStore) fail(code, action, name, reason string, cause error) error {
	uri, err := s.URI(name)
	if err != nil {
		uri = ""
	}
	message := fmt.Sprintf("Cannot %s %q: %s", action, uri, reason)
	return &Error{Code: code, Message: message, ObjectName: name, URI: uri, Cause: cause}
}

func (s *FolderStore) writeName(key string) error {
	path := s.pathOf(key, ".name")
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	file, err := newFile(s.directory)
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.WriteString(key)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// destination is where a download goes: into an existing directory, and into one that ends in a separator.
func (s *FolderStore) destination(name, file string) (string, error) {
	info, err := os.Stat(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, syscall.ELOOP) {
		return "", err
	}
	if !strings.HasSuffix(file, "/") && (err != nil || !info.IsDir()) {
		return file, nil
	}
	leaf := name[strings.LastIndex(name, "/")+1:]
	if leaf == "" || leaf == "." || leaf == ".." {
		reason := fmt.Sprintf("its last segment %q is no file name", leaf)
		return "", s.fail("INVALID_OBJECT_NAME", "download", name, reason, nil)
	}
	return strings.TrimRight(file, "/") + "/" + leaf, nil
}

func (s *FolderStore) checkDestination(name, path string, overwrite bool) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !overwrite {
		return s.fail("FILE_EXISTS", "download", name, fmt.Sprintf("the file %q exists", path), nil)
	}
	if info.IsDir() {
		return &os.PathError{Op: "replace", Path: path, Err: syscall.EISDIR}
	}
	if !info.Mode().IsRegular() && info.Mode()&os.ModeSymlink == 0 {
		return &os.PathError{Op: "replace", Path: path, Err: syscall.EINVAL}
	}
	return nil
}

// publish gives a complete file its name. A parent that another operation takes away is made again.
func (s *FolderStore) publish(temporary, path, name string, overwrite bool) (err error) {
	var made []string
	defer func() {
		for i := len(made) - 1; err != nil && i >= 0; i-- {
			os.Remove(made[i])
		}
	}()
	for attempt := 0; attempt < publishAttempts; attempt++ {
		if made, err = makeParents(path, made); err != nil {
			return err
		}
		if overwrite {
			err = syscall.Rename(temporary, path)
		} else {
			err = link(temporary, path)
		}
		if !errors.Is(err, os.ErrNotExist) {
			break
		}
	}
	if !overwrite && errors.Is(err, os.ErrExist) {
		return s.fail("FILE_EXISTS", "download", name, fmt.Sprintf("the file %q exists", path), err)
	}
	return err
}

func checkPath(file string) error {
	if file == "" || strings.Contains(file, "\x00") {
		return fmt.Errorf("%w: a path is not empty and holds no NUL", ErrArgument)
	}
	return nil
}

// openSource opens a regular file without waiting for anybody, as a FIFO would.
func openSource(path string) (*os.File, os.FileInfo, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() {
		return file, info, nil
	}
	file.Close()
	if err == nil && info.IsDir() {
		err = &os.PathError{Op: "read", Path: path, Err: syscall.EISDIR}
	} else if err == nil {
		err = &os.PathError{Op: "read", Path: path, Err: syscall.EINVAL}
	}
	return nil, nil, err
}

func newFile(directory string) (*os.File, error) {
	var random [16]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, err
	}
	path := filepath.Join(directory, ".folder-store-"+hex.EncodeToString(random[:])+".tmp")
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}

// copyAll copies until the end. The callback is not told the total: what else is to be done comes first.
func copyAll(ctx context.Context, source io.Reader, target io.Writer, total int64, callback Callback) (int64, error) {
	buffer, done := make([]byte, piece), int64(0)
	for {
		if err := context.Cause(ctx); err != nil {
			return done, err
		}
		count, err := source.Read(buffer)
		if _, err := target.Write(buffer[:count]); err != nil {
			return done, err
		}
		done += int64(count)
		if err == io.EOF {
			return done, nil
		}
		if err != nil {
			return done, err
		}
		if done < total {
			if err := report(callback, done, total); err != nil {
				return done, err
			}
		}
	}
}

func report(callback Callback, done, total int64) error {
	if callback == nil {
		return nil
	}
	return callback(done, total)
}

func nearestDirectory(path string) string {
	directory := filepath.Dir(path)
	for {
		if _, err := os.Lstat(directory); err == nil || directory == "/" {
			return directory
		}
		directory = filepath.Dir(directory)
	}
}

// makeParents makes missing directories, the outermost first, and adds them to what was made.
func makeParents(path string, made []string) ([]string, error) {
	var missing []string
	for directory := filepath.Dir(path); ; directory = filepath.Dir(directory) {
		info, err := os.Stat(directory)
		if err == nil && info.IsDir() {
			break
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return made, err
		}
		if err == nil {
			return made, &os.PathError{Op: "mkdir", Path: directory, Err: syscall.ENOTDIR}
		}
		missing = append(missing, directory)
	}
	for i := len(missing) - 1; i >= 0; i-- {
		err := os.Mkdir(missing[i], 0o777)
		if err == nil {
			made = append(made, missing[i])
		} else if !errors.Is(err, os.ErrExist) && !errors.Is(err, os.ErrNotExist) {
			return made, err
		}
	}
	return made, nil
}

// link publishes where nothing is. Without hard links the name is reserved first.
func link(temporary, path string) error {
	err := os.Link(temporary, path)
	if !errors.Is(err, syscall.EPERM) && !errors.Is(err, syscall.EOPNOTSUPP) && !errors.Is(err, syscall.ENOSYS) {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	file.Close()
	return os.Rename(temporary, path)
}
