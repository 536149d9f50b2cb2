// What somebody downloads who opens a page for the first time: the document and everything it names, as the release
// binary sends it to a browser that takes brotli. Fails where a page is over the budget.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

const KB = 1000;
// The aim is 300 and 240. The realm switch, the projects in the sidebar and the templates of the composer went above it; what is
// here keeps it from growing until that is won back.
const BUDGET = { all: 320 * KB, wasm: 280 * KB };

const binary = process.argv[2];
const port = await new Promise((resolve) => {
  const probe = createServer().listen(0, "127.0.0.1", () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});
const folder = mkdtempSync(join(tmpdir(), "latchkey-budgets-"));
writeFileSync(
  join(folder, "latchkey.toml"),
  `[server]\naddress = "127.0.0.1:${port}"\n[database]\nurl = "sqlite://${folder}/latchkey.db"\n[api]\nenabled = true\nallowed_endpoints = ["/api/chat", "/api/threads/**"]\n`,
);

/** One request as a browser makes it; the body's bytes as they come over the wire. */
const get = (path, headers = {}, method = "GET", body) =>
  new Promise((resolve, reject) => {
    const call = request({ host: "127.0.0.1", port, path, method, headers: { "accept-encoding": "br", ...headers } }, async (answer) => {
      const pieces = [];
      for await (const piece of answer) pieces.push(piece);
      resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces) });
    });
    call.on("error", reject);
    call.end(body);
  });

const server = spawn(binary, ["serve"], { cwd: folder, env: { PATH: process.env.PATH, LATCHKEY_LOG: "warn" }, stdio: ["ignore", "ignore", "inherit"] });
try {
  const exited = new Promise((_, reject) => server.on("exit", () => reject(new Error("the server did not start"))));
  const ready = async () => {
    for (;;) {
      const answer = await get("/api/health").catch(() => undefined);
      if (answer?.status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await Promise.race([ready(), exited]);
  exited.catch(() => {});

  const json = { "content-type": "application/json" };
  const person = JSON.stringify({ email: "budget@example.org", password: "budget budget budget", name: "Budget" });
  const signedIn = await get("/api/auth/register", json, "POST", person);
  const cookie = signedIn.headers["set-cookie"].map((line) => line.split(";")[0]).join("; ");
  const said = await get("/api/chat", { ...json, cookie, "accept-encoding": "identity", origin: `http://127.0.0.1:${port}` }, "POST", JSON.stringify({ content: "Hello", stream: false }));
  const thread = JSON.parse(said.body).thread.id;

  const kb = (bytes) => `${(bytes / KB).toFixed(1)} KB`;
  const row = (...cells) => console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(28) : cell.padStart(10))).join(" "));
  row("first load, brotli", "HTML", "CSS", "JS", "WASM", "all");
  let over = false;
  for (const [name, path, headers] of [
    ["new chat", "/", { cookie }],
    ["a thread", `/chat/${thread}`, { cookie }],
    ["API keys", "/api-keys", { cookie }],
    ["sign in", "/sign-in", {}],
  ]) {
    const page = await get(path, { accept: "text/html", ...headers });
    if (page.status !== 200) throw new Error(`${path} answers ${page.status}`);
    const { brotliDecompressSync } = await import("node:zlib");
    const html = (page.headers["content-encoding"] === "br" ? brotliDecompressSync(page.body) : page.body).toString();
    const sizes = { html: page.body.length, css: 0, js: 0, wasm: 0 };
    const links = new Set([...html.matchAll(/<link [^>]*href="?(\/pkg\/[^" >]+)/g)].map((match) => match[1]));
    if (![...links].some((link) => link.endsWith(".wasm"))) throw new Error(`${path} names no WASM`);
    for (const link of links) {
      const file = await get(link);
      if (file.status !== 200) throw new Error(`${path} names ${link}, which answers ${file.status}`);
      // A pack of WASM modules is WASM.
      const kind = link.split(".").pop();
      sizes[kind === "bin" ? "wasm" : kind] += file.body.length;
    }
    const all = sizes.html + sizes.css + sizes.js + sizes.wasm;
    const within = all <= BUDGET.all && sizes.wasm <= BUDGET.wasm;
    over ||= !within;
    row(`${name}${within ? "" : "  over budget"}`, ...[sizes.html, sizes.css, sizes.js, sizes.wasm, all].map(kb));
  }
  row("budget", "", "", "", kb(BUDGET.wasm), kb(BUDGET.all));
  row("latchkey (binary)", kb(statSync(binary).size));
  if (over) {
    console.error("error: a page is larger than its budget");
    process.exitCode = 1;
  }
} finally {
  server.kill("SIGTERM");
  await new Promise((resolve) => (server.exitCode === null ? server.on("exit", resolve) : resolve()));
  rmSync(folder, { recursive: true, force: true });
}
