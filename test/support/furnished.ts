import type { WindowApi } from '../../src/api/window.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { STAGED } from '../../src/lab/staged/all.ts';
import { type Installation, install } from './keybridge.ts';
import { windowApi } from './window-api.ts';

/** Turns the direction of what follows it, for whoever obeys. */
const OVERRIDE = '\u202e';

/** Names as a stranger may choose them. */
export const FOREIGN = {
  hebrew: 'שרת הדגמה של הצוות',
  chinese: '內部文件伺服器 🗂️',
  arabic: 'خادم التوثيق',
  long: `${'Unternehmensdokumentationsverwaltungssystem'.repeat(3)}`,
  turned: `invoice${OVERRIDE}fdp.exe\u0007`,
} as const;

/** An installation as after a day's work: servers of every kind, one of them used by a host just now. */
export interface Furnished {
  installation: Installation;
  lab: Lab;
  api: WindowApi;
  urls: {
    /** Signed in, with a host connected and calls in the trace. */
    right: string;
    /** Its ingress hides its metadata. */
    broken: string;
    /** Hebrew, Arabic and Chinese wherever a server may speak. */
    foreign: string;
    /** Nobody listens there. */
    gone: string;
  };
  close(): Promise<void>;
}

/** `names`: those of strangers beside our own, or none of them, as in a picture for newcomers. */
export async function furnish(
  env: Readonly<Record<string, string>> = {},
  names: 'foreign' | 'plain' = 'foreign',
): Promise<Furnished> {
  const closing: (() => unknown)[] = [];
  const close = async () => {
    for (const each of closing.reverse()) await each();
  };
  try {
    const lab = await startLab();
    closing.push(() => lab.close());
    const [broken, foreign] = await Promise.all(['subpath-single-ingress', 'many-languages'].map(stage));
    if (!broken || !foreign) throw new Error('Nothing was staged.');
    closing.push(broken.close, foreign.close);
    const installation = install(env);
    closing.push(() => installation.close());
    await installation.run(['login', lab.serverUrl]);
    const host = await installation.host(lab.serverUrl, { name: 'Claude Desktop' });
    await host.client.listTools();
    await host.client.callTool({ name: 'echo', arguments: { text: 'שלום 你好 مرحبا 👋' } });
    const { api, close: leave } = await windowApi(installation);
    closing.push(leave);
    const urls = {
      right: lab.serverUrl,
      broken: broken.url,
      foreign: foreign.url,
      gone: 'http://127.0.0.1:9/mcp',
    };
    const strange = {
      [FOREIGN.hebrew]: urls.foreign,
      [FOREIGN.long]: urls.gone,
      [FOREIGN.turned]: `${urls.gone}/turned`,
      [FOREIGN.chinese]: `${urls.gone}/chinese`,
      [FOREIGN.arabic]: `${urls.gone}/arabic`,
    };
    const named = {
      'Practice server': urls.right,
      'Behind a single ingress': urls.broken,
      ...(names === 'foreign' ? strange : {}),
    };
    const servers = Object.entries(named).map(([name, url]) => [
      name,
      { command: 'npx', args: ['mcp-remote', url] },
    ]);
    await api.addServers(JSON.stringify({ mcpServers: Object.fromEntries(servers) }));
    await api.startLab('right');
    return { installation, lab, api, urls, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function stage(name: string): Promise<{ url: string; close(): Promise<void> }> {
  const found = STAGED.find(each => each.name === name);
  if (!found) throw new Error(`The lab has no ${name}.`);
  const { url, close } = await found.start({ nginx: false });
  return { url, close: () => close() };
}
