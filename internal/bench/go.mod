module example.com/berkeley/internal/bench

go 1.26.0

require (
	example.com/berkeley v0.0.0
	golang.org/x/net v0.62.0
	golang.org/x/sys v0.49.0
)

replace example.com/berkeley => ../..
