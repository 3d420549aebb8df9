// A file from the page: chosen, taken in as a job, followed to its end without a reload, and the
// pages of jobs looked at.

import { writeFile } from "node:fs/promises";
import path from "node:path";

const PEOPLE = 400;

function person(number) {
  return {
    type: "identity", spec_version: "2.1",
    id: `identity--5f2e0000-0000-4000-8000-${String(number).padStart(12, "0")}`,
    created: "2026-01-01T00:00:00.000Z", modified: "2026-01-01T00:00:00.000Z",
    name: `Persona inventada ${number}`, identity_class: "individual",
  };
}

export async function jobs({ officer, admin, ec, look, check, home }) {
  const objects = Array.from({ length: PEOPLE }, (_, number) => person(number));
  delete objects[7].name;
  const file = path.join(home, "personas.json");
  const id = "bundle--5f2e0000-0000-4000-8000-000000000000";
  await writeFile(file, JSON.stringify({ type: "bundle", id, objects }));

  const page = await officer.newPage();
  await page.goto(`${ec.pages}/jobs?lang=en`);
  await page.locator('main details:has(input[type="file"]) > summary').click();
  await page.locator('main input[type="file"]').setInputFiles(file);
  await page.locator('main form[action="/jobs"] button[type="submit"]').click();
  await page.waitForURL((url) => url.pathname.startsWith("/jobs/"));
  const where = new URL(page.url()).pathname;
  await page.evaluate(() => { document.body.dataset.same = "yes"; });
  const over = () => /Done|Failed/.test(document.querySelector("#job").innerText);
  await page.waitForFunction(over, null, { timeout: 60_000 });
  const text = await page.locator("#job").innerText();
  check("a file from the page: the job is done", /Done/.test(text)
    && text.includes(`${PEOPLE - 1} of ${PEOPLE - 1} objects`), text);
  check("a file from the page: what is not held is named", text.includes("object 8"), text);
  const same = await page.evaluate(() => document.body.dataset.same);
  check("a file from the page: seen to its end without a reload", same === "yes", same);
  await page.close();

  for (const lang of ["en", "es"]) {
    for (const width of [1280, 390]) {
      for (const [context, name, to] of [
        [officer, "job", where], [officer, "jobs", "/jobs"], [admin, "jobs-admin", "/jobs"],
      ]) {
        const seen = await look(context, ec.pages, to, name, lang, width);
        check(`${name} ${lang} ${width}: status`, seen.status === 200, seen.status);
        const named = seen.text.includes("personas.json");
        check(`${name} ${lang} ${width}: the file's name is its owner's`,
          named === (context === officer), seen.text.slice(0, 500));
      }
    }
  }
}
