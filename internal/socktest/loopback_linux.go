package socktest

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// NeedLoopback brings up the loopback interface, which is down in a new network namespace: netdevice(7). Without the
// permission to do so it exits, and no test runs. Call it from TestMain.
func NeedLoopback() {
	if err := turnOn("lo"); err != nil {
		fmt.Println("skipped: the loopback interface is down:", err)
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
		return nil // an emulator may lack this call; the tests will fail if the interface is down
	}
	if flags := ifreq.Uint16(); flags&unix.IFF_UP == 0 {
		ifreq.SetUint16(flags | unix.IFF_UP)
		return os.NewSyscallError("ioctl", unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, ifreq))
	}
	return nil
}

// HasVsock reports whether this machine can reach itself by vsock(7), which requires the module vsock_loopback.
func HasVsock() bool {
	fd, err := unix.Socket(unix.AF_VSOCK, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return unix.Bind(fd, &unix.SockaddrVM{CID: unix.VMADDR_CID_LOCAL, Port: unix.VMADDR_PORT_ANY}) == nil
}
