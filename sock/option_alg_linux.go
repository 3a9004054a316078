package sock

import "golang.org/x/sys/unix"

// Options of level SOL_ALG: <linux/if_alg.h>.
// ALG_SET_IV, ALG_SET_OP and ALG_SET_AEAD_ASSOCLEN aren't here: they are control messages, CMSG_ALG_SET_IV and its like.
var (
	ALG_SET_KEY               = listed(BytesOption("ALG_SET_KEY", unix.SOL_ALG, unix.ALG_SET_KEY))
	ALG_SET_AEAD_AUTHSIZE     = listed(lengthOption("ALG_SET_AEAD_AUTHSIZE", unix.SOL_ALG, unix.ALG_SET_AEAD_AUTHSIZE)) // travels as the length of no value
	ALG_SET_DRBG_ENTROPY      = listed(BytesOption("ALG_SET_DRBG_ENTROPY", unix.SOL_ALG, unix.ALG_SET_DRBG_ENTROPY))
	ALG_SET_KEY_BY_KEY_SERIAL = listed(IntOption("ALG_SET_KEY_BY_KEY_SERIAL", unix.SOL_ALG, unix.ALG_SET_KEY_BY_KEY_SERIAL))
)
