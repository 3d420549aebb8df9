// Plays the invented case on three nodes. `--check` verifies every claim and ends; without it the
// nodes stay up until Ctrl-C.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { Claims, Node, ROOT, freePort } from './play/tools.mjs';
import * as story from './play/story.mjs';

const CHECK = process.argv.includes('--check');
const HOME = process.env.ENLACE_DEMO ?? path.join(ROOT, 'target/demo');
const ROLES = {
  admin: 'administrator',
  investigator: 'investigator',
  analyst: 'analyst',
  handler: 'source-handler',
  liaison: 'liaison-officer',
  approver: 'approver',
  auditor: 'auditor',
};

const claims = new Claims(CHECK);
const nodes = {
  ec: new Node('ec', 'Unidad Nacional de Enlace (UNE)', 'EC', 'Guayaquil', path.join(HOME, 'ec')),
  us: new Node('us', 'Interagency Liaison Cell (ILC)', 'US', 'Miami', path.join(HOME, 'us')),
  nl: new Node('nl', 'Landelijk Koppelpunt (LKP)', 'NL', 'Rotterdam', path.join(HOME, 'nl')),
};

async function stopAll() {
  await Promise.all(Object.values(nodes).map((node) => node.stop()));
}

async function prepare() {
  await rm(HOME, { recursive: true, force: true });
  await mkdir(HOME, { recursive: true });
  let offset = 0;
  for (const node of Object.values(nodes)) {
    offset += 1;
    node.held = [await freePort(7100 + offset), await freePort(7200 + offset)];
    [node.pages, node.partners] = node.held.map((held) => held.port);
    await node.must(['init', '--name', node.name, '--country', node.country, '--unit', node.unit]);
    const config = [
      '[listen]',
      `pages = "127.0.0.1:${node.pages}"`,
      `partners = "127.0.0.1:${node.partners}"`,
      '',
    ];
    await writeFile(path.join(node.dir, 'enlace.toml'), config.join('\n'));
    for (const [name, role] of Object.entries(ROLES)) {
      const password = randomBytes(12).toString('base64url');
      node.accounts[name] = password;
      await node.must(['account', 'create', name, '--role', role, '--password', password]);
    }
    const card = await node.must(['card']);
    node.card = path.join(HOME, `${node.key}.card.json`);
    await writeFile(node.card, card.text);
  }
  for (const node of Object.values(nodes)) {
    for (const other of Object.values(nodes)) {
      if (other === node) continue;
      const added = await node.must(['partner', 'add', other.card]);
      await node.must(['partner', 'vet', added.lines[0].key_id, '--by',
        'Office of vetting (invented)', '--until', '2099-12-31']);
    }
  }
}

async function describe(facts) {
  const described = {};
  for (const node of Object.values(nodes)) {
    const links = {};
    for (const name of Object.keys(ROLES)) {
      const link = await node.must(['account', 'link', name]);
      links[ROLES[name]] = link.lines[0].link;
    }
    described[node.key] = {
      name: node.name,
      folder: node.dir,
      pages: `http://127.0.0.1:${node.pages}`,
      partners: `https://127.0.0.1:${node.partners}`,
      taxii: `https://127.0.0.1:${node.partners}/taxii2/`,
      certificate: path.join(node.dir, 'keys/tls.crt'),
      accounts: node.accounts,
      login_links: links,
    };
  }
  // With these US reads at EC, and NL at US; NL has released to nobody.
  Object.assign(described.ec, { collection: facts.collection, token: facts.token });
  Object.assign(described.us, { collection: facts.usCollection, token: facts.usToken });
  described.us.recalled = facts.recalled;
  described.ec.request = facts.request;
  described.ec.case = facts.case;
  await writeFile(path.join(HOME, 'demo.json'), `${JSON.stringify(described, null, 2)}\n`);
  return described;
}

function print(described) {
  console.log('');
  for (const node of Object.values(described)) {
    console.log(`${node.name}\n  pages    ${node.pages}\n  partners ${node.partners}`);
    for (const [account, role] of Object.entries(ROLES)) {
      console.log(`    ${role.padEnd(16)} ${account.padEnd(13)} ${node.login_links[role]}`);
    }
  }
  console.log(`\nEach link signs in once. All of this, and the passwords, is in ${path.join(HOME, 'demo.json')}.`);
  console.log('Ctrl-C stops the three nodes.');
}

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    if (stopping) return;
    stopping = true;
    await stopAll();
    process.exit(CHECK ? 1 : 0);
  });
}

try {
  await prepare();
  const expected = JSON.parse(await readFile(path.join(ROOT, 'scenario/expected.json'), 'utf8'));
  const context = { nodes, claims, expected, home: HOME, check: CHECK, facts: {} };
  for (const [title, chapter] of story.chapters) {
    if (!CHECK) console.log(`\n${title}`);
    await chapter(context);
  }
  const described = await describe(context.facts);
  if (CHECK) {
    await stopAll();
    console.log(JSON.stringify({ summary: { claims: claims.count, failed: claims.failed } }));
    process.exit(claims.failed === 0 ? 0 : 1);
  }
  print(described);
} catch (error) {
  console.error(`the story broke off: ${error.stack ?? error}`);
  for (const node of Object.values(nodes)) {
    if (node.log) console.error(`--- log of ${node.key}\n${node.log.slice(-4000)}`);
  }
  await stopAll();
  process.exit(1);
}
