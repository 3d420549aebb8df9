// A request that came over night, answered from Home in Chromium: clicks count as actions.

import path from "node:path";

/** Clicks and waits for the page that follows. */
async function go(page, what, pathname) {
  await Promise.all([page.waitForURL((url) => pathname.test(url.pathname)), what.click()]);
}

export async function desk({ officer, ec, check, pictures }) {
  const page = await officer.newPage();
  let actions = 0;
  const act = async (what, pathname) => { actions += 1; await go(page, what, pathname); };
  await page.goto(`${ec.pages}/?lang=en`);
  const text = await page.locator("main").innerText();
  check("home says what waits and how long is left", /To be answered by us/.test(text)
    && /new request/.test(text), text);
  await act(page.locator(`main a[href="/requests/${ec.request}"]`).first(), /^\/requests\/request--/);
  await act(page.locator('main form[action$="/answer-draft"] button[type="submit"]'), /^\/releases\//);
  const release = new URL(page.url()).pathname;
  const seen = await page.locator("main").innerText();
  check("what the partner will see is shown before anything leaves", /TXZ48213/.test(seen), seen);
  await act(page.locator(`main form[action="${release}/approve"] button`), /^\/releases\//);
  await act(page.locator(`main form[action="${release}/send-answer"] button`), /^\/requests\//);
  check("answer an incoming request in 4 actions", actions <= 4, { actions });
  const answered = await page.locator("main").innerText();
  check("the request is answered", /answered/.test(answered), answered);
  await page.goto(`${ec.pages}/?lang=en`);
  const after = await page.locator("main").innerText();
  check("and waits no more", /No request waits for us/.test(after), after);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: path.join(pictures, `home-after-${scheme}.png`), fullPage: true });
  }
  await page.close();
}
