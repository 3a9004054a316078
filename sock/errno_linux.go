package sock

import "golang.org/x/sys/unix"

// Error numbers of errno(3) that only Linux has.
const (
	EADV            = unix.EADV
	EBADE           = unix.EBADE
	EBADFD          = unix.EBADFD
	EBADR           = unix.EBADR
	EBADRQC         = unix.EBADRQC
	EBADSLT         = unix.EBADSLT
	EBFONT          = unix.EBFONT
	ECHRNG          = unix.ECHRNG
	ECOMM           = unix.ECOMM
	EDEADLOCK       = unix.EDEADLOCK
	EDOTDOT         = unix.EDOTDOT
	EFSBADCRC       = unix.EFSBADCRC
	EFSCORRUPTED    = unix.EFSCORRUPTED
	EHWPOISON       = unix.EHWPOISON
	EISNAM          = unix.EISNAM
	EKEYEXPIRED     = unix.EKEYEXPIRED
	EKEYREJECTED    = unix.EKEYREJECTED
	EKEYREVOKED     = unix.EKEYREVOKED
	EL2HLT          = unix.EL2HLT
	EL2NSYNC        = unix.EL2NSYNC
	EL3HLT          = unix.EL3HLT
	EL3RST          = unix.EL3RST
	ELIBACC         = unix.ELIBACC
	ELIBBAD         = unix.ELIBBAD
	ELIBEXEC        = unix.ELIBEXEC
	ELIBMAX         = unix.ELIBMAX
	ELIBSCN         = unix.ELIBSCN
	ELNRNG          = unix.ELNRNG
	EMEDIUMTYPE     = unix.EMEDIUMTYPE
	EMULTIHOP       = unix.EMULTIHOP
	ENAVAIL         = unix.ENAVAIL
	ENOANO          = unix.ENOANO
	ENOCSI          = unix.ENOCSI
	ENODATA         = unix.ENODATA
	ENOKEY          = unix.ENOKEY
	ENOLINK         = unix.ENOLINK
	ENOMEDIUM       = unix.ENOMEDIUM
	ENONET          = unix.ENONET
	ENOPKG          = unix.ENOPKG
	ENOSR           = unix.ENOSR
	ENOSTR          = unix.ENOSTR
	ENOTNAM         = unix.ENOTNAM
	ENOTRECOVERABLE = unix.ENOTRECOVERABLE
	ENOTUNIQ        = unix.ENOTUNIQ
	EOWNERDEAD      = unix.EOWNERDEAD
	EREMCHG         = unix.EREMCHG
	EREMOTEIO       = unix.EREMOTEIO
	ERESTART        = unix.ERESTART
	ERFKILL         = unix.ERFKILL
	ESRMNT          = unix.ESRMNT
	ESTRPIPE        = unix.ESTRPIPE
	ETIME           = unix.ETIME
	EUCLEAN         = unix.EUCLEAN
	EUNATCH         = unix.EUNATCH
	EXFULL          = unix.EXFULL
)
