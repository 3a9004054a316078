//go:build unix && !linux

package main

import "example.com/berkeley/sock"

func prepareSource(int, sock.Sockaddr) error { return nil }

func refuseRights(int) error { return nil }

// bindAbstract leaves a socket without a name: bindPath gives it one.
func bindAbstract(int) error { return nil }
