package sock

// acceptNonblock is the flag of accept4 that makes the new socket non-blocking: macOS has none.
const acceptNonblock = 0
