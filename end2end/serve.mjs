// Runs the binary in LATCHKEY_BIN at the address given, on a database and a configuration of its own that go away with it.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const address = process.argv[2];
const binary = process.env.LATCHKEY_BIN;
if (!binary) throw new Error("LATCHKEY_BIN names no binary; run the tests with `make e2e`");

const folder = mkdtempSync(join(tmpdir(), "latchkey-e2e-"));
writeFileSync(
  join(folder, "latchkey.toml"),
  `[server]
address = "${address}"

[database]
url = "sqlite://${folder}/latchkey.db"

[auth]
registration = "open"

[api]
enabled = true
allowed_endpoints = ["/api/chat", "/api/chat/**", "/api/threads", "/api/threads/**"]

# All tests come from one address, and sign in more often in a minute than any person.
[limits]
login_attempts_per_minute = 0
`,
);

// Nothing of the caller's own configuration may reach the server under test.
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name !== "DATABASE_URL" && !name.startsWith("LATCHKEY__")),
);
env.LATCHKEY_LOG ??= "warn";
const server = spawn(binary, ["serve"], { cwd: folder, env, stdio: ["ignore", "inherit", "inherit"] });
server.on("error", (error) => {
  console.error(`${binary}: ${error.message}`);
  process.exitCode = 1;
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => server.kill("SIGTERM"));
server.on("exit", (code) => (process.exitCode = code ?? 1));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
