"""A headless Chromium, driven over WebDriver (https://www.w3.org/TR/webdriver2/) by the standard library."""
import base64
import http.client
import json
import os
import shutil

from lib.process import Process
from lib.wait import until

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"tab": "\ue004", "enter": "\ue007", "escape": "\ue00c", "space": " ", "shift": "\ue008", "down": "\ue015"}
# No services of the browser's own: it talks to the daemon and to nobody else.
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-default-apps", "--disable-dev-shm-usage", "--hide-scrollbars"]


class WebDriverError(AssertionError):
    """What the driver said, of the first line of it."""


def _binary(name):
    found = shutil.which(name)
    assert found, f"no {name}: ./dev deps installs it"
    return found


class Browser:
    """One browser with one window, in an empty profile."""

    def __init__(self, directory, width=1280, height=1000):
        self.directory, self.session = directory, None
        self.process = Process(directory, "chromedriver", [_binary("chromedriver"), "--port=0"])
        self.port = until("chromedriver listens", lambda: next(iter(self.process.ports()), 0), 30,
                          [self.process])
        profile = os.path.join(directory, "chromium-profile")
        options = {"binary": _binary("chromium"),
                   "args": FLAGS + [f"--window-size={width},{height}", f"--user-data-dir={profile}"]}
        self.session = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"}}}})["sessionId"]

    def _ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, json.dumps(body).encode() if body is not None else None,
                               {"Content-Type": "application/json"})
            response = connection.getresponse()
            value = json.loads(response.read())["value"]
        finally:
            connection.close()
        if response.status >= 400:
            raise WebDriverError(f"{path}: {value.get('error')}: "
                                 f"{value.get('message', '').splitlines()[:1]}")
        return value

    def ask(self, method, path, body=None):
        return self._ask(method, f"/session/{self.session}{path}", body)

    def open(self, url):
        self.ask("POST", "/url", {"url": url})

    def reload(self):
        self.ask("POST", "/refresh", {})

    def script(self, text, *args):
        """The value of a function's body; promises are awaited."""
        return self.ask("POST", "/execute/sync", {"script": text, "args": list(args)})

    def find(self, css):
        """Elements that match now; may be none."""
        return [e[ELEMENT] for e in self.ask("POST", "/elements", {"using": "css selector", "value": css})]

    def text(self, css):
        """Of the first that matches; "" where there is none."""
        return self.script("return document.querySelector(arguments[0])?.innerText ?? ''", css)

    def texts(self, css):
        return self.script("return [...document.querySelectorAll(arguments[0])].map((e) => e.innerText)", css)

    def until(self, what, text, *args, seconds=20):
        """Until the function's body is true; its value."""
        return until(what, lambda: self.script(text, *args), seconds, [self.process])

    def click(self, css):
        """The first that matches; again where the page drew it anew in between."""
        until(f"{css} is clicked", lambda: self._click_now(css), 20, [self.process])

    def _click_now(self, css):
        found = self.find(css)
        if not found:
            return False
        try:
            self.ask("POST", f"/element/{found[0]}/click", {})
        except WebDriverError as e:
            if "stale element reference" not in str(e):
                raise
            return False
        return True

    def press(self, css):
        """The mouse goes down on the middle of the first that matches, and stays there."""
        x, y = self.script("const r = document.querySelector(arguments[0]).getBoundingClientRect();"
                           "return [Math.round(r.x + r.width / 2), Math.round(r.y + r.height / 2)]", css)
        self._mouse({"type": "pointerMove", "x": x, "y": y}, {"type": "pointerDown", "button": 0})

    def release(self):
        self._mouse({"type": "pointerUp", "button": 0})

    def _mouse(self, *actions):
        self.ask("POST", "/actions", {"actions": [
            {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}]})

    def type(self, css, text):
        found = self.find(css)
        assert found, f"no {css}"
        self.ask("POST", f"/element/{found[0]}/value", {"text": text})

    def keys(self, *names):
        """Pressed one after the other, wherever the focus is; "shift+tab" holds the first."""
        for name in names:
            held, _, last = name.rpartition("+")
            down = [KEYS[k] for k in held.split("+") if k] + [KEYS.get(last, last)]
            actions = [{"type": "keyDown", "value": k} for k in down] + \
                      [{"type": "keyUp", "value": k} for k in reversed(down)]
            self.ask("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def write(self, text):
        self.keys(*text)

    def resize(self, width, height):
        """Of what the page sees, not of the window."""
        self.ask("POST", "/goog/cdp/execute", {
            "cmd": "Emulation.setDeviceMetricsOverride",
            "params": {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}})

    def prefer(self, **features):
        """CSS media features: prefers_color_scheme="dark"."""
        listed = [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]
        self.ask("POST", "/goog/cdp/execute", {
            "cmd": "Emulation.setEmulatedMedia", "params": {"features": listed}})

    def screenshot(self):
        """PNG of what is visible."""
        return base64.b64decode(self.ask("GET", "/screenshot"))

    def complaints(self):
        """What the page wrote to the console as an error since the last call."""
        entries = self.ask("POST", "/se/log", {"type": "browser"})
        return [e["message"] for e in entries if e["level"] == "SEVERE"]

    def quit(self):
        if self.session:
            try:
                self.ask("DELETE", "")
            finally:
                self.session = None
        self.process.kill()
