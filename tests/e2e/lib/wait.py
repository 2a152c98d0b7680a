"""Waiting for conditions with a deadline: no test sleeps for luck."""
import time

STEP_S = 0.1


class Late(AssertionError):
    """A condition did not come true in time."""


def until(what, condition, seconds=30, alive=()):
    """The first true value of condition(); Late with its last value if none comes.

    alive: processes whose end is an error while one waits.
    """
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        for process in alive:
            if process.ended():
                raise AssertionError(f"{process.name} ended while waiting for: {what}")
        if time.monotonic() > end:
            raise Late(f"not within {seconds} s: {what}; last: {str(value)[:600]}")
        time.sleep(STEP_S)


def during(what, condition, seconds):
    """condition() stays true for so long: for what must not happen. The last value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if not value:
            raise AssertionError(f"did not stay true for {seconds} s: {what}")
        if time.monotonic() > end:
            return value
        time.sleep(STEP_S)
