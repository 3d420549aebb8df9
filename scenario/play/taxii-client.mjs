// Runs the ordinary Python TAXII client against a node, as a partner's administrator would.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './tools.mjs';

const PYTHON = process.env.ENLACE_PYTHON ?? path.join(ROOT, 'target/python/bin/python');

/** Runs the project's own Python. */
export function python(args) {
  // A bundle named by the environment would win over the certificate that the client is given.
  const { REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(PYTHON, args, { env, maxBuffer: 256 << 20 }, (error, stdout, stderr) => {
      resolve({ ok: !error, text: stdout, errors: stderr });
    });
  });
}

/** Whether the client gets exactly these objects, and whether python-stix2 parses them. */
export async function plainClient({ nodes, facts, home }, held) {
  const question = {
    url: `https://127.0.0.1:${nodes.ec.partners}/taxii2/`,
    token: facts.token,
    certificate: path.join(nodes.ec.dir, 'keys/tls.crt'),
    collection: facts.collection,
  };
  const file = path.join(home, 'taxii-client.json');
  await writeFile(file, JSON.stringify(question));
  const done = await python([path.join(ROOT, 'scenario/play/taxii_client.py'), file]);
  if (!done.ok) {
    const why = done.errors.slice(-2000);
    return { same: false, evidence: why, parsed: false, parsing: why };
  }
  const answer = JSON.parse(done.text);
  const ordered = (value) => {
    if (Array.isArray(value)) return value.map(ordered);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.keys(value).sort().map((k) => [k, ordered(value[k])]));
  };
  const sort = (objects) => objects.map((o) => JSON.stringify(ordered(o))).sort().join('\n');
  const same = sort(answer.objects) === sort(held) && sort(answer.paged) === sort(held);
  return {
    same,
    evidence: { objects: answer.objects.length, expected: held.length, manifest: answer.manifest },
    parsed: answer.unparsed.length === 0,
    parsing: { parsed: answer.objects.length - answer.unparsed.length, unparsed: answer.unparsed },
  };
}
