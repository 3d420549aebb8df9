// Bundles src/ into dist/ under names that carry a hash of the content, writes manifest.json and
// refuses a bundle larger than what a page may load.
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const LIMIT = 120 * 1024; // gzip, JavaScript and CSS together
const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

await rm(dist, { recursive: true, force: true });
await mkdir(dist);

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: ["src/app.ts", "src/style.css", "src/icon.svg"],
  outdir: "dist",
  bundle: true,
  minify: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  entryNames: "[name]-[hash]",
  chunkNames: "c-[name]-[hash]",
  loader: { ".svg": "copy" },
  legalComments: "linked",
  metafile: true,
  logLevel: "warning",
});

const manifest = {};
for (const [path, output] of Object.entries(metafile.outputs)) {
  if (!output.entryPoint) continue;
  const name = basename(output.entryPoint).replace(/\.ts$/, ".js");
  manifest[name] = basename(path);
}
// A copied file is no entry point in the metafile; it is named after its source.
for (const file of await readdir(dist)) {
  if (file.startsWith("icon-")) manifest["icon.svg"] = file;
}
const sorted = Object.fromEntries(Object.entries(manifest).sort());
await writeFile(join(dist, "manifest.json"), JSON.stringify(sorted, null, 2) + "\n");

let total = 0;
for (const file of (await readdir(dist)).sort()) {
  if (!/\.(js|css)$/.test(file)) continue;
  const size = gzipSync(await readFile(join(dist, file)), { level: 9 }).length;
  total += size;
  console.log(`${file}  ${(size / 1024).toFixed(1)} KB gzip`);
}
console.log(`total ${(total / 1024).toFixed(1)} of ${LIMIT / 1024} KB`);
if (total > LIMIT) {
  console.error("the bundle is larger than a page may load");
  process.exit(1);
}
