package sock

// Flags of io_uring(7): <linux/io_uring.h>.
var (
	ringSetupNames = nameTable{{ringSubmitAll, "IORING_SETUP_SUBMIT_ALL"}}
	ringEnterNames = nameTable{{ringGetEvents, "IORING_ENTER_GETEVENTS"}}

	ringFeatureNames = nameTable{
		{1 << 0, "IORING_FEAT_SINGLE_MMAP"},
		{1 << 1, "IORING_FEAT_NODROP"},
		{1 << 2, "IORING_FEAT_SUBMIT_STABLE"},
		{1 << 3, "IORING_FEAT_RW_CUR_POS"},
		{1 << 4, "IORING_FEAT_CUR_PERSONALITY"},
		{1 << 5, "IORING_FEAT_FAST_POLL"},
		{1 << 6, "IORING_FEAT_POLL_32BITS"},
		{1 << 7, "IORING_FEAT_SQPOLL_NONFIXED"},
		{1 << 8, "IORING_FEAT_EXT_ARG"},
		{1 << 9, "IORING_FEAT_NATIVE_WORKERS"},
		{1 << 10, "IORING_FEAT_RSRC_TAGS"},
		{1 << 11, "IORING_FEAT_CQE_SKIP"},
		{1 << 12, "IORING_FEAT_LINKED_FILE"},
	}
)

func traceRingSetup(entries int, p *ringParams, fd int, e Errno) {
	t := traceNew("io_uring_setup")
	t.uint("", uint64(uint32(cInt(entries))))
	t.open("", "{")
	t.flags("flags", uint64(p.flags), "IORING_SETUP_???", ringSetupNames)
	t.uint("sq_thread_cpu", uint64(p.sqThreadCPU))
	t.uint("sq_thread_idle", uint64(p.sqThreadIdle))
	if e == 0 {
		t.uint("sq_entries", uint64(p.sqEntries))
		t.uint("cq_entries", uint64(p.cqEntries))
		t.flags("features", uint64(p.features), "IORING_FEAT_???", ringFeatureNames)
		t.ringOffsets("sq_off", &p.sq, "flags", "dropped", "array")
		t.ringOffsets("cq_off", &p.cq, "overflow", "cqes", "flags")
	}
	t.raw("}")
	t.end(fd, e)
}

func (t *traceLine) ringOffsets(name string, o *ringOffsets, fifth, sixth, seventh string) {
	t.open(name, "{")
	for _, field := range []struct {
		name  string
		value uint32
	}{
		{"head", o.head}, {"tail", o.tail}, {"ring_mask", o.mask}, {"ring_entries", o.entries},
		{fifth, o.fifth}, {sixth, o.sixth}, {seventh, o.seventh},
	} {
		t.uint(field.name, uint64(field.value))
	}
	t.raw("}")
}

func traceRingEnter(fd, submit, complete, flags, n int, e Errno) {
	t := traceCall("io_uring_enter", fd)
	t.uint("", uint64(submit))
	t.uint("", uint64(complete))
	t.cflags(ringEnterNames, flags, "IORING_ENTER_???")
	t.pointer("", 0)
	t.uint("", 0)
	t.end(n, e)
}
