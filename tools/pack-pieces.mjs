// Puts what each lazy piece of the application needs into one file. wasm-split cuts what several pieces share into modules
// of their own, which makes two dozen small files for one page: as many requests, each compressed without the others.
//
// Takes the folder that cargo-leptos filled, and leaves in it, instead of those modules, a pack for each piece, a loader
// that reads packs, and the manifest that says which pack a piece needs.
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
const manifestPath = join(folder, "__wasm_split_manifest.json");
const manifest = JSON.parse(readFileSync(manifestPath, "utf8"));

const packs = {};
const used = new Set();
for (const [piece, modules] of Object.entries(manifest)) {
  const file = `piece_${piece.replace(/^_+|_\d+$/g, "")}.bin`;
  const places = {};
  const parts = [];
  let at = 0;
  for (const module of modules) {
    const code = readFileSync(join(folder, `${module}.wasm`));
    places[module] = [at, code.length];
    parts.push(code);
    at += code.length;
    used.add(module);
  }
  writeFileSync(join(folder, file), Buffer.concat(parts));
  packs[piece] = { file, places };
}
for (const module of used) rmSync(join(folder, `${module}.wasm`));

const loaders = readdirSync(folder).filter((name) => name.startsWith("__wasm_split") && name.endsWith(".js"));
if (loaders.length !== 1) throw new Error(`one loader is expected, found: ${loaders.join(", ")}`);
const loaderPath = join(folder, loaders[0]);
let loader = readFileSync(loaderPath, "utf8");

/** Every change must find what it changes: another version of wasm-split may write another loader. */
const replace = (what, expected, pattern, by) => {
  let count = 0;
  loader = loader.replace(pattern, (...found) => (count++, by(...found)));
  if (count !== expected) throw new Error(`the loader has ${count} ${what}, expected ${expected}`);
};
replace("modules", used.size, /fetch\(new URL\("\.\/([^"]+)\.wasm", import\.meta\.url\)\)/g, (_, module) => `partOf("${module}")`);
replace("instantiations", used.size, /WebAssembly\.instantiateStreaming\(src, imports\)/g, () => "src.then((code) => WebAssembly.instantiate(code, imports))");
replace("pieces", Object.keys(packs).length, /__wasm_split_load_(\w+) = wrapAsyncCb\(makeLoad\(/g, (_, piece) => `__wasm_split_load_${piece} = wrapAsyncCb(packed("${piece}", makeLoad)(`);

loader += `
const packs = ${JSON.stringify(packs)};
const parts = new Map();
/** A module's code, from the first pack that was asked for and has it. */
function partOf(module) {
    return parts.get(module);
}
/** A file of this build. Without a network it waits for one; a server that does not have it any more has another build. */
async function bytesOf(file) {
    for (const pause of [300, 1000, 3000, 0]) {
        try {
            const answer = await fetch(new URL(file, import.meta.url));
            if (answer.ok) return await answer.arrayBuffer();
            if (answer.status < 500) break;
        } catch (e) {
            if (!navigator.onLine) {
                await new Promise((resolve) => addEventListener("online", resolve, { once: true }));
                continue;
            }
        }
        await new Promise((resolve) => setTimeout(resolve, pause));
    }
    // A new document brings everything that belongs together; twice in a row would help nobody.
    const last = Number(sessionStorage.getItem("latchkey-reloaded"));
    if (Date.now() - last > 30000) {
        sessionStorage.setItem("latchkey-reloaded", String(Date.now()));
        location.reload();
        await new Promise(() => {});
    }
    throw new Error(\`\${file} can't be loaded\`);
}
/** Fetches the pack of a piece before the piece and what it needs are taken out of it. */
function packed(piece, makeLoad) {
    return (fetcher, deps) => {
        const load = makeLoad(fetcher, deps);
        return () => {
            const { file, places } = packs[piece];
            const missing = Object.entries(places).filter(([module]) => !parts.has(module));
            if (missing.length > 0) {
                const pack = bytesOf(file);
                for (const [module, [at, length]] of missing) {
                    const part = pack.then((bytes) => bytes.slice(at, at + length));
                    // What failed to come may come another time.
                    part.catch(() => parts.delete(module));
                    parts.set(module, part);
                }
            }
            return load();
        };
    };
}
`;
writeFileSync(loaderPath, loader);
writeFileSync(manifestPath, JSON.stringify(Object.fromEntries(Object.entries(packs).map(([piece, { file }]) => [piece, [file]])), null, 2));
