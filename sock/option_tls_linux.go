package sock

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Options of level SOL_TLS, for a TCP socket whose TCP_ULP is "tls": <linux/tls.h>. A program performs the handshake
// and passes the keys to the kernel; from then on send(2) and recv(2) carry the plain text.
var (
	TLS_TX               = tlsCryptoInfoOption("TLS_TX", unix.SOL_TLS, nameTLS_TX)
	TLS_RX               = tlsCryptoInfoOption("TLS_RX", unix.SOL_TLS, nameTLS_RX)
	TLS_TX_ZEROCOPY_RO   = BoolOption("TLS_TX_ZEROCOPY_RO", unix.SOL_TLS, nameTLS_TX_ZEROCOPY_RO)
	TLS_RX_EXPECT_NO_PAD = BoolOption("TLS_RX_EXPECT_NO_PAD", unix.SOL_TLS, nameTLS_RX_EXPECT_NO_PAD)
)

// TLSCryptoInfo is the key of one direction, struct tls12_crypto_info_aes_gcm_128 of <linux/tls.h> and similar ones.
// Version is TLS_1_2_VERSION or TLS_1_3_VERSION, and CipherType a TLS_CIPHER constant. The cipher determines the lengths
// of the other four fields; setting any other total length is EINVAL. Getsockopt returns only Version and CipherType;
// for the rest use GetsockoptBytes with the exact length of the struct.
type TLSCryptoInfo struct {
	Version    uint16
	CipherType uint16
	IV         []byte
	Key        []byte
	Salt       []byte
	RecSeq     []byte
}

// tlsCryptoInfo is the common beginning of the kernel's forms of TLSCryptoInfo.
type tlsCryptoInfo struct {
	version    uint16
	cipherType uint16
}

func tlsCryptoInfoOption(name string, level, number int) Option[TLSCryptoInfo] {
	return Option[TLSCryptoInfo]{name, level, number, getCryptoInfo, setCryptoInfo}
}

func getCryptoInfo(fd, level, number int) (TLSCryptoInfo, error) {
	info, err := getStruct[tlsCryptoInfo](fd, level, number)
	return TLSCryptoInfo{Version: info.version, CipherType: info.cipherType}, err
}

func setCryptoInfo(fd, level, number int, v TLSCryptoInfo) error {
	var buf [64]byte // longer than any of them
	b := binary.NativeEndian.AppendUint16(buf[:0], v.Version)
	b = binary.NativeEndian.AppendUint16(b, v.CipherType)
	for _, part := range [...][]byte{v.IV, v.Key, v.Salt, v.RecSeq} {
		b = append(b, part...)
	}
	return SetsockoptBytes(fd, level, number, b)
}
