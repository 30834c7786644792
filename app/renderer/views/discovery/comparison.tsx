import type { Comparison as Compared } from '../../../../src/checks/check.ts';
import { align, type Stretch } from '../../model/comparison.ts';
import { useTexts } from '../../parts/surroundings.tsx';

/** Two texts that ought to be one, line under line, what differs marked. */
export function Comparison({ compared }: { compared: Compared }) {
  const { discovery } = useTexts();
  const { seen, expected } = align(compared.seen, compared.expected);
  return (
    <figure className="comparison">
      <figcaption className="visually-hidden">{discovery.comparison}</figcaption>
      <Line from={compared.seenIn} stretches={seen} />
      <Line from={compared.expectedFrom} stretches={expected} />
    </figure>
  );
}

function Line({ from, stretches }: { from: string; stretches: readonly Stretch[] }) {
  return (
    <div>
      <span className="small soft foreign" lang="en" dir="auto">
        {from}
      </span>
      <code className="signs" dir="ltr">
        {stretches.map(({ kind, text }, index) =>
          kind === 'differs' ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: a text is never reordered
            <mark key={index}>{text}</mark>
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: a text is never reordered
            <span key={index} data-kind={kind}>
              {text}
            </span>
          ),
        )}
      </code>
    </div>
  );
}
