import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SUITE = dirname(fileURLToPath(import.meta.resolve('@modelcontextprotocol/conformance/package.json')));

/** For one scenario, as the suite counts. Milliseconds. */
const PATIENCE = 30_000;

/** What a host saw of a scenario's server. */
export interface HostReport {
  protocolVersion?: string;
  tools: string[];
  /** By tool, the text of its answer. */
  answers: Record<string, string>;
  /** Why the host gave up. */
  refused?: string;
}

interface Check {
  id: string;
  status: string;
  description: string;
  errorMessage?: string;
}

/** One scenario, run with one client. */
export interface ScenarioRun {
  /** The suite's own verdict: 0 passed. */
  exitCode: number | null;
  checks: Check[];
  /** Absent when the client said nothing. */
  host?: HostReport;
  /** What the suite printed, the output of a client that failed included. */
  output: string;
}

/** The scenarios a revision of MCP requires of a client, as the suite has frozen them. */
export function requiredScenarios(revision: string): string[] {
  const text = readFileSync(join(SUITE, 'requirements', `${revision}.yaml`), 'utf8');
  const section = /^client:\n((?: {2}- .+\n)+)/m.exec(text)?.[1] ?? '';
  return [...section.matchAll(/^ {2}- (\S+)$/gm)].map(([, name]) => name ?? '');
}

/**
 * Runs one scenario of the public conformance suite in a process of its own.
 * @param client the program and its arguments; the suite appends the URL of the scenario's server
 */
export async function runScenario(
  scenario: string,
  revision: string,
  client: readonly string[],
): Promise<ScenarioRun> {
  const folder = mkdtempSync(join(tmpdir(), 'keybridge-conformance-'));
  try {
    // The suite takes the command apart at spaces, and puts it together again for a shell.
    const command = client.map(word => `"${word}"`).join(' ');
    const run = ['--command', command, '--scenario', scenario, '--spec-version', revision];
    const how = ['--timeout', String(PATIENCE), '--output-dir', folder];
    const { code, output } = await suite(['client', ...run, ...how]);
    const checks = JSON.parse(read(folder, 'checks.json') || '[]') as Check[];
    const report = read(folder, 'stdout.txt').trim().split('\n').at(-1) ?? '';
    const host = report.startsWith('{') ? (JSON.parse(report) as HostReport) : undefined;
    return { exitCode: code, checks, output, ...(host ? { host } : {}) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function suite(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(SUITE, 'dist', 'index.js'), ...args], { stdio: 'pipe' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', text => {
        output += text;
      });
    }
    child.stdin.end();
    child.once('error', reject);
    child.once('close', code => resolve({ code, output }));
  });
}

/** The one file of that name below a folder; empty when there is none. */
function read(folder: string, name: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  const file = files.find(entry => entry.isFile() && entry.name === name);
  return file ? readFileSync(join(file.parentPath, name), 'utf8') : '';
}

/**
 * Everything that speaks against a run. Stricter than the suite, to which a client that is killed, or never
 * says a word, may have passed, and which forgives some scenarios a client that ends in error.
 * @param proof checks that must have been made, and succeeded
 */
export function objections(run: ScenarioRun, proof: readonly string[]): string[] {
  const bad = run.checks.filter(check => check.status === 'FAILURE' || check.status === 'WARNING');
  const good = new Set(run.checks.filter(check => check.status === 'SUCCESS').map(check => check.id));
  return [
    ...bad.map(check => `${check.status} ${check.id}: ${check.errorMessage ?? check.description}`),
    ...proof.filter(id => !good.has(id)).map(id => `no success of ${id}`),
    ...(proof.length === 0 ? ['nothing is asked of this scenario'] : []),
    ...(run.host ? [] : ['the client said nothing']),
    ...(/Client exited with code \S+/.exec(run.output) ?? []),
    ...(/Client timed out after \S+/.exec(run.output) ?? []),
    ...(run.exitCode === 0 ? [] : [`the suite ended with code ${run.exitCode}`]),
  ];
}
