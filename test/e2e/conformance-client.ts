import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { HostReport } from '../support/conformance.ts';
import { install, KEYBRIDGE, textOf } from '../support/keybridge.ts';

/*
 * The client under test of the public conformance suite: a host of the official SDK with Keybridge between
 * itself and the suite's server. The suite starts it as `conformance-client.ts URL`.
 *
 * It does the same in every scenario, and what any host does: connects, lists the tools, calls each, answers
 * what it is asked. The last line it prints says what it saw.
 */

/** For one request. Milliseconds; less than the suite waits for everything. */
const PATIENCE = 10_000;

/** What the tools of the scenarios are called with; the others want nothing. */
const ARGUMENTS: Readonly<Record<string, Record<string, unknown>>> = { add_numbers: { a: 5, b: 3 } };

/** The one scenario whose server lets nobody in: there, giving up in good order is the host's part. */
const REFUSED = 'auth/scope-retry-limit';

interface Context {
  client_id?: string;
  client_secret?: string;
}

/** No more than a user would write into a host's configuration for such a server. */
function configuration(scenario: string, { client_id, client_secret }: Context) {
  if (scenario === 'auth/basic-cimd') {
    return {
      flags: ['--client-metadata-url', 'https://conformance-test.local/client-metadata.json'],
      env: {},
    };
  }
  if (client_id === undefined || client_secret === undefined) return { flags: [], env: {} };
  const info = JSON.stringify({ client_id, client_secret: '$' + '{CLIENT_SECRET}' });
  return { flags: ['--static-oauth-client-info', info], env: { CLIENT_SECRET: client_secret } };
}

async function main(): Promise<number> {
  const url = process.argv.at(-1) ?? '';
  const { MCP_CONFORMANCE_SCENARIO: scenario = '', MCP_CONFORMANCE_PROTOCOL_VERSION: revision } = process.env;
  const { flags, env } = configuration(scenario, JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}'));
  const installation = install();
  // The suite has lost its patience: what was started is still ended.
  process.once('SIGTERM', () => void installation.close().finally(() => process.exit(1)));

  const client = new Client(
    { name: 'conformance-host', version: '1.0.0' },
    {
      capabilities: { elicitation: { form: { applyDefaults: true } } },
      versionNegotiation: { mode: revision === '2026-07-28' ? { pin: revision } : 'legacy' },
    },
  );
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: {} }));
  const report: HostReport = { tools: [], answers: {} };
  const options = { timeout: PATIENCE };
  let trace = '';
  try {
    const args = [KEYBRIDGE, url, ...flags];
    const host = { command: process.execPath, args, env: { ...installation.env, ...env } };
    await client.connect(new StdioClientTransport(host), options);
    report.protocolVersion = client.getNegotiatedProtocolVersion() ?? 'none';
    const { tools } = await client.listTools(undefined, options);
    report.tools = tools.map(tool => tool.name);
    for (const name of report.tools) {
      const answer = await client.callTool({ name, arguments: ARGUMENTS[name] ?? {} }, options);
      report.answers[name] = textOf(answer);
    }
  } catch (error) {
    report.refused = error instanceof Error ? error.message : String(error);
    trace = (await installation.run(['trace'])).stdout;
  } finally {
    await client.close().finally(() => installation.close());
  }
  const done = (report.refused === undefined) === (scenario !== REFUSED);
  if (!done) process.stderr.write(trace);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  return done ? 0 : 1;
}

process.exitCode = await main();
