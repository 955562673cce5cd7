"""Opens pages in headless Chromium and asks them questions, over the pipe of its DevTools protocol: no network, no port.

    browser.py PAGE.html QUESTIONS.json

QUESTIONS is a list of {"width", "height", "dark", "expressions": {name: JavaScript}, "screenshot": path or null}. Prints a
list of {"errors": [...], "values": {name: value}}: what the console and the log said, and what the expressions gave.
"""
import base64, json, os, subprocess, sys, tempfile


class Browser:
    def __init__(self, folder):
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        # Out of the way of 3 and 4, from which the browser reads and to which it writes.
        high_in, high_out = os.dup2(theirs_in, 103, False), os.dup2(theirs_out, 104, False)

        def connect():
            os.dup2(high_in, 3)
            os.dup2(high_out, 4)

        command = [
            os.environ.get("CHROMIUM", "chromium"), "--headless=new", "--remote-debugging-pipe", "--no-sandbox",
            "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--hide-scrollbars", f"--user-data-dir={folder}",
            "about:blank",
        ]
        # Nothing but what `connect` makes is inherited (PEP 446).
        self.process = subprocess.Popen(
            command, preexec_fn=connect, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        for descriptor in (theirs_in, theirs_out, high_in, high_out):
            os.close(descriptor)
        self.reader, self.writer = os.fdopen(ours_in, "rb", buffering=0), os.fdopen(ours_out, "wb", buffering=0)
        self.rest, self.number, self.events = b"", 0, []

    def message(self):
        while b"\0" not in self.rest:
            chunk = self.reader.read(1 << 16)
            if not chunk:
                raise SystemExit("the browser ended")
            self.rest += chunk
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, session=None, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if session:
            request["sessionId"] = session
        self.writer.write(json.dumps(request).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") == self.number:
                if "error" in message:
                    raise SystemExit(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.message())

    def close(self):
        self.writer.write(json.dumps({"id": 0, "method": "Browser.close"}).encode() + b"\0")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def ask(browser, page, question):
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    browser.events.clear()
    for domain in ("Page", "Runtime", "Log", "Network"):
        browser.call(f"{domain}.enable", session)
    width, height = question["width"], question["height"]
    browser.call(
        "Emulation.setDeviceMetricsOverride", session, width=width, height=height, deviceScaleFactor=1,
        mobile=width < 600)
    scheme = "dark" if question["dark"] else "light"
    browser.call("Emulation.setEmulatedMedia", session, features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.call("Page.navigate", session, url="file://" + os.path.abspath(page))
    browser.wait("Page.loadEventFired")
    values = {}
    for name, expression in question["expressions"].items():
        answer = browser.call("Runtime.evaluate", session, expression=expression, returnByValue=True)
        values[name] = answer["result"].get("value", answer.get("exceptionDetails"))
    errors = []
    for event in browser.events:
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Log.entryAdded":
            errors.append(parameters["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" or method == "Runtime.exceptionThrown":
            errors.append(json.dumps(parameters))
        elif method == "Network.requestWillBeSent":
            url = parameters["request"]["url"]
            if not url.startswith(("file:", "data:")):
                errors.append("asks for " + url)
    if question.get("screenshot"):
        size = browser.call("Page.getLayoutMetrics", session)["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": width, "height": size["height"], "scale": 1}
        clip.update(question.get("clip", {}))
        image = browser.call("Page.captureScreenshot", session, captureBeyondViewport=True, clip=clip)
        with open(question["screenshot"], "wb") as file:
            file.write(base64.b64decode(image["data"]))
    browser.call("Target.closeTarget", targetId=target)
    return {"errors": errors, "values": values}


def main():
    page, questions = sys.argv[1], json.load(open(sys.argv[2]))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(folder)
        try:
            print(json.dumps([ask(browser, page, question) for question in questions]))
        finally:
            browser.close()


if __name__ == "__main__":
    main()
