//go:build linux

// Command net is an echo server on package net: a goroutine and a buffer for each connection. With -copy it is io.Copy,
// which splices; with -udp it is for datagrams.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
)

func main() {
	transfer := echo
	spliced := flag.Bool("copy", false, "use io.Copy")
	datagrams := flag.Bool("udp", false, "UDP")
	flag.Parse()
	if *datagrams {
		log.Fatal(serveDatagrams())
	}
	if *spliced {
		transfer = func(c net.Conn) { io.Copy(c, c) }
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on tcp://%s\n", listener.Addr())
	for {
		c, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			defer c.Close()
			transfer(c)
		}()
	}
}

func echo(c net.Conn) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := c.Read(buffer)
		if err != nil {
			return
		}
		if _, err := c.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func serveDatagrams() error {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	fmt.Printf("listening on udp://%s\n", c.LocalAddr())
	buffer := make([]byte, 64<<10)
	for {
		n, from, err := c.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return err
		}
		c.WriteToUDPAddrPort(buffer[:n], from) // an answer that is lost is lost
	}
}
