// Serves an object store to the conformance kit: copy this file, and call Serve in main.
//
// The protocol is told in conformance/PROTOCOL.md. Standard library only.

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
)

// Place is where a store is opened.
type Place struct {
	Prefix, Directory, Endpoint string
	// As is "forbidden" or "missing-bucket" where a store without rights or bucket is wanted.
	As string
}

// Callback is called with what is done and the total. An error that it returns is the caller's: the
// operation cleans up and returns it as it is.
type Callback func(done, total int64) error

// Store is what is judged. The context ends when the caller aborts the operation, which cleans up
// and returns context.Cause(ctx), or an error that wraps it.
type Store interface {
	URI(name string) (string, error)
	Size(ctx context.Context, name string) (int64, error)
	Upload(ctx context.Context, name, file string, callback Callback) error
	Download(ctx context.Context, name, file string, overwrite bool, callback Callback) error
	Close() error
}

// Lister is a store that can list: declare the power "list" besides.
type Lister interface {
	List(ctx context.Context, prefix string, item func(name string)) error
}

// Reader is a store that can give an object's bytes without a file: declare the power "read" besides.
// The size is that of the whole object; length is -1 for all that follow offset. The context ends
// with the body, which is closed whatever happens.
type Reader interface {
	Read(ctx context.Context, name string, offset, length int64) (size int64, body io.ReadCloser, err error)
}

// Writer is a store that can take bytes without a file: declare the power "write" besides. The size
// is -1 if nobody knows it. Each read of the source asks the caller for more; close it when no more
// is wanted, as after any failure. An error of its own wraps ErrSource, and is returned as it is.
type Writer interface {
	Write(ctx context.Context, name string, source io.ReadCloser, size int64, contentType string, callback Callback) error
}

// Deleter is a store that can remove objects: declare the power "delete" besides.
type Deleter interface {
	Delete(ctx context.Context, name string) error
}

// Error is an error of the store; Code is one of the contract's nine.
type Error struct {
	Code, Message, ObjectName, URI string
	Cause                          error
}

func (e *Error) Error() string { return e.Message }
func (e *Error) Unwrap() error { return e.Cause }

// ErrArgument is what an error wraps that is about an argument of the wrong form.
var ErrArgument = errors.New("wrong argument")

// ErrRange is what an error wraps that is about a size which is not that of the data.
var ErrRange = errors.New("wrong size or range")

// ErrSource is what an error of the caller's stream wraps.
var ErrSource = errors.New("the caller's stream has failed")

// ErrAborted is the cause of a context whose operation the caller has aborted.
var ErrAborted = errors.New("the operation was aborted")

// Lacks is returned for what the store, or this machine, cannot do: the case is unverified.
type Lacks string

func (l Lacks) Error() string { return string(l) }

// Hello says what the store is and can.
type Hello struct {
	Protocol     int              `json:"protocol"`
	Store        string           `json:"store"`
	Powers       []string         `json:"powers"`
	PID          int              `json:"pid"`
	Capabilities []string         `json:"capabilities,omitempty"`
	Limits       map[string]int64 `json:"limits,omitempty"`
	Secrets      []string         `json:"secrets,omitempty"`
	Upstream     string           `json:"upstream,omitempty"`
	Dialect      string           `json:"dialect,omitempty"`
	// Translate says what an error is that is none of the above: members of the protocol's error, or nil.
	Translate func(error) map[string]any `json:"-"`
}

// A chunk of bytes is read at once, which makes a line of a third more.
const chunkSize = 256 * 1024

type callbackError struct{ call int }

func (e *callbackError) Error() string { return fmt.Sprintf("call %d of the callback threw", e.call) }

type request struct {
	ID                                              int64
	Do, Prefix, Directory, Endpoint, As, Name, File string
	Store                                           int64
	Overwrite, Progress, Aborted, Threw             bool
	Umask, UID, GID                                 *int
	Cwd                                             string
	Ack                                             []int64
	Abort                                           *int64
	Pull, Cancel, Source                            *int64
	Offset, Length, Size                            *float64
	ContentType, Chunk                              string
	End, Failed                                     bool
}

type server struct {
	hello   Hello
	open    func(Place) (Store, error)
	output  *os.File
	mutex   sync.Mutex
	stores  map[int64]Store
	cancels map[int64]context.CancelCauseFunc
	acks    map[[2]int64]chan bool
	// What the kit says about the bytes of an operation.
	lines map[int64]chan request
}

// Serve answers the kit until it has no more to ask.
func Serve(hello Hello, open func(Place) (Store, error)) {
	// Whatever prints goes to standard error from now on: standard output is the kit's.
	output := os.Stdout
	os.Stdout = os.Stderr
	hello.Protocol, hello.PID = 1, os.Getpid()
	hello.Powers = append(hello.Powers, "begun", "become")
	s := &server{
		hello: hello, open: open, output: output,
		stores:  map[int64]Store{},
		cancels: map[int64]context.CancelCauseFunc{},
		acks:    map[[2]int64]chan bool{},
		lines:   map[int64]chan request{},
	}
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			// The kit is gone, or wants to see what a killed process leaves: nothing is cleaned up.
			os.Exit(1)
		}
		var message request
		if err != nil || json.Unmarshal(line, &message) != nil {
			fmt.Fprintf(os.Stderr, "cannot read %q: %v\n", line, err)
			os.Exit(2)
		}
		switch {
		case len(message.Ack) == 2:
			s.acknowledge([2]int64{message.Ack[0], message.Ack[1]}, message.Threw)
		case message.Abort != nil:
			s.mutex.Lock()
			cancel := s.cancels[*message.Abort]
			s.mutex.Unlock()
			if cancel != nil {
				cancel(ErrAborted)
			}
		case message.Pull != nil:
			s.pass(*message.Pull, message)
		case message.Cancel != nil:
			s.pass(*message.Cancel, message)
		case message.Source != nil:
			s.pass(*message.Source, message)
		case message.Do == "end":
			return
		default:
			s.begin(message)
		}
	}
}

// pass gives a line about bytes to the operation that waits for it: there is one at a time, and a cancel.
func (s *server) pass(id int64, message request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if lines := s.lines[id]; lines != nil {
		select {
		case lines <- message:
		default:
		}
	}
}

// begin starts a request, and says `begun` once it has come as far as it goes at once.
func (s *server) begin(message request) {
	ctx, cancel := context.WithCancelCause(context.Background())
	if message.Aborted {
		cancel(ErrAborted)
	}
	s.mutex.Lock()
	s.cancels[message.ID] = cancel
	if message.Do == "read" || message.Do == "write" {
		s.lines[message.ID] = make(chan request, 8)
	}
	s.mutex.Unlock()
	started, done := make(chan struct{}), make(chan struct{})
	go func() {
		close(started)
		defer close(done)
		value, err := s.answer(ctx, message)
		if content, isContent := value.(*content); isContent && err == nil {
			s.give(ctx, message.ID, content)
		} else if err != nil {
			s.send(message.ID, true, map[string]any{"id": message.ID, "error": s.describe(err)})
		} else {
			s.send(message.ID, true, map[string]any{"id": message.ID, "ok": value})
		}
		cancel(nil)
	}()
	<-started
	if message.Do == "close" {
		// A store is closed from the call of Close on: what comes next must not overtake it.
		select {
		case <-done:
		case <-time.After(50 * time.Millisecond):
		}
	}
	s.send(message.ID, false, map[string]any{"id": message.ID, "begun": true})
}

func (s *server) answer(ctx context.Context, m request) (value any, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v\n%s", caught, debug.Stack())
		}
	}()
	switch m.Do {
	case "hello":
		return s.hello, nil
	case "open":
		return s.openStore(m)
	case "become":
		return nil, become(m)
	}
	s.mutex.Lock()
	store := s.stores[m.Store]
	s.mutex.Unlock()
	if store == nil {
		return nil, fmt.Errorf("there is no store %d", m.Store)
	}
	switch m.Do {
	case "uri":
		return store.URI(m.Name)
	case "size":
		return store.Size(ctx, m.Name)
	case "upload":
		return nil, store.Upload(ctx, m.Name, m.File, s.callback(ctx, m))
	case "download":
		return nil, store.Download(ctx, m.Name, m.File, m.Overwrite, s.callback(ctx, m))
	case "close":
		return nil, store.Close()
	case "read":
		reader, ok := store.(Reader)
		if !ok {
			return nil, Lacks("the store has no Read")
		}
		offset, err := whole(m.Offset, 0)
		if err != nil {
			return nil, err
		}
		length, err := whole(m.Length, -1)
		if err != nil {
			return nil, err
		}
		size, body, err := reader.Read(ctx, m.Name, offset, length)
		return &content{size, body}, err
	case "write":
		writer, ok := store.(Writer)
		if !ok {
			return nil, Lacks("the store has no Write")
		}
		source := &source{server: s, ctx: ctx, id: m.ID}
		size, err := whole(m.Size, -1)
		if err != nil {
			// The store is not asked: its language has no such numbers.
			source.Close()
			return nil, err
		}
		return nil, writer.Write(ctx, m.Name, source, size, m.ContentType, s.callback(ctx, m))
	case "delete":
		deleter, ok := store.(Deleter)
		if !ok {
			return nil, Lacks("the store has no Delete")
		}
		return nil, deleter.Delete(ctx, m.Name)
	case "list":
		lister, ok := store.(Lister)
		if !ok {
			return nil, Lacks("the store has no List")
		}
		return nil, lister.List(ctx, m.Prefix, func(name string) {
			s.send(m.ID, false, map[string]any{"id": m.ID, "item": name})
		})
	}
	return nil, Lacks("storekit.go does not know the request " + m.Do)
}

// content is an object that is being read.
type content struct {
	size int64
	body io.ReadCloser
}

// give answers a read, and gives a chunk for each that is asked for.
func (s *server) give(ctx context.Context, id int64, content *content) {
	defer content.body.Close()
	s.send(id, false, map[string]any{"id": id, "ok": content.size})
	s.mutex.Lock()
	lines := s.lines[id]
	s.mutex.Unlock()
	buffer := make([]byte, chunkSize)
	for {
		var line request
		select {
		case line = <-lines:
		case <-ctx.Done():
			s.send(id, true, map[string]any{"id": id, "failed": s.describe(context.Cause(ctx))})
			return
		}
		count, err := 0, error(nil)
		if line.Cancel == nil {
			for count == 0 && err == nil {
				count, err = content.body.Read(buffer)
			}
		}
		switch {
		case count > 0:
			s.send(id, false, map[string]any{"id": id, "chunk": buffer[:count]})
		case line.Cancel != nil || err == io.EOF:
			s.send(id, true, map[string]any{"id": id, "end": true})
			return
		default:
			s.send(id, true, map[string]any{"id": id, "failed": s.describe(err)})
			return
		}
	}
}

// source is the caller's bytes, which are asked for a chunk at a time.
type source struct {
	server *server
	ctx    context.Context
	id     int64
	rest   []byte
	err    error
}

func (s *source) Read(buffer []byte) (int, error) {
	for len(s.rest) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		s.server.send(s.id, false, map[string]any{"id": s.id, "pull": true})
		s.server.mutex.Lock()
		lines := s.server.lines[s.id]
		s.server.mutex.Unlock()
		select {
		case line := <-lines:
			switch {
			case line.Failed:
				s.err = ErrSource
			case line.End:
				s.err = io.EOF
			default:
				chunk, err := base64.StdEncoding.DecodeString(line.Chunk)
				if err != nil {
					return 0, err
				}
				s.rest = chunk
			}
		case <-s.ctx.Done():
			return 0, context.Cause(s.ctx)
		}
	}
	count := copy(buffer, s.rest)
	s.rest = s.rest[count:]
	return count, nil
}

// Close says that no more is wanted.
func (s *source) Close() error {
	if s.err == nil {
		s.err = os.ErrClosed
		s.server.send(s.id, false, map[string]any{"id": s.id, "cancel": true})
	}
	return nil
}

// whole is a whole number of the caller's, or another if there is none.
func whole(number *float64, otherwise int64) (int64, error) {
	if number == nil {
		return otherwise, nil
	}
	if *number < 0 || *number >= 1<<53 || *number != math.Trunc(*number) {
		return 0, fmt.Errorf("%w: it must be a whole number: current value is %v", ErrRange, *number)
	}
	return int64(*number), nil
}

func (s *server) openStore(m request) (any, error) {
	store, err := s.open(Place{m.Prefix, m.Directory, m.Endpoint, m.As})
	if err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.stores[m.ID] = store
	return m.ID, nil
}

func become(m request) error {
	if m.Umask != nil {
		syscall.Umask(*m.Umask)
	}
	if m.Cwd != "" {
		if err := os.Chdir(m.Cwd); err != nil {
			return err
		}
	}
	if m.GID != nil {
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(*m.GID)); err != nil {
			return err
		}
	}
	if m.UID != nil {
		return syscall.Setuid(*m.UID)
	}
	return nil
}

// callback waits for the kit's callback, and returns an error where that one threw.
func (s *server) callback(ctx context.Context, m request) Callback {
	if !m.Progress {
		return nil
	}
	var call int64
	return func(done, total int64) error {
		s.mutex.Lock()
		call++
		key, ack := [2]int64{m.ID, call}, make(chan bool, 1)
		s.acks[key] = ack
		s.mutex.Unlock()
		s.send(m.ID, false, map[string]any{
			"id": m.ID, "progress": []int64{done, total}, "call": key[1],
		})
		select {
		case threw := <-ack:
			if threw {
				return &callbackError{int(key[1])}
			}
			return nil
		case <-ctx.Done():
			// A callback may hang: who is aborted does not wait for it.
			return context.Cause(ctx)
		}
	}
}

func (s *server) acknowledge(key [2]int64, threw bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if ack := s.acks[key]; ack != nil {
		ack <- threw
		delete(s.acks, key)
	}
}

// send writes a line, unless the request is answered already.
func (s *server) send(id int64, isAnswer bool, message map[string]any) {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(message); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if _, isOpen := s.cancels[id]; !isOpen {
		return
	}
	if isAnswer {
		delete(s.cancels, id)
		delete(s.lines, id)
	}
	s.output.Write(line.Bytes())
}

// describe says what an error is, in the protocol's words.
func (s *server) describe(err error) map[string]any {
	said := map[string]any{"type": fmt.Sprintf("%T", err), "message": err.Error()}
	var causes []string
	for cause := errors.Unwrap(err); cause != nil && len(causes) < 8; cause = errors.Unwrap(cause) {
		causes = append(causes, fmt.Sprintf("%T: %v", cause, cause))
	}
	said["cause"] = causes
	if s.hello.Translate != nil {
		if more := s.hello.Translate(err); more != nil {
			for key, value := range more {
				said[key] = value
			}
			return said
		}
	}
	var own *Error
	var thrown *callbackError
	var lacks Lacks
	var number syscall.Errno
	switch {
	case errors.As(err, &own):
		said["code"], said["objectName"] = own.Code, own.ObjectName
		if own.URI != "" {
			said["uri"] = own.URI
		}
	case errors.As(err, &thrown):
		said["callback"] = thrown.call
	case errors.Is(err, ErrSource):
		said["source"] = true
	case errors.Is(err, ErrRange):
		said["range"] = true
	case errors.Is(err, ErrAborted):
		said["aborted"] = true
	case errors.As(err, &lacks):
		said["lacks"] = string(lacks)
	case errors.Is(err, ErrArgument):
		said["argument"] = true
	case errors.As(err, &number):
		said["local"] = errnoName(number)
	default:
		said["unknown"] = true
	}
	return said
}

func errnoName(number syscall.Errno) string {
	names := map[syscall.Errno]string{
		syscall.ENOENT: "ENOENT", syscall.EACCES: "EACCES", syscall.EPERM: "EPERM",
		syscall.EEXIST: "EEXIST", syscall.EISDIR: "EISDIR", syscall.ENOTDIR: "ENOTDIR",
		syscall.EINVAL: "EINVAL", syscall.ENOSPC: "ENOSPC", syscall.EFBIG: "EFBIG",
		syscall.ENAMETOOLONG: "ENAMETOOLONG", syscall.ELOOP: "ELOOP", syscall.EBUSY: "EBUSY",
		syscall.EROFS: "EROFS", syscall.EXDEV: "EXDEV", syscall.EMFILE: "EMFILE",
		syscall.ENXIO: "ENXIO", syscall.EIO: "EIO", syscall.EDQUOT: "EDQUOT",
	}
	if name, ok := names[number]; ok {
		return name
	}
	return fmt.Sprintf("E%d", int(number))
}
