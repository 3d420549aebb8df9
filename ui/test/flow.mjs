// What a hand on the keyboard meets, played in Chromium against `cargo run -p enlace-web --example
// gallery`: keys, partial pages under the strict policy, and the same without JavaScript.
//
//   node test/flow.mjs http://127.0.0.1:7190
import assert from "node:assert/strict";
import { launch } from "./shot.mjs";

const base = process.argv[2] ?? "http://127.0.0.1:7190";
const browser = await launch();
let failed = 0;

async function play(name, steps, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const errors = [];
  page.on("console", (m) => m.type() === "error" && errors.push(m.text()));
  page.on("pageerror", (e) => errors.push(String(e)));
  try {
    await steps(page);
    assert.deepEqual(errors, []);
    console.log(JSON.stringify({ flow: name, ok: true }));
  } catch (error) {
    failed += 1;
    console.log(JSON.stringify({ flow: name, ok: false, error: String(error.message), errors }));
  }
  await context.close();
}

const focused = (page) => page.evaluate(() => document.activeElement?.id ?? "");

await play("slash goes to the search box of any page", async (page) => {
  await page.goto(`${base}/releases`);
  await page.keyboard.press("/");
  assert.equal(await focused(page), "quick");
  await page.keyboard.type("g s");
  assert.equal(await page.inputValue("#quick"), "g s", "keys do nothing while typing");
});

await play("g and a letter go to a place", async (page) => {
  await page.goto(`${base}/search?q=calamares`);
  await page.locator("h1").first().evaluate(() => document.activeElement?.blur());
  await page.keyboard.press("g");
  await page.keyboard.press("o");
  await page.waitForURL(`${base}/oversight`);
});

await play("the list of keys opens, closes, and switches the keys off", async (page) => {
  await page.goto(`${base}/oversight`);
  await page.keyboard.press("?");
  assert.ok(await page.locator("#keys").evaluate((d) => d.open));
  await page.locator("#keys-on").uncheck();
  await page.keyboard.press("Escape");
  assert.ok(!(await page.locator("#keys").evaluate((d) => d.open)));
  await page.reload();
  await page.keyboard.press("/");
  assert.notEqual(await focused(page), "quick", "a key worked although switched off");
});

await play("a search replaces the whole page with its band, keeps focus and address", async (page) => {
  await page.goto(`${base}/search`);
  assert.match(await page.locator(".band--top").innerText(), /No case data/);
  await page.evaluate(() => (window.sameDocument = true));
  await page.fill("#q", "calamares");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".results");
  assert.equal(await page.evaluate(() => window.sameDocument), true, "the page was loaded anew");
  assert.match(await page.locator(".band--top").innerText(), /TLP:AMBER/);
  assert.match(page.url(), /\/search\?q=calamares$/);
  assert.match(await page.title(), /calamares/);
  assert.equal(await focused(page), "q");
  // The nonce of the second answer is accepted for a third one.
  await page.fill("#q", "nothing");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".empty");
  assert.match(await page.locator(".band--top").innerText(), /No case data/);
  await page.goBack();
  await page.waitForSelector(".results");
});

await play("choosing another purpose shows the dry run anew", async (page) => {
  await page.goto(`${base}/releases/new?id=x`);
  await page.evaluate(() => (window.sameDocument = true));
  await page.selectOption("#purpose", "drug-trafficking");
  await page.waitForURL(/purpose=drug-trafficking/);
  assert.equal(await page.evaluate(() => window.sameDocument), true);
});

await play("the tab key walks skip link, head, menu, content; focus is always visible", async (page) => {
  await page.goto(`${base}/oversight`);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), "main");
  for (let i = 0; i < 12; i += 1) {
    await page.keyboard.press("Tab");
    const width = await page.evaluate(() => getComputedStyle(document.activeElement).outlineWidth);
    assert.equal(width, "3px");
  }
});

await play(
  "without JavaScript search and places work",
  async (page) => {
    await page.goto(`${base}/search`);
    await page.fill("#q", "calamares");
    await page.keyboard.press("Enter");
    await page.waitForURL(/q=calamares/);
    assert.match(await page.locator(".band--top").innerText(), /TLP:AMBER/);
    await page.click("text=Oversight");
    await page.waitForURL(`${base}/oversight`);
  },
  { javaScriptEnabled: false },
);

await browser.close();
process.exitCode = failed ? 1 : 0;
