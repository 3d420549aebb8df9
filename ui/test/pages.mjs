// Plays the story on three real nodes and opens every page of one of them in Chromium: both
// languages, two widths, axe-core, console and CSP errors, overflow, and the flows with their
// number of actions. Pictures go to target/pages. Ends with "N passed, N failed".

import { spawn } from "node:child_process";
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { BINARY } from "../../scenario/play/tools.mjs";
import { carried } from "./carried.mjs";
import { ask } from "./ask.mjs";
import { desk } from "./desk.mjs";
import { jobs } from "./jobs.mjs";
import { feeds } from "./feeds.mjs";
import { judge, launch } from "./shot.mjs";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const HOME = path.join(ROOT, "target/pages-demo");
const PICTURES = path.join(ROOT, "target/pages");
const REPORT = "report--0419ad5b-4a17-477d-8a1d-23196b80208a";

let passed = 0;
let failed = 0;

function check(what, ok, evidence) {
  if (ok) passed += 1;
  else {
    failed += 1;
    console.log(`FAILED ${what}: ${JSON.stringify(evidence)}`);
  }
}

/** The three nodes of the story, up until `stop`. */
async function story() {
  const child = spawn("node", [path.join(ROOT, "scenario/play.mjs")], {
    env: { ...process.env, ENLACE_DEMO: HOME },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (data) => {
      text += data;
      if (text.includes("Ctrl-C stops")) resolve();
    });
    child.on("exit", (code) => reject(new Error(`the story ended with ${code}\n${text}`)));
    setTimeout(() => reject(new Error(`the story is not up after 120 s\n${text}`)), 120_000);
  });
  const nodes = JSON.parse(await readFile(path.join(HOME, "demo.json"), "utf8"));
  const ended = new Promise((resolve) => { child.on("exit", resolve); });
  return { nodes, stop: async () => { child.kill("SIGTERM"); await ended; } };
}

/** A browser context signed in by the one-time link of a role. */
async function signIn(browser, node, role) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en" });
  const page = await context.newPage();
  await page.goto(node.login_links[role]);
  await page.locator("main form button").first().click();
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));
  await page.close();
  return context;
}

/** One page in one language and width. */
async function look(context, base, where, name, lang, width) {
  const page = await context.newPage();
  await page.setViewportSize({ width, height: 900 });
  const errors = [];
  page.on("console", (m) => m.type() === "error" && errors.push(m.text()));
  page.on("pageerror", (e) => errors.push(String(e)));
  const url = new URL(where, base);
  url.searchParams.set("lang", lang);
  const response = await page.goto(url.href, { waitUntil: "networkidle" });
  const status = response?.status() ?? 0;
  const faults = errors.filter((e) => !(status >= 400 && e.includes(`status of ${status}`)));
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height });
  await page.screenshot({ path: path.join(PICTURES, `${name}-${lang}-${width}.png`), fullPage: true });
  const what = `${name} ${lang} ${width}`;
  const headers = response?.headers() ?? {};
  check(`${what}: strict CSP`, /default-src 'none'/.test(headers["content-security-policy"] ?? "")
    && !/unsafe/.test(headers["content-security-policy"]), headers["content-security-policy"]);
  check(`${what}: no errors in the console`, faults.length === 0, faults);
  check(`${what}: language`, (await page.getAttribute("html", "lang")) === lang, lang);
  const bands = await page.locator(".band").count();
  check(`${what}: marking above and below`, bands === 2, { bands });
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  check(`${what}: nothing beyond the edge`, overflow <= 0, { overflow });
  const axe = await judge(page);
  check(`${what}: axe violations`, axe.violations.length === 0, axe.violations.slice(0, 5));
  check(`${what}: contrast decided`, axe.undecided.length === 0, axe.undecided.slice(0, 5));
  const text = await page.locator("body").innerText();
  await page.close();
  return { status, text };
}

/** Clicks and Enter count as actions; typing does not. */
async function flows(officer, auditor, ec) {
  // A draft, as a hand makes it: model, check, replay; with the text that the browser sends.
  const draft = await officer.newPage();
  await draft.goto(`${ec.pages}/agreements?lang=en`);
  await draft.locator('a[href="/agreements/new"]').click();
  await draft.locator('main input[name="with"]').first().check();
  await draft.locator('main form[method="get"] button[type="submit"]').first().click();
  await draft.waitForFunction(() => document.querySelector("#terms")?.value.includes("[agreement]"));
  await draft.locator('button[value="check"]').click();
  await draft.waitForLoadState();
  check("a draft from a model has no faults in the browser",
    (await draft.locator(".notice--done").count()) === 1, await draft.locator("main").innerText());
  await draft.locator('button[value="replay"]').click();
  await draft.waitForLoadState();
  check("a draft is replayed in the browser",
    (await draft.locator("#draft-replay").count()) === 1, await draft.locator("main").innerText());
  await draft.close();
  const page = await officer.newPage();
  let actions = 0;
  const act = async (what) => { actions += 1; await what; };
  await page.goto(`${ec.pages}/search?lang=en`);
  await act(page.keyboard.press("/"));
  await page.keyboard.type("Calamares armas cocaína");
  await act(page.keyboard.press("Enter"));
  await page.locator(`a[href*="${REPORT}"]`).first().waitFor();
  await act(page.locator(`a[href*="${REPORT}"]`).first().click());
  const release = page.locator(`a[href*="/releases/new"], form[action*="/releases/new"] button`).first();
  await release.waitFor();
  await act(release.click());
  await page.waitForFunction(() => location.pathname === "/releases/new");
  check("release without the source: the dry run is 4 actions away", actions <= 4, { actions });

  const desk = await auditor.newPage();
  actions = 0;
  await desk.goto(`${ec.pages}/oversight?lang=en`);
  await desk.locator('input[name="q"]').first().fill(REPORT);
  await act(desk.keyboard.press("Enter"));
  await desk.waitForFunction(() => location.search.includes("q="));
  const first = desk.locator('a[href*="/oversight/releases/"]').first();
  await first.waitFor();
  await act(first.click());
  await desk.waitForFunction(() => location.pathname.startsWith("/oversight/releases/"));
  check("auditor: what was shared, in 3 actions", actions <= 3, { actions });
}

await rm(PICTURES, { recursive: true, force: true });
await mkdir(PICTURES, { recursive: true });
const { nodes, stop } = await story();
const browser = await launch();
try {
  const ec = nodes.ec;
  const officer = await signIn(browser, ec, "liaison-officer");
  const auditor = await signIn(browser, ec, "auditor");
  const handler = await signIn(browser, ec, "source-handler");
  const administrator = await signIn(browser, ec, "administrator");
  const nobody = await browser.newContext();
  const probe = await officer.newPage();
  await probe.goto(`${ec.pages}/releases`);
  const sent = await probe.locator('main a[href^="/releases/"]:not([href="/releases/new"]):not([href="/releases/updates"])').first().getAttribute("href");
  await probe.goto(`${ec.pages}/partners`);
  const partner = await probe.locator('main td a[href^="/partners/"]').first().getAttribute("href");
  await probe.goto(`${ec.pages}/agreements`);
  const signed = 'main td a[href^="/agreements/"]';
  const agreement = await probe.locator(signed).first().getAttribute("href");
  await probe.close();
  const release = sent.split("/").pop().split("?")[0];
  const pages = [
    [nobody, "/login", "login", 200],
    [officer, "/", "home", 200],
    [officer, `/requests/${ec.request}`, "request", 200],
    [officer, "/cases", "cases", 200],
    [officer, `/cases/${ec.case}`, "case", 200],
    [officer, "/search", "search-empty", 200],
    [officer, "/search?q=calamares", "search", 200],
    [officer, `/object/${REPORT}`, "object", 200],
    [officer, `/releases/new?id=${REPORT}`, "release-new", 200],
    [officer, "/releases", "releases", 200],
    [officer, `/releases/${release}`, "release", 200],
    [officer, "/releases/updates", "updates", 200],
    [officer, "/incoming", "incoming", 200],
    [officer, "/partners", "partners", 200],
    [officer, partner, "partner", 200],
    [officer, "/agreements", "agreements", 200],
    [officer, agreement, "agreement", 200],
    [officer, `/agreements/new?model=cyber&with=${partner.split("/").pop()}`, "agreement-new", 200],
    [officer, `${agreement}/amend`, "agreement-amend", 200],
    [officer, "/commitments", "commitments", 200],
    [officer, "/holds", "holds", 200],
    [officer, "/danger", "danger", 200],
    [officer, "/consents", "consents", 200],
    [officer, "/requests", "requests", 200],
    [officer, "/recalls", "recalls", 200],
    [officer, "/keys", "keys-forbidden", 403],
    [officer, "/nowhere", "not-found", 404],
    [officer, "/oversight", "forbidden", 403],
    [handler, "/sources", "sources", 200],
    [administrator, "/collections", "collections", 200],
    [auditor, "/oversight", "oversight", 200],
    [auditor, `/oversight/releases/${release}`, "oversight-release", 200],
  ];
  for (const [context, where, name, status] of pages) {
    for (const lang of ["en", "es"]) {
      for (const width of [1280, 390]) {
        const seen = await look(context, ec.pages, where, name, lang, width);
        check(`${name} ${lang} ${width}: status`, seen.status === status, seen.status);
      }
    }
  }
  const neighbour = await signIn(browser, nodes.us, "investigator");
  for (const lang of ["en", "es"]) {
    const where = `/object/${nodes.us.recalled}`;
    const seen = await look(neighbour, nodes.us.pages, where, "recalled", lang, 1280);
    const says = { en: /recalled/i, es: /retirad/i }[lang];
    check(`recalled ${lang}: says so and shows nothing`, seen.status === 200 && says.test(seen.text)
      && !seen.text.includes("frutas-marbrisa"), { status: seen.status, text: seen.text.slice(0, 300) });
  }
  await flows(officer, auditor, ec);
  await desk({ officer, ec, check, pictures: PICTURES });
  await look(neighbour, nodes.us.pages, "/ask", "ask", "en", 1280);
  await look(neighbour, nodes.us.pages, "/ask", "ask", "es", 390);
  await ask({ investigator: neighbour, us: nodes.us, check, pictures: PICTURES, look });
  await jobs({ officer, admin: administrator, ec, look, check, home: HOME });
  const enter = (node, role) => signIn(browser, node, role);
  await carried({
    nodes, officer, admin: administrator, signIn: enter, look, check, home: HOME, binary: BINARY,
    pictures: PICTURES,
  });
  const analyst = await signIn(browser, ec, "analyst");
  await feeds({ nodes, analyst, look, check, binary: BINARY });
} catch (error) {
  check("the pages can be opened", false, String(error.stack ?? error));
} finally {
  await browser.close();
  await stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
