//go:build unix

package sock_test

import (
	"testing"

	"example.com/berkeley/internal/socktest"
)

func TestMain(m *testing.M) { socktest.Main(m) }

// What all tests of this package use, by shorter names.
var (
	check       = socktest.Check
	own         = socktest.Own
	shut        = socktest.Shut
	socket      = socktest.Socket
	rawSocket   = socktest.RawSocket
	bound       = socktest.Bound
	listener    = socktest.Listener
	accepted    = socktest.Accept
	pair        = socktest.Pair
	tcpPair     = socktest.TCPPair
	name        = socktest.Name
	inet        = socktest.Inet
	unixPath    = socktest.Unix
	await       = socktest.Await
	send        = socktest.Send
	receive     = socktest.Receive
	forEachPair = socktest.ForEachPair
)

type kind = socktest.Kind
