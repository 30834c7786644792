import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { install, KEYBRIDGE, textOf } from '../support/keybridge.ts';

/*
 * The client under test of the public conformance suite: a host of the official SDK with Keybridge between
 * itself and the suite's server. `node conformance-client.ts URL`, with the suite's environment.
 *
 * It behaves as any host does, the same in every scenario: connects, lists the tools, calls each. The last
 * line of its output says what it saw, so that the referee can tell a scenario passed from one where
 * nothing happened.
 */

/** What the host saw; see `HostReport` in test/support/conformance.ts. */
interface Report {
  protocolVersion?: string;
  tools?: string[];
  answers?: Record<string, string>;
  refused?: string;
}

/** Milliseconds. Less than the suite waits, so that a scenario which hangs is still cleaned up after. */
const PATIENCE = 15_000;

const ARGUMENTS: Readonly<Record<string, Record<string, unknown>>> = { add_numbers: { a: 5, b: 3 } };

interface Context {
  client_id?: string;
  client_secret?: string;
}

/** Only what a user would write into a host's configuration. */
function flags(scenario: string, context: Context): string[] {
  if (scenario === 'auth/basic-cimd')
    return ['--client-metadata-url', 'https://conformance-test.local/client-metadata.json'];
  if (context.client_id === undefined || context.client_secret === undefined) return [];
  const info = { client_id: context.client_id, client_secret: `\${CLIENT_SECRET}` };
  return ['--static-oauth-client-info', JSON.stringify(info)];
}

async function main(): Promise<number> {
  const url = process.argv.at(-1) ?? '';
  const { MCP_CONFORMANCE_SCENARIO: scenario = '', MCP_CONFORMANCE_PROTOCOL_VERSION: version } = process.env;
  const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}') as Context;
  const installation = install();
  process.once('SIGTERM', () => void installation.close().finally(() => process.exit(1)));

  const client = new Client(
    { name: 'conformance-host', version: '1.0.0' },
    {
      capabilities: { elicitation: { form: { applyDefaults: true } } },
      versionNegotiation: { mode: version === '2026-07-28' ? { pin: version } : 'legacy' },
    },
  );
  client.setRequestHandler('elicitation/create', async () => ({ action: 'accept', content: {} }));
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [KEYBRIDGE, url, ...flags(scenario, context)],
    env: {
      ...installation.env,
      ...(context.client_secret === undefined ? {} : { CLIENT_SECRET: context.client_secret }),
    },
    stderr: 'inherit',
  });

  const report: Report = {};
  const options = { timeout: PATIENCE };
  try {
    await client.connect(transport, options);
    report.protocolVersion = client.getNegotiatedProtocolVersion() ?? 'none';
    const { tools } = await client.listTools(undefined, options);
    report.tools = tools.map(tool => tool.name);
    report.answers = {};
    for (const { name } of tools) {
      const answer = await client.callTool({ name, arguments: ARGUMENTS[name] ?? {} }, options);
      report.answers[name] = textOf(answer);
    }
  } catch (error) {
    report.refused = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${report.refused}\n${installation.everythingOnDisk()}\n`);
  } finally {
    await client.close();
    await installation.close();
  }
  process.stdout.write(`${JSON.stringify(report)}\n`);
  // The one scenario whose server never lets a client in: to give up in good order is to do one's part.
  return (report.refused === undefined) === (scenario !== 'auth/scope-retry-limit') ? 0 : 1;
}

process.exitCode = await main();
