import { afterEach, expect, test } from 'vitest';
import { View } from '../../src/checks/view.ts';
import { clientNamed, walk } from '../../src/doctor/walk.ts';
import { mcpRemote } from '../faults/contestant.ts';
import { SERVER } from '../support/examination.ts';
import { until } from '../support/keybridge.ts';
import { examinedStage, STAGES, type Stage } from '../support/staged.ts';
import { serveStage } from '../support/staged-servers.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

test.for([
  ['right', 'through'],
  ['path variant 404', 'through'],
  ['slash in the document', 'stops'],
  ['alias by redirect', 'through'],
  ['5xx first', 'stops'],
  ['a page for resource metadata', 'guesses'],
  ['no registration', 'stops'],
] as const)('mcp-remote itself does what is said of it: %s', async ([name, result]) => {
  const stage: Stage = STAGES[name];
  const client = clientNamed('mcp-remote');
  if (!client) throw new Error('mcp-remote');
  const said = walk(client, new View(await examinedStage(stage)));
  expect(said.result).toBe(result);

  const servers = await serveStage(stage);
  closing.push(() => servers.close());
  const bridge = mcpRemote();
  closing.push(() => bridge.close());
  const host = bridge.start(servers.url, { args: ['--allow-http', '--transport', 'http-only'] });
  host.initialize().catch(() => {});
  const registers = () => servers.requests.filter(each => each.startsWith('POST') && !each.endsWith('/mcp'));
  const isOver = {
    through: () => bridge.tabs().length > 0,
    stops: () => /\b\w*Error\b/.test(host.stderr),
    guesses: () => registers().length > 0,
  };
  await until(`mcp-remote ${result}`, isOver[result], 15_000);

  const asked = servers.requests.filter(each => each.startsWith('GET')).map(each => each.slice(4));
  const documents = said.steps.filter(({ verdict }) => verdict !== 'guessed').map(({ url }) => url);
  const others = (urls: readonly string[]) => urls.filter(url => url !== SERVER);
  expect(others(asked)).toEqual(others(documents));
  expect(asked[0]).toBe(said.steps[0]?.url);
  expect(bridge.tabs()).toHaveLength(result === 'through' ? 1 : 0);
  const at = { through: 'https://as.example', guesses: 'https://mcp.example', stops: undefined }[result];
  expect(registers()).toEqual(at === undefined ? [] : [`POST ${at}/register`]);
});
