import { expect, test } from 'vitest';
import { openOutside } from '../../app/main/world.ts';

function shell(answer: () => Promise<void> = async () => {}) {
  const opened: string[] = [];
  return {
    opened,
    openExternal: (url: string) => {
      opened.push(url);
      return answer();
    },
  };
}

test("a web address opens in the user's browser", async () => {
  const outside = shell();
  await openOutside(outside, new URL('https://as.example/authorize?state=1'));
  await openOutside(outside, new URL('http://127.0.0.1:4000/authorize'));
  expect(outside.opened).toEqual(['https://as.example/authorize?state=1', 'http://127.0.0.1:4000/authorize']);
});

test.each([
  'file:///etc/passwd',
  'smb://a.example/share',
  'ms-msdt:/id',
  'javascript:alert(1)',
  'vscode://a/b',
])('the system is not asked to open %s', async url => {
  const outside = shell();
  await expect(openOutside(outside, new URL(url))).rejects.toMatchObject({ code: 'sign-in.browser' });
  expect(outside.opened).toEqual([]);
});

test('where no browser can be started, that is what is said', async () => {
  const outside = shell(() => Promise.reject(new Error('xdg-open: no such file')));
  await expect(openOutside(outside, new URL('https://as.example/'))).rejects.toMatchObject({
    code: 'sign-in.browser',
    message: 'No browser could be started on this machine.',
  });
});
