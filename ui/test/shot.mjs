// Opens pages in Chromium, takes a picture of each at two widths and lets axe-core judge it.
//
//   node test/shot.mjs --out DIR [--cookie NAME=VALUE] [--no-axe] URL...
//   node test/shot.mjs --out DIR --pdf URL...        also prints each page to PDF
//
// One JSON line per picture. Exit code 1 for any axe violation, any colour contrast that axe could
// not decide, any message of the browser's console at level error (broken CSP) or a failed request.
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const WIDTHS = [1280, 390];
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist",
];
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Starts Chromium as Debian installs it. */
export function launch() {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

/** What axe-core finds: violations, and contrast checks that it left open. */
export async function judge(page) {
  const require = createRequire(import.meta.url);
  const source = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(source);
  const report = await page.evaluate((tags) => axe.run(document, { runOnly: tags }), TAGS);
  const brief = (rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}: ${node.any[0]?.message ?? rule.help}`);
  return {
    violations: report.violations.flatMap(brief),
    undecided: report.incomplete.filter((r) => r.id === "color-contrast").flatMap(brief),
  };
}

function fileName(url, width) {
  const { pathname, search } = new URL(url);
  return `${`${pathname}${search}`.replace(/[^a-zA-Z0-9]+/g, "-").replace(/^-|-$/g, "") || "index"}-${width}`;
}

async function shoot(browser, url, width, options) {
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  for (const cookie of options.cookie ?? []) {
    const [name, value] = cookie.split(/=(.*)/s);
    await context.addCookies([{ name, value, url: new URL(url).origin }]);
  }
  const page = await context.newPage();
  const errors = [];
  page.on("console", (m) => m.type() === "error" && errors.push(m.text()));
  page.on("pageerror", (e) => errors.push(String(e)));
  page.on("requestfailed", (r) => errors.push(`${r.url()}: ${r.failure()?.errorText}`));
  const response = await page.goto(url, { waitUntil: "networkidle" });
  // The browser reports the status of an error page, which is what the page is for.
  const status = response?.status() ?? 0;
  const faults = errors.filter((e) => !(status >= 400 && e.includes(`status of ${status}`)));
  const name = fileName(url, width);
  // As tall as the page: a bar that sticks to the window's edge covers nothing then.
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height });
  await page.screenshot({ path: join(options.out, `${name}.png`), fullPage: true });
  if (options.pdf && width === WIDTHS[0]) {
    await page.pdf({ path: join(options.out, `${name}.pdf`), format: "A4" });
  }
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  const axe = options["no-axe"] ? { violations: [], undecided: [] } : await judge(page);
  await context.close();
  return { url, width, status, overflow, errors: faults, ...axe };
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: "string", default: "shots" },
      cookie: { type: "string", multiple: true },
      pdf: { type: "boolean", default: false },
      "no-axe": { type: "boolean", default: false },
    },
  });
  await mkdir(values.out, { recursive: true });
  const browser = await launch();
  let failed = positionals.length === 0;
  try {
    for (const url of positionals) {
      for (const width of WIDTHS) {
        const result = await shoot(browser, url, width, values);
        console.log(JSON.stringify(result));
        const { violations, undecided, errors, overflow } = result;
        failed ||= violations.length + undecided.length + errors.length > 0 || overflow > 0;
      }
    }
  } finally {
    await browser.close();
  }
  process.exitCode = failed ? 1 : 0;
}

if (import.meta.filename === process.argv[1]) await main();
