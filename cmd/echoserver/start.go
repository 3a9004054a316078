//go:build unix

package main

import (
	"context"
	"os"
	"time"
)

// started is a server that is ready to serve, or why it is not.
type started struct {
	engine func() error
	err    error
}

// start opens the listeners and prepares the engine. A signal ends it at once, whatever it waits for: then the engine is
// nil, and so is the error. Without an engine the server is closed.
func (s *server) start(signals <-chan os.Signal) (engine func() error, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ready := make(chan started, 1)
	go func() {
		engine, err := s.prepareAll(ctx)
		if err != nil {
			s.close()
		}
		ready <- started{engine, err}
	}()
	select {
	case r := <-ready:
		return r.engine, r.err
	case sig := <-signals:
		s.log.Info("stopping", "signal", sig.String())
	}
	cancel()
	select {
	case r := <-ready:
		if r.err == nil {
			s.close()
		}
	case <-time.After(time.Second): // a file system hangs
	}
	return nil, nil
}

func (s *server) prepareAll(ctx context.Context) (engine func() error, err error) {
	if err := s.space.check(); err != nil {
		s.log.Warn("cannot create spool files: clients with more than -spool-memory pending will be reset", "err", err)
	}
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	s.serving.Store(int64(len(s.listeners)))
	s.watchFiles()
	return s.engine(s)
}
