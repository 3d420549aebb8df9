// "Does a partner know this?" in Chromium: clicks and keys that send count as actions, typing does not.

import path from "node:path";

async function go(page, act, pathname) {
  await Promise.all([page.waitForURL((url) => pathname.test(url.pathname)), act()]);
}

export async function ask({ investigator, us, check, pictures, look }) {
  const page = await investigator.newPage();
  let actions = 0;
  const act = async (what, pathname) => { actions += 1; await go(page, what, pathname); };
  await page.goto(`${us.pages}/search?lang=en`);
  await page.locator('input[name="q"]').first().fill("TXZ48213");
  actions += 1;
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.search.includes("q="));
  const gun = page.locator('main a[href^="/object/firearm"]').first();
  await act(() => gun.click(), /^\/object\/firearm/);
  const gunId = new URL(page.url()).pathname.split("/").pop();
  await act(() => page.locator('main a[href^="/ask?"]').first().click(), /^\/ask/);
  const form = page.locator('main form[action="/ask"]');
  await form.locator('select[name="purpose"]').selectOption("firearms-tracing");
  await form.locator('input[name="case"]').fill("ILC-25-0418");
  actions += 1;
  await form.locator('button[type="submit"]').click();
  await page.waitForFunction(() => document.querySelector("main")?.innerText.includes("Answers"));
  const said = await page.locator("main").innerText();
  check("partner knows this in 4 actions", actions <= 4, { actions });
  check("a hit says hit", /\bHit\b/.test(said) && /UNE/.test(said), said);
  check("a hit offers a request", await page.locator('main form[action="/requests"]').count() >= 1, said);
  const id = new URL(page.url()).searchParams.get("id") ?? gunId;
  await look(investigator, us.pages, `/ask?id=${id}`, "ask-object", "en", 390);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: path.join(pictures, `ask-${scheme}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: "light" });
  const hit = page.locator('main form[action="/requests"]').first();
  const summary = hit.locator("xpath=ancestor::details/summary");
  if (await summary.count()) await summary.first().click();
  await hit.locator('textarea[name="facts"]').fill("The pistol was bought by a straw man.");
  await hit.locator('textarea[name="questions"]').fill("Where was it recovered?");
  await go(page, () => hit.locator('button[type="submit"]').click(), /^\/requests$/);
  const drafts = await page.locator("main").innerText();
  check("the request about the hit is a draft", /ILC-25-0418/.test(drafts), drafts.slice(0, 2000));
  await page.goto(`${us.pages}/ask?lang=es`);
  const typed = await page.locator("main").innerText();
  check("a value can be asked about that is held nowhere, in Spanish", /Preguntar a socios/.test(typed), typed);
  await page.close();
}
