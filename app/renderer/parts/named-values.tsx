import { WithFingerprints } from './with-fingerprints.tsx';

/** Header fields, or those of a form, in their order; a name may come twice. */
export function NamedValues({ values }: { values: readonly (readonly [name: string, value: string])[] }) {
  return (
    <dl className="headers">
      {values.map(([name, value], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: names may come twice, and their order never changes
        <div key={index}>
          <dt className="url">{name}</dt>
          <dd className="url">
            <WithFingerprints text={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
