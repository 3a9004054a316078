package main_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
)

// What a viewer costs the server while it has 1,000 clients, each of which sends 64 B twice a second: the difference between
// watched and alone. An operation is half a second. Take -benchtime 50x or more.
func BenchmarkWatch(b *testing.B) {
	for _, viewers := range []int{0, 1} {
		b.Run(fmt.Sprintf("viewers=%d", viewers), func(b *testing.B) { benchmarkWatch(b, viewers) })
	}
}

func benchmarkWatch(b *testing.B, viewers int) {
	s := cmdtest.Start(b, "-listen", "tcp://127.0.0.1:0", "-watch", "127.0.0.1:0")
	s.WaitLog("watch page")
	clients := make([]net.Conn, 1000)
	for i := range clients {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.Addr(), "tcp://"))
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		clients[i] = c
	}
	for range viewers {
		response, err := http.Get("http://" + pageURL.FindStringSubmatch(s.Stderr())[1] + "/events")
		if err != nil {
			b.Fatal(err)
		}
		defer response.Body.Close()
		go io.Copy(io.Discard, response.Body)
	}
	message := make([]byte, 64)
	halfSecond := time.NewTicker(500 * time.Millisecond)
	defer halfSecond.Stop()
	<-halfSecond.C
	used, began := processorTime(b, s.Cmd.Process.Pid), time.Now()
	for b.Loop() {
		for _, c := range clients {
			if _, err := c.Write(message); err != nil {
				b.Fatal(err)
			}
		}
		for _, c := range clients {
			if _, err := io.ReadFull(c, message); err != nil {
				b.Fatal(err)
			}
		}
		<-halfSecond.C
	}
	used = processorTime(b, s.Cmd.Process.Pid) - used
	b.ReportMetric(float64(used.Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(100*used.Seconds()/time.Since(began).Seconds(), "%core")
}

// processorTime returns the processor time of a process: utime and stime of proc_pid_stat(5), in
// ticks of USER_HZ, which is 100.
func processorTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	var user, system int64
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if _, err := fmt.Sscan(string(fields[11])+" "+string(fields[12]), &user, &system); err != nil {
		b.Fatal(err)
	}
	return time.Duration(user+system) * time.Second / 100
}
