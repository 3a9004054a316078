package life

import (
	"slices"
	"strconv"
	"strings"

	"example.com/berkeley/sock"
)

// polling are the calls that wait for several sockets at once.
var polling = []string{"poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait", "epoll_pwait2"}

// hasWaited reports whether a call that failed has waited before: until a signal came, or for as long as its time limit allows.
func hasWaited(c sock.Call) bool {
	return c.Err == sock.EINTR || c.Err == sock.EAGAIN && c.Duration >= surelyWaited
}

// pollThread is the Thread of such calls: they belong to no socket.
const pollThread = -1

// sets find the descriptors in a line of a call that waits: those it asks about, and those that are ready.
type sets struct{ asked, ready pattern }

var (
	pollSets   = sets{lazily(`\{fd=(\d+), events=`), lazily(`\{fd=(\d+), revents=`)}
	selectSets = sets{lazily(`, \[([\d ]+)\]`), lazily(`\b(?:in|out|except) \[([\d ]+)\]`)}
	epollReady = lazily(`u32=(\d+)`)
	resultText = lazily(`\) += -?\d+ \((.*)\)$`)
	timeLeft   = lazily(`,? ?left \{.*\}$`)
)

// descriptors are the numbers that a pattern finds in a line.
func descriptors(p pattern, line string) (fds []int) {
	for _, m := range p().FindAllStringSubmatch(line, -1) {
		for _, text := range strings.Fields(m[1]) {
			fd, _ := strconv.Atoi(text)
			fds = append(fds, fd)
		}
	}
	return fds
}

// wait makes a call of one that waits for several sockets; nil if none of them is recorded.
func (r *Recorder) wait(c sock.Call) *Call {
	var asked, ready []int
	switch {
	case strings.HasPrefix(c.Name, "epoll"):
		asked, ready = r.interest[c.FD], descriptors(epollReady, c.Line)
	case strings.HasSuffix(c.Name, "poll"):
		asked, ready = descriptors(pollSets.asked, c.Line), descriptors(pollSets.ready, c.Line)
	default:
		asked, ready = descriptors(selectSets.asked, c.Line), descriptors(selectSets.ready, c.Line)
	}
	watched, woken := r.owned(asked), r.owned(ready)
	all := slices.Concat(woken, watched)
	if len(all) == 0 {
		return nil
	}
	call := newCall(c, c.FD, all[0], r.side)
	call.Thread, call.Watched, call.Woken = pollThread, watched, woken
	if c.Err == nil {
		call.Result, call.Ready = "= "+strconv.Itoa(c.Result), readyText(c)
	}
	return call
}

// readyText says what is ready, and for what.
func readyText(c sock.Call) string {
	if c.Result <= 0 {
		return ""
	}
	text := ""
	if m := resultText().FindStringSubmatch(c.Line); m != nil {
		text = timeLeft().ReplaceAllString(m[1], "")
	} else if args := splitArguments(strings.TrimPrefix(c.Line, c.Name+"(")); len(args) > 1 {
		text = args[1]
	}
	return shortened(strings.NewReplacer("[", "", "]", "").Replace(plain(text)), 2*longest)
}

// owned are the program's sockets with these descriptors.
func (r *Recorder) owned(fds []int) (sockets []int) {
	for _, fd := range fds {
		if i := r.withFD(fd); i >= 0 && !slices.Contains(sockets, i) {
			sockets = append(sockets, i)
		}
	}
	return sockets
}

// withFD is the program's socket with a descriptor, or -1.
func (r *Recorder) withFD(fd int) int {
	if i, is := r.copies[fd]; is {
		return i
	}
	return slices.IndexFunc(r.sockets, func(s *recorded) bool { return s.own && s.last.FD == fd && fd >= 0 })
}

var controlled = lazily(`^epoll_ctl\(\d+, EPOLL_CTL_(\w+), (\d+)`)

// control follows what an epoll instance is asked to watch. fd is the descriptor that the call is about.
func (r *Recorder) control(c sock.Call) (fd int) {
	m := controlled().FindStringSubmatch(c.Line)
	if m == nil {
		return -1
	}
	fd, _ = strconv.Atoi(m[2])
	if r.interest == nil {
		r.interest = map[int][]int{}
	}
	switch fds := r.interest[c.FD]; {
	case c.Err != nil:
	case m[1] == "ADD":
		r.interest[c.FD] = append(fds, fd)
	case m[1] == "DEL":
		r.interest[c.FD] = slices.DeleteFunc(fds, func(other int) bool { return other == fd })
	}
	return fd
}
