module example.com/berkeley/internal/sweep

go 1.26.0

require (
	example.com/berkeley v0.0.0-00010101000000-000000000000
	github.com/elastic/go-seccomp-bpf v1.6.0
)

require (
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace example.com/berkeley => ../..
