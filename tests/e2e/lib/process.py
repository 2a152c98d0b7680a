"""One process of a case: its log, its memory, its end."""
import ctypes
import os
import signal
import subprocess

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def die_with_parent(number=signal.SIGKILL):
    """Between fork and exec: the kernel ends the child when its parent ends. A file that may not
    grow (RLIMIT_FSIZE) is an error of the write, as a full disk is, and not the child's end."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


class Process:
    """Writes standard output and error to DIR/NAME.log, appended over restarts."""

    def __init__(self, directory, name, args):
        self.name, self.args = name, args
        self.log_path = os.path.join(directory, name + ".log")
        # Memory that a sanitized build keeps of what was freed is not the program's.
        asan = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
        with open(self.log_path, "ab") as log:
            self.begin = log.tell()
            self.popen = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          env={**os.environ, "ASAN_OPTIONS": asan},
                                          preexec_fn=die_with_parent)
        self.pid, self.killed = self.popen.pid, False

    def ended(self):
        return self.popen.poll() is not None

    def failed(self):
        """Ended otherwise than a case wanted."""
        return self.ended() and not self.killed and self.popen.returncode != 0

    def log(self):
        """What this process wrote, not one of its name before it."""
        with open(self.log_path, "rb") as f:
            f.seek(self.begin)
            return f.read().decode("utf-8", "replace")

    def signal(self, number):
        self.popen.send_signal(number)

    def kill(self):
        """As a crash does; returns when it is gone."""
        if not self.ended():
            self.killed = True
            self.popen.kill()
        self.popen.wait()

    def stop(self, seconds=20):
        """SIGTERM; its exit code."""
        if not self.ended():
            self.popen.send_signal(signal.SIGCONT)
            self.popen.terminate()
        return self.popen.wait(seconds)

    def _status_kib(self, key):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as f:
            for line in f:
                if line.startswith(key + ":"):
                    return int(line.split()[1])
        raise KeyError(key)

    def rss_mib(self):
        return self._status_kib("VmRSS") / 1024

    def peak_rss_mib(self):
        return self._status_kib("VmHWM") / 1024

    def ports(self):
        """TCP ports that this process listens on."""
        inodes = set()
        for fd in os.listdir(f"/proc/{self.pid}/fd"):
            try:
                target = os.readlink(f"/proc/{self.pid}/fd/{fd}")
            except FileNotFoundError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
        found = set()
        for table in ("tcp", "tcp6"):
            with open(f"/proc/{self.pid}/net/{table}", encoding="ascii") as f:
                for line in f.readlines()[1:]:
                    field = line.split()
                    if field[3] == "0A" and field[9] in inodes:
                        found.add(int(field[1].rsplit(":", 1)[1], 16))
        return found
