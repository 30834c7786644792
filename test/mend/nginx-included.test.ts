import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { locate } from '../../scripts/system-packages.mjs';
import { readWhole, segmentMatcher } from '../../src/mend/nginx/included.ts';
import { lintNginx } from '../../src/mend/nginx/lint.ts';
import { includedFrom, nginxFolder } from '../../src/node/nginx-files.ts';
import { describeWith } from '../support/system.ts';
import { temporaryFolder } from '../support/temporary.ts';

const SITE = `server {
    listen 127.0.0.1:1;
    access_log off;
    include snippets/mcp.conf;
}
`;
const SNIPPET = `location /mcp {
    error_log stderr debug;
    proxy_pass http://127.0.0.1:8000;
}
`;

/** The layout of Debian's package in a folder of its own. */
async function debian(more: Record<string, string> = {}): Promise<{ folder: string; main: string }> {
  const folder = await temporaryFolder();
  const main = join(folder, 'nginx.conf');
  const files: Record<string, string> = {
    'nginx.conf': `pid ${folder}/nginx.pid;
error_log stderr;
include ${folder}/modules-enabled/*.conf;
events {}
http {
    include mime.types;
    access_log off;
    client_body_temp_path ${folder}/body;
    proxy_temp_path ${folder}/proxy;
    fastcgi_temp_path ${folder}/fastcgi;
    uwsgi_temp_path ${folder}/uwsgi;
    scgi_temp_path ${folder}/scgi;
    include ${folder}/conf.d/*.conf;
    include sites-enabled/*;
}
`,
    'mime.types': 'types { text/html html; }\n',
    'modules-enabled/.keep': '',
    'conf.d/a.conf': 'server_tokens off;\n',
    'conf.d/.hidden.conf': 'this is not read;\n',
    'conf.d/b.conf.bak': 'neither is this;\n',
    'sites-available/mcp': SITE,
    'snippets/mcp.conf': SNIPPET,
    ...more,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  mkdirSync(join(folder, 'sites-enabled'), { recursive: true });
  symlinkSync(join(folder, 'sites-available/mcp'), join(folder, 'sites-enabled/mcp'));
  return { folder, main };
}

const lint = (main: string) =>
  lintNginx(main, readFileSync(main, 'utf8'), includedFrom(nginxFolder(main), main));

describe('the layout of Debian', () => {
  test('is followed, and each finding names the file and line it rests on', async () => {
    const { folder, main } = await debian();
    const { findings, files, unread, problems } = lint(main);
    expect({ unread, problems }).toEqual({ unread: [], problems: [] });
    expect(files).toEqual(
      ['nginx.conf', 'mime.types', 'conf.d/a.conf', 'sites-enabled/mcp', 'snippets/mcp.conf'].map(name =>
        join(folder, name),
      ),
    );
    expect(findings.map(({ code, file, line }) => [code, file, line])).toEqual([
      ['MCP-10', join(folder, 'snippets/mcp.conf'), 1],
      ['OPS-02', join(folder, 'snippets/mcp.conf'), 2],
    ]);
  });

  test('is known from one of its sites, too', async () => {
    const { folder } = await debian();
    const { findings, unread } = lint(join(folder, 'sites-enabled/mcp'));
    expect(unread).toEqual([]);
    expect(findings.map(({ code }) => code)).toEqual(['MCP-10', 'OPS-02']);
  });

  test('says with file and line what it could not follow', async () => {
    const { folder, main } = await debian({
      'conf.d/c.conf': 'include missing.conf;\n\ninclude c*/c.conf;\n',
      'conf.d/d.conf': `include ${'conf.d'};\n`,
    });
    symlinkSync('/nowhere', join(folder, 'sites-enabled/broken'));
    execFileSync('mkfifo', [join(folder, 'conf.d/pipe.conf')]);
    const { unread, findings } = lint(main);
    expect(unread).toEqual(
      [
        {
          file: join(folder, 'conf.d/c.conf'),
          line: 1,
          include: 'missing.conf',
          why: expect.stringMatching(/missing\.conf: There is no such file\.$/),
        },
        {
          file: join(folder, 'conf.d/c.conf'),
          line: 3,
          include: 'c*/c.conf',
          why: expect.stringContaining('It includes itself.'),
        },
        {
          file: join(folder, 'conf.d/d.conf'),
          line: 1,
          include: 'conf.d',
          why: expect.stringContaining('It is not a file.'),
        },
        {
          file: main,
          line: 13,
          include: `${folder}/conf.d/*.conf`,
          why: expect.stringContaining('pipe.conf: It is not a file.'),
        },
        {
          file: main,
          line: 14,
          include: 'sites-enabled/*',
          why: expect.stringContaining('broken: There is no such file.'),
        },
      ].sort(
        (one, other) =>
          unread.findIndex(each => each.include === one.include) -
          unread.findIndex(each => each.include === other.include),
      ),
    );
    expect(unread).toHaveLength(5);
    // What could be read is judged all the same.
    expect(findings.map(({ code }) => code)).toContain('OPS-02');
  });

  test('says so once where a pattern means more files than are read', async () => {
    const { folder, main } = await debian();
    for (let count = 0; count < 1_002; count++) writeFileSync(join(folder, `conf.d/${count}.conf`), '');
    const at = (line: number, why: string) => ({ file: main, line, why: expect.stringContaining(why) });
    expect(lint(main).unread).toMatchObject([
      at(13, 'More than 1000 files'),
      at(13, 'There is too much to read'),
      at(14, 'There is too much to read'),
    ]);
  });

  test('says so where a file cannot be read', async () => {
    const { folder, main } = await debian();
    // Who runs the tests may read everything, but nobody a link that leads to itself.
    unlinkSync(join(folder, 'snippets/mcp.conf'));
    symlinkSync('mcp.conf', join(folder, 'snippets/mcp.conf'));
    const { unread } = lint(main);
    expect(unread).toHaveLength(1);
    expect(unread[0]?.why).toContain('Its links lead in a circle.');
  });
});

describe('includes', () => {
  test('that lead in a circle, or wide and deep, come to an end', () => {
    const loop = readWhole('a', 'include b;', name => ({
      files: [{ path: name, text: name === 'b' ? 'include a;' : 'include b;' }],
      unread: [],
    }));
    expect(loop.unread).toEqual([{ file: 'b', line: 1, include: 'a', why: 'It includes itself.' }]);
    let count = 0;
    const wide = readWhole('a', 'include x;', () => {
      count++;
      const name = `${count}`;
      return {
        files: [1, 2, 3].map(each => ({ path: `${name}-${each}`, text: 'include x;\n' })),
        unread: [],
      };
    });
    expect(count).toBeLessThan(1_100);
    expect(wide.unread.length).toBeGreaterThan(0);
    const large = readWhole('a', 'include x;\ninclude x;', () => ({
      files: [{ path: 'x', text: ' '.repeat(9 * 1024 * 1024) }],
      unread: [],
    }));
    expect(large.unread).toMatchObject([{ line: 2, why: expect.stringContaining('too much') }]);
  });

  test('of a file of a million directives are read', () => {
    const read = () => ({ files: [{ path: 'x', text: 'a;'.repeat(1_000_000) }], unread: [] });
    expect(readWhole('a', 'include x;', read).directives).toHaveLength(1_000_000);
  });

  test('of one snippet in several servers are one finding', () => {
    const server = 'server { listen 127.0.0.1:1; include x; }\n';
    const report = lintNginx('a', server.repeat(3), () => ({
      files: [{ path: 'x', text: SNIPPET }],
      unread: [],
    }));
    expect(report.findings.map(({ code, file, line }) => `${code} ${file}:${line}`)).toEqual([
      'MCP-10 x:1',
      'OPS-02 x:2',
    ]);
  });

  test.each<[string, string[], string[]]>([
    ['*.conf', ['a.conf', 'a.b.conf'], ['.a.conf', 'a.conf.bak', 'aconf']],
    ['*', ['a', 'a.b'], ['.a']],
    ['.*', ['.a'], ['a']],
    ['site?', ['site1'], ['site', 'site12']],
    ['[0-9]*-[!a]', ['1x-b', '2-c'], ['x-b', '1-a']],
    ['a+(b).c', ['a+(b).c'], ['aab.c']],
    ['[]', ['[]'], ['a']],
  ])('match %s as a shell does', (pattern, those, others) => {
    const matches = segmentMatcher(pattern);
    expect(those.every(matches)).toBe(true);
    expect(others.some(matches)).toBe(false);
  });

  test('in a pattern made to take long are matched in no time that grows with the stars', () => {
    expect(segmentMatcher('*a'.repeat(40))('a'.repeat(200))).toBe(true);
    expect(segmentMatcher(`${'*a'.repeat(60)}b`)('a'.repeat(250))).toBe(false);
  });
});

describeWith('nginx', 'with a real nginx', () => {
  const printed = (main: string) => {
    const { stdout, stderr } = spawnSync(locate('nginx')[0] ?? 'nginx', ['-T', '-c', main, '-e', 'stderr'], {
      encoding: 'utf8',
    });
    return {
      stdout,
      stderr,
      files: [...stdout.matchAll(/^# configuration file (.+):$/gm)].map(each => each[1]),
    };
  };

  test('the files that are read are those that nginx reads', async () => {
    const { main } = await debian({
      'conf.d/z.conf': 'include snippets/[mn]?p.map;\n',
      'snippets/map.map': 'map $uri $b { default 1; }\n',
      'snippets/nop.map': 'include ../*/snippets/none*;\n',
    });
    const { files, stderr } = printed(main);
    expect(stderr).toContain('test is successful');
    expect(files.length).toBeGreaterThan(6);
    expect(new Set(lint(main).files)).toEqual(new Set(files));
  });

  test('what nginx -T prints is judged as the files themselves are', async () => {
    const { main } = await debian();
    const { files: _own, file: _file, ...fromFiles } = lint(main);
    const { files: _other, file: _name, ...fromPrint } = lintNginx('-', printed(main).stdout);
    expect(fromPrint).toEqual(fromFiles);
  });

  test('the system’s own configuration is read to its end', () => {
    const main = '/etc/nginx/nginx.conf';
    const { files } = printed(main);
    if (files.length === 0) return;
    const report = lint(main);
    expect(report.unread).toEqual([]);
    expect(new Set(report.files)).toEqual(new Set(files));
  });
});
