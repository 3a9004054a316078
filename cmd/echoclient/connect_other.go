//go:build unix && !linux

package main

import "example.com/berkeley/sock"

func prepareSource(int, sock.Sockaddr) error { return nil }

func refuseRights(int) error { return nil }
