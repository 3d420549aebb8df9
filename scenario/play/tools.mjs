// What the story is played with: the command line of a node, raw HTTPS, free ports, claims.

import { spawn, execFile } from 'node:child_process';
import { createServer } from 'node:net';
import https from 'node:https';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const BINARY = process.env.ENLACE_BINARY ?? path.join(ROOT, 'target/debug/enlace');

/** Runs the binary; never throws: the caller looks at `code`, `lines` (parsed JSON) and `text`. */
export function run(args, env = {}) {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: 256 << 20 };
    execFile(BINARY, args, options, (error, stdout, stderr) => {
      const lines = [];
      for (const line of stdout.split('\n')) {
        if (line.startsWith('{')) {
          try { lines.push(JSON.parse(line)); } catch { /* text for people */ }
        }
      }
      const summary = lines.findLast((l) => l.summary)?.summary;
      const code = error ? (typeof error.code === 'number' ? error.code : 255) : 0;
      resolve({ code, lines, summary, text: stdout, errors: stderr });
    });
  });
}

/** One node of the story: its folder, ports, accounts and process. */
export class Node {
  constructor(key, name, country, unit, dir) {
    Object.assign(this, { key, name, country, unit, dir, accounts: {}, process: null });
  }

  /** `enlace … --json` on this node; `as` is the name of an account. */
  cli(args, as) {
    const env = as ? { ENLACE_PASSWORD: this.accounts[as] } : {};
    const who = as ? ['--as', as] : [];
    return run(['--node', this.dir, '--json', ...who, ...args], env);
  }

  /** As `cli`, but a failure ends the story. */
  async must(args, as) {
    const done = await this.cli(args, as);
    if (done.code !== 0) {
      throw new Error(`${this.key}: enlace ${args.join(' ')}: exit ${done.code}\n${done.errors}`);
    }
    return done;
  }

  async serve() {
    await Promise.all(this.held.map((port) => port.release()));
    this.process = spawn(BINARY, ['--node', this.dir, 'serve'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ENLACE_LOG: process.env.ENLACE_LOG ?? 'warn' },
    });
    this.log = '';
    this.process.stderr.on('data', (data) => { this.log += data; });
    const ended = new Promise((resolve) => { this.process.on('exit', resolve); });
    this.ended = ended;
    await new Promise((resolve, reject) => {
      this.process.stdout.on('data', (data) => {
        if (String(data).includes('partners')) resolve();
      });
      ended.then((code) => reject(new Error(`${this.key}: serve ended with ${code}\n${this.log}`)));
      setTimeout(() => reject(new Error(`${this.key}: not up within 30 s\n${this.log}`)), 30_000);
    });
  }

  async stop() {
    if (!this.process || this.process.exitCode !== null) return;
    this.process.kill('SIGTERM');
    await this.ended;
  }

  /**
   * Memory of the process in MiB: `share` counts a page of the binary that several nodes map by its
   * part (PSS), `resident` counts it whole for each (RSS); the demo's build is 250 MB of code.
   */
  async memory() {
    const { readFile } = await import('node:fs/promises');
    const text = await readFile(`/proc/${this.process.pid}/smaps_rollup`, 'utf8');
    const mib = (name) => Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? NaN) / 1024);
    return { share: mib('Pss'), resident: mib('Rss') };
  }
}

/** The first free port from `wanted` on, held until `release` is called. */
export async function freePort(wanted) {
  for (let port = wanted; port < wanted + 100; port += 1) {
    const probe = createServer();
    const free = await new Promise((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (free) return { port, release: () => new Promise((done) => { probe.close(done); }) };
  }
  throw new Error(`no free port from ${wanted} on`);
}

/** One raw HTTPS request: status, headers as sent, body as bytes. The server's name is not checked
 * here; the nodes check each other by pinned keys, plain clients by the certificate of demo.json. */
export function request(port, target, { headers = {}, cert, key, method = 'GET', body } = {}) {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1', port, path: target, method, headers, cert, key,
      rejectUnauthorized: false, agent: false,
    };
    const sent = https.request(options, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve({
        status: answer.statusCode,
        headers: answer.rawHeaders,
        body: Buffer.concat(chunks),
      }));
    });
    sent.on('error', reject);
    if (body) sent.write(body);
    sent.end();
  });
}

/** Status, headers without the clock, and body: what two answers must share to be the same. */
export function fingerprint(answer) {
  const headers = [];
  for (let i = 0; i < answer.headers.length; i += 2) {
    if (answer.headers[i].toLowerCase() !== 'date') {
      headers.push(`${answer.headers[i]}: ${answer.headers[i + 1]}`);
    }
  }
  return `${answer.status}\n${headers.join('\n')}\n\n${answer.body.toString('latin1')}`;
}

/** Collects what was claimed and whether it holds. */
export class Claims {
  constructor(loud) {
    this.loud = loud;
    this.failed = 0;
    this.count = 0;
  }

  say(claim, ok, evidence) {
    this.count += 1;
    if (!ok) this.failed += 1;
    if (this.loud) console.log(JSON.stringify({ claim, ok: Boolean(ok), evidence }));
    else console.log(`  ${ok ? '✔' : '✘'} ${claim}`);
  }

  /** Names what this run does not look at: not counted. */
  leave(claims) {
    for (const claim of claims) console.log(`  – ${claim}: looked at by ./demo --check`);
  }
}
