// What is carried by hand, from page to page of two nodes in Chromium: an agreement in files, signed
// here and there, a release to one named person, the file of a release, and each page of it looked at.

import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { judge } from "./shot.mjs";

const RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";
const PISTOL = "firearm--0b6a1d0e-52a4-4f0e-9d5c-7a1f2c3d4e5f";
// The example of age's own manual; nobody here has its secret half.
const RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const WIDTHS = [1280, 390];

/** A form behind its own name: opens it, fills its fields, and gives the button back. */
async function opened(page, action, fields = {}) {
  const form = page.locator(`main form[action$="${action}"]`).first();
  const folded = page.locator(`main details:has(form[action$="${action}"]):not([open]) > summary`);
  if (await folded.count()) await folded.first().click();
  for (const [name, value] of Object.entries(fields)) {
    await form.locator(`[name="${name}"]`).fill(value);
  }
  return form.locator('button[type="submit"]');
}

/** Clicks a button that answers with a file; the path where the browser saved it. */
async function download(page, button, target) {
  const [given] = await Promise.all([page.waitForEvent("download"), button.click()]);
  await given.saveAs(target);
  return { name: given.suggestedFilename(), bytes: await readFile(target) };
}

/** Reads a file on a page; the answer's page. */
async function upload(page, action, file) {
  const button = await opened(page, action);
  await page.locator(`main form[action$="${action}"] input[type="file"]`).first().setInputFiles(file);
  await Promise.all([page.waitForURL((url) => url.pathname.endsWith(action)), button.click()]);
  return page.locator("main").innerText();
}

export async function carried({
  nodes, officer, admin, signIn, look, check, home, binary, pictures,
}) {
  const { ec, us } = nodes;
  const at = (name) => path.join(home, name);
  const approver = await signIn(ec, "approver");
  const [usLiaison, usApprover] = [await signIn(us, "liaison-officer"), await signIn(us, "approver")];
  const open = async (context, url) => {
    const page = await context.newPage();
    await page.goto(url);
    return page;
  };
  /** A page that a form answers with has no address of its own: it is judged as it stands. */
  const judged = async (page, name) => {
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: path.join(pictures, `${name}-${width}.png`), fullPage: true });
      const axe = await judge(page);
      check(`${name} ${width}: axe`, axe.violations.length + axe.undecided.length === 0, axe);
      const beyond = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      check(`${name} ${width}: nothing beyond the edge`, beyond <= 0, { beyond });
    }
  };

  // Who is at the other end, and a red object.
  let page = await open(officer, `${ec.pages}/partners?lang=en`);
  const partner = await page.locator('main td a[href^="/partners/"]', { hasText: us.name })
    .first().getAttribute("href");
  await page.close();
  const key = partner.split("/").pop();
  page = await open(usLiaison, `${us.pages}/partners?lang=en`);
  const home_of_ec = await page.locator('main td a[href^="/partners/"]', { hasText: ec.name })
    .first().getAttribute("href");
  await page.close();
  const definitions = JSON.parse(await readFile(
    new URL("../../schemas/shared/extension-definitions.json", import.meta.url), "utf8"));
  const all = definitions.objects ?? definitions;
  const firearm = all.find((one) => one.name === "Firearm" || one.name === "firearm").id;
  await writeFile(at("pistol.json"), JSON.stringify({
    type: "firearm", spec_version: "2.1", id: PISTOL,
    created: "2026-01-05T10:00:00.000Z", modified: "2026-01-05T10:00:00.000Z",
    serial_status: "readable", serial: "ZQX77031", manufacturer: "Taurus", model: "G2C",
    object_marking_refs: [RED], extensions: { [firearm]: { extension_type: "new-sdo" } },
  }));
  execFileSync(binary, ["--node", ec.folder, "import", at("pistol.json")]);

  // A draft in files: shown at once by the script, with the next button without it.
  page = await open(officer, `${ec.pages}/agreements/new?lang=en&model=arms-traceability&with=${key}`);
  const terms = (await page.inputValue("#terms"))
    .replace(/(\[tlp\][^[]*?max = "[a-z+]+")/, '$1\nred = "named-persons"');
  await writeFile(at("red.toml"), terms);
  await writeFile(at("red.md"), await page.inputValue("#text"));
  const choose = async (on) => {
    await on.setInputFiles("#terms-file", at("red.toml"));
    await on.setInputFiles("#text-file", at("red.md"));
  };
  await page.goto(`${ec.pages}/agreements/new?lang=en`);
  await choose(page);
  await page.waitForFunction(() => document.querySelector("#terms").value.includes("named-persons")
    && document.querySelector("#text").value.length > 100);
  check("a chosen draft is shown at once", (await page.inputValue("#terms")) === terms, null);
  await page.close();
  const plain = await officer.browser().newContext({
    javaScriptEnabled: false, storageState: await officer.storageState(),
  });
  page = await open(plain, `${ec.pages}/agreements/new?lang=en`);
  await choose(page);
  await page.locator('button[value="check"]').click();
  await page.waitForLoadState();
  check("without JavaScript a chosen draft is checked and shown",
    (await page.locator(".notice--done").count()) === 1
      && (await page.inputValue("#terms")).includes("named-persons"),
    await page.locator("main").innerText());
  await plain.close();

  // Signed here, carried, signed there, carried back.
  page = await open(approver, `${ec.pages}/agreements/new?lang=en`);
  await choose(page);
  await page.waitForFunction(() => document.querySelector("#text").value.length > 100);
  await page.locator('main input[name="confirm"]').check();
  await page.locator('button[value="sign"]').click();
  await page.waitForURL((url) => /\/agreements\/agreement--/.test(url.pathname));
  const agreement = new URL(page.url()).pathname;
  await page.close();
  const carry = async (from, to, where, name) => {
    const out = await open(from, where);
    await download(out, await opened(out, "/papers"), at(name));
    await out.close();
    const into = await open(to.context, `${to.pages}/agreements?lang=en`);
    const text = await upload(into, "/agreements/import", at(name));
    return { into, text };
  };
  const usPlace = { context: usLiaison, pages: us.pages };
  const there = await carry(officer, usPlace, `${ec.pages}${partner}?lang=en`, "papers-ec.json");
  // The nodes also have a wire: what it has delivered does not wait any more.
  check("papers are read on a page", /What the file brought/.test(there.text), there.text);
  await judged(there.into, "papers-read-en");
  await there.into.close();
  page = await open(usApprover, `${us.pages}${agreement}?lang=en`);
  await (await opened(page, "/sign")).click();
  await page.waitForURL((url) => url.search.includes("agreement-signed"));
  await page.close();
  const back = await carry(usLiaison, { context: officer, pages: ec.pages },
    `${us.pages}${home_of_ec}?lang=es`, "papers-us.json");
  await judged(back.into, "papers-read-back-en");
  await back.into.close();
  page = await open(officer, `${ec.pages}${agreement}?lang=en`);
  check("an agreement is in force by files and pages alone",
    /In force/.test(await page.locator("main").innerText()), await page.locator("main").innerText());
  await page.close();

  // Red, to one named person.
  page = await open(admin, `${ec.pages}${partner}?lang=en`);
  await (await opened(page, "/person-add",
    { name: "Mariana Ortiz", recipient: RECIPIENT, basis: "Annex 2" })).click();
  await page.waitForURL((url) => url.search.includes("said=noted"));
  await page.close();
  const asks = `/releases/new?id=${PISTOL}&agreement=${encodeURIComponent(agreement.split("/").pop())}`;
  page = await open(officer, `${ec.pages}${asks}&lang=en`);
  const person = page.locator("#person");
  await person.selectOption({ label: "Mariana Ortiz" });
  await page.waitForURL((url) => (url.searchParams.get("person") ?? "") !== "");
  const chosen = new URL(page.url()).searchParams.get("person");
  await page.locator('form[action="/releases"] button').first().click();
  await page.waitForURL((url) => url.search.includes("said=submitted"));
  const release = new URL(page.url()).pathname;
  await page.close();
  page = await open(approver, `${ec.pages}${release}?lang=en`);
  await page.locator('form[action$="/approve"] button').click();
  await page.waitForURL((url) => url.search.includes("said=approved"));
  await page.close();
  const pages = [
    [officer, `${asks}&person=${chosen}`, "release-new-person"],
    [officer, release, "release-person-approved"],
    [admin, "/partners", "partners-admin"],
    [admin, partner, "partner-admin"],
    [admin, "/accounts", "accounts"],
    [officer, "/commitments", "commitments"],
    [officer, "/agreements/new", "agreement-new-files"],
  ];
  for (const [context, where, name] of pages) {
    for (const lang of ["en", "es"]) {
      for (const width of WIDTHS) {
        const seen = await look(context, ec.pages, where, name, lang, width);
        check(`${name} ${lang} ${width}: status`, seen.status === 200, seen.status);
      }
    }
  }
  page = await open(officer, `${ec.pages}${release}?lang=en`);
  const button = page.locator('form[action$="/file"] button');
  const given = await download(page, button, at("mariana.age"));
  check("a release to a named person is saved as an encrypted file",
    given.bytes.subarray(0, 21).toString() === "age-encryption.org/v1"
      && /^[0-9a-f]{8}\.age$/.test(given.name), given.name);
  await page.reload();
  check("it is written once", (await page.locator('form[action$="/file"]').count()) === 0, null);

  // A release that was sent, as a file, read at the other end.
  await page.goto(`${ec.pages}/releases?lang=en`);
  const sent = page.locator("#releases-sent ~ table tbody tr", { hasText: us.name })
    .filter({ hasNotText: "Mariana" }).first().locator("a").first();
  await page.goto(`${ec.pages}${await sent.getAttribute("href")}`);
  await download(page, page.locator('form[action$="/file"] button'), at("release.age"));
  await page.close();
  page = await open(usLiaison, `${us.pages}/partners?lang=en`);
  const text = await upload(page, "/partners/inbox", at("release.age"));
  check("a partner's file is read on a page", /What the file brought/.test(text), text);
  await judged(page, "file-read-en");
  await page.close();
}
