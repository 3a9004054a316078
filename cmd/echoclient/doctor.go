//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"text/tabwriter"
	"time"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/sock"
)

// diagnosis is what the checks of a path found, as -doctor -json prints it.
type diagnosis struct {
	LookupNS  int64     `json:"lookup_ns"`
	Addresses []attempt `json:"addresses"` // in the order to try them
	Local     string    `json:"local,omitempty"`
	Remote    string    `json:"remote,omitempty"`
	Checks    []finding `json:"checks"`
	Kernel    []fact    `json:"kernel"`
	Lacking   []string  `json:"not_available,omitempty"`

	options *options
	err     error         // the first error of a check
	lull    time.Duration // how long nothing moves before a path counts as full
}

// attempt is the result of connecting to an address. A datagram socket connects to any address, so there an answer
// decides.
type attempt struct {
	Address  string `json:"address"`
	TookNS   int64  `json:"took_ns"`
	Answered bool   `json:"answered,omitempty"` // to a datagram
	Error    string `json:"error,omitempty"`
}

// finding is the result of a check.
type finding struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Says string `json:"says"`
}

// fact is something that the kernel knows about a connection.
type fact struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
	text  string // the value for people, if it differs
}

// factUnit is the unit at the end of a fact's name. In the text for people, the value has it.
var factUnit = regexp.MustCompile(`_(us|segments|bytes(_per_second)?)$`)

// runDoctor examines the path to the server, and prints the diagnosis.
func runDoctor(o *options, stdout io.Writer) error {
	d := &diagnosis{options: o, lull: shortestLull, Addresses: []attempt{}, Checks: []finding{}, Kernel: []fact{}}
	examined := d.examine()
	d.Lacking = o.lacks.list()
	print := d.text
	if o.json {
		print = d.json
	}
	if err := print(stdout); err != nil {
		return standard("output", err)
	}
	return examined
}

// examine looks up the server, connects and runs the checks, until one of these steps fails.
func (d *diagnosis) examine() error {
	begin := time.Now()
	addrs, err := resolve(context.Background(), d.options)
	d.LookupNS = int64(time.Since(begin))
	if err != nil {
		return err
	}
	c, err := d.connect(addrs)
	if err != nil {
		if d.options.server.Datagram() {
			d.found("echo", err, "%v", err)
		}
		return err
	}
	answers := d.checkSmall(c)
	c.close() // before the next connection: a server may serve one client at a time
	if answers && !d.options.server.Datagram() && d.checkDuplex(c.sa) {
		d.checkHalfClose(c.sa)
	}
	return d.err
}

// checkSmall exchanges small messages on the first connection, and reports whether any came back.
func (d *diagnosis) checkSmall(c *conversation) (answers bool) {
	d.Local, d.Remote = c.local, c.remote
	if peer, err := sock.Getpeername(c.fd); err == nil {
		d.Remote = d.options.server.URL(peer)
	} else if err := d.options.lacks.tolerate("getpeername", err); err != nil {
		d.err = c.failed("getpeername", err)
		return false
	}
	if d.options.server.Datagram() {
		answers = d.checkDatagrams(c)
	} else {
		answers = d.checkEcho(c)
	}
	d.setReset(c, !answers)
	d.Kernel = append(d.Kernel, pathFacts(c.fd)...)
	return answers
}

// setReset sets whether closing a connection resets it, which the server would count as a failure.
func (d *diagnosis) setReset(c *conversation, on bool) {
	if err := c.setReset(on); err != nil && d.err == nil {
		d.err = err
	}
}

// connect tries every address, and returns the connection to the first that answers.
func (d *diagnosis) connect(addrs []sock.Sockaddr) (first *conversation, err error) {
	for _, sa := range addrs {
		begin := time.Now()
		c, failure := d.try(sa)
		a := attempt{Address: d.options.server.URL(sa), TookNS: int64(time.Since(begin))}
		a.Answered = failure == nil && d.options.server.Datagram()
		switch {
		case failure != nil:
			a.Error = failure.Error()
			var call *callerr.CallError
			if errors.As(failure, &call) {
				a.Error = call.Call + ": " + callerr.Describe(call.Err) // the address is beside it
			}
		case first == nil:
			first = c
		default:
			d.setReset(c, false)
			c.close()
		}
		if err == nil {
			err = failure
		}
		d.Addresses = append(d.Addresses, a)
	}
	if first != nil {
		return first, nil
	}
	return nil, err
}

// try connects to an address. On a datagram socket it also sends a datagram and waits for the answer.
func (d *diagnosis) try(sa sock.Sockaddr) (*conversation, error) {
	ctx := context.Background()
	c, err := connectTo(ctx, d.options, sa)
	if err != nil {
		return nil, err
	}
	c.output = io.Discard
	if d.options.server.Datagram() {
		if err := c.exchangeDatagram(ctx, piece(pattern(), 0, pingSize)); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

// found records the result of a check. The program ends with the first error.
func (d *diagnosis) found(name string, err error, format string, args ...any) {
	d.Checks = append(d.Checks, finding{name, err == nil, fmt.Sprintf(format, args...)})
	if d.err == nil && err != nil {
		d.err = err
	}
}

func (d *diagnosis) json(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(d)
}

// text prints the diagnosis for people.
func (d *diagnosis) text(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	part := ""
	row := func(title, name, value string) {
		if title == part {
			title = ""
		} else {
			part = title
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", title, name, value)
	}
	row("addresses", "look-up", durationText(time.Duration(d.LookupNS)))
	for _, a := range d.Addresses {
		row("addresses", a.Address, a.says())
	}
	if d.Local != "" {
		row("names", "here", orNameless(d.Local))
		row("names", "there", d.Remote)
	}
	for _, f := range d.Checks {
		verdict := "ok: "
		if !f.OK {
			verdict = "NO: "
		}
		row("checks", f.Name, verdict+f.Says)
	}
	for _, f := range d.Kernel {
		row("kernel", strings.ReplaceAll(factUnit.ReplaceAllString(f.Name, ""), "_", " "), f.String())
	}
	for _, what := range d.Lacking {
		row("kernel", "without", what)
	}
	return table.Flush()
}

func orNameless(url string) string {
	if strings.HasSuffix(url, ":") {
		return url + " without a name"
	}
	return url
}

func (a attempt) says() string {
	took := durationText(time.Duration(a.TookNS))
	if a.Error != "" {
		return "NO: " + a.Error + ", after " + took
	}
	if a.Answered {
		return "ok: answered in " + took
	}
	return "ok: connected in " + took
}

func (f fact) String() string {
	if f.text != "" {
		return f.text
	}
	return fmt.Sprint(f.Value)
}
