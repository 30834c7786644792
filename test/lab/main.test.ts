import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { runLab } from '../../src/lab/main.ts';
import { findNginx } from '../../src/lab/nginx.ts';
import { initialize, post } from '../support/lab-sign-in.ts';

const program = `
import { runLab } from ${JSON.stringify(new URL('../../src/lab/main.ts', import.meta.url).href)};
process.exitCode = await runLab(process.argv.slice(1));
`;

let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
  child = undefined;
});

function start(...flags: string[]) {
  const { PATH = '' } = process.env;
  const args = ['--input-type=module', '-e', program, '--', ...flags];
  const started = spawn(process.execPath, args, { env: { PATH }, stdio: 'pipe' });
  child = started;
  const output = { stdout: '', stderr: '' };
  started.stdout.on('data', chunk => (output.stdout += chunk));
  started.stderr.on('data', chunk => (output.stderr += chunk));
  const ended = once(started, 'close').then(([code, signal]) => ({ code, signal }));
  return {
    process: started,
    output,
    ended,
    /** The line of JSON, once it is there. */
    urls: async (): Promise<{ serverUrl: string; issuer?: string; sseUrl?: string }> => {
      await vi.waitUntil(() => output.stdout.endsWith('\n') || started.exitCode !== null, {
        timeout: 10_000,
      });
      return JSON.parse(output.stdout);
    },
  };
}

describe('keybridge lab', () => {
  test('says where it is, serves, and ends on SIGTERM without a word on stderr', async () => {
    const lab = start();
    await vi.waitUntil(() => lab.output.stdout.includes('Ctrl+C'), { timeout: 10_000 });
    const serverUrl = /Try it: {2}keybridge (\S+)/.exec(lab.output.stdout)?.[1] ?? '';
    expect(serverUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/);
    expect((await post(serverUrl, undefined, initialize)).status).toBe(401);
    lab.process.kill('SIGTERM');
    expect(await lab.ended).toEqual({ code: 0, signal: null });
    expect(lab.output.stderr).toBe('');
  });

  test('--json is one line with the URLs, and the flags are heeded', async () => {
    const lab = start('--json', '--no-auth', '--sse', '--json-answers');
    const urls = await lab.urls();
    expect(Object.keys(urls).sort()).toEqual(['serverUrl', 'sseUrl']);
    const response = await post(urls.serverUrl, undefined, initialize);
    expect(response.headers.get('content-type')).toBe('application/json');
    lab.process.kill('SIGINT');
    expect(await lab.ended).toEqual({ code: 0, signal: null });
  });

  test('ends with stdin only when it is told to', async () => {
    const [stays, ends] = [start('--json'), start('--json', '--until-stdin-closes')];
    const { serverUrl } = await stays.urls();
    await ends.urls();
    stays.process.stdin.end();
    ends.process.stdin.end();
    expect(await ends.ended).toEqual({ code: 0, signal: null });
    expect((await post(serverUrl, undefined, initialize)).status).toBe(401);
    stays.process.kill('SIGTERM');
    await stays.ended;
  });

  test('a name starts that server with its fault, and says what to try', async () => {
    const lab = start('html-200');
    await vi.waitUntil(() => lab.output.stdout.includes('Ctrl+C'), { timeout: 10_000 });
    const url = /Try it: {3}keybridge doctor (\S+)/.exec(lab.output.stdout)?.[1] ?? '';
    expect(lab.output.stdout).toContain('The doctor shows PRM-05');
    const { origin } = new URL(url);
    const page = await fetch(`${origin}/.well-known/oauth-protected-resource/mcp`);
    expect(page.headers.get('content-type')).toBe('text/html');
    lab.process.kill('SIGINT');
    expect(await lab.ended).toEqual({ code: 0, signal: null });
    expect(lab.output.stderr).toBe('');
  });

  test('--list has every name with what is wrong and the codes it shows', async () => {
    const lab = start('--list');
    expect(await lab.ended).toEqual({ code: 0, signal: null });
    expect(lab.output.stdout).toMatch(/^html-200 +A web page stands .*\[PRM-05, ASM-22\]$/m);
    expect(lab.output.stdout).toMatch(/^right +A server .*without a fault\.$/m);
  });

  test('row 1.8: --list says whether nginx is to stand before a server or the lab’s own proxy', async () => {
    const line = (output: string) => /^subpath-single-ingress .*/m.exec(output)?.[0];
    const [asIs, without] = [start('--list'), start('--list', '--no-nginx')];
    await Promise.all([asIs.ended, without.ended]);
    const program = findNginx();
    const words = program ? `nginx, ${program}` : 'the lab’s own proxy, as nginx is not installed';
    expect(line(asIs.output.stdout)).toContain(`[PRM-04, CHL-03, ASM-01] (behind ${words})`);
    expect(line(without.output.stdout)).toContain('(behind the lab’s own proxy)');
    expect(asIs.output.stdout).toMatch(/^right [^(]*$/m);
  });

  test('row 1.8: a server behind a proxy says which one, and runs without nginx where that is asked for', async () => {
    const lab = start('subpath-single-ingress', '--no-nginx');
    await vi.waitUntil(() => lab.output.stdout.includes('Ctrl+C'), { timeout: 10_000 });
    expect(lab.output.stdout).toContain('\nBehind    the lab’s own proxy\n');
    expect(lab.output.stdout).toMatch(
      /^ {10}keybridge fix http\S+\/mcp-o365\/mcp --upstream http:\/\/127\.0\.0\.1:\d+\/mcp$/m,
    );
    lab.process.kill('SIGTERM');
    expect(await lab.ended).toEqual({ code: 0, signal: null });
  });

  test('a port that is taken is one sentence and exit 1', async () => {
    const taken = createServer();
    await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const lab = start('--port', String(port));
    expect((await lab.ended).code).toBe(1);
    expect(lab.output.stderr).toMatch(
      new RegExp(`^keybridge: The lab cannot listen on port (?:${port}|${port + 1}) .*\\n$`),
    );
    expect(lab.output.stdout).toBe('');
    taken.close();
  });

  test.each([
    [['--bogus'], 2],
    [['--port', 'many'], 2],
    [['--token-life', '0'], 2],
    [['no-such-server'], 2],
    [['right', 'html-200'], 2],
    [['right', '--sse'], 2],
    [['right', '--no-nginx'], 2],
    [['--no-nginx'], 2],
  ])('%j is a usage error', async (flags, code) => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      expect(await runLab(flags)).toBe(code);
      expect(said).toHaveBeenCalledOnce();
    } finally {
      said.mockRestore();
    }
  });

  test('nothing of the lab’s libraries is loaded before a lab is asked for', async () => {
    const before = `
      import { registerHooks } from 'node:module';
      registerHooks({ resolve(name, context, next) {
        if (/oidc-provider|modelcontextprotocol/.test(name)) throw Object.assign(new Error(name), { code: 'ERR_MODULE_NOT_FOUND' });
        return next(name, context);
      } });
      const { runLab } = await import(${JSON.stringify(new URL('../../src/lab/main.ts', import.meta.url).href)});
      await runLab(['--help']);
      process.exitCode = await runLab([]);
    `;
    const { PATH = '' } = process.env;
    const started = spawn(process.execPath, ['--input-type=module', '-e', before], { env: { PATH } });
    child = started;
    let stderr = '';
    started.stderr.on('data', chunk => (stderr += chunk));
    const [code] = await once(started, 'close');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^keybridge: The lab needs oidc-provider and @modelcontextprotocol\/sdk[^\n]*\n$/);
  });
});
