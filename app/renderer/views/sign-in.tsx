import type { Target } from '../../../src/broker/settings.ts';
import { useTexts } from '../parts/surroundings.tsx';

/** The sign-in to a server. */
export function SignIn({ target }: { target: Target }) {
  const { servers: texts } = useTexts();
  return (
    <p className="soft">
      {texts.tabs['sign-in']}: <span className="url">{target.server}</span>
    </p>
  );
}
