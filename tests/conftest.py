"""What holds for every test."""

import signal

# A shell that runs tests in the background makes them, and all that they start, deaf to Ctrl-C; some press it.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
