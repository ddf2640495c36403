// Serves an object store to the conformance kit: copy this file, and call Serve in main.
//
// The protocol is told in conformance/PROTOCOL.md. Standard library only.

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// Error is an error of the store; Code is one of the contract's nine.
type Error struct {
	Code, Message, ObjectName, URI string
	Cause                          error
}

func (e *Error) Error() string { return e.Message }
func (e *Error) Unwrap() error { return e.Cause }

// ErrArgument is what an error wraps that is about an argument of the wrong form.
var ErrArgument = errors.New("wrong argument")

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
}

type server struct {
	hello   Hello
	open    func(Place) (Store, error)
	output  *os.File
	mutex   sync.Mutex
	stores  map[int64]Store
	cancels map[int64]context.CancelCauseFunc
	acks    map[[2]int64]chan bool
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
		case message.Do == "end":
			return
		default:
			s.begin(message)
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
	s.mutex.Unlock()
	started, done := make(chan struct{}), make(chan struct{})
	go func() {
		close(started)
		defer close(done)
		value, err := s.answer(ctx, message)
		if err != nil {
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
