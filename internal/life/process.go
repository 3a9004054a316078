package life

import (
	"os"

	"example.com/berkeley/sock"
)

// LogVariable is the environment variable that names the log of RecordProcess.
const LogVariable = "LIFE_LOG"

// RecordProcess records the calls of this process in the file that LogVariable names, for ReadLog. Without it, and in the
// processes that this one starts, it does nothing. A program that calls it first needs no other change.
func RecordProcess() {
	name := os.Getenv(LogVariable)
	os.Unsetenv(LogVariable)
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return
	}
	r := NewRecorder("", Client)
	r.BothSides()
	r.Log(f)
	sock.SetTracer(r.Call)
}
