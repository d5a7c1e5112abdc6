"""Every configuration that we ship passes `dunlin check --strict`: the file of the package, the case study, and the ones
inside the Kubernetes manifests. A new example under config/ is found by itself."""
import re
import subprocess
import textwrap

import harness
from harness import free_port, get_json

CONFIG = harness.SOURCE / "config"


def embedded(text):
    """The `dunlin.yaml: |` blocks of a manifest, as the ConfigMap's volume would show them."""
    blocks = []
    for opening in re.finditer(r"^( *)dunlin\.yaml: \|\n", text, re.MULTILINE):
        indent = len(opening.group(1))
        lines = []
        for line in text[opening.end():].splitlines(keepends=True):
            if line.strip() and len(line) - len(line.lstrip(" ")) <= indent:
                break
            lines.append(line)
        blocks.append(textwrap.dedent("".join(lines)))
    return blocks


def uncommented(text):
    """(name, text) of each section that dunlin.yaml ships behind comment signs, without them."""
    blocks = re.findall(r"(?:^# .*\n)+", text, re.MULTILINE)
    sections = [re.sub(r"^# ", "", block, flags=re.MULTILINE) for block in blocks]
    return [(section.split(":")[0], section) for section in sections if re.match(r"(metrics|logs|traces):", section)]


class ShippedConfig(harness.Case):
    def assert_checks(self, path):
        done = subprocess.run([harness.BINARY, "check", "--strict", "--config", str(path)], capture_output=True, text=True,
                              timeout=20)
        self.assertEqual(done.returncode, 0, f"{path}:\n{done.stderr}")
        # Notes explain a reading that is right; anything else is a problem.
        self.assertEqual([line for line in done.stderr.splitlines() if ": note: " not in line], [])

    def test_every_example_checks(self):
        seen = set()
        for path in sorted(CONFIG.iterdir()):
            if path.name == "kubernetes":
                continue
            with self.subTest(path.name):
                self.assert_checks(path)
            seen.add(path.name)
        self.assertLessEqual({"dunlin.yaml", "case-study"}, seen)

    def test_every_manifest_holds_a_configuration_that_checks(self):
        manifests = sorted((CONFIG / "kubernetes").iterdir())
        self.assertTrue(manifests)
        for manifest in manifests:
            with self.subTest(manifest.name):
                blocks = embedded(manifest.read_text())
                self.assertEqual(len(blocks), 1)
                self.assertIn("metrics:", blocks[0])
                self.assertIn("exporters:", blocks[0])
                self.assert_checks(self.write(f"{manifest.stem}/dunlin.yaml", blocks[0]))

    def test_each_section_of_the_package_checks_without_its_comment_signs(self):
        shipped = (CONFIG / "dunlin.yaml").read_text()
        sections = uncommented(shipped)
        self.assertEqual([name for name, _ in sections], ["metrics", "logs", "traces"])
        for name, text in sections:
            with self.subTest(name):
                self.assert_checks(self.write(f"{name}.yaml", text))
        self.assert_checks(self.write("all.yaml", shipped + "\n".join(text for _, text in sections)))

    def test_the_package_collects_nothing_until_it_is_told_to(self):
        port = free_port()
        text = (CONFIG / "dunlin.yaml").read_text()
        self.assertEqual(text.count("listen_address: 127.0.0.1:9080"), 1)
        text = text.replace("listen_address: 127.0.0.1:9080", f"listen_address: 127.0.0.1:{port}\nstate_dir: {self.folder}/state")
        agent = self.start([harness.BINARY, "run", "--config", self.write("dunlin.yaml", text)], "agent")
        agent.admin = f"http://127.0.0.1:{port}"
        harness.wait_for("the agent", lambda: self._ready(agent))
        self.assertEqual(get_json(agent.admin + "/api/v1/targets")["data"]["activeTargets"], [])
        self.assertEqual(self.ledger(agent), {})
        self.assertEqual(agent.stop(), 0)


if __name__ == "__main__":
    harness.main()
