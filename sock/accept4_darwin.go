package sock

// sockNonblock is the flag of socket and accept4 that makes the new socket non-blocking: macOS has none.
const sockNonblock = 0
