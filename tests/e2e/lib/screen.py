"""A program on a terminal of its own, and what its screen shows."""
import os
import pty
import re
import select
import signal
import struct
import termios
import fcntl
import time

from lib.process import die_with_parent

SGR = re.compile(r"\x1b\[[0-9;]*m")


class Screen:
    """args run on a pseudo-terminal; `written` is all that they wrote, lines() what stands there."""

    def __init__(self, args, columns=110, rows=50, **environment):
        self.columns, self.rows, self.written, self.code = columns, rows, "", None
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            die_with_parent()
            env = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
            os.execve(args[0], args, {**env, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8",
                                      **environment})
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        """What comes in that time, or until the program ends."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not select.select([self.master], [], [], 0.05)[0]:
                continue
            try:
                self.written += os.read(self.master, 65536).decode("utf-8", "replace")
            except OSError:  # the other end is closed
                return self
        return self

    def until(self, what, seconds):
        """Reads until the screen has `what`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if any(what in line for line in self.read(0.2).lines()):
                return self
        raise AssertionError(f"the screen never showed {what!r}:\n" + "\n".join(self.lines()))

    def lines(self):
        """As a terminal shows it: carriage return, line feed, cursor up, erasing."""
        screen, row, column = [""], 0, 0
        text = SGR.sub("", self.written)
        for part in re.findall(r"\x1b\[\d*[A-K]|\r|\n|[^\r\n\x1b]+|\x1b", text):
            if part == "\r":
                column = 0
            elif part == "\n":
                row += 1
                screen += [""] * (row + 1 - len(screen))
            elif part.endswith("A") and part[0] == "\x1b":
                row = max(0, row - int(part[2:-1] or 1))
            elif part == "\x1b[K":
                screen[row] = screen[row][:column]
            elif part == "\x1b[J":
                screen = screen[:row] + [screen[row][:column]]
            else:
                line = screen[row].ljust(column)
                screen[row] = line[:column] + part + line[column + len(part):]
                column += len(part)
        return screen

    def interrupt(self):
        os.kill(self.pid, signal.SIGINT)
        return self

    def wait(self, seconds):
        """The exit code; what it still wrote is read."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(0.1)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.master)
                self.code = os.waitstatus_to_exitcode(status)
                return self.code
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        raise AssertionError("still runs:\n" + "\n".join(self.lines()))
