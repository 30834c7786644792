import { LogIn } from 'lucide-react';
import type { Target } from '../../../src/broker/settings.ts';
import { walkOf } from '../model/flow.ts';
import { Button } from './button.tsx';
import { useSurroundings } from './surroundings.tsx';

/** Begins a sign-in at once and leads to where it is drawn. */
export function SignInButton({
  target,
  label,
  kind = 'primary',
}: {
  target: Target;
  label: string;
  kind?: 'primary' | 'plain' | 'quiet';
}) {
  const { api, go } = useSurroundings();
  const begin = () => {
    const walk = walkOf(target);
    // One that is under way is only shown.
    if (walk.now.get().stage !== 'running') walk.start(api, 'at-once');
    go({ screen: 'server', target, tab: 'sign-in' });
  };
  return (
    <Button kind={kind} onPress={begin}>
      <LogIn size={15} aria-hidden />
      {label}
    </Button>
  );
}
