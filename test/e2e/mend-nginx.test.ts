import { expect, onTestFinished, test } from 'vitest';
import { install } from '../support/keybridge.ts';
import { startNginx } from '../support/nginx.ts';
import { started } from '../support/staged-lab.ts';
import { describeWith } from '../support/system.ts';
import { windowApi } from '../support/window-api.ts';

describeWith('nginx', 'the lab’s broken ingress behind a real nginx', () => {
  async function broken() {
    const lab = await started('subpath-single-ingress');
    const installation = install();
    onTestFinished(() => installation.close());
    const upstream = `${lab.inside}/mcp`;
    /** Puts a configuration in place of the lab's own nginx. */
    const replace = async (configuration: string) => {
      await lab.endProxy?.();
      await startNginx(configuration, Number(new URL(lab.url).port));
    };
    return { url: lab.url, upstream, installation, replace };
  }

  /** A host connects through it, and the doctor is content. */
  async function isRight({ url, installation }: Awaited<ReturnType<typeof broken>>) {
    const login = await installation.run(['login', url]);
    expect(login).toMatchObject({ code: 0 });
    const host = await installation.host(url);
    expect(host.client.getServerVersion()).toBeDefined();
    await host.close();
    const doctor = await installation.run(['doctor', url, '--json', '--fail-on', 'fragile']);
    expect(
      JSON.parse(doctor.stdout).findings.filter((each: { severity: string }) => each.severity !== 'note'),
    ).toEqual([]);
    expect(doctor.code).toBe(0);
  }

  test('is right once what fix writes stands in its place', async () => {
    const lab = await broken();
    expect((await lab.installation.run(['doctor', lab.url])).code).toBe(1);
    const { code, stdout, stderr } = await lab.installation.run([
      'fix',
      lab.url,
      '--upstream',
      lab.upstream,
      '--config',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await lab.replace(stdout);
    await isRight(lab);
  });

  test('is right once what the window copies stands in its place', async () => {
    const lab = await broken();
    const { api, close } = await windowApi(lab.installation);
    onTestFinished(close);
    let examination = '';
    for await (const event of api.examine({ url: lab.url }))
      if (event.kind === 'diagnosis') {
        examination = event.examination;
        expect(event.mendings.map(({ name }) => name)[0]).toBe('nginx');
      }
    const [nginx] = await api.proxyConfigurations(examination, { upstream: lab.upstream });
    if (!nginx) throw new Error('There is no configuration.');
    expect(nginx).toMatchObject({ name: 'nginx', upstream: lab.upstream, assumptions: [] });
    await lab.replace(nginx.configuration);
    await isRight(lab);
  });

  test('answers 421 by the public name, which fix warns of', async () => {
    const lab = await broken();
    const flags = ['fix', lab.url, '--upstream', lab.upstream, '--host-header', 'public'];
    expect((await lab.installation.run(flags)).stdout.replace(/\s+/g, ' ')).toContain(
      'answers every request with 421 or 403 ("Invalid Host")',
    );
    await lab.replace((await lab.installation.run([...flags, '--config'])).stdout);
    expect((await fetch(lab.url, { method: 'POST' })).status).toBe(421);
  });
});
