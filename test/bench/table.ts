import { availableParallelism } from 'node:os';
import type { Row } from './arena.ts';

const HEAD = ['', 'Keybridge', 'mcp-remote', 'direct client', 'result', 'aim', 'measured'];

/** The rows as Markdown, with how they were measured below. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map(({ what, ours, theirs, direct, result, aim, met, samples }) => [
    what,
    ours,
    theirs,
    direct ?? '',
    result,
    `${aim}, ${met ? 'met' : 'not met'}`,
    samples,
  ]);
  const text = [HEAD, HEAD.map(() => '---'), ...lines].map(cells => `| ${cells.join(' | ')} |`).join('\n');
  const machine = `${process.platform}, ${availableParallelism()} cores, Node ${process.versions.node}`;
  return `${text}

Medians, and in brackets between what the middle half of the rounds lies; everybody in turn in every round, against one server. A ratio is the median of the rounds’ own ratios; that of added times is one of medians. ${machine}.
`;
}
