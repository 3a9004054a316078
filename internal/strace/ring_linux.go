package strace

// Flags of io_uring(7): <linux/io_uring.h>.
var (
	ringSetupNames = nameTable{{1 << 7, "IORING_SETUP_SUBMIT_ALL"}}
	ringEnterNames = nameTable{{1 << 0, "IORING_ENTER_GETEVENTS"}}

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

// RingParams has the fields of a struct io_uring_params that are shown.
type RingParams struct {
	Flags, ThreadCPU, ThreadIdle, Entries, Completions, Features uint32

	SQ, CQ [7]uint32 // the offsets, in the order of their structs
}

var (
	sqOffsets = [7]string{"head", "tail", "ring_mask", "ring_entries", "flags", "dropped", "array"}
	cqOffsets = [7]string{"head", "tail", "ring_mask", "ring_entries", "overflow", "cqes", "flags"}
)

// RingParams appends the parameters that were passed in and, if ok, those that were returned.
func (t *Line) RingParams(p RingParams, ok bool) {
	t.open("", "{")
	t.flags("flags", uint64(p.Flags), "IORING_SETUP_???", ringSetupNames)
	t.uint("sq_thread_cpu", uint64(p.ThreadCPU))
	t.uint("sq_thread_idle", uint64(p.ThreadIdle))
	if ok {
		t.uint("sq_entries", uint64(p.Entries))
		t.uint("cq_entries", uint64(p.Completions))
		t.flags("features", uint64(p.Features), "IORING_FEAT_???", ringFeatureNames)
		t.ringOffsets("sq_off", p.SQ, sqOffsets)
		t.ringOffsets("cq_off", p.CQ, cqOffsets)
	}
	t.raw("}")
}

func (t *Line) ringOffsets(name string, offsets [7]uint32, names [7]string) {
	t.open(name, "{")
	for i, offset := range offsets {
		t.uint(names[i], uint64(offset))
	}
	t.raw("}")
}
