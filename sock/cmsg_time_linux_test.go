package sock_test

import (
	"testing"
	"time"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

var received = []struct {
	name    string
	option  int
	value   int
	control func(c Cmsg) (time.Time, bool)
}{
	{"SO_TIMESTAMP", unix.SO_TIMESTAMP, 1, timeOf(CMSG_TIMESTAMP)},
	{"SO_TIMESTAMP_NEW", unix.SO_TIMESTAMP_NEW, 1, timeOf(CMSG_TIMESTAMP)},
	{"SO_TIMESTAMPNS", unix.SO_TIMESTAMPNS, 1, timeOf(CMSG_TIMESTAMPNS)},
	{"SO_TIMESTAMPNS_NEW", unix.SO_TIMESTAMPNS_NEW, 1, timeOf(CMSG_TIMESTAMPNS)},
	{"SO_TIMESTAMPING", unix.SO_TIMESTAMPING, unix.SOF_TIMESTAMPING_RX_SOFTWARE | unix.SOF_TIMESTAMPING_SOFTWARE, softwareTime},
	{"SO_TIMESTAMPING_NEW", unix.SO_TIMESTAMPING_NEW, unix.SOF_TIMESTAMPING_RX_SOFTWARE | unix.SOF_TIMESTAMPING_SOFTWARE, softwareTime},
}

func timeOf(control CmsgType[time.Time]) func(c Cmsg) (time.Time, bool) {
	return func(c Cmsg) (time.Time, bool) { return control.Parse(c) }
}

func softwareTime(c Cmsg) (time.Time, bool) {
	v, ok := CMSG_TIMESTAMPING.Parse(c)
	return v.Software, ok && v.Hardware.IsZero()
}

func TestReceivedTime(t *testing.T) {
	needKernel(t)
	for _, r := range received {
		t.Run(r.name, func(t *testing.T) {
			a, b := oneWay(t, "127.0.0.1:0")
			turn(t, b, SOL_SOCKET, r.option, r.value)
			before := time.Now().Truncate(time.Microsecond)
			// The kernel does not timestamp the first few packets after a socket has turned timestamps on.
			for deadline := before.Add(5 * time.Second); time.Now().Before(deadline); {
				sendWith(t, a, Sockaddr{}, nil, "x")
				m, _ := receiveWith(t, b, 0)
				for c := range Cmsgs(m.Control) {
					if got, ok := r.control(c); ok {
						if got.Before(before) || got.After(time.Now()) {
							t.Errorf("got time %v, want one after %v and not in the future", got, before)
						}
						return
					}
				}
			}
			t.Error("no packet has a timestamp")
		})
	}
}

// The time at which a packet was sent arrives through the error queue, with the packet's number.
func TestSentTime(t *testing.T) {
	needKernel(t)
	const when = unix.SOF_TIMESTAMPING_SOFTWARE | unix.SOF_TIMESTAMPING_OPT_ID | unix.SOF_TIMESTAMPING_OPT_TSONLY
	for _, test := range []struct {
		name    string
		flags   int
		control []byte
		id      uint32
	}{
		{"by the option", when | unix.SOF_TIMESTAMPING_TX_SOFTWARE, nil, 0},
		{"by the packet", when, CMSG_SO_TIMESTAMPING.Append(nil, unix.SOF_TIMESTAMPING_TX_SOFTWARE), 0},
		{"by its own number", when | unix.SOF_TIMESTAMPING_TX_SOFTWARE, CMSG_TS_OPT_ID.Append(nil, 77), 77},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, _ := oneWay(t, "127.0.0.1:0")
			turn(t, a, SOL_SOCKET, unix.SO_TIMESTAMPING, test.flags)
			before := time.Now().Truncate(time.Microsecond)
			_, err := Sendmsg(a, &Msg{Iov: [][]byte{[]byte("x")}, Control: test.control}, 0)
			if err == EINVAL && test.id != 0 {
				t.Skip("this kernel lacks SCM_TS_OPT_ID")
			}
			check(t, err)
			m, _ := receiveWith(t, a, MSG_ERRQUEUE)
			got := found(t, m, CMSG_TIMESTAMPING).Software
			if got.Before(before) || got.After(time.Now()) {
				t.Errorf("got time %v, want one after %v and not in the future", got, before)
			}
			point, id, ok := found(t, m, CMSG_RECVERR).Timestamp()
			if !ok || point != SCM_TSTAMP_SND || id != test.id {
				t.Errorf("Timestamp() = %d, %d, %t, want SCM_TSTAMP_SND, %d", point, id, ok, test.id)
			}
		})
	}
}
