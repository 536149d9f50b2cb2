// Runs the binary in LATCHKEY_BIN at the address given, with a database and a configuration of its own in the folder
// given, and the stand-in for a model server beside it.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { serveModels } from "./model-server.mjs";

const [address, modelPort, folder] = process.argv.slice(2);
const binary = process.env.LATCHKEY_BIN;
if (!binary) throw new Error("LATCHKEY_BIN names no binary; run the tests with `make e2e`");

const models = serveModels(Number(modelPort));

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
allowed_plans = ["free"]

# All tests come from one address, and sign in more often in a minute than any person.
[limits]
login_attempts_per_minute = 0

[[plans]]
id = "free"
name = "Free"

[[plans]]
id = "keyless"
name = "Keyless"

[[models]]
id = "scripted"
name = "Scripted"
provider = "openai"
base_url = "http://127.0.0.1:${modelPort}/v1"
context_window = 8192

[[models]]
id = "builtin"
name = "Builtin"
provider = "builtin"

[chat]
default_model = "scripted"
`,
);

// Nothing of the caller's own configuration may reach the server under test.
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name !== "DATABASE_URL" && !name.startsWith("LATCHKEY__")),
);
env.LATCHKEY_LOG ??= "warn";
env.LATCHKEY_DEV_PAGES = "1";
const server = spawn(binary, ["serve"], { cwd: folder, env, stdio: ["ignore", "inherit", "inherit"] });
server.on("error", (error) => {
  console.error(`${binary}: ${error.message}`);
  process.exitCode = 1;
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => server.kill("SIGTERM"));
server.on("exit", (code) => {
  process.exitCode = code ?? 1;
  models.close();
  models.closeAllConnections();
});
