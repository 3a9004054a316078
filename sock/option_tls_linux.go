package sock

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Options of level SOL_TLS, of a TCP socket whose TCP_ULP is "tls": <linux/tls.h>.
var (
	TLS_TX               = listed(tlsCryptoInfoOption("TLS_TX", unix.SOL_TLS, nameTLS_TX))
	TLS_RX               = listed(tlsCryptoInfoOption("TLS_RX", unix.SOL_TLS, nameTLS_RX))
	TLS_TX_ZEROCOPY_RO   = listed(BoolOption("TLS_TX_ZEROCOPY_RO", unix.SOL_TLS, nameTLS_TX_ZEROCOPY_RO))
	TLS_RX_EXPECT_NO_PAD = listed(BoolOption("TLS_RX_EXPECT_NO_PAD", unix.SOL_TLS, nameTLS_RX_EXPECT_NO_PAD))
)

// TLSCryptoInfo is a direction's key, struct tls12_crypto_info_aes_gcm_128 of <linux/tls.h> and its like.
// Version is 0x303 of TLS 1.2 or 0x304 of 1.3; the cipher says how long the other four are, and setting any other length in
// all is EINVAL. The kernel tells Version and CipherType; the rest it does by GetsockoptBytes, of the struct's exact length.
type TLSCryptoInfo struct {
	Version    uint16
	CipherType uint16
	IV         []byte
	Key        []byte
	Salt       []byte
	RecSeq     []byte
}

// tlsCryptoInfo is how each of the kernel's forms of TLSCryptoInfo begins.
type tlsCryptoInfo struct {
	version    uint16
	cipherType uint16
}

func tlsCryptoInfoOption(label string, level, name int) Option[TLSCryptoInfo] {
	return Option[TLSCryptoInfo]{label, level, name, getCryptoInfo, setCryptoInfo}
}

func getCryptoInfo(fd, level, name int) (TLSCryptoInfo, error) {
	info, err := getStruct[tlsCryptoInfo](fd, level, name)
	return TLSCryptoInfo{Version: info.version, CipherType: info.cipherType}, err
}

func setCryptoInfo(fd, level, name int, v TLSCryptoInfo) error {
	var room [64]byte // longer than any of them
	b := binary.NativeEndian.AppendUint16(room[:0], v.Version)
	b = binary.NativeEndian.AppendUint16(b, v.CipherType)
	for _, part := range [...][]byte{v.IV, v.Key, v.Salt, v.RecSeq} {
		b = append(b, part...)
	}
	return SetsockoptBytes(fd, level, name, b)
}
