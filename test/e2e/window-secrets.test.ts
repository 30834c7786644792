import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { type FlowEvent, WINDOW, type WindowApi } from '../../src/api/window.ts';
import { Fault } from '../../src/base/fault.ts';
import { startLab } from '../../src/lab/lab.ts';
import { type Installation, install } from '../support/keybridge.ts';
import { register } from '../support/lab-sign-in.ts';
import { leaks } from '../support/leaks.ts';
import { windowApi } from '../support/window-api.ts';

/** Characters that need encoding are part of it, so that every spelling of a secret is a different one. */
const invented = () => `${randomBytes(9).toString('base64')}+/=&? ${randomBytes(9).toString('base64')}`;

/** A window that keeps whatever comes over the wire, by the method it answers, and what was asked. */
async function recorded(installation: Installation) {
  const places: Record<string, string> = {};
  // The calls of a window are numbered from 1.
  const asked: string[] = ['none'];
  const { api, close } = await windowApi(installation, text => {
    const { item, end } = JSON.parse(text) as { item?: number; end?: number };
    const name = asked[item ?? end ?? 0] ?? 'none';
    places[name] = (places[name] ?? '') + text;
  });
  onTestFinished(close);
  const ask = new Proxy(api, {
    get: (target, name: keyof WindowApi) => {
      if (typeof target[name] === 'function') asked.push(name);
      return target[name];
    },
  });
  return { ask, asked, places };
}

/** All of a stream, or what it had until it failed. */
async function all<T>(stream: AsyncIterable<T>, hear: (item: T) => void = () => {}): Promise<T[]> {
  const items: T[] = [];
  try {
    for await (const item of stream) {
      items.push(item);
      hear(item);
    }
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
  }
  return items;
}

/** The first items of a stream that does not end by itself. */
async function some<T>(stream: AsyncIterable<T>, enough: (item: T) => boolean): Promise<T> {
  for await (const item of stream) if (enough(item)) return item;
  throw new Error('The stream ended.');
}

const refused = (work: Promise<unknown>) => expect(work).rejects.toBeInstanceOf(Fault);

test('No method of the window answers with a secret: those the lab issued, those that were typed, those of the environment', async () => {
  const lab = await startLab();
  onTestFinished(() => lab.close());
  const own = {
    header: invented(),
    clientSecret: invented(),
    queryKey: randomBytes(18).toString('hex'),
    proxyPassword: randomBytes(18).toString('hex'),
    wrong: randomBytes(18).toString('hex'),
  };
  const installation = install({
    KEYBRIDGE_VAULT: 'file',
    HTTPS_PROXY: `http://somebody:${own.proxyPassword}@proxy.example:8080`,
  });
  onTestFinished(() => installation.close());
  const { ask, asked, places } = await recorded(installation);
  void all(ask.watch());
  await ask.changePreferences({ log: 'full' });

  // A server whose key stands in its address, one with a header, and one with a client that is refused.
  const keyed = `${lab.serverUrl}?api_key=${own.queryKey}`;
  const entry = {
    mcpServers: {
      one: { url: lab.serverUrl, headers: { 'X-Api-Key': own.header, Authorisation: `Bearer ${own.wrong}` } },
      two: { url: keyed },
      wrong: { command: 'npx', args: ['mcp-remote', `https://x.example/mcp?key=${own.wrong}`, '--header'] },
      worse: { url: `ftp://x.example/${own.wrong}` },
    },
  };
  await ask.readPasted(JSON.stringify(entry));
  const added = await ask.addServers(JSON.stringify(entry));
  await ask.addServers(JSON.stringify({ mcpServers: { work: entry.mcpServers.one } }), 'work');
  const [one, two] = added;
  if (!one || !two) throw new Error('The servers were not taken.');
  const work = { ...one, profile: 'work' };
  await refused(ask.addServers(`npx mcp-remote ${keyed} --static-oauth-client-info '{"x":"${own.wrong}'`));
  await refused(ask.addServers(`ftp://x.example/?key=${own.wrong}`));
  await refused(ask.changeServer(one, { headers: { 'X-Bad': `${own.wrong}\n` } }));
  await refused(ask.changeServer(one, { clientSecret: own.wrong }));
  await refused(
    ask.changeServer(one, {
      extraCa: `-----BEGIN PRIVATE KEY-----\n${own.wrong}\n-----END PRIVATE KEY-----`,
    }),
  );
  const pem = '-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n';
  await refused(ask.changePreferences({ extraCa: `${pem}-----BEGIN PRIVATE KEY-----\n${own.wrong}\n` }));
  await refused(ask.changePreferences({ proxy: `http://somebody:${own.wrong}@proxy.example` }));
  const client = await register(lab, 'http://127.0.0.1:1/callback');
  await ask.changeServer(work, { clientId: client.client_id, clientSecret: own.clientSecret });
  for (const target of [one, two, work]) await ask.hostEntry(target);

  const links: string[] = [];
  const go = async (event: FlowEvent) => {
    if (event.kind === 'started') flow = event.flow;
    if (event.kind === 'link') links.push(event.url);
    if (event.kind === 'waiting') await ask.goOn(flow).catch(() => {});
  };
  let flow = '';
  const pending = new AbortController();
  const kinds = (await all(ask.signIn(one, 'step-by-step'), event => void go(event))).map(({ kind }) => kind);
  expect(kinds).toEqual(expect.arrayContaining(['claims', 'signed-in', 'link']));
  // These are left while the tab is open, so that the link stands in what there is to be seen of the server.
  const watching = ask.watch();
  for (const target of [two, work]) {
    void some(ask.signIn(target, 'at-once'), event => {
      void go(event);
      return pending.signal.aborted;
    }).catch(() => {});
  }
  await some(watching, ({ servers }) => servers?.some(({ signInUrl }) => signInUrl !== undefined) ?? false);
  expect(links.length).toBeGreaterThan(0);
  await refused(ask.deliver(`http://127.0.0.1:1/callback?code=${own.wrong}&state=none`));

  for (const target of [one, two, work]) {
    const events = await all(ask.examine({ url: target.server, target, active: true }));
    const last = events.at(-1);
    if (last?.kind !== 'diagnosis') throw new Error('It was not examined.');
    await ask.saveBaseline(last.examination);
    await ask
      .proxyConfigurations(last.examination, { upstream: `http://127.0.0.1:1/mcp?key=${own.queryKey}` })
      .catch(() => {});
    for (const form of ['text', 'json', 'markdown', 'sarif', 'junit', 'har'] as const)
      await ask.exportExamination(last.examination, form);
  }

  const rows: number[] = [];
  await some(ask.events(), ({ rows: batch, more }) => {
    rows.push(...batch.map(({ seq }) => seq));
    return !more;
  });
  for (const seq of rows) {
    const event = await ask.event(seq);
    if (event?.kind !== 'exchange') continue;
    await ask.exchange(event.exchange.id);
    await ask.curl(event.exchange.id);
  }
  const forms = ['trace', 'har', 'markdown'] as const;
  const files = await Promise.all(forms.map(form => all(ask.exportTrace(form))));
  for (const secret of [own.queryKey, 'bearer', 'redacted']) await ask.search(secret);

  await ask.labCatalogue();
  await refused(ask.startLab('../../no-such-lab'));
  await ask.stopLab('none');
  await ask.chooseVault('file');
  await ask.unlockVault();
  await ask.chooseCallbackPort(0).catch(() => {});
  await ask.status();
  await ask.signOut(one);
  await ask.forgetServer(two);
  await ask.removeServer(work);
  const pid = (await ask.status()).pid;
  expect(pid).toBeGreaterThan(0);
  const disk = installation.everythingOnDisk();
  await ask.stop();

  expect([...WINDOW.all].filter(method => !asked.includes(method))).toEqual([]);
  expect(lab.issuedSecrets().length).toBeGreaterThan(8);
  const everywhere: Record<string, string> = { ...places, disk };
  expect(leaks([...lab.issuedSecrets(), ...Object.values(own)], everywhere)).toEqual([]);

  // The link of a sign-in is for whoever opens it by hand, and for nobody else: its `state` is in no file, and in
  // no answer but those that bring the link.
  const states = links.flatMap(link => new URL(link).searchParams.get('state') ?? []);
  const { watch: _snapshot, status: _status, signIn: _link, ...others } = everywhere;
  const saved = Object.fromEntries(forms.map((form, index) => [form, files[index]?.join('') ?? '']));
  expect(leaks(states, { ...others, ...saved })).toEqual([]);
  expect(saved.har?.length).toBeGreaterThan(1_000);

  // What was looked through is what there is to be seen.
  const found = leaks([new URL(lab.serverUrl).host], places);
  for (const place of ['watch', 'signIn', 'examine', 'exportExamination', 'exchange', 'curl', 'exportTrace'])
    expect(found).toContain(place);
  expect(places.exchange?.toLowerCase()).toMatch(/"x-api-key","\[redacted/);
  expect(leaks(states, { watch: places.watch ?? '' })).toEqual(['watch']);
}, 120_000);
