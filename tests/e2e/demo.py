"""`dunlin demo --for 10s`: all three signals arrive, the ledger balances, the exit code says so."""
import subprocess

import harness


class Demo(harness.Case):
    def test_demo_ends_by_itself_with_a_balanced_ledger(self):
        done = subprocess.run([harness.BINARY, "demo", "--for", "12s"], capture_output=True, text=True, timeout=300,
                              cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr[-4000:])
        for word in ("metrics", "logs", "traces", "http://127.0.0.1:"):
            self.assertIn(word, done.stdout)


if __name__ == "__main__":
    harness.main()
