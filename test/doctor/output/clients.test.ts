import { expect, test } from 'vitest';
import { toMarkdown } from '../../../src/doctor/output/markdown.ts';
import { toText } from '../../../src/doctor/output/text.ts';
import { diagnosed } from '../../support/diagnosis.ts';
import { examined } from '../../support/examination.ts';
import { examinedStage, STAGES } from '../../support/staged.ts';

const staged = async (name: 'right' | 'slash in the document') => {
  return diagnosed(await examinedStage(STAGES[name]));
};

test('the report says who will notice: a line for each client that stops, and who gets through', async () => {
  const text = toText(await staged('slash in the document'), { colour: false, width: 110 });
  expect(text).toMatch(/^Who will notice$/m);
  expect(text).toMatch(/^ {2}MCP Inspector +stops at the OAuth metadata \(ASM-06\)$/m);
  expect(text).toMatch(/^ {2}gets through: Claude's connectors, VS Code, /m);
  expect(text).toMatch(/^ {2}not known: .*ChatGPT/m);
  expect(text).not.toContain('it meets a document of the issuer');
});

test('asked for everything, it has a line for each client, its reason and where that can be read', async () => {
  const text = toText(await staged('slash in the document'), { colour: false, width: 110, verbose: true });
  expect(text).toMatch(/^ {2}VS Code +gets through to a sign-in at/m);
  expect(text).toMatch(/^ {2}ChatGPT +not known: It is not known how it compares the issuer\.$/m);
  expect(text.replace(/\s+/g, ' ')).toContain(
    'it meets a document of the issuer https://as.example/. (ASM-06)',
  );
  expect(text).toMatch(/^ +See modelcontextprotocol\/csharp-sdk, .*ClientOAuthProvider\.cs: https:/m);
});

test('the way of one client is its addresses in order, what it made of them, and the end', async () => {
  const text = toText(await staged('slash in the document'), { colour: false, asClient: 'csharp-sdk' });
  expect(text.split('\n')).toEqual([
    'C# SDK (main, August 2026) at https://mcp.example/mcp',
    '',
    '  1  https://mcp.example/mcp',
    '     the first request, nobody signed in',
    '     → 401: looks for where to sign in',
    '  2  https://mcp.example/.well-known/oauth-protected-resource/mcp',
    '     resource metadata, as the challenge names it',
    '     → found',
    '  3  https://as.example/.well-known/oauth-authorization-server',
    '     OAuth metadata',
    '     → a document of the issuer https://as.example/: gives up',
    '',
    'stops at https://as.example/.well-known/oauth-authorization-server: it meets a',
    'document of the issuer https://as.example/. (ASM-06)',
    'See modelcontextprotocol/csharp-sdk, src/ModelContextProtocol.Core/Authentication/ClientOAuthProvider.cs: https://github.com/modelcontextprotocol/csharp-sdk/blob/main/src/ModelContextProtocol.Core/Authentication/ClientOAuthProvider.cs',
    '',
  ]);
});

test('pasted into an issue, who will notice is a table', async () => {
  const text = toMarkdown(await staged('slash in the document'));
  expect(text).toMatch(/^### Who will notice$/m);
  expect(text).toContain('| mcp-remote | stops at the OAuth metadata (ASM-06) |');
  expect(text).toMatch(/^\| .*VS Code.* \| gets through \|$/m);
});

test('on right servers nobody is said to stop, and a server out of reach has no such list', async () => {
  const text = toText(await staged('right'), { colour: false });
  expect(text).not.toMatch(/\bstops\b/);
  expect(text).toMatch(/^ {2}gets through: Claude's connectors, Claude Code, VS Code, Cursor/m);
  const gone = diagnosed(await examined({}, {}, {}, 'https://gone.example/mcp'));
  expect(toText(gone, { colour: false })).not.toContain('Who will notice');
});
