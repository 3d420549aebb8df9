// The story, chapter by chapter; each sentence of the README is a claim here.

import { readFile, writeFile, cp, readdir } from 'node:fs/promises';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { ROOT, fingerprint, request, run } from './tools.mjs';
import { plainClient, python } from './taxii-client.mjs';

const file = (name) => path.join(ROOT, 'scenario', name);
const US_REPORT = 'report--a4188046-0612-4484-8336-692d3b697a48';
const PISTOL = 'TXZ48213';
const RECOVERED = 'GKL-772031';
const VERIFIER = path.join(ROOT, 'docs/ledger/verify_ledger.py');
const TAXII = { Accept: 'application/taxii+json;version=2.1' };

export const chapters = [
  ['1. Each node takes its own files in', imports],
  ['2. Agreements', agreements],
  ['3. EC releases a report', release],
  ['4. US fetches it; NL learns nothing', exchange],
  ['5. Receipt and recall', receipts],
  ['6. Requests', requests],
  ['7. Hit or no hit', matching],
  ['8. A joint case', joint],
  ['9. The logs', logs],
  ['10. Oversight', oversight],
];

async function imports({ nodes, claims, expected }) {
  const files = {
    ec: ['case-calamares.json', 'firearms.csv', 'press.html'],
    us: ['case-biscayne.json', 'lost-or-stolen.csv', 'press.html'],
    nl: ['case-waalhaven.json', 'press.html'],
  };
  for (const [key, names] of Object.entries(files)) {
    for (const name of names) {
      const done = await nodes[key].cli(['import', '--marking', 'amber', file(`${key}/${name}`)]);
      const s = done.summary ?? {};
      const adds = s.new + s.known + s.conflict + s.rejected === s.objects;
      claims.say(`${key} imports ${name}`, s.new > 0 && adds, s);
    }
  }
  const broken = await nodes.ec.cli(['import', file('ec/broken.json')]);
  const rejected = broken.lines.filter((l) => l.result === 'rejected');
  const wanted = expected.import.find((f) => f.file === 'ec/broken.json').rejected;
  const found = rejected.map((l) => `${l.id} ${l.path} ${l.rule}`);
  const missing = wanted.filter((w) => !found.includes(`${w.id} ${w.path} ${w.rule}`));
  claims.say(
    'the broken objects of a file are reported with file, id, property and rule',
    missing.length === 0 && rejected.length === wanted.length,
    { rejected: found, missing },
  );
  const held = broken.lines.filter((l) => l.result === 'new');
  const gets = await Promise.all(held.map((l) => nodes.ec.cli(['get', l.id])));
  claims.say(
    'the good objects of the same file are held',
    held.length > 0 && gets.every((g) => g.code === 0),
    { held: held.map((l) => l.id) },
  );
  const before = (await nodes.ec.must(['stats'])).lines[0];
  await nodes.ec.cli(['import', '--marking', 'amber', file('ec/broken.json'), file('ec/firearms.csv'),
    file('ec/case-calamares.json'), file('ec/press.html')]);
  const after = (await nodes.ec.must(['stats'])).lines[0];
  const same = ['objects', 'object_versions', 'quarantined'].every((k) => before[k] === after[k]);
  claims.say('importing the same files again changes nothing', same, { before, after });
  const pressed = await nodes.ec.cli(['import', '--marking', 'amber', file('ec/press.html')]);
  const ids = pressed.lines.filter((l) => l.id).map((l) => l.id);
  const kept = await Promise.all(ids.map(async (id) => (await nodes.ec.must(['get', id])).lines[0]));
  const artifact = kept.find((o) => o.type === 'artifact');
  const about = kept.find((o) => o.type === 'report');
  const bytes = await readFile(file('ec/press.html'));
  claims.say('a press report is kept as artifact with a report, byte for byte',
    Boolean(artifact) && about?.object_refs.includes(artifact.id)
      && Buffer.from(artifact.payload_bin, 'base64').equals(bytes)
      && artifact.hashes['SHA-256'] === createHash('sha256').update(bytes).digest('hex'),
    { artifact: artifact?.id, report: about?.id, bytes: bytes.length });
  for (const node of Object.values(nodes)) await node.serve();
}

async function signed(from, to, terms, home) {
  const draft = path.join(home, `${from.key}-${to.key}.toml`);
  const other = to.country;
  await from.must(['agreement', 'new', '--with', other, '--terms', file(terms), '--out', draft],
    'liaison');
  const check = await from.cli(['agreement', 'check', draft], 'liaison');
  const first = await from.must(['agreement', 'sign', draft], 'approver');
  await from.must(['partner', 'sync', other]);
  const arrived = await to.must(['inbox', 'list'], 'liaison');
  const item = arrived.lines.find((l) => l.id === first.summary.id);
  const second = await to.must(['agreement', 'sign', first.summary.id], 'approver');
  await to.must(['partner', 'sync', from.country]);
  const shown = await from.must(['agreement', 'show', first.summary.id], 'liaison');
  return { id: first.summary.id, check, first, item, second, shown: shown.lines[0] };
}

async function agreements({ nodes, claims, facts, home }) {
  const { ec, us, nl } = nodes;
  for (const [from, to, terms, name] of [
    [ec, us, 'agreements/ec-us.toml', 'agreement'],
    [us, nl, 'agreements/us-nl.toml', 'other'],
  ]) {
    const made = await signed(from, to, terms, home);
    facts[name] = made.id;
    claims.say(
      `${from.key} drafts, checks and signs; ${to.key} signs; the agreement is in force on both sides`,
      made.check.code === 0 && made.first.summary.state === 'awaiting-signatures' && made.item
        && made.second.summary.state === 'active' && made.shown.state === 'active',
      { id: made.id, before: made.first.summary.state, after: made.shown.state,
        parties: made.shown.parties },
    );
  }
  const ecList = await ec.must(['agreement', 'show'], 'liaison');
  const nlList = await nl.must(['agreement', 'show'], 'liaison');
  const shared = ecList.lines.filter((l) => l.id && nlList.lines.some((m) => m.id === l.id));
  claims.say('EC and NL have no agreement', shared.length === 0, { shared });
}

async function release({ nodes, claims, facts, expected }) {
  const { ec } = nodes;
  const { report, purpose, objects } = expected.release;
  const ask = ['release', '--agreement', facts.agreement, '--purpose', purpose, report];
  const dry = await ec.must([...ask, '--dry-run'], 'liaison');
  const lines = dry.lines.filter((l) => l.object);
  const whole = new Map(lines.filter((l) => l.path === '').map((l) => [l.object, l]));
  const wrong = objects.filter((o) => whole.get(o.object)?.verdict !== o.verdict);
  claims.say(
    'the dry run says of every object whether it is kept, changed or withheld',
    wrong.length === 0 && objects.length > 30,
    { objects: objects.length, wrong: wrong.map((o) => [o.key, o.verdict, whole.get(o.object)]) },
  );
  const parts = objects.filter((o) => o.verdict === 'changed').map((o) => {
    const seen = lines.filter((l) => l.object === o.object && l.path !== '' && l.verdict !== 'kept');
    const covers = (l, path) => l.path === path || path.startsWith(`${l.path}.`);
    return [o.key, o.changed.filter((path) => !seen.some((l) => covers(l, path)))];
  });
  const overlooked = parts.filter(([, paths]) => paths.length > 0);
  claims.say('and of each field what is changed or withheld', overlooked.length === 0
    && lines.every((l) => l.clause !== ''), { overlooked, lines: lines.length });
  const clauses = objects.filter((o) => o.clause && o.verdict === 'withheld');
  const unnamed = clauses.filter((o) => !whole.get(o.object)?.clause.includes(o.clause));
  claims.say('each withheld object names the clause', unnamed.length === 0, {
    withheld: clauses.length, unnamed: unnamed.map((o) => [o.key, o.clause, whole.get(o.object)]),
  });
  const stays = (key) => {
    const object = objects.find((o) => o.key === key);
    return { key, verdict: whole.get(object.object)?.verdict, clause: whole.get(object.object)?.clause };
  };
  for (const [claim, key] of [
    ['a victim stays', 'victim'],
    ["the source's identity stays", 'source'],
    ['an object marked TLP:RED stays', 'safehouse'],
    ['a person of unknown category stays', 'unknown'],
  ]) {
    const found = stays(key);
    claims.say(claim, found.verdict === 'withheld' && found.clause, found);
  }
  const text = lines.filter((l) => l.object === report && l.path === 'description');
  claims.say(
    'the free text stays and a tear-line goes in its place',
    text.length === 1 && text[0].verdict === 'changed' && typeof text[0].after === 'string',
    text,
  );
  const draft = await ec.must(ask, 'liaison');
  facts.release = draft.summary.id;
  const early = await ec.cli(['release', 'send', facts.release], 'liaison');
  claims.say('a draft cannot be sent before it is approved', early.code === 1, {
    code: early.code, error: early.errors.trim(),
  });
  const refused = await ec.cli(['release', 'approve', facts.release], 'investigator');
  claims.say('an investigator cannot approve', refused.code === 1, { error: refused.errors.trim() });
  await ec.must(['release', 'approve', facts.release], 'approver');
  const sent = await ec.must(['release', 'send', facts.release], 'liaison');
  claims.say('approved by an officer, the release is sent', sent.summary.state === 'sent', sent.summary);
}

async function exchange(context) {
  const { nodes, claims, facts, home, expected } = context;
  const { ec, us, nl } = nodes;
  const synced = await us.must(['partner', 'sync', 'EC']);
  facts.arrived = synced.lines[0].objects;
  claims.say('US syncs over mutually authenticated TLS', facts.arrived > 0, synced.lines[0]);
  const token = await ec.must(['partner', 'token', 'US']);
  facts.token = token.lines[0].token;
  const bearer = { ...TAXII, Authorization: `Bearer ${facts.token}` };
  const listed = await request(ec.partners, '/taxii2/node/collections/', { headers: bearer });
  facts.collection = JSON.parse(listed.body).collections[0].id;
  const objects = `/taxii2/node/collections/${facts.collection}/objects/`;
  const held = JSON.parse((await request(ec.partners, objects, { headers: bearer })).body).objects;
  const [fetches, parses] = ['taxii2-client of PyPI with the token gets the same objects',
    'python stix2 parses every object that arrived'];
  if (context.check) {
    const plain = await plainClient(context, held);
    claims.say(fetches, plain.same, plain.evidence);
    claims.say(parses, plain.parsed, plain.parsing);
  } else {
    claims.leave([fetches, parses]);
  }

  await writeFile(path.join(home, 'arrived.json'), JSON.stringify({ objects: held }));
  const valid = await run(['--json', 'validate', path.join(home, 'arrived.json')]);
  claims.say('what arrives is valid STIX 2.1', valid.code === 0, valid.summary);
  const originals = new Set(expected.release.objects.map((o) => o.object));
  const own = held.filter((o) => originals.has(o.id) && !o.id.startsWith('bank-account'));
  claims.say('what arrives has ids of its own', own.length === 0, { own: own.map((o) => o.id) });

  const random = objects.replace(facts.collection, '11111111-2222-4333-8444-555555555555');
  const [cert, key] = await Promise.all(
    ['tls.crt', 'tls.key'].map((name) => readFile(path.join(nl.dir, 'keys', name))));
  const nlToken = (await us.must(['partner', 'token', 'NL'])).lines[0].token;
  const some = held[0].id;
  for (const [how, options] of [
    ['its certificate', { cert, key, headers: TAXII }],
    ['a token of its own', { headers: { ...TAXII, Authorization: `Bearer ${nlToken}` } }],
    ['no credential', { headers: TAXII }],
  ]) {
    const same = [];
    for (const suffix of ['', `${some}/`, `${some}/versions/`, '?limit=1']) {
      const real = await request(ec.partners, objects + suffix, options);
      const other = await request(ec.partners, random + suffix, options);
      same.push(fingerprint(real) === fingerprint(other) && real.status >= 400);
    }
    claims.say(`NL with ${how} gets the same bytes for the collection as for a random id`,
      same.every(Boolean), { same });
  }
  const open = await request(ec.partners, '/enlace/v1/log/checkpoint', { headers: TAXII });
  const closed = await request(ec.partners, '/enlace/v1/log/checkpoint', { cert, key });
  claims.say('what goes between nodes needs the certificate',
    open.status === 401 && closed.status === 200, { without: open.status, with: closed.status });
  const asPartner = await request(ec.partners, '/taxii2/node/collections/', { cert, key, headers: TAXII });
  claims.say('NL sees no collection at EC', !asPartner.body.includes(facts.collection), {
    status: asPartner.status, body: asPartner.body.toString(),
  });

  // A node sends what waits each second: asked before US accepts.
  facts.unanswered = await ec.must(['release', 'status', facts.release], 'liaison');
  await us.must(['inbox', 'accept', 'all'], 'liaison');
  const through = await us.must(
    ['release', '--agreement', facts.other, '--dry-run',
      ...held.filter((o) => o.type !== 'marking-definition' && o.type !== 'release-record').map((o) => o.id)],
    'liaison');
  const leave = through.lines.filter((l) => l.object && l.path === '' && l.verdict !== 'withheld'
    && held.some((o) => o.id === l.object) && !l.object.startsWith('marking-definition'));
  claims.say("US may not pass EC's objects on to NL: each names the clause", leave.length === 0, {
    asked: held.length, leave: leave.map((l) => [l.object, l.clause]),
  });
  await passedOn(context, held, nlToken);
}

/** US really releases its own report to NL; nothing of EC's comes along. */
async function passedOn({ nodes, claims, facts }, held, nlToken) {
  const { us, nl } = nodes;
  const ask = ['release', '--agreement', facts.other, US_REPORT, ...held
    .filter((o) => !['marking-definition', 'release-record'].includes(o.type)).map((o) => o.id)];
  const draft = await us.must(ask, 'liaison');
  await us.must(['release', 'approve', draft.summary.id], 'approver');
  await us.must(['release', 'send', draft.summary.id], 'liaison');
  const synced = await nl.must(['partner', 'sync', 'US']);
  const headers = { ...TAXII, Authorization: `Bearer ${nlToken}` };
  const listed = JSON.parse((await request(us.partners, '/taxii2/node/collections/', { headers })).body);
  facts.usCollection = listed.collections[0].id;
  facts.usToken = nlToken;
  const where = `/taxii2/node/collections/${facts.usCollection}/objects/`;
  const got = (await request(us.partners, where, { headers })).body.toString();
  const leaked = [...held.map((o) => o.id), 'RO-73119-84']
    .filter((text) => !text.startsWith('marking-definition') && got.includes(text));
  claims.say("EC's objects do not reach NL through US", synced.lines[0].objects > 0
    && leaked.length === 0, { arrived: synced.lines[0].objects, leaked });
}

async function receipts({ nodes, claims, facts, expected }) {
  const { ec, us } = nodes;
  const before = facts.unanswered;
  await us.must(['partner', 'sync', 'EC']);
  const after = await ec.must(['release', 'status', facts.release], 'liaison');
  claims.say('US accepts and sends a signed receipt; EC sees it',
    !before.summary.receipt && Boolean(after.summary.receipt) && after.summary.fetched,
    { before: before.summary.receipt, after: after.summary.receipt });

  const { object: original, canary } = expected.recall;
  const words = canary.replace(/[^a-z0-9]+/g, ' ');
  const known = await us.must(['search', words], 'investigator');
  const twin = (await ec.must(['recall', original], 'liaison')).lines[0].twin;
  facts.recalled = twin;
  claims.say('US finds the object before the recall', known.lines.some((l) => l.id === twin), {
    twin, hits: known.lines.length,
  });
  await us.must(['partner', 'sync', 'EC']);
  const gone = await us.cli(['search', words], 'investigator');
  const shown = await us.cli(['get', twin], 'investigator');
  claims.say('EC recalls one object; US no longer shows it and says so',
    !gone.lines.some((l) => l.id === twin) && shown.code === 1
      && shown.lines.some((l) => l.state === 'recalled'),
    { get: shown.lines, code: shown.code });
  await us.must(['partner', 'sync', 'EC']);
  const answer = await ec.must(['release', 'status', facts.release], 'liaison');
  claims.say('US answers the recall; EC sees the answer',
    (answer.summary.recalls ?? []).some((r) => r.twin === twin && r.answer), answer.summary.recalls);
}

async function logs({ nodes, claims, home, check }) {
  const { ec, us } = nodes;
  await us.must(['partner', 'sync', 'EC']);
  await ec.must(['partner', 'sync', 'US']);
  for (const node of [ec, us]) {
    await node.must(['ledger', 'checkpoint']);
    const verified = await node.cli(['ledger', 'verify']);
    claims.say(`every log of ${node.key} verifies`, verified.code === 0,
      verified.lines.filter((l) => l.log).map((l) => [l.log, l.size]));
  }
  const folder = path.join(home, 'ec-log');
  await ec.must(['ledger', 'export', folder]);
  const index = JSON.parse(await readFile(path.join(folder, 'log.json'), 'utf8'));
  const channel = index.filter((l) => l.dir.startsWith('channel/') && l.vkeys.length === 2);
  const us16 = JSON.parse(await readFile(us.card, 'utf8')).log_key.split('+')[0].split('/')[1];
  const both = channel.filter((l) => l.dir.includes(us16));
  claims.say('the channel log between EC and US is signed by both', both.length === 2, both);
  const cards = ['--card', ec.card, '--card', us.card, '--card', nodes.nl.card];
  const good = await run(['--json', 'ledger', 'verify', folder, ...cards]);
  claims.say('a copied log verifies offline against the cards', good.code === 0, good.summary);
  const forged = await run(['--json', 'ledger', 'verify', folder, '--card', us.card]);
  claims.say('and not against the cards of others', forged.code === 1, forged.lines);
  const agrees = 'a second, independent verifier agrees';
  if (check) {
    const independent = await python([VERIFIER, folder]);
    claims.say(agrees, independent.ok, independent.text.slice(0, 300));
  } else {
    claims.leave([agrees]);
  }
  const acts = await steps(folder);
  const wanted = ['collection', 'agreement-signed', 'release-approved', 'disclosure', 'received',
    'recall'];
  const missing = wanted.filter((act) => !acts.has(act));
  claims.say('every step is in the log', missing.length === 0, { acts: [...acts].sort(), missing });
  const usFolder = path.join(home, 'us-log');
  await us.must(['ledger', 'export', usFolder]);
  const usActs = await steps(usFolder);
  const usMissing = ['collection', 'agreement-signed', 'accepted', 'erasure', 'received']
    .filter((act) => !usActs.has(act));
  claims.say("every step of US is in the log of US", usMissing.length === 0, {
    acts: [...usActs].sort(), missing: usMissing,
  });
  const copy = path.join(home, 'ec-log-changed');
  await cp(folder, copy, { recursive: true });
  const target = path.join(copy, 'node/records/000');
  const bytes = await readFile(target);
  const place = Math.floor(bytes.length / 2);
  bytes[place] ^= 1;
  await writeFile(target, bytes);
  const bad = await run(['--json', 'ledger', 'verify', copy]);
  const first = bad.lines.find((l) => l.first_bad)?.first_bad;
  claims.say('after one byte of a copied log is changed it fails and names the place',
    bad.code === 1 && first?.file === 'node/records/000' && first.offset <= place,
    { changed: place, first_bad: first });
  for (const node of Object.values(nodes)) {
    const faults = await node.cli(['fsck']);
    claims.say(`fsck finds nothing wrong at ${node.key}`, faults.code === 0, faults.summary);
  }
}

/** The kinds of act in the node log of an export folder. */
async function steps(folder) {
  const acts = new Set();
  const dir = path.join(folder, 'node/records');
  for (const name of await readdir(dir)) {
    for (const line of (await readFile(path.join(dir, name), 'utf8')).split('\n')) {
      if (line) acts.add(JSON.parse(line).act?.value);
    }
  }
  return acts;
}

async function oversight({ nodes, claims, facts, check }) {
  const { ec } = nodes;
  const link = (await ec.must(['account', 'link', 'auditor'])).lines[0].link;
  const landing = await fetch(link, { redirect: 'manual' });
  const page = await landing.text();
  const enter = () => fetch(link, {
    method: 'POST',
    redirect: 'manual',
    headers: { Origin: new URL(link).origin, Cookie: cookies(landing) },
    body: new URLSearchParams(formFields(page)),
  });
  const entered = await enter();
  const cookie = cookies(entered);
  claims.say('a one-time link signs the auditor in', entered.status === 303 && cookie !== '', {
    status: entered.status,
  });
  const again = await enter();
  claims.say('and signs in only once', again.status !== 303, { status: again.status });
  const base = `http://127.0.0.1:${ec.pages}`;
  const get = async (where) => {
    const answer = await fetch(base + where, { headers: { Cookie: cookie } });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };
  const list = await get('/oversight?lang=en');
  const detail = await get(`/oversight/releases/${facts.release}?lang=en`);
  const shows = (needle) => detail.text.includes(needle) || list.text.includes(needle);
  for (const [claim, needles] of [
    ['what left', ['identity--', 'report--']],
    ['to whom', ['Interagency Liaison Cell']],
    ['under which clause', ['3.5', '4.1']],
    ['what was withheld', ['3.3', 'private.source-identity', 'private.tlp-red']],
    ['who approved', ['approver']],
    ['the proof', ['root']],
  ]) {
    const missing = needles.filter((n) => !shows(n));
    claims.say(`the auditor's page shows ${claim}`, list.status === 200 && detail.status === 200
      && missing.length === 0, { list: list.status, detail: detail.status, missing });
  }
  const spanish = await get('/oversight?lang=es');
  claims.say('the page exists in Spanish', /<html[^>]*lang="es"/.test(spanish.text), {
    status: spanish.status,
  });
  if (check) {
    const memory = {};
    for (const node of Object.values(nodes)) memory[node.key] = await node.memory();
    claims.say('each node runs in less than 60 MiB during the story',
      Object.values(memory).every((m) => m.share < 60), { mib: memory });
  }
}

/** The cookies that an answer sets, as a request sends them. */
function cookies(answer) {
  return answer.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ');
}

/** Hidden fields of the first form of a page. */
function formFields(page) {
  const fields = {};
  for (const [, attributes] of page.matchAll(/<input([^>]*type="hidden"[^>]*)>/g)) {
    const name = /name="([^"]*)"/.exec(attributes)?.[1];
    if (name) fields[name] = /value="([^"]*)"/.exec(attributes)?.[1] ?? '';
  }
  return fields;
}

/** Requests: one answered in time, one late, one left open for the morning. */
async function requests({ nodes, claims, facts, home }) {
  const { ec, us } = nodes;
  const exchange = async () => {
    await us.must(['partner', 'sync', 'EC']);
    await ec.must(['partner', 'sync', 'US']);
  };
  const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();
  const show = async (node, id) => (await node.must(['request', 'show', id], 'liaison')).summary;
  const ask = async (number, serial, change) => {
    const content = {
      kind: 'information', purpose: 'firearms-tracing', case_number: number,
      facts: 'Straw purchases in Florida led to a pistol of this number.',
      grounds_held: 'Pistols of the same series were found at Posorja.',
      link_to_purpose: 'It is the pistol that was sold.',
      questions: [{ number: 1, text: 'Was this pistol recovered, and where?' }],
      subject_values: [{ kind: 'firearm-serial', value: serial }],
      ...change,
    };
    const written = path.join(home, `${number}.json`);
    await writeFile(written, JSON.stringify(content));
    const draft = await us.must(['request', 'new', written, '--agreement', facts.agreement],
      'investigator');
    await us.must(['request', 'approve', draft.summary.request], 'approver');
    await us.must(['request', 'send', draft.summary.request], 'liaison');
    await exchange();
    return draft.summary.request;
  };

  const timely = await ask('ILC-25-0418', RECOVERED, { answer_by: at(3600) });
  await ec.must(['request', 'step', timely, 'accepted', '--agree-time'], 'liaison');
  const found = await ec.must(['request', 'matches', timely], 'liaison');
  const pistol = found.lines.find((l) => l.type === 'firearm' && l.by === 'identifier');
  claims.say('EC is shown what it holds of what US asks, and what of it could leave',
    ['kept', 'changed'].includes(pistol?.verdict), found.lines.filter((l) => l.object));
  const draft = await ec.must(['release', '--agreement', facts.agreement, '--purpose',
    'firearms-tracing', pistol.object], 'liaison');
  await ec.must(['release', 'approve', draft.summary.id], 'approver');
  await ec.must(['release', 'send', draft.summary.id], 'liaison');
  await ec.must(['request', 'answer', timely, '--release', draft.summary.id,
    '--text', 'It was, at the port.'], 'liaison');
  await exchange();
  await us.must(['request', 'step', timely, 'closed', '--useful', 'yes'], 'liaison');
  await exchange();
  const [here, there] = [await show(ec, timely), await show(us, timely)];
  claims.say('answered in time, and both nodes hold the same thread',
    here.limit === 'kept' && here.state === 'closed' && there.due === here.due
      && JSON.stringify(here.steps.map((s) => s.id)) === JSON.stringify(there.steps.map((s) => s.id)),
    { state: here.state, limit: here.limit, due: here.due, steps: here.steps.map((s) => s.state) });

  // A time that really passes: seconds, agreed to by EC.
  const late = await ask('ILC-25-0419', PISTOL, { answer_by: at(4) });
  await ec.must(['request', 'step', late, 'accepted', '--agree-time'], 'liaison');
  await exchange();
  let passed = await show(us, late);
  for (let tries = 0; passed.limit === 'running' && tries < 20; tries += 1) {
    await new Promise((done) => { setTimeout(done, 500); });
    passed = await show(us, late);
  }
  await us.must(['request', 'step', late, 'escalated', '--text', 'The hearing is today.'], 'liaison');
  await exchange();
  const pressed = await show(ec, late);
  await ec.must(['request', 'answer', late, '--nothing'], 'liaison');
  await exchange();
  const over = await show(us, late);
  claims.say('a late one is overdue on both sides, is escalated, and its answer counts as missed',
    passed.limit === 'overdue' && pressed.limit === 'overdue' && over.limit === 'missed'
      && over.steps.some((s) => s.state === 'escalated'),
    { before: passed.limit, there: pressed.limit, after: over.limit, by: over.seconds });

  facts.request = await ask('ILC-25-0420', PISTOL, { answer_by: at(3 * 86400) });
  const nlList = await nodes.nl.must(['request', 'list'], 'liaison');
  claims.say('NL learns of no request', nlList.summary.requests === 0, nlList.summary);
}

/** US asks what EC holds; EC learns neither what was asked nor what was found. */
async function matching({ nodes, claims, home }) {
  const { ec, us } = nodes;
  await ec.must(['release', 'updates', '--now'], 'liaison');
  const ask = async (...what) => {
    const asked = await us.must(['ask', '--partner', 'EC', '--purpose', 'firearms-tracing',
      '--case', 'ILC-25-0418', ...what], 'investigator');
    return asked.lines.filter((line) => line.result).map((line) => line.result);
  };
  const hit = await ask('firearm-serial', PISTOL, '--maker', 'Taurus');
  const none = await ask('firearm-serial', 'ZZZ99999', '--maker', 'Taurus');
  claims.say('a pistol that EC recovered is a hit, another is none',
    hit[0] === 'hit' && none[0] === 'no-hit', { hit, none });
  const victim = await ask('person', 'Nadia Isabel Orrala Villao', '--birth-date', '1996-02-17');
  claims.say('a victim whom EC holds is no hit', victim[0] === 'no-hit', victim);
  const list = path.join(home, 'watchlist.csv');
  const rows = Array.from({ length: 300 }, (_, at) => `person,Nobody Number${at},1980-01-01`);
  await writeFile(list, ['kind,value,birth_date', ...rows,
    'person,"Quijije Santistevan, Wilmer Ángel",1979-08-14'].join('\n'));
  const found = await ask('--list', list);
  claims.say('of a watchlist of 301 persons one is a hit, and EC cannot tell which',
    found.length === 301 && found.filter((one) => one === 'hit').length === 1,
    { asked: found.length, hits: found.filter((one) => one === 'hit').length });
  const log = path.join(home, 'ec-asked');
  await ec.must(['ledger', 'export', log]);
  const text = await everything(log);
  claims.say('the log of EC has purpose, kind and number of what was asked, and no value',
    text.includes('match-answered') && !text.includes('Quijije Santistevan, Wilmer')
      && !text.includes('ZZZ99999'), { bytes: text.length });
}

/** All bytes of the files below a folder, as Latin-1. */
async function everything(folder) {
  let text = '';
  for (const name of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (name.isFile()) text += await readFile(path.join(name.parentPath ?? name.path, name.name), 'latin1');
  }
  return text;
}

/** EC and US work on one case; each keeps its own data. */
async function joint({ nodes, claims, facts }) {
  const { ec, us, nl } = nodes;
  const exchange = async () => {
    await us.must(['partner', 'sync', 'EC']);
    await ec.must(['partner', 'sync', 'US']);
    await us.must(['partner', 'sync', 'EC']);
  };
  const show = async (node) => node.must(['case', 'show', facts.case], 'liaison');
  const opened = await ec.must(['case', 'new', 'Pistols at the port', '--agreement', facts.agreement,
    '--purpose', 'firearms-tracing', '--number', 'JC-25-7'], 'liaison');
  facts.case = opened.summary.case;
  await exchange();
  await us.must(['case', 'accept', facts.case], 'liaison');
  await us.must(['case', 'member', facts.case, 'analyst', '--shown', 'Desk 4', '--role', 'analyst'],
    'liaison');
  await exchange();
  await ec.must(['case', 'task', facts.case, 'Find the first buyer', '--to', 'US'], 'liaison');
  await exchange();
  const given = (await show(us)).lines.find((line) => line.what === 'task');
  await us.must(['case', 'task', facts.case, given.id, '--state', 'done'], 'analyst');
  await us.must(['case', 'say', facts.case, 'It was sold in Ocala.'], 'analyst');
  await exchange();
  const [here, there] = [await show(ec), await show(us)];
  const acts = (shown) => JSON.stringify(shown.summary.timeline);
  claims.say('both sides see the same case: members, a task that is done, what was said',
    acts(here) === acts(there) && here.lines.some((line) => line.what === 'task' && line.state === 'done')
      && here.lines.some((line) => line.what === 'said'), { acts: here.summary.timeline.length });
  const filed = await ec.must(['search', 'Orrala'], 'liaison');
  const victim = filed.lines.find((line) => line.id)?.id;
  await ec.must(['case', 'file', facts.case, victim], 'liaison');
  await exchange();
  const after = await show(us);
  claims.say('what EC files for itself does not show at US',
    acts(after) === acts(there) && !after.text.includes(victim), { filed: 1 });
  const outside = await nl.must(['case', 'list'], 'liaison');
  claims.say('NL knows of no case', outside.summary.cases === 0, outside.summary);
}
