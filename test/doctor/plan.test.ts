import { expect, test } from 'vitest';
import { resourceQuestions, strayQuestions } from '../../src/doctor/plan.ts';
import { RESOURCE } from '../support/discovery.ts';
import { examined, RIGHT, SERVER } from '../support/examination.ts';

test('a document at its right place is looked for nowhere else, and asked for once though the challenge names it', async () => {
  const { probes } = await examined();
  const [named, path] = ['resource-named', 'resource-path'].map(kind =>
    probes.find(each => each.kind === kind),
  );
  expect(named?.exchanges).toEqual(path?.exchanges);
  expect(probes.map(({ kind }) => kind)).not.toContain('resource-elsewhere');
  expect(probes.map(({ kind }) => kind)).not.toContain('resource-fresh');
});

test('a document that is at no right place is looked for under each part of the path', () => {
  expect(strayQuestions(new URL('https://one.example/mcp-o365/mcp')).map(({ url }) => url)).toEqual([
    `https://one.example${RESOURCE}/mcp-o365/mcp/mcp-o365/mcp`,
    `https://one.example/mcp-o365${RESOURCE}/mcp-o365/mcp`,
    `https://one.example/mcp-o365${RESOURCE}/mcp`,
    `https://one.example/mcp-o365${RESOURCE}`,
    `https://one.example/mcp-o365/mcp${RESOURCE}`,
  ]);
  expect(strayQuestions(new URL('https://one.example/a/b/c/d/e'))).toHaveLength(8);
  expect(strayQuestions(new URL('https://one.example/'))).toEqual([]);
});

test('for an address with a slash at its end both forms are asked', () => {
  const urls = resourceQuestions(new URL(`${SERVER}/`))
    .filter(({ kind }) => kind === 'resource-path')
    .map(({ url }) => url);
  expect(urls).toEqual([`https://mcp.example${RESOURCE}/mcp/`, `https://mcp.example${RESOURCE}/mcp`]);
});

test('where only a stray document tells of the authorization server, that one is examined', async () => {
  const examination = await examined({
    [`${RESOURCE}/mcp`]: () => new Response('', { status: 404 }),
    [`/mcp${RESOURCE}`]: RIGHT[`${RESOURCE}/mcp`],
  });
  const asked = examination.probes.filter(({ kind }) => kind === 'server-oauth');
  expect(asked.map(({ about }) => about)).toEqual(['https://as.example']);
});

test('a document out of a cache is asked for again past the cache', async () => {
  const document = RIGHT[`${RESOURCE}/mcp`];
  const { probes } = await examined({
    [`${RESOURCE}/mcp`]: () => Response.json(document, { headers: { age: '12' } }),
  });
  const fresh = probes.filter(({ kind }) => kind === 'resource-fresh');
  expect(fresh.map(({ url }) => url)).toEqual([
    expect.stringMatching(/^https:\/\/mcp\.example\/.+\/mcp\?keybridge-doctor=\d+$/),
  ]);
});
