import type { Target } from '../../../src/broker/settings.ts';
import { useTexts } from '../parts/surroundings.tsx';

/** What the doctor sees of a server, or of an issuer. */
export function Discovery({ url }: { url: string; target?: Target }) {
  const { shell } = useTexts();
  return (
    <>
      <h1>{shell.doctor}</h1>
      <p className="url">{url}</p>
    </>
  );
}
