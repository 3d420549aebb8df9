// A feed from page to page: the collection of another agency's node is added by an analyst, run, and
// what it brought is found; then one that fails says why where its people begin.

import { execFileSync } from "node:child_process";

const ID = "indicator--3d3bb9a8-3f0f-4a43-8c1e-5f2d7b0d0001";

/** Opens a form that is hidden behind its name and fills it. */
async function filled(page, button, fields) {
  const details = page.locator("main details", { has: page.locator("summary", { hasText: button }) });
  await details.first().locator("summary").click();
  for (const [name, value] of Object.entries(fields)) {
    const field = details.first().locator(`[name="${name}"]`);
    const choice = (await field.evaluate((e) => e.tagName)) === "SELECT";
    await (choice ? field.selectOption(value) : field.fill(value));
  }
  return details.first().locator('button[type="submit"]');
}

export async function feeds({ nodes, analyst, look, check, binary }) {
  const { ec, us } = nodes;
  const enlace = (...args) => {
    const text = execFileSync(binary, ["--node", us.folder, "--json", ...args], {
      encoding: "utf8",
    });
    return JSON.parse(text.split("\n")[0]);
  };
  const { id } = enlace("collection", "create", "Loaders");
  enlace("account", "create", "feeder", "--role", "tool", "--password", "only-for-tests-0417");
  enlace("collection", "grant", "Loaders", "feeder", "--read", "--write");
  const { token } = enlace("account", "token", "feeder");
  const type = "application/taxii+json;version=2.1";
  const indicator = {
    type: "indicator", spec_version: "2.1", id: ID, created: "2026-05-01T00:00:00.000Z",
    modified: "2026-05-01T00:00:00.000Z", name: "Zzyzxloader", indicator_types: ["malicious-activity"],
    pattern: "[domain-name:value = 'loader.example']", pattern_type: "stix",
    valid_from: "2026-05-01T00:00:00Z",
  };
  const added = await fetch(`${us.pages}/taxii2/node/collections/${id}/objects/`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": type, Accept: type },
    body: JSON.stringify({ objects: [indicator] }),
  });
  check("the other node takes the indicator", added.status === 202, added.status);

  const page = await analyst.newPage();
  await page.goto(`${ec.pages}/feeds?lang=en`);
  const fields = {
    name: "loaders", url: `${us.pages}/taxii2/`, collection: "Loaders", marking: "green",
    way: "bearer", secret: token,
  };
  await (await filled(page, "Add a feed that is held here", fields)).click();
  await page.waitForURL((url) => url.searchParams.get("said") === "noted");
  // The process on duty may have been faster.
  const row = page.locator("main tr", { hasText: "loaders" });
  if (await row.locator("summary", { hasText: "Run now" }).count()) {
    await row.locator("summary", { hasText: "Run now" }).click();
    await row.locator('form[action="/feeds/run"] button[type="submit"]').click();
    await page.waitForLoadState();
  }
  await page.goto(`${ec.pages}/feeds?lang=en`);
  const text = await page.locator("main").innerText();
  check("a feed is good after its run, and shows no secret",
    text.includes("Good") && !text.includes(token), text.slice(0, 800));
  await page.goto(`${ec.pages}/search?q=Zzyzxloader&lang=en`);
  check("what a feed brought is found",
    (await page.locator(`a[href*="${ID}"]`).count()) > 0, await page.locator("main").innerText());

  await page.goto(`${ec.pages}/feeds?lang=en`);
  const wrong = { ...fields, name: "droppers", collection: "Droppers" };
  await (await filled(page, "Add a feed that is held here", wrong)).click();
  await page.waitForURL((url) => url.searchParams.get("said") === "noted");
  // The process on duty runs it by itself.
  for (let tries = 0; tries < 60; tries += 1) {
    await page.goto(`${ec.pages}/feeds?lang=en`);
    if ((await page.locator("main").innerText()).includes("FAILS")) break;
    await page.waitForTimeout(500);
  }
  await page.goto(`${ec.pages}/search?lang=en`);
  const first = await page.locator("main").innerText();
  check("a feed that fails is said on the first page", /A feed fails/.test(first), first);
  await page.close();
  for (const lang of ["en", "es"]) {
    for (const width of [1280, 390]) {
      const seen = await look(analyst, ec.pages, "/feeds", "feeds", lang, width);
      check(`feeds ${lang} ${width}: status`, seen.status === 200, seen.status);
    }
  }
}
