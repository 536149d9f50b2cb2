// Brings the folder TO into the state of the folder FROM, touching only files whose content differs. With --compress every
// file that gains from it gets a .br and a .gz beside it; without, such files are taken away, so that none outlives its origin.
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const args = process.argv.slice(2);
const compress = args[0] === "--compress" && Boolean(args.shift());
const [from, to] = args;
const gains = /\.(bin|css|html|ico|js|json|map|svg|txt|wasm|webmanifest|xml)$/;
const typesOnly = /\.d\.ts$/;

const files = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path) : [path];
  });

const same = (path, content) => existsSync(path) && readFileSync(path).equals(content);

const write = (path, content) => {
  mkdirSync(dirname(path), { recursive: true });
  // Under another name first: an interruption leaves the old file or the new one, never half of it.
  writeFileSync(`${path}.part`, content);
  renameSync(`${path}.part`, path);
};

const wanted = new Set();
for (const source of files(from)) {
  if (typesOnly.test(source)) continue;
  const target = join(to, relative(from, source));
  const content = readFileSync(source);
  const changed = !same(target, content);
  wanted.add(target);
  if (compress && gains.test(source) && content.length > 1024) {
    const brotli = () =>
      brotliCompressSync(content, {
        params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
      });
    for (const [suffix, pack] of [[".br", brotli], [".gz", () => gzipSync(content, { level: 9 })]]) {
      wanted.add(target + suffix);
      if (changed || !existsSync(target + suffix)) write(target + suffix, pack());
    }
  }
  // Last, because it is what says that the compressed ones are up to date.
  if (changed) write(target, content);
}

mkdirSync(to, { recursive: true });
for (const path of files(to)) if (!wanted.has(path)) rmSync(path);
