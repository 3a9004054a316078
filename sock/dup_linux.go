package sock

// Dup3 makes nfd another descriptor of what fd is, and closes what it was before: dup3(2).
// Close-on-exec is always set; SetInheritable takes it off, for the standard input of a program to start for example.
// EINVAL means that the two are the same. Errors of closing are lost: close nfd first if they matter.
func Dup3(fd, nfd, flags int) error {
	raceRelease()
	return result(dup3(fd, nfd, flags))
}
