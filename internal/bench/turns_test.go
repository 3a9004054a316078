//go:build linux

package bench

import (
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// BenchmarkTurns has the packages do each operation by turns, many times a turn. It prints, for each package, the allocations
// of an operation, and as a multiple of package net's in the same round, the median of all rounds: the time that passed, and the
// time of the processor, the kernel's and both ends' included. Of package net it prints these in µs.
func BenchmarkTurns(b *testing.B) {
	for _, o := range operations {
		b.Run(o.name, func(b *testing.B) {
			var all []*runner
			for _, p := range packages {
				if once := o.start(b, p); once != nil {
					all = append(all, &runner{name: p.name, once: once})
				}
			}
			for round := 0; b.Loop(); round++ {
				for i := range all { // each begins in its turn
					all[(round+i)%len(all)].turn(o.times)
				}
			}
			b.ReportMetric(0, "ns/op") // a round's
			for _, r := range all {
				r.report(b, all[0], o.times)
			}
		})
	}
}

// runner does an operation with one package.
type runner struct {
	name           string
	once           func()
	elapsed, spent []time.Duration // of each round: time that passed, time of the processor
}

func (r *runner) turn(times int) {
	began, spent := time.Now(), processorTime()
	for range times {
		r.once()
	}
	r.elapsed = append(r.elapsed, time.Since(began))
	r.spent = append(r.spent, processorTime()-spent)
}

// report prints what came out, beside a base.
func (r *runner) report(b *testing.B, base *runner, times int) {
	b.ReportMetric(testing.AllocsPerRun(times, r.once), r.name+"-allocs")
	if r == base {
		b.ReportMetric(median(r.elapsed).Seconds()*1e6/float64(times), r.name+"-µs")
		b.ReportMetric(median(r.spent).Seconds()*1e6/float64(times), r.name+"-cpu-µs")
		return
	}
	b.ReportMetric(median(ratios(r.elapsed, base.elapsed)), r.name+"/"+base.name)
	b.ReportMetric(median(ratios(r.spent, base.spent)), r.name+"/"+base.name+"-cpu")
}

func ratios(a, b []time.Duration) []float64 {
	r := make([]float64, len(a))
	for i := range a {
		r[i] = float64(a[i]) / float64(b[i])
	}
	return r
}

func median[T time.Duration | float64](all []T) T {
	return slices.Sorted(slices.Values(all))[len(all)/2]
}

// processorTime is what all threads of this process have taken of the processor: clock_gettime(2).
func processorTime() time.Duration {
	var t unix.Timespec
	unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t)
	return time.Duration(t.Nano())
}
