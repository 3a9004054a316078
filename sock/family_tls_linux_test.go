package sock_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "example.com/berkeley/sock"
)

// Numbers of <linux/tls.h> and types of records: RFC 8446, section 5.1.
const (
	tls12, tls13         = 0x303, 0x304
	aesGCM128, aesGCM256 = 51, 52
	chacha20Poly1305     = 54
	recordAlert          = 21
	recordData           = 23
	recordHeader         = 5
)

// tlsKey returns a key with the lengths of its cipher and all bytes different.
func tlsKey(version, cipherType uint16, iv, key, salt int) TLSCryptoInfo {
	fill := func(n int, first byte) []byte {
		p := make([]byte, n)
		for i := range p {
			p[i] = first + byte(i)
		}
		return p
	}
	return TLSCryptoInfo{version, cipherType, fill(iv, 0x10), fill(key, 0x40), fill(salt, 0x80), make([]byte, 8)}
}

var tlsKeys = map[string]TLSCryptoInfo{
	"TLS 1.2 AES-128":  tlsKey(tls12, aesGCM128, 8, 16, 4),
	"TLS 1.2 AES-256":  tlsKey(tls12, aesGCM256, 8, 32, 4),
	"TLS 1.3 AES-128":  tlsKey(tls13, aesGCM128, 8, 16, 4),
	"TLS 1.3 ChaCha20": tlsKey(tls13, chacha20Poly1305, 12, 32, 0),
}

// tlsPair returns a TCP connection on which the kernel encrypts what a sends, as TLS records with a key.
func tlsPair(t *testing.T, key TLSCryptoInfo) (a, b int) {
	t.Helper()
	a, b = tcpPair(t)
	useTLS(t, a)
	check(t, Setsockopt(a, TLS_TX, key))
	return a, b
}

func useTLS(t *testing.T, fd int) {
	t.Helper()
	err := Setsockopt(fd, TCP_ULP, "tls")
	if err == ENOENT {
		t.Skip("this kernel does not support TLS: module tls")
	}
	check(t, err)
}

// connOf returns a Conn for a duplicate of a socket.
func connOf(t *testing.T, fd int) *Conn {
	t.Helper()
	dup, err := Dup(fd)
	check(t, err)
	c, err := NewConn(dup)
	check(t, err)
	t.Cleanup(func() { check(t, c.Close()) })
	check(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	return c
}

func writeFile(t *testing.T, p []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(path, p, 0o600))
	return path
}

// decipher decrypts the first record of a key, TLS 1.2 with AES-GCM: RFC 5288.
func decipher(t *testing.T, key TLSCryptoInfo, record []byte) []byte {
	t.Helper()
	block, err := aes.NewCipher(key.Key)
	check(t, err)
	gcm, err := cipher.NewGCM(block)
	check(t, err)
	explicit, sealed := record[recordHeader:recordHeader+8], record[recordHeader+8:]
	associated := append(bytes.Clone(key.RecSeq), record[:3]...)
	associated = binary.BigEndian.AppendUint16(associated, uint16(len(sealed)-gcm.Overhead()))
	text, err := gcm.Open(nil, append(bytes.Clone(key.Salt), explicit...), sealed, associated)
	check(t, err)
	return text
}

// A peer without kernel TLS receives a record that was encrypted with the key.
func TestTLSRecord(t *testing.T) {
	needKernel(t)
	key := tlsKeys["TLS 1.2 AES-128"]
	a, b := tlsPair(t, key)
	const text = "Hello, world"
	if n, err := Send(a, []byte(text), 0); n != len(text) || err != nil {
		t.Errorf("Send = %d, %v", n, err)
	}
	record := make([]byte, recordHeader+8+len(text)+16)
	_, err := RecvFull(b, record)
	check(t, err)
	if record[0] != recordData || binary.BigEndian.Uint16(record[1:]) != tls12 {
		t.Fatalf("record = %x, want one of data, in TLS 1.2", record)
	}
	if got := decipher(t, key, record); string(got) != text {
		t.Errorf("deciphered record = %q, want %q", got, text)
	}
}

// Both ends use kernel TLS: a control message identifies records other than data; to receive them without one is EIO.
func TestTLS(t *testing.T) {
	needKernel(t)
	for name, key := range tlsKeys {
		t.Run(name, func(t *testing.T) {
			a, b := tlsPair(t, key)
			useTLS(t, b)
			check(t, Setsockopt(b, TLS_RX, key))
			for fd, o := range map[int]Option[TLSCryptoInfo]{a: TLS_TX, b: TLS_RX} {
				if got, err := Getsockopt(fd, o); got.Version != key.Version || got.CipherType != key.CipherType || err != nil {
					t.Errorf("Getsockopt(%v) = %+v, %v, want version %#x and cipher type %d", o, got, err, key.Version, key.CipherType)
				}
			}

			sendWith(t, a, Sockaddr{}, nil, "data")
			m, text := receiveWith(t, b, 0)
			if has(t, m, CMSG_TLS_GET_RECORD_TYPE, recordData); text != "data" {
				t.Errorf("received %q, want the data", text)
			}
			for range 2 {
				sendWith(t, a, Sockaddr{}, CMSG_TLS_SET_RECORD_TYPE.Append(nil, recordAlert), "\x01\x00")
			}
			await(t, b, POLLIN)
			if n, err := Recv(b, make([]byte, 8), 0); n != 0 || err != EIO {
				t.Errorf("Recv of an alert = %d, %v, want EIO", n, err)
			}
			if n, err := connOf(t, b).Read(make([]byte, 8)); n != 0 || !errors.Is(err, EIO) {
				t.Errorf("a Conn's Read of an alert = %d, %v, want EIO", n, err)
			}
			for range 2 {
				m, text = receiveWith(t, b, 0)
				if has(t, m, CMSG_TLS_GET_RECORD_TYPE, recordAlert); text != "\x01\x00" {
					t.Errorf("received %q, want the alert", text)
				}
			}
		})
	}
}

// A Conn copies to and from a TLS socket like any other: sendfile(2) and splice(2) carry the plain text.
func TestTLSCopy(t *testing.T) {
	needKernel(t)
	key := tlsKeys["TLS 1.2 AES-128"]
	a, b := tlsPair(t, key)
	useTLS(t, b)
	check(t, Setsockopt(b, TLS_RX, key))
	text := bytes.Repeat([]byte("01234567"), 1<<17)
	file, err := os.Open(writeFile(t, text))
	check(t, err)
	defer file.Close()
	src, dst := connOf(t, b), connOf(t, a)
	copied := make(chan error, 1)
	go func() {
		n, err := io.Copy(dst, file)
		if n != int64(len(text)) && err == nil {
			err = io.ErrShortWrite
		}
		copied <- errors.Join(err, dst.CloseWrite())
	}()
	relayed, out := connPair(t, SOCK_STREAM)
	go func() {
		_, err := io.Copy(relayed, src)
		copied <- errors.Join(err, relayed.CloseWrite())
	}()
	got, err := io.ReadAll(out)
	if !bytes.Equal(got, text) || err != nil {
		t.Errorf("received %d bytes, %v, want the file's %d", len(got), err, len(text))
	}
	for range 2 {
		check(t, <-copied)
	}
}

func TestTLSOptions(t *testing.T) {
	needKernel(t)
	key := tlsKeys["TLS 1.3 AES-128"]
	a, b := tlsPair(t, key)
	useTLS(t, b)
	check(t, Setsockopt(b, TLS_RX, key))
	valued(nil, TLS_TX_ZEROCOPY_RO, true).run(t, a)
	valued(nil, TLS_RX_EXPECT_NO_PAD, true).run(t, b)
	key.Key = key.Key[1:]
	if err := Setsockopt(a, TLS_RX, key); err != EINVAL {
		t.Errorf("setting a key that is too short: %v, want EINVAL", err)
	}
}
