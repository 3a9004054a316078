package socktest

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// NeedLoopback is called by TestMain: it turns the loopback interface on, which is off in a new network namespace. Where it
// may not, no test is run: netdevice(7).
func NeedLoopback() {
	if err := turnOn("lo"); err != nil {
		fmt.Println("skipped: the loopback interface is off:", err)
		os.Exit(0)
	}
}

func turnOn(name string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	ifreq, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, ifreq); err != nil {
		return nil // an emulator's kernel has no such call; the tests will tell
	}
	if flags := ifreq.Uint16(); flags&unix.IFF_UP == 0 {
		ifreq.SetUint16(flags | unix.IFF_UP)
		return os.NewSyscallError("ioctl", unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, ifreq))
	}
	return nil
}
