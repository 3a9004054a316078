//go:build unix

package main

import (
	"context"
	"os"
	"time"
)

// started is a server that is ready to serve, or why it is not.
type started struct {
	serve func() error
	err   error
}

// start opens the listeners and prepares the engine. It returns the engine's function that serves. A signal ends it at
// once, whatever it waits for: then it returns nil and nil. Unless it returns a function, the server is closed.
func (s *server) start(signals <-chan os.Signal) (serve func() error, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ready := make(chan started, 1)
	go func() {
		serve, err := s.prepareAll(ctx)
		if err != nil {
			s.close()
		}
		ready <- started{serve, err}
	}()
	select {
	case r := <-ready:
		return r.serve, r.err
	case sig := <-signals:
		s.log.Info("stopping", "signal", sig.String())
	}
	cancel()
	select {
	case r := <-ready:
		if r.err == nil {
			s.close()
		}
	case <-time.After(time.Second): // in case a file system hangs
	}
	return nil, nil
}

func (s *server) prepareAll(ctx context.Context) (serve func() error, err error) {
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	if err := s.watch.open(ctx); err != nil {
		return nil, err
	}
	s.serving.Store(int64(len(s.listeners)))
	s.watchFiles()
	return s.prepareEngine()
}
