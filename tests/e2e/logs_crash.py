"""A log that is written and rotated all the time, and an agent that is killed again and again: every line arrives."""
import pathlib
import random
import threading
import time

import harness
from harness import wait_for

ROUNDS = 10


class Writer(threading.Thread):
    """Numbers its lines; renames its file now and then, as logrotate does. Old ones stay."""

    def __init__(self, path, seed):
        super().__init__()
        self.path = pathlib.Path(path)
        self.random = random.Random(seed)
        self.written = 0
        self.may_rotate = threading.Event()
        self.ended = threading.Event()

    def run(self):
        file = open(self.path, "a", buffering=1)
        while not self.ended.is_set():
            for _ in range(self.random.randrange(200)):
                file.write(f"line {self.written} {'x' * self.random.randrange(300)}\n")
                self.written += 1
            if self.random.randrange(12) == 0 and self.may_rotate.is_set():
                file.close()
                self.rotate()
                file = open(self.path, "a", buffering=1)
            time.sleep(0.01)
        file.close()

    def rotate(self):
        old = sorted((int(p.name.rsplit(".", 1)[1]) for p in self.path.parent.glob("a.log.*")), reverse=True)
        for number in old:
            (self.path.parent / f"a.log.{number}").rename(self.path.parent / f"a.log.{number + 1}")
        self.path.rename(self.path.parent / "a.log.1")

    def end(self):
        self.ended.set()
        self.join()


class LogsCrash(harness.Case):
    def config(self, sink, glob):
        return f"""
server: {{listen_address: '127.0.0.1:{{admin}}'}}
state_dir: {self.folder}/state
logs:
  positions: {{filename: {self.folder}/positions.yaml, sync_period: 200ms}}
  target_config: {{sync_period: 500ms}}
  clients: [{{url: '{sink.url}/loki/api/v1/push', batchwait: 100ms}}]
  scrape_configs:
    - job_name: test
      static_configs:
        - targets: [localhost]
          labels: {{job: shop, __path__: '{self.folder}/logs/{glob}'}}
"""

    def numbers(self, sink):
        text = harness.get(sink.url + "/records?signal=logs&limit=1000000")[1].decode()
        return [int(harness.json.loads(row)["line"].split()[1]) for row in text.splitlines() if row]

    def kill_again_and_again(self, glob, seed):
        (self.folder / "logs").mkdir()
        sink = self.sink("--records", "1000000")
        writer = Writer(self.folder / "logs" / "a.log", seed)
        writer.start()
        chance = random.Random(seed)
        try:
            for round_number in range(ROUNDS):
                agent = self.agent(self.config(sink, glob), name=f"round{round_number}")
                if round_number == 0:
                    # What is renamed away before any agent saw it is nobody's to read.
                    wait_for("a first line", lambda: self.numbers(sink))
                    writer.may_rotate.set()
                time.sleep(chance.uniform(0, 1))
                agent.child.kill()
                agent.child.wait()
                time.sleep(chance.uniform(0, 0.5))
        finally:
            writer.end()
        agent = self.agent(self.config(sink, glob), name="last")
        try:
            wait_for("every line", lambda: len(set(self.numbers(sink))) == writer.written, interval=0.5)
        except AssertionError:
            missing = sorted(set(range(writer.written)) - set(self.numbers(sink)))
            raise AssertionError(f"{len(missing)} of {writer.written} lines are missing, from {missing[:1]} on")
        numbers = self.numbers(sink)
        # Repeated is what was under way when it was killed: far less than what was written.
        self.assertLess(len(numbers) - writer.written, writer.written)
        self.assertEqual(agent.stop(), 0)

    def test_the_plain_name_alone(self):
        self.kill_again_and_again("a.log", 1)

    def test_old_ones_in_the_glob(self):
        self.kill_again_and_again("a.log*", 2)


if __name__ == "__main__":
    harness.main()
