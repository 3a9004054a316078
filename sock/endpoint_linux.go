package sock

func init() {
	transports["mptcp"] = struct{ typ, protocol int }{SOCK_STREAM, IPPROTO_MPTCP}
	transports["vsock"] = struct{ typ, protocol int }{SOCK_STREAM, 0}
}
